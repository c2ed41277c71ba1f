package caffe

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// A sketch writes a prototxt. Its methods add a layer and return its top.
type sketch struct{ strings.Builder }

func newSketch(name string, size int) *sketch {
	s := &sketch{}
	fmt.Fprintf(s, "name: %q\nlayer { name: \"data\" type: \"Input\" top: \"data\" input_param { shape { dim: 10 dim: 3 dim: %d dim: %d } } }\n", name, size, size)
	return s
}

func (s *sketch) add(name, kind, param, top string, bottoms ...string) string {
	fmt.Fprintf(s, "layer { name: %q type: %q top: %q", name, kind, top)
	for _, b := range bottoms {
		fmt.Fprintf(s, " bottom: %q", b)
	}
	fmt.Fprintf(s, " %s }\n", param)
	return top
}

func (s *sketch) conv(name, bottom string, n, k, stride, pad int, more string) string {
	return s.add(name, "Convolution", fmt.Sprintf("convolution_param { num_output: %d kernel_size: %d stride: %d pad: %d %s }", n, k, stride, pad, more), name, bottom)
}

func (s *sketch) relu(bottom string) string { return s.add("relu_"+bottom, "ReLU", "", bottom, bottom) }

func (s *sketch) pool(name, bottom, method string, k, stride int) string {
	return s.add(name, "Pooling", fmt.Sprintf("pooling_param { pool: %s kernel_size: %d stride: %d }", method, k, stride), name, bottom)
}

func (s *sketch) global(name, bottom string) string {
	return s.add(name, "Pooling", "pooling_param { pool: AVE global_pooling: true }", name, bottom)
}

func (s *sketch) fc(name, bottom string, n int) string {
	return s.add(name, "InnerProduct", fmt.Sprintf("inner_product_param { num_output: %d }", n), name, bottom)
}

func (s *sketch) normConv(name, bottom string, n, k, stride, pad int, more string) string {
	top := s.conv(name, bottom, n, k, stride, pad, "bias_term: false "+more)
	s.add(name+"_bn", "BatchNorm", "batch_norm_param { use_global_stats: true }", top, top)
	return s.add(name+"_scale", "Scale", "scale_param { bias_term: true }", top, top)
}

// fullyConnected ends AlexNet and VGG.
func (s *sketch) fullyConnected(bottom string) {
	for i, n := range []int{4096, 4096} {
		bottom = s.relu(s.fc(fmt.Sprintf("fc%d", 6+i), bottom, n))
		s.add("drop_"+bottom, "Dropout", "dropout_param { dropout_ratio: 0.5 }", bottom, bottom)
	}
	s.add("prob", "Softmax", "", "prob", s.fc("fc8", bottom, 1000))
}

// alexNet is AlexNet, or with the pooling first the CaffeNet that swapped the two.
func alexNet(poolFirst bool) *sketch {
	s := newSketch("AlexNet", 227)
	norm := func(i int, top string) string {
		lrn, pool := fmt.Sprintf("norm%d", i), fmt.Sprintf("pool%d", i)
		const param = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"
		if poolFirst {
			return s.add(lrn, "LRN", param, lrn, s.pool(pool, top, "MAX", 3, 2))
		}
		return s.pool(pool, s.add(lrn, "LRN", param, lrn, top), "MAX", 3, 2)
	}
	top := norm(1, s.relu(s.conv("conv1", "data", 96, 11, 4, 0, "")))
	top = norm(2, s.relu(s.conv("conv2", top, 256, 5, 1, 2, "group: 2")))
	top = s.relu(s.conv("conv3", top, 384, 3, 1, 1, ""))
	top = s.relu(s.conv("conv4", top, 384, 3, 1, 1, "group: 2"))
	top = s.relu(s.conv("conv5", top, 256, 3, 1, 1, "group: 2"))
	s.fullyConnected(s.pool("pool5", top, "MAX", 3, 2))
	return s
}

func vgg16() *sketch {
	s := newSketch("VGG16", 224)
	top := "data"
	for i, n := range []int{2, 2, 3, 3, 3} {
		for j := range n {
			top = s.relu(s.conv(fmt.Sprintf("conv%d_%d", i+1, j+1), top, min(512, 64<<i), 3, 1, 1, ""))
		}
		top = s.pool(fmt.Sprintf("pool%d", i+1), top, "MAX", 2, 2)
	}
	s.fullyConnected(top)
	return s
}

func resNet50() *sketch {
	s := newSketch("ResNet-50", 224)
	top := s.pool("pool1", s.relu(s.normConv("conv1", "data", 64, 7, 2, 3, "")), "MAX", 3, 2)
	for i, n := range []int{3, 4, 6, 3} {
		width := 64 << i
		for j := range n {
			name, stride, skip := fmt.Sprintf("res%d%c", i+2, 'a'+j), 1, top
			if j == 0 {
				if i > 0 {
					stride = 2
				}
				skip = s.normConv(name+"_branch1", top, 4*width, 1, stride, 0, "")
			}
			b := s.relu(s.normConv(name+"_branch2a", top, width, 1, stride, 0, ""))
			b = s.relu(s.normConv(name+"_branch2b", b, width, 3, 1, 1, ""))
			b = s.normConv(name+"_branch2c", b, 4*width, 1, 1, 0, "")
			top = s.relu(s.add(name, "Eltwise", "", name, skip, b))
		}
	}
	s.add("prob", "Softmax", "", "prob", s.fc("fc1000", s.global("pool5", top), 1000))
	return s
}

func nin() *sketch {
	s := newSketch("NiN", 224)
	top := "data"
	for i, c := range []struct{ n, k, stride, pad, last int }{{96, 11, 4, 0, 96}, {256, 5, 1, 2, 256}, {384, 3, 1, 1, 384}, {1024, 3, 1, 1, 1000}} {
		top = s.relu(s.conv(fmt.Sprintf("conv%d", i+1), top, c.n, c.k, c.stride, c.pad, ""))
		top = s.relu(s.conv(fmt.Sprintf("cccp%d", 2*i+1), top, c.n, 1, 1, 0, ""))
		top = s.relu(s.conv(fmt.Sprintf("cccp%d", 2*i+2), top, c.last, 1, 1, 0, ""))
		if i < 3 {
			top = s.pool(fmt.Sprintf("pool%d", i), top, "MAX", 3, 2)
		}
	}
	s.add("prob", "Softmax", "", "prob", s.global("pool4", top))
	return s
}

func mobileNet() *sketch {
	s := newSketch("MobileNet", 224)
	top, width := s.relu(s.normConv("conv1", "data", 32, 3, 2, 1, "")), 32
	for i, c := range []struct{ n, stride int }{{64, 1}, {128, 2}, {128, 1}, {256, 2}, {256, 1}, {512, 2},
		{512, 1}, {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}} {
		name := fmt.Sprintf("conv%d", i+2)
		top = s.relu(s.normConv(name+"/dw", top, width, 3, c.stride, 1, fmt.Sprintf("group: %d", width)))
		top = s.relu(s.normConv(name+"/sep", top, c.n, 1, 1, 0, ""))
		width = c.n
	}
	s.add("prob", "Softmax", "", "prob", s.conv("fc7", s.global("pool6", top), 1000, 1, 1, 0, ""))
	return s
}

// blank is a source of weights that are all zero, which cost no memory until used.
type blank struct{ params *int64 }

func (b blank) blob(f fill, shape ...int) (*tensor.Tensor, error) {
	t := tensor.New(shape...)
	*b.params += int64(t.Len())
	return t, nil
}

func (b blank) left() int { return -1 }

func (b blank) finish() error { return nil }

// TestFamousNetworks builds the structures of the classification networks of Caffe's
// time and checks what is well known about them.
func TestFamousNetworks(t *testing.T) {
	for _, tc := range []struct {
		name    string
		src     *sketch
		input   int
		layers  map[string]int // in the network, by kind
		params  int64          // learned, after folding normalisation into biases
		blobs   int64          // values in the caffemodel
		millMAC int64
	}{
		{"AlexNet", alexNet(false), 227, map[string]int{"Convolution": 5, "InnerProduct": 3, "LRN": 2, "Pooling": 3, "ReLU": 7}, 60965224, 60965224, 724},
		{"CaffeNet", alexNet(true), 227, map[string]int{"Convolution": 5, "InnerProduct": 3, "LRN": 2, "Pooling": 3, "ReLU": 7}, 60965224, 60965224, 724},
		{"VGG-16", vgg16(), 224, map[string]int{"Convolution": 13, "InnerProduct": 3, "Pooling": 5, "ReLU": 15}, 138357544, 138357544, 15470},
		// 25,557,032 with a scale and an offset for each of the 26,560 normalised
		// channels, of which the offset remains. The file has mean and variance besides,
		// and a count for each of 53 normalisations.
		{"ResNet-50", resNet50(), 224, map[string]int{"Convolution": 53, "InnerProduct": 1, "Pooling": 2, "Eltwise": 16, "ReLU": 49},
			25557032 - 26560, 25557032 + 2*26560 + 53, 3857},
		{"NiN", nin(), 224, map[string]int{"Convolution": 12, "Pooling": 4, "ReLU": 12, "Flatten": 1}, 7595176, 7595176, 1100},
		// 4,231,976 likewise, with 10,944 normalised channels in 27 layers.
		{"MobileNet", mobileNet(), 224, map[string]int{"Convolution": 28, "Pooling": 1, "ReLU": 27, "Flatten": 1},
			4231976 - 10944, 4231976 + 2*10944 + 27, 568},
	} {
		d, err := Parse([]byte(tc.src.String()))
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		g, err := d.resolve()
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		var blobs int64
		net, err := d.build(g, func(*node) blobSource { return blank{&blobs} })
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		kinds, macs := map[string]int{}, int64(0)
		for _, r := range net.Table() {
			kinds[r.Kind]++
			macs += r.MACs
		}
		if fmt.Sprint(kinds) != fmt.Sprint(tc.layers) {
			t.Errorf("%s: layers %v, want %v", tc.name, kinds, tc.layers)
		}
		if in := net.InputShape(); !slices.Equal(in, []int{3, tc.input, tc.input}) {
			t.Errorf("%s: input %v", tc.name, in)
		}
		if out := net.OutputShape(); !slices.Equal(out, []int{1000}) {
			t.Errorf("%s: output %v", tc.name, out)
		}
		if got := net.Params(); got != tc.params {
			t.Errorf("%s: %d parameters, want %d", tc.name, got, tc.params)
		}
		if blobs != tc.blobs {
			t.Errorf("%s: %d values in blobs, want %d", tc.name, blobs, tc.blobs)
		}
		if got := macs / 1e6; got != tc.millMAC {
			t.Errorf("%s: %d million multiply-adds, want %d", tc.name, got, tc.millMAC)
		}
	}
}

// TestRandomWeights: the seed alone decides, and every array is different.
func TestRandomWeights(t *testing.T) {
	src, _ := small()
	d, err := Parse([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	var files [3]bytes.Buffer
	for i, seed := range []uint64{1, 1, 2} {
		w, err := d.RandomWeights(seed)
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteWeights(&files[i], d.Name, w.Layers); err != nil {
			t.Fatal(err)
		}
		conv, fc := w.Layers[0].Blobs[0].Data, w.Layers[3].Blobs[0].Data
		if slices.Equal(conv[:6], fc) {
			t.Errorf("seed %d: two layers have the same weights %v", seed, fc)
		}
	}
	if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) || bytes.Equal(files[0].Bytes(), files[2].Bytes()) {
		t.Error("the bytes do not follow the seed")
	}
}

// TestRandomNetworks runs networks with random weights that went through a file.
func TestRandomNetworks(t *testing.T) {
	for name, src := range map[string]*sketch{"MobileNet": mobileNet(), "NiN": nin()} {
		d, err := Parse([]byte(src.String()))
		if err != nil {
			t.Fatal(err)
		}
		w, err := d.RandomWeights(1)
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := WriteWeights(&file, d.Name, w.Layers); err != nil {
			t.Fatal(err)
		}
		if w, err = ReadWeights(&file); err != nil {
			t.Fatal(err)
		}
		net, err := d.Build(w)
		if err != nil {
			t.Fatal(err)
		}
		s, err := net.NewSession(nn.SessionOptions{ForwardOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Input().Data {
			s.Input().Data[i] = float32(i%7) - 3
		}
		logits := s.Forward().Data
		if at, ok := tensor.Finite(logits); !ok {
			t.Errorf("%s: logit %d is %v", name, at, logits[at])
		}
		// He's variance keeps the size of activations through rectifiers.
		if rms := tensor.L2(logits) / math.Sqrt(1000); !(rms > 0.05 && rms < 20) {
			t.Errorf("%s: logits of size %v, want the order of the input's", name, rms)
		}
	}
}
