package caffe

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// counted is a blob of the values first, first+1, ...
func counted(first float32, shape ...int) *tensor.Tensor {
	t := tensor.New(shape...)
	for i := range t.Data {
		t.Data[i] = first + float32(i)
	}
	return t
}

// buildLast builds the last layer of a definition whose layers before need no weights.
func buildLast(t *testing.T, src string, blobs ...*tensor.Tensor) (nn.Layer, error) {
	t.Helper()
	d, err := Parse([]byte(src))
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	g, err := d.resolve()
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	dims, batch, err := inputShape(g.input)
	if err != nil {
		t.Fatal(err)
	}
	spare := maxRepeated
	s := &site{node: g.nodes[0], batch: batch, spare: &spare, blobSource: &given{blobs: blobs, file: "w"}}
	for _, v := range s.node.in {
		s.reads(v, append([]int{1}, dims...))
	}
	l, _, err := s.layer()
	return l, err
}

// TestParameters checks every kind's builder: what a layer says is what the engine gets.
func TestParameters(t *testing.T) {
	w, b := counted(1, 4, 2, 3, 3), counted(1, 4)
	for src, tc := range map[string]struct {
		blobs []*tensor.Tensor
		want  nn.Layer
	}{
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 }`: {
			[]*tensor.Tensor{w, b}, &nn.Convolution{Weights: w, Bias: b.Data, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 1}},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 kernel_size: 3 pad: 1 pad: 2 stride: 2 stride: 1 dilation: 1 dilation: 2 bias_term: false }`: {
			[]*tensor.Tensor{w}, &nn.Convolution{Weights: w, Stride: [2]int{2, 1}, Dilation: [2]int{1, 2}, Pad: [4]int{1, 2, 1, 2}, Groups: 1}},
		`type: "Convolution" convolution_param { num_output: 4 kernel_h: 2 kernel_w: 3 pad_h: 1 stride_w: 2 group: 2 axis: -3 }`: {
			[]*tensor.Tensor{counted(0, 4, 1, 2, 3), b},
			&nn.Convolution{Weights: counted(0, 4, 1, 2, 3), Bias: b.Data, Stride: [2]int{1, 2}, Dilation: [2]int{1, 1}, Pad: [4]int{1, 0, 1, 0}, Groups: 2}},
		`type: "DepthwiseConvolution" convolution_param { num_output: 2 kernel_size: 1 group: 2 bias_term: false }`: {
			[]*tensor.Tensor{counted(0, 2, 1, 1, 1)}, &nn.Convolution{Weights: counted(0, 2, 1, 1, 1), Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Groups: 2}},
		`type: "InnerProduct" inner_product_param { num_output: 4 }`: {
			[]*tensor.Tensor{counted(0, 4, 50), b}, &nn.InnerProduct{Weights: counted(0, 4, 50), Bias: b.Data}},
		`type: "InnerProduct" inner_product_param { num_output: 4 axis: -3 }`: { // legacy shapes
			[]*tensor.Tensor{counted(0, 1, 1, 4, 50), counted(1, 1, 1, 1, 4)}, &nn.InnerProduct{Weights: counted(0, 4, 50), Bias: b.Data}},
		`type: "InnerProduct" inner_product_param { num_output: 1 transpose: true bias_term: false }`: {
			[]*tensor.Tensor{counted(0, 50, 1)}, &nn.InnerProduct{Weights: counted(0, 1, 50)}},
		`type: "BatchNorm" batch_norm_param { eps: 1 }`: {
			[]*tensor.Tensor{counted(4, 2), tensor.FromSlice([]float32{6, 30}, 2), counted(2, 1)},
			&nn.Affine{Scale: []float32{0.5, 0.25}, Shift: []float32{-1, -0.625}}},
		`type: "BatchNorm" batch_norm_param { use_global_stats: true eps: 4 }`: { // nothing counted yet
			[]*tensor.Tensor{counted(4, 2), counted(5, 2), counted(0, 1)}, &nn.Affine{Scale: []float32{0.5, 0.5}, Shift: []float32{0, 0}}},
		`type: "Scale"`: {[]*tensor.Tensor{counted(5, 2)}, &nn.Affine{Scale: []float32{5, 6}}},
		`type: "Scale" scale_param { bias_term: true axis: -3 }`: {
			[]*tensor.Tensor{counted(5, 2), counted(7, 2)}, &nn.Affine{Scale: []float32{5, 6}, Shift: []float32{7, 8}}},
		`type: "Scale" scale_param { num_axes: 0 }`: {[]*tensor.Tensor{counted(5)}, &nn.Affine{Scale: []float32{5, 5}}},
		`type: "Scale" scale_param { axis: 2 }`:     {[]*tensor.Tensor{counted(5, 5)}, &nn.Binary{Op: nn.Mul, Const: counted(5, 5, 1)}},
		`type: "Bias" bias_param { num_axes: -1 }`:  {[]*tensor.Tensor{counted(0, 2, 5, 5)}, &nn.Binary{Op: nn.Add, Const: counted(0, 2, 5, 5)}},
		`type: "Bias"`: {[]*tensor.Tensor{counted(5, 2)}, &nn.Affine{Shift: []float32{5, 6}}},
		`type: "ReLU" relu_param { negative_slope: 0.5 }`: {want: &nn.ReLU{Slope: 0.5}},
		`type: "ReLU"`:  {want: &nn.ReLU{}},
		`type: "PReLU"`: {[]*tensor.Tensor{counted(5, 2)}, &nn.PReLU{Slope: []float32{5, 6}}},
		`type: "PReLU" prelu_param { channel_shared: true }`: {[]*tensor.Tensor{counted(5)}, &nn.PReLU{Slope: []float32{5}}},
		`type: "ELU"`:                        {want: &nn.ELU{Alpha: 1}},
		`type: "ELU" elu_param { alpha: 2 }`: {want: &nn.ELU{Alpha: 2}},
		`type: "Sigmoid"`:                    {want: &nn.Sigmoid{}},
		`type: "TanH"`:                       {want: &nn.TanH{}},
		`type: "Power"`:                      {want: &nn.Power{Power: 1, Scale: 1}},
		`type: "Power" power_param { power: 2 scale: 3 shift: 4 }`: {want: &nn.Power{Power: 2, Scale: 3, Shift: 4}},
		`type: "LRN"`: {want: &nn.LRN{Size: 5, Alpha: 1, Beta: 0.75, K: 1}},
		`type: "LRN" lrn_param { local_size: 3 alpha: 2 beta: 4 k: 6 norm_region: WITHIN_CHANNEL }`: {want: &nn.LRN{Size: 3, Alpha: 2, Beta: 4, K: 6, WithinChannel: true}},
		`type: "Pooling" pooling_param { kernel_size: 2 }`:                                          {want: &nn.Pooling{Kernel: [2]int{2, 2}, Stride: [2]int{1, 1}, Ceil: true}},
		`type: "Pooling" pooling_param { pool: AVE kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1 pad_h: 1 pad_w: 0 round_mode: FLOOR }`: {
			want: &nn.Pooling{Method: nn.AveragePool, Kernel: [2]int{3, 2}, Stride: [2]int{2, 1}, Pad: [4]int{1, 0, 1, 0}}},
		`type: "Pooling" pooling_param { kernel_size: 3 stride: 2 pad: 1 ceil_mode: false }`: {
			want: &nn.Pooling{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}}},
		`type: "Pooling" pooling_param { pool: AVE global_pooling: true }`: {
			want: &nn.Pooling{Method: nn.AveragePool, Stride: [2]int{1, 1}, Global: true, Ceil: true}},
		`type: "Eltwise" bottom: "data"`: {want: &nn.Eltwise{Op: nn.Sum}},
		`type: "Eltwise" bottom: "data" eltwise_param { operation: SUM coeff: 1 coeff: -1 }`:     {want: &nn.Eltwise{Op: nn.Sum, Coeff: []float32{1, -1}}},
		`type: "Eltwise" bottom: "data" eltwise_param { operation: PROD }`:                       {want: &nn.Eltwise{Op: nn.Product}},
		`type: "Eltwise" bottom: "data" eltwise_param { operation: MAX }`:                        {want: &nn.Eltwise{Op: nn.Max}},
		`type: "Concat" bottom: "data"`:                                                          {want: &nn.Concat{Axis: 1}},
		`type: "Concat" bottom: "data" concat_param { axis: -1 }`:                                {want: &nn.Concat{Axis: 3}},
		`type: "Concat" bottom: "data" concat_param { concat_dim: 2 }`:                           {want: &nn.Concat{Axis: 2}},
		`type: "Slice" top: "b"`:                                                                 {want: &nn.Slice{Axis: 1, Points: []int{1}}},
		`type: "Slice" top: "b" top: "c" slice_param { axis: -1 slice_point: 1 slice_point: 4 }`: {want: &nn.Slice{Axis: 3, Points: []int{1, 4}}},
		`type: "Slice" top: "b" slice_param { slice_dim: 2 slice_point: 3 }`:                     {want: &nn.Slice{Axis: 2, Points: []int{3}}},
		`type: "Flatten"`: {want: &nn.Flatten{Axis: 1, EndAxis: 3}},
		`type: "Flatten" flatten_param { axis: -2 end_axis: 3 }`:                                           {want: &nn.Flatten{Axis: 2, EndAxis: 3}},
		`type: "Reshape" reshape_param { shape { dim: 0 dim: -1 } }`:                                       {want: &nn.Reshape{Dims: []int{0, 50}, NumAxes: -1}},
		`type: "Reshape" reshape_param { shape { dim: -1 dim: 25 dim: 2 } }`:                               {want: &nn.Reshape{Dims: []int{0, 25, 2}, NumAxes: -1}},
		`type: "Reshape" reshape_param { shape { dim: 10 dim: 5 dim: 10 } }`:                               {want: &nn.Reshape{Dims: []int{0, 5, 10}, NumAxes: -1}},
		`type: "Reshape" reshape_param { axis: 1 num_axes: 1 shape { dim: 1 dim: -1 dim: 1 } }`:            {want: &nn.Reshape{Dims: []int{0, 1, 2, 1, 5, 5}, NumAxes: -1}},
		`type: "Reshape" reshape_param { axis: -1 shape { dim: 1 } }`:                                      {want: &nn.Reshape{Dims: []int{0, 2, 5, 5, 1}, NumAxes: -1}},
		`type: "Reshape" reshape_param { axis: -4 shape { dim: 5 dim: 0 dim: 2 } }`:                        {want: &nn.Reshape{Dims: []int{0, 5, 5, 2}, NumAxes: -1}},
		`type: "Reshape" reshape_param { axis: 2 num_axes: 0 shape { dim: 1 } }`:                           {want: &nn.Reshape{Dims: []int{0, 2, 1, 5, 5}, NumAxes: -1}},
		`type: "Softmax" softmax_param { axis: -1 } top: "s" } layer { name: "y" type: "ReLU" bottom: "s"`: {want: &nn.Softmax{Axis: 3}},
	} {
		top := ` top: "a" }`
		if strings.Contains(src, `"Softmax"`) {
			top = ` top: "t" }`
		}
		got, err := buildLast(t, `input: "data" input_dim: [10,2,5,5] layer { name: "x" bottom: "data" `+src+top, tc.blobs...)
		if err != nil {
			t.Errorf("%s: %v", src, err)
		} else if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", src, diff)
		}
	}
}

func TestParameterErrors(t *testing.T) {
	blobs := func(b ...*tensor.Tensor) []*tensor.Tensor { return b }
	for src, tc := range map[string]struct {
		blobs []*tensor.Tensor
		want  string
	}{
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 kernel_h: 3 }`:      {want: "kernel_size is given twice"},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: [3,3,3] }`:            {want: "kernel_size has 3 values: only two-dimensional"},
		`type: "Convolution" convolution_param { num_output: 4 }`:                                 {want: "kernel_size of 0x0 is not possible"},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 stride: 0 }`:        {want: "stride of 0x0"},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 pad: 4294967295 }`:  {want: "pad of 4294967295 is out of range"},
		`type: "Convolution" convolution_param { kernel_size: 3 }`:                                {want: "2 channels in and 0 out cannot be cut into 1 groups"},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 group: 3 }`:         {want: "cannot be cut into 3 groups"},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 group: 0 }`:         {want: "cannot be cut into 0 groups"},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 3 axis: 2 }`:          {want: "channels on axis 2"},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 7 }`:                  {blobs(counted(0, 4, 2, 7, 7), counted(0, 4)), "does not fit into 5 pixels"},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 1 }`:                  {blobs(counted(0, 4, 2, 3, 3), counted(0, 4)), "w: blob 0 has the shape (4,2,3,3), wanted is (4,2,1,1)"},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 2 }`:                  {blobs(counted(0, 4, 2, 2, 2)), "w: it has 1 blobs of weights, but needs another of shape (4)"},
		`type: "Convolution" convolution_param { num_output: 4 kernel_size: 2 bias_term: false }`: {blobs(counted(0, 4, 2, 2, 2), counted(0, 4)), "w: it has 2 blobs of weights, wanted are 1"},
		`type: "InnerProduct"`: {want: "num_output is missing"},
		`type: "InnerProduct" inner_product_param { num_output: 4 axis: 7 }`: {want: "axis 7 is outside its input of shape (1,2,5,5)"},
		`type: "InnerProduct" inner_product_param { num_output: 4 }`:         {blobs(counted(0, 50, 4)), "blob 0 has the shape (50,4), wanted is (4,50)"},
		`type: "BatchNorm" batch_norm_param { use_global_stats: false }`:     {want: "depend on the other pictures"},
		`type: "BatchNorm"`:                                                        {blobs(counted(0, 2), counted(-5, 2), counted(1, 1)), "channel 0 has the mean 0 and the variance -4.99"},
		`type: "BatchNorm" batch_norm_param { eps: 0 }`:                            {blobs(counted(0, 2), counted(0, 2), counted(1, 1)), "channel 0 has the mean 0 and the variance 0"},
		`type: "Scale" scale_param { axis: 0 }`:                                    {want: "axis 0 is the batch"},
		`type: "Scale" scale_param { num_axes: 9 }`:                                {want: "num_axes 9 from axis 1 on is outside"},
		`type: "Scale" bottom: "data"`:                                             {want: "its second input of shape (1,2,5,5) does not fit the first of shape (1,2,5,5) from axis 1 on"},
		`type: "Scale" bottom: "data" bottom: "data"`:                              {want: "it reads 3 blobs: only weights of its own"},
		`type: "Pooling" pooling_param { pool: STOCHASTIC kernel_size: 2 pad: 1 }`: {want: "takes no pad"},
		`type: "InnerProduct" inner_product_param { num_output: 4 axis: 0 }`:       {want: "axis 0 is the batch"},
		`type: "Clip"`: {want: "min or max is missing"},
		`type: "Clip" clip_param { min: 1 max: 0 }`:                              {want: "a min of 1 is above the max of 0"},
		`type: "Exp" exp_param { base: 0 }`:                                      {want: "a base of 0 is not possible"},
		`type: "Log" log_param { base: 1 }`:                                      {want: "a base of 1 is not possible"},
		`type: "Log" log_param { base: -2 }`:                                     {want: "a base of -2 is not possible"},
		`type: "Crop"`:                                                           {want: "it reads 1 blobs: two of as many axes"},
		`type: "Crop" bottom: "data" crop_param { offset: 1 }`:                   {want: "5 places from 1 on are wanted along axis 2, which has 5"},
		`type: "Crop" bottom: "data" crop_param { axis: 1 offset: 0 offset: 0 }`: {want: "2 offsets for 3 axes"},
		`type: "Crop" bottom: "data" crop_param { axis: 0 }`:                     {want: "axis 0 is the batch"},
		`type: "Tile" tile_param { axis: 0 tiles: 2 }`:                           {want: "axis 0 is the batch"},
		`type: "Tile"`: {want: "want 1 or more"},
		`type: "Tile" tile_param { tiles: 2147483647 }`:               {want: "want 1 or more for each of 4 axes"},
		`type: "Reduction"`:                                           {want: "axis 0 is the batch"},
		`type: "MVN" mvn_param { eps: -1 }`:                           {want: "an eps of -1"},
		`type: "SPP"`:                                                 {want: "a pyramid_height of 0"},
		`type: "SPP" spp_param { pyramid_height: 31 }`:                {want: "a pyramid_height of 31"},
		`type: "Interp" interp_param { height: 3 }`:                   {want: "one of height and width"},
		`type: "Interp" interp_param { pad_beg: -5 }`:                 {want: "are not possible for pictures of 5x5"},
		`type: "Interp" interp_param { zoom_factor: 60000 }`:          {want: "want positive dimensions of at most"},
		`type: "Upsample"`:                                            {want: "a scale of 0"},
		`type: "Upsample" bottom: "data" upsample_param { scale: 2 }`: {want: "it is for maps, not for classes"},
		`type: "Permute" permute_param { order: 1 }`:                  {want: "it moves axis 0"},
		`type: "Permute" permute_param { order: 0 order: 0 }`:         {want: "the order [0 0] is not possible"},
		`type: "ShuffleChannel" shuffle_channel_param { group: 3 }`:   {want: "2 channels cannot be cut into 3"},
		`type: "Axpy"`: {want: "it reads 1 blobs, 3 are wanted"},
		`type: "Axpy" bottom: "data" bottom: "data"`:                                                              {want: "a factor for each channel"},
		`type: "Deconvolution" convolution_param { num_output: 4 kernel_size: 3 group: 3 }`:                       {want: "cannot be cut into 3 groups"},
		`type: "Normalize" norm_param { eps: 0 }`:                                                                 {want: "an eps of 0"},
		`type: "Bias" bias_param { axis: -9 }`:                                                                    {want: "axis -9 is outside"},
		`type: "Pooling"`:                                                                                         {want: "kernel_size of 0x0"},
		`type: "Pooling" pooling_param { kernel_size: 2 pad: 2 }`:                                                 {want: "pad of 2x2 leaves windows of 2x2 empty"},
		`type: "Pooling" pooling_param { kernel_size: 2 global_pooling: true }`:                                   {want: "global_pooling takes no kernel_size"},
		`type: "LRN" lrn_param { local_size: 4 }`:                                                                 {want: "local_size of 4 is not possible: it must be odd"},
		`type: "Eltwise" bottom: "data" eltwise_param { coeff: 1 }`:                                               {want: "1 coefficients for the SUM of 2 blobs"},
		`type: "Eltwise" bottom: "data" eltwise_param { operation: MAX coeff: 1 coeff: 1 }`:                       {want: "2 coefficients for the MAX"},
		`type: "Eltwise" bottom: "data" eltwise_param { operation: 9 }`:                                           {want: "operation 9 is not supported"},
		`type: "Concat" bottom: "data" concat_param { axis: 0 }`:                                                  {want: "axis 0 is the batch"},
		`type: "Softmax" softmax_param { axis: 0 } top: "s" } layer { name: "y" type: "ReLU" bottom: "s"`:         {want: "axis 0 is the batch"},
		`type: "Concat" bottom: "data" concat_param { axis: 1 concat_dim: 1 }`:                                    {want: "the axis is given twice"},
		`type: "Concat" bottom: "data" concat_param { concat_dim: 4294967295 }`:                                   {want: "axis 32 is outside"},
		`type: "Slice" top: "b" top: "c"`:                                                                         {want: "2 values along axis 1 cannot be cut into 3 equal parts"},
		`type: "Slice" top: "b" slice_param { slice_point: 1 slice_point: 2 }`:                                    {want: "2 slice points for 2 tops"},
		`type: "Slice" top: "b" slice_param { slice_point: 2 }`:                                                   {want: "slice points [2] do not rise within the 2 values along axis 1"},
		`type: "Flatten" flatten_param { axis: 0 }`:                                                               {want: "axes 0 to 3 cannot be flattened"},
		`type: "Flatten" flatten_param { axis: 2 end_axis: 1 }`:                                                   {want: "axes 2 to 1 cannot be flattened"},
		`type: "Reshape" reshape_param { shape { dim: 0 dim: 49 } }`:                                              {want: "its input of shape (10,2,5,5) cannot take the shape (10,49)"},
		`type: "Reshape" reshape_param { shape { dim: -1 dim: -1 } }`:                                             {want: "dimensions [-1 -1] are not possible"},
		`type: "Reshape" reshape_param { shape { dim: 1 dim: -1 } }`:                                              {want: "from (10,2,5,5) to (1,500) mixes the pictures"},
		`type: "Reshape" reshape_param { shape { dim: 0 dim: -1 dim: 536870912 dim: 536870912 dim: 536870912 } }`: {want: "cannot take the shape"},
		`type: "Reshape" reshape_param { axis: 9 }`:                                                               {want: "axis 9 is outside"},
		`type: "Reshape" reshape_param { axis: 2 num_axes: 3 }`:                                                   {want: "num_axes 3 is outside"},
		`type: "ReLU" bottom: "data"`:                                                                             {want: "1 input"},
		`type: "ReLU" top: "b"`:                                                                                   {want: "it makes 1 blobs, the definition names 2"},
	} {
		_, err := buildLast(t, `input: "data" input_dim: [10,2,5,5] layer { name: "x" bottom: "data" `+src+` top: "a" }`, tc.blobs...)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", src, err, tc.want)
		}
	}
}

// small is a network with a convolution, a normalisation and a classifier, and its weights.
func small() (string, []NamedBlobs) {
	src := input + `
		layer { name: "conv" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 2 kernel_size: 1 } }
		layer { name: "bn" type: "BatchNorm" bottom: "c" top: "c" batch_norm_param { eps: 1 } }
		layer { name: "scale" type: "Scale" bottom: "c" top: "c" scale_param { bias_term: true } }
		layer { name: "fc" type: "InnerProduct" bottom: "c" top: "fc" inner_product_param { num_output: 3 } }
		layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }`
	return src, []NamedBlobs{
		{"conv", "Convolution", []*tensor.Tensor{counted(-3, 2, 4, 1, 1), counted(1, 2)}},
		{"bn", "BatchNorm", []*tensor.Tensor{counted(6, 2), counted(9, 2), counted(3, 1)}},
		{"scale", "Scale", []*tensor.Tensor{counted(2, 2), counted(-1, 2)}},
		{"fc", "InnerProduct", []*tensor.Tensor{counted(0, 3, 2), counted(5, 3)}},
		{"unused", "Convolution", []*tensor.Tensor{tensor.FromSlice([]float32{float32(math.NaN())}, 1)}},
	}
}

// TestBuildSmall computes a network by its formulas and compares.
func TestBuildSmall(t *testing.T) {
	src, weights := small()
	d, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	net, err := d.Build(&Weights{Layers: weights})
	if err != nil {
		t.Fatal(err)
	}
	s, err := net.NewSession(nn.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x := []float64{0.5, -1, 2, 0.25}
	for i, v := range x {
		s.Input().Data[i] = float32(v)
	}
	var c [2]float64
	for o := range c {
		c[o] = float64(1 + o)
		for i, v := range x {
			c[o] += float64(-3+4*o+i) * v
		}
		c[o] = (c[o] - float64(6+o)/3) / math.Sqrt(float64(9+o)/3+1)
		c[o] = c[o]*float64(2+o) + float64(-1+o)
	}
	logits := s.Forward()
	for k := range 3 {
		want := float64(5+k) + float64(2*k)*c[0] + float64(2*k+1)*c[1]
		if got := float64(logits.Data[k]); !(math.Abs(got-want) <= 1e-5) {
			t.Errorf("logit %d is %v, want %v", k, got, want)
		}
	}
}

// TestBadWeights: one clear error for each way in which weights can be wrong.
func TestBadWeights(t *testing.T) {
	dir := t.TempDir()
	prototxt, weights := filepath.Join(dir, "net.prototxt"), filepath.Join(dir, "net.caffemodel")
	for name, tc := range map[string]struct {
		change func([]NamedBlobs) []NamedBlobs
		want   string
	}{
		"missing": {func(l []NamedBlobs) []NamedBlobs { return l[1:3] }, weights + `: weights are missing for the layers "conv", "fc"`},
		"wrong size": {func(l []NamedBlobs) []NamedBlobs {
			l[0].Blobs[0] = counted(0, 2, 3, 1, 1)
			return l
		}, weights + `: layer "conv" (Convolution): blob 0 has the shape (2,3,1,1), wanted is (2,4,1,1)`},
		"too few": {func(l []NamedBlobs) []NamedBlobs {
			l[3].Blobs = l[3].Blobs[:1]
			return l
		}, weights + `: layer "fc" (InnerProduct): it has 1 blobs of weights, but needs another of shape (3)`},
		"negative variance": {func(l []NamedBlobs) []NamedBlobs {
			l[1].Blobs[1] = counted(-9, 2)
			return l
		}, prototxt + `: layer "bn" (BatchNorm): channel 0 has the mean 2 and the variance -2`},
	} {
		src, layers := small()
		layers = layers[:4]
		if err := os.WriteFile(prototxt, []byte(src), 0o666); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := WriteWeights(&b, "net", tc.change(layers)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(weights, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(prototxt, weights); err == nil || !strings.HasPrefix(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
	src, layers := small()
	d, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []float64{math.NaN(), math.Inf(-1)} {
		layers[3].Blobs[0].Data[4] = float32(v)
		_, err := d.Build(&Weights{File: "net.caffemodel", Layers: layers})
		want := fmt.Sprintf(`net.caffemodel: layer "fc" (InnerProduct): blob 0 has the value %v at index 4 of 6`, v)
		var e *Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := d.Build(nil); err == nil || !strings.Contains(err.Error(), `"conv", "bn", "scale", "fc"`) {
		t.Errorf("error %v without weights, want one that names all layers", err)
	}
}

// TestNotAClassifier: a result that is not a list of scores is refused.
func TestNotAClassifier(t *testing.T) {
	for _, last := range []string{layer("relu", "ReLU", "data", "x"), layer("relu", "ReLU", "data", "x") + layer("prob", "Softmax", "x", "p"),
		layer("relu", "ReLU", "data", "x") + layer("prob", "Softmax", "x", "p") + layer("flat", "Flatten", "p", "f")} {
		d, err := Parse([]byte(`input: "data" input_dim: [1,3,4,4] ` + last))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Build(nil); err == nil || !strings.Contains(err.Error(), `the result "x" has the shape (3,4,4): one score for each class`) {
			t.Errorf("%s: error %v", last, err)
		}
	}
}
