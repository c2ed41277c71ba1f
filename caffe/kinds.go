package caffe

import (
	"slices"
	"strings"

	"hoodwink/internal/pb"
	"hoodwink/nn"
)

// A role says what becomes of a layer.
type role int

const (
	operator role = iota // an nn.Layer
	source               // makes the input
	passer               // its outputs are its input, under other names
	watcher              // has no part in the result
)

// A kind says how to handle layers of one type.
type kind struct {
	role    role
	weights bool                          // has blobs of its own
	two     bool                          // may read a second input instead of its first blob
	refused string                        // why there is no builder
	build   func(*site) (nn.Layer, error) // of an operator
	// of a source: the shape of one of its tops, as it says
	dims func(l *pb.LayerParameter, top int) ([]int64, error)
}

// kinds has a row for every type of layer that is known.
// https://caffe.berkeleyvision.org/tutorial/layers.html says what they compute.
var kinds = map[string]*kind{
	"Convolution":          {build: buildConvolution, weights: true},
	"Deconvolution":        {build: buildConvolution, weights: true},
	"DepthwiseConvolution": {build: buildConvolution, weights: true}, // a faster one of a fork
	"ConvolutionDepthwise": {build: buildConvolution, weights: true}, // another one
	"InnerProduct":         {build: buildInnerProduct, weights: true},
	"BatchNorm":            {build: buildBatchNorm, weights: true},
	"BN":                   {build: buildBN, weights: true}, // of forks
	"Scale":                {build: buildScale, weights: true, two: true},
	"Bias":                 {build: buildBias, weights: true, two: true},
	"Normalize":            {build: buildNormalize, weights: true}, // SSD's

	"ReLU":    {build: buildReLU},
	"PReLU":   {build: buildPReLU, weights: true},
	"ELU":     {build: buildELU},
	"Sigmoid": {build: func(*site) (nn.Layer, error) { return &nn.Sigmoid{}, nil }},
	"TanH":    {build: func(*site) (nn.Layer, error) { return &nn.TanH{}, nil }},
	"Power":   {build: buildPower},
	"Softmax": {build: buildSoftmax},

	"AbsVal":    {build: unary(nn.Abs)},
	"BNLL":      {build: unary(nn.Softplus)},
	"Clip":      {build: buildClip},
	"CReLU":     {build: buildCReLU}, // of forks
	"Exp":       {build: buildExp},
	"Log":       {build: buildLog},
	"ReLU6":     {build: buildReLU6}, // of forks
	"Swish":     {build: buildSwish},
	"Threshold": {build: buildThreshold},

	"Pooling":   {build: buildPooling},
	"SPP":       {build: buildSPP},
	"LRN":       {build: buildLRN},
	"MVN":       {build: buildMVN},
	"Reduction": {build: buildReduction},

	"Axpy":           {build: buildAxpy}, // of squeeze-and-excitation networks
	"Concat":         {build: buildConcat},
	"Crop":           {build: buildCrop},
	"Eltwise":        {build: buildEltwise},
	"Flatten":        {build: buildFlatten},
	"Interp":         {build: buildInterp},         // DeepLab's
	"Permute":        {build: buildPermute},        // SSD's
	"ShuffleChannel": {build: buildShuffleChannel}, // of forks
	"Reshape":        {build: buildReshape},
	"Slice":          {build: buildSlice},
	"Tile":           {build: buildTile},
	"Upsample":       {build: buildUpsample}, // of forks

	"Python":       {refused: "it is a program, which is not in the file"},
	"Parameter":    {refused: "a blob that depends on no picture"},
	"Filter":       {refused: "it selects pictures of a batch"},
	"BatchReindex": {refused: "it selects pictures of a batch"},
	"Embed":        {refused: "it reads words, not pictures"},
	"LSTM":         {refused: "it reads sequences, not pictures"},
	"RNN":          {refused: "it reads sequences, not pictures"},
	"Recurrent":    {refused: "it reads sequences, not pictures"},
	"Im2col":       {refused: "it makes columns for a convolution that another program does"},

	"Dropout": {role: passer},
	"Split":   {role: passer},

	"Input":         {role: source, dims: inputDims},
	"Data":          {role: source, dims: dataDims},
	"ImageData":     {role: source, dims: imageDataDims},
	"MemoryData":    {role: source, dims: memoryDataDims},
	"DummyData":     {role: source, dims: dummyDataDims},
	"HDF5Data":      {role: source, dims: noDims},
	"WindowData":    {role: source, dims: dataDims},
	"AnnotatedData": {role: source, dims: annotatedDataDims}, // SSD's

	"Accuracy":   {role: watcher},
	"ArgMax":     {role: watcher},
	"HDF5Output": {role: watcher},
	"Silence":    {role: watcher},
}

var loss = &kind{role: watcher}

// kindOf returns the row of a type, or nil. Losses are recognised by their names.
func kindOf(name string) *kind {
	if k, ok := kinds[name]; ok {
		return k
	}
	if strings.HasSuffix(name, "Loss") {
		return loss
	}
	return nil
}

// supported lists the types of layers a network can be made of.
func supported() []string {
	var names []string
	for name, k := range kinds {
		if k.refused == "" && (k.role == operator || k.role == passer) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
