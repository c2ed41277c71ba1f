package caffe

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"hoodwink/internal/gradcheck"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// quarters is a blob of the values first, first+1/4, ...
func quarters(first float32, shape ...int) *tensor.Tensor {
	t := tensor.New(shape...)
	for i := range t.Data {
		t.Data[i] = first + 0.25*float32(i)
	}
	return t
}

// A valueCase is a layer "x" of the input "data" (1,2,3,4). What it makes is told by how
// many values there are, the sum of i*y[i] from i = 1 on, and the sum of squares.
type valueCase struct {
	name    string
	before  string // layers before it
	layer   string // its type and parameters
	bottoms string // "" for data
	blobs   []*tensor.Tensor
	count   int
	moment  float64
	squares float64
	kinks   bool // the gradient is not that of differences everywhere
}

// valueCases have what numpy makes of Caffe's formulas in float64.
func valueCases() []valueCase {
	blobs := func(b ...*tensor.Tensor) []*tensor.Tensor { return b }
	sums := `layer { name: "s" type: "Reduction" bottom: "data" top: "s" reduction_param { axis: 2 } } `
	pool := func(h, w int) string {
		return fmt.Sprintf(`layer { name: "p" type: "Pooling" bottom: "data" top: "p" pooling_param { kernel_h: %d kernel_w: %d } } `, h, w)
	}
	return []valueCase{
		{"AbsVal", "", `type: "AbsVal"`, "", nil, 24, 206.050002, 15.362500, false},
		{"BNLL", "", `type: "BNLL"`, "", nil, 24, 232.837194, 18.561401, false},
		{"Clip", "", `type: "Clip" clip_param { min: -0.5 max: 0.75 }`, "", nil, 24, 24.950001, 6.657500, true},
		{"ReLU6", "", `type: "ReLU6" relu6_param { threshold: 1 }`, "", nil, 24, 97.250001, 6.352500, true},
		{"Exp", "", `type: "Exp" exp_param { base: 2 shift: 0.25 scale: 0.5 }`, "", nil, 24, 372.349402, 39.907802, false},
		{"Exp of e", "", `type: "Exp" exp_param { shift: 1 scale: 2 }`, "", nil, 24, 2369.431043, 4381.780561, false},
		{"Log", "", `type: "Log" log_param { base: 10 shift: 3 scale: 0.5 }`, "", nil, 24, 142.312631, 5.487405, false},
		{"Log of e", "", `type: "Log" log_param { shift: 3 }`, "", nil, 24, 319.988310, 29.211929, false},
		{"Swish", "", `type: "Swish" swish_param { beta: 1.5 }`, "", nil, 24, 61.682015, 5.658941, false},
		{"Threshold", "", `type: "Threshold" threshold_param { threshold: 0.25 }`, "", nil, 24, 119, 10, true},
		{"CReLU", "", `type: "CReLU"`, "", nil, 48, 400.450001, 15.362500, true},
		{"MVN", "", `type: "MVN"`, "", nil, 24, -14.599750, 24, false},
		{"MVN of all", "", `type: "MVN" mvn_param { across_channels: true eps: 0.5 }`, "", nil, 24, -0.827022, 9.087406, false},
		{"MVN of means", "", `type: "MVN" mvn_param { normalize_variance: false }`, "", nil, 24, -11.575, 15.226458, false},
		{"Reduction SUM", "", `type: "Reduction" reduction_param { axis: 1 coeff: 2 }`, "", nil, 1, 0.9, 0.810001, false},
		{"Reduction ASUM", "", `type: "Reduction" reduction_param { operation: ASUM axis: 2 }`, "", nil, 2, 24.85, 138.642501, false},
		{"Reduction SUMSQ", "", `type: "Reduction" reduction_param { operation: SUMSQ axis: -1 coeff: 0.5 }`, "", nil, 6, 26.347501, 10.391186, false},
		{"Reduction MEAN", "", `type: "Reduction" reduction_param { operation: MEAN axis: 2 }`, "", nil, 2, 0.129167, 0.011337, false},
		{"Tile", "", `type: "Tile" tile_param { tiles: 3 }`, "", nil, 72, 46.050018, 46.0875, false},
		{"Tile of rows", "", `type: "Tile" tile_param { axis: 2 tiles: 2 }`, "", nil, 48, 40.900008, 30.725, false},
		{"Crop", pool(2, 2), `type: "Crop" crop_param { offset: 1 }`, "data p", nil, 12, -12.75, 7.325, false},
		{"Crop by axis", pool(2, 2), `type: "Crop" crop_param { offset: 0 offset: 1 }`, "data p", nil, 12, 15.700001, 7.65, false},
		{"Crop of channels", pool(2, 2), `type: "Crop" crop_param { axis: 1 }`, "data p", nil, 12, 19.750001, 7.5125, false},
		{"Scale of two", sums, `type: "Scale" scale_param { axis: 0 }`, "data s", nil, 24, 18.917501, 12.416595, false},
		{"Scale of two, bias", sums, `type: "Scale" scale_param { axis: 0 bias_term: true }`, "data s", blobs(quarters(1, 1, 2)), 24, 374.417501, 47.036595, false},
		{"Bias of two", "", `type: "Bias" bias_param { axis: 0 }`, "data data", nil, 24, 9.100004, 61.450001, false},
		{"Scale of rows", "", `type: "Scale" scale_param { axis: 2 bias_term: true }`, "", blobs(quarters(1, 3), quarters(2, 3)), 24, 685.300003, 143.622345, false},
		{"Scale of all", "", `type: "Scale" scale_param { num_axes: -1 }`, "", blobs(quarters(1, 2, 3, 4)), 24, -4.399991, 275.374070, false},
		{"InnerProduct of rows", "", `type: "InnerProduct" inner_product_param { num_output: 5 axis: 3 }`, "", blobs(quarters(1, 5, 4), quarters(-1, 5)), 30, -193.812455, 424.748434, false},
		{"InnerProduct of planes", "", `type: "InnerProduct" inner_product_param { num_output: 5 axis: 2 bias_term: false }`, "", blobs(quarters(1, 5, 12)), 10, 207.875043, 612.940630, false},
		{"Deconvolution", "", `type: "Deconvolution" convolution_param { num_output: 3 kernel_size: 4 stride: 2 pad: 1 }`, "", blobs(quarters(-1, 2, 3, 4, 4), quarters(1, 3)), 144, 46204.092528, 50516.338666, false},
		{"Deconvolution of groups", "", `type: "Deconvolution" convolution_param { num_output: 4 kernel_size: 2 group: 2 dilation: 2 bias_term: false }`, "",
			blobs(quarters(-1, 2, 2, 2, 2)), 120, 1385.700119, 181.816253, false},
		{"BatchNorm of five blobs", "", `type: "BatchNorm" batch_norm_param { eps: 0.001 }`, "",
			blobs(quarters(1, 2), quarters(2, 2), quarters(2, 1), quarters(3, 2), quarters(4, 2)), 24, 728.045861, 287.561073, false},
		{"BN", "", `type: "BN"`, "", blobs(quarters(1, 1, 2, 1, 1), quarters(2, 1, 2, 1, 1), quarters(3, 1, 2, 1, 1), quarters(4, 1, 2, 1, 1)), 24, 104.631263, 8.710409, false},
		{"BN of two blobs", "", `type: "BN" bn_param { bn_mode: INFERENCE }`, "", blobs(quarters(1, 1, 2, 1, 1), quarters(2, 1, 2, 1, 1)), 24, 663.175002, 131.932814, false},
		{"Pooling STOCHASTIC", layer("r", "ReLU", "data", "r"), `type: "Pooling" pooling_param { pool: STOCHASTIC kernel_size: 2 stride: 2 }`, "r", nil, 8, 27.323450, 5.322571, true},
		{"SPP", "", `type: "SPP" spp_param { pyramid_height: 2 }`, "", nil, 10, 50.550001, 10.455, false},
		{"SPP AVE", "", `type: "SPP" spp_param { pyramid_height: 2 pool: AVE }`, "", nil, 10, 1.041667, 0.481181, false},
		{"Interp", "", `type: "Interp" interp_param { height: 5 width: 6 }`, "", nil, 60, 21.280013, 17.210825, false},
		{"Interp zooms", "", `type: "Interp" interp_param { zoom_factor: 2 pad_beg: -1 }`, "", nil, 30, -85.725, 10.556563, false},
		{"Interp shrinks", "", `type: "Interp" interp_param { shrink_factor: 2 }`, "", nil, 8, 8.700001, 6.6525, false},
		{"Upsample", "", `type: "Upsample" upsample_param { scale: 2 }`, "", nil, 96, 57.100032, 61.450001, false},
		{"Permute", "", `type: "Permute" permute_param { order: 0 order: 2 order: 3 }`, "", nil, 24, -16.649998, 15.3625, false},
		{"ShuffleChannel", `layer { name: "d" type: "Power" bottom: "data" top: "d" power_param { scale: 2 } } ` + layer("c", "Concat", "data d", "c"),
			`type: "ShuffleChannel" shuffle_channel_param { group: 2 }`, "c", nil, 48, 64.050013, 76.812501, false},
		{"Normalize", "", `type: "Normalize"`, "", blobs(quarters(1.5, 1)), 24, 1.741293, 2.25, false},
		{"Normalize of channels", "", `type: "Normalize" norm_param { across_spatial: false channel_shared: false }`, "", blobs(quarters(1.5, 2)), 24, -18.013181, 31.743642, true},
		{"Axpy", sums, `type: "Axpy"`, "s data data", nil, 24, 23.467503, 34.145348, false},
		{"ConvolutionDepthwise", "", `type: "ConvolutionDepthwise" convolution_param { num_output: 2 kernel_size: 2 }`, "",
			blobs(quarters(1, 2, 1, 2, 2), quarters(1, 2)), 12, 116.162504, 90.341254, false},
	}
}

// source is a definition that ends in the layer, made a vector.
func (c valueCase) source() string {
	bottoms := c.bottoms
	if bottoms == "" {
		bottoms = "data"
	}
	src := `input: "data" input_dim: [1,2,3,4] ` + c.before + `layer { name: "x" ` + c.layer + ` top: "x"`
	for b := range strings.FieldsSeq(bottoms) {
		src += fmt.Sprintf(" bottom: %q", b)
	}
	return src + " } " + `layer { name: "out" type: "Reshape" bottom: "x" top: "out" reshape_param { shape { dim: 0 dim: -1 } } }`
}

// valueNet builds the network of a case.
func (c valueCase) valueNet(t testing.TB) *nn.Network {
	t.Helper()
	d, err := Parse([]byte(c.source()))
	if err != nil {
		t.Fatal(err)
	}
	net, err := d.Build(&Weights{Layers: []NamedBlobs{{Name: "x", Blobs: c.blobs}}})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestValues: layers compute what Caffe does, and their gradients are those of differences.
func TestValues(t *testing.T) {
	for _, c := range valueCases() {
		t.Run(c.name, func(t *testing.T) {
			s, err := c.valueNet(t).NewSession(nn.SessionOptions{})
			if err != nil {
				t.Fatal(err)
			}
			x := s.Input()
			for i := range x.Data {
				x.Data[i] = float32((i*7)%11-5)/4 + 0.05*float32(i%3)
			}
			var moment, squares float64
			y := s.Forward()
			for i, v := range y.Data {
				moment += float64(v) * float64(i+1)
				squares += float64(v) * float64(v)
			}
			if y.Len() != c.count || !(math.Abs(moment-c.moment) <= 1e-4*(1+math.Abs(c.moment))) || !(math.Abs(squares-c.squares) <= 1e-4*(1+c.squares)) {
				t.Errorf("%d values, sums %.6f and %.6f; want %d, %.6f and %.6f", y.Len(), moment, squares, c.count, c.moment, c.squares)
			}
			dy := tensor.New(y.Shape...)
			for i := range dy.Data {
				dy.Data[i] = float32(i%5)/2 - 0.75
			}
			dx := append([]float32(nil), s.Backward(dy).Data...)
			if at, ok := tensor.Finite(dx); !ok {
				t.Fatalf("gradient %d is %v", at, dx[at])
			}
			if c.kinks {
				for i := range x.Data { // away from where it bends
					x.Data[i] = 0.3 + 0.01*float32(i)*float32(i%2*2-1)
				}
				s.Forward()
				dx = append(dx[:0], s.Backward(dy).Data...)
			}
			loss := func() float64 { return tensor.Dot(dy.Data, s.Forward().Data) }
			if worst := gradcheck.Check(x, dx, loss, gradcheck.Options{}); !(worst.Err <= 2e-3) {
				t.Error(worst)
			}
		})
	}
}

// TestDeadWindows: where a window of stochastic pooling, or what is normalised, is all zero,
// results are zero and gradients finite.
func TestDeadWindows(t *testing.T) {
	for _, c := range valueCases() {
		if c.name != "Pooling STOCHASTIC" && !strings.HasPrefix(c.name, "MVN") && !strings.HasPrefix(c.name, "Normalize") {
			continue
		}
		s, err := c.valueNet(t).NewSession(nn.SessionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		clear(s.Input().Data)
		y := s.Forward()
		dy := tensor.New(y.Shape...)
		for i, v := range y.Data {
			dy.Data[i] = 1
			if v != 0 {
				t.Errorf("%s: result %d is %v", c.name, i, v)
			}
		}
		if at, ok := tensor.Finite(s.Backward(dy).Data); !ok {
			t.Errorf("%s: gradient %d is not finite", c.name, at)
		}
	}
}

// TestRefusedLayers: what no classifier of pictures has is refused with its reason.
func TestRefusedLayers(t *testing.T) {
	d, err := Parse([]byte(input + layer("p", "Python", "data", "p") + layer("l", "LSTM", "p", "l") + layer("z", "Zebra", "l", "z")))
	if err != nil {
		t.Fatal(err)
	}
	want := `"p" (Python: it is a program, which is not in the file), "l" (LSTM: it reads sequences, not pictures), "z" (Zebra)`
	if _, err := d.Build(nil); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	if strings.Contains(strings.Join(supported(), " "), "Python") {
		t.Error("Python is named among what is supported")
	}
}
