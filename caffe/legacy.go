package caffe

import (
	"errors"
	"fmt"

	"hoodwink/internal/pb"
)

// upgradeHint is for files that are older than anything read here.
const upgradeHint = "bring it up to date with Caffe's upgrade_net_proto_text and upgrade_net_proto_binary"

// v1Types are the current names of the layer types that used to be an enum.
var v1Types = map[pb.V1LayerParameter_LayerType]string{
	pb.V1LayerParameter_ABSVAL:                     "AbsVal",
	pb.V1LayerParameter_ACCURACY:                   "Accuracy",
	pb.V1LayerParameter_ARGMAX:                     "ArgMax",
	pb.V1LayerParameter_BNLL:                       "BNLL",
	pb.V1LayerParameter_CONCAT:                     "Concat",
	pb.V1LayerParameter_CONTRASTIVE_LOSS:           "ContrastiveLoss",
	pb.V1LayerParameter_CONVOLUTION:                "Convolution",
	pb.V1LayerParameter_DATA:                       "Data",
	pb.V1LayerParameter_DECONVOLUTION:              "Deconvolution",
	pb.V1LayerParameter_DROPOUT:                    "Dropout",
	pb.V1LayerParameter_DUMMY_DATA:                 "DummyData",
	pb.V1LayerParameter_ELTWISE:                    "Eltwise",
	pb.V1LayerParameter_EUCLIDEAN_LOSS:             "EuclideanLoss",
	pb.V1LayerParameter_EXP:                        "Exp",
	pb.V1LayerParameter_FLATTEN:                    "Flatten",
	pb.V1LayerParameter_HDF5_DATA:                  "HDF5Data",
	pb.V1LayerParameter_HDF5_OUTPUT:                "HDF5Output",
	pb.V1LayerParameter_HINGE_LOSS:                 "HingeLoss",
	pb.V1LayerParameter_IM2COL:                     "Im2col",
	pb.V1LayerParameter_IMAGE_DATA:                 "ImageData",
	pb.V1LayerParameter_INFOGAIN_LOSS:              "InfogainLoss",
	pb.V1LayerParameter_INNER_PRODUCT:              "InnerProduct",
	pb.V1LayerParameter_LRN:                        "LRN",
	pb.V1LayerParameter_MEMORY_DATA:                "MemoryData",
	pb.V1LayerParameter_MULTINOMIAL_LOGISTIC_LOSS:  "MultinomialLogisticLoss",
	pb.V1LayerParameter_MVN:                        "MVN",
	pb.V1LayerParameter_POOLING:                    "Pooling",
	pb.V1LayerParameter_POWER:                      "Power",
	pb.V1LayerParameter_RELU:                       "ReLU",
	pb.V1LayerParameter_SIGMOID:                    "Sigmoid",
	pb.V1LayerParameter_SIGMOID_CROSS_ENTROPY_LOSS: "SigmoidCrossEntropyLoss",
	pb.V1LayerParameter_SILENCE:                    "Silence",
	pb.V1LayerParameter_SLICE:                      "Slice",
	pb.V1LayerParameter_SOFTMAX:                    "Softmax",
	pb.V1LayerParameter_SOFTMAX_LOSS:               "SoftmaxWithLoss",
	pb.V1LayerParameter_SPLIT:                      "Split",
	pb.V1LayerParameter_TANH:                       "TanH",
	pb.V1LayerParameter_THRESHOLD:                  "Threshold",
	pb.V1LayerParameter_WINDOW_DATA:                "WindowData",
}

// v1Type returns the current name of a type given by number.
func v1Type(v int64) string {
	if name, ok := v1Types[pb.V1LayerParameter_LayerType(v)]; ok && int64(int32(v)) == v {
		return name
	}
	return fmt.Sprintf("type %d", v)
}

// currentLayers returns the layers of a definition in the current spelling. Inputs declared outside
// of layers come first, as layers.
func currentLayers(net *pb.NetParameter) ([]*pb.LayerParameter, error) {
	layers, err := inputLayers(net)
	if err != nil {
		return nil, &Error{Err: err}
	}
	if len(net.Layers) > 0 && len(net.Layer) > 0 {
		return nil, &Error{Err: fmt.Errorf("it has %d layers spelled `layers` and %d spelled `layer`", len(net.Layers), len(net.Layer)),
			hint: "a network uses one of the two spellings"}
	}
	for _, l := range net.Layers {
		if l.Layer != nil {
			return nil, &Error{Layer: l.Layer.GetName(), Err: errors.New("it is spelled as in 2013, which is not supported"), hint: upgradeHint}
		}
		layers = append(layers, upgradeV1(l))
	}
	return append(layers, net.Layer...), nil
}

// inputLayers turns input with input_dim or input_shape into Input layers.
func inputLayers(net *pb.NetParameter) ([]*pb.LayerParameter, error) {
	n := len(net.Input)
	if len(net.InputShape) > 0 && len(net.InputDim) > 0 {
		return nil, errors.New("it has both input_shape and input_dim: use one of them")
	}
	if len(net.InputShape) != n && len(net.InputShape) > 0 {
		return nil, fmt.Errorf("it has %d input_shape for %d input", len(net.InputShape), n)
	}
	if len(net.InputDim) != 4*n && len(net.InputDim) > 0 {
		return nil, fmt.Errorf("it has %d input_dim for %d input: four are wanted for each", len(net.InputDim), n)
	}
	var layers []*pb.LayerParameter
	for i, name := range net.Input {
		kind := "Input"
		l := &pb.LayerParameter{Name: &name, Type: &kind, Top: []string{name}}
		switch {
		case len(net.InputShape) > 0:
			l.InputParam = &pb.InputParameter{Shape: net.InputShape[i : i+1]}
		case len(net.InputDim) > 0:
			l.InputParam = &pb.InputParameter{Shape: []*pb.BlobShape{{Dim: net.InputDim[4*i : 4*i+4]}}}
		}
		layers = append(layers, l)
	}
	return layers, nil
}

func upgradeV1(l *pb.V1LayerParameter) *pb.LayerParameter {
	name := v1Type(int64(l.GetType()))
	return &pb.LayerParameter{
		Name: l.Name, Type: &name, Bottom: l.Bottom, Top: l.Top,
		Include: l.Include, Exclude: l.Exclude,
		ConcatParam:       l.ConcatParam,
		ConvolutionParam:  l.ConvolutionParam,
		DataParam:         l.DataParam,
		DummyDataParam:    l.DummyDataParam,
		EltwiseParam:      l.EltwiseParam,
		ExpParam:          l.ExpParam,
		ImageDataParam:    l.ImageDataParam,
		InnerProductParam: l.InnerProductParam,
		LrnParam:          l.LrnParam,
		MemoryDataParam:   l.MemoryDataParam,
		MvnParam:          l.MvnParam,
		PoolingParam:      l.PoolingParam,
		PowerParam:        l.PowerParam,
		ReluParam:         l.ReluParam,
		SliceParam:        l.SliceParam,
		SoftmaxParam:      l.SoftmaxParam,
		ThresholdParam:    l.ThresholdParam,
		TransformParam:    l.TransformParam,
		WindowDataParam:   l.WindowDataParam,
	}
}
