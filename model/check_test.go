package model

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/dataset"
	"hoodwink/internal/testnet"
	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// checked opens a network with a contract's lines and checks it.
func checked(t *testing.T, net onnxNet, lines string) *Checkup {
	t.Helper()
	dir := t.TempDir()
	net.write(t, dir)
	testnet.Put(t, dir, map[string]string{ContractName: "name: a\nweights: my.onnx\n" + lines})
	m, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	u, err := m.Check(context.Background(), CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// finding returns what a check found.
func (u *Checkup) finding(check string) Finding {
	for _, f := range u.Findings {
		if f.Check == check {
			return f
		}
	}
	return Finding{}
}

func TestCheck(t *testing.T) {
	with := func(net onnxNet, scale float64, then ...string) onnxNet {
		net.scale, net.then = scale, then
		return net
	}
	for _, c := range []struct {
		name  string
		net   onnxNet
		lines string
		check string
		level Level
		want  string // in text and advice
	}{
		{"logits", colour, "", "outputs", Fine, "are logits"},
		{"softmax", with(colour, 0.3, "Softmax"), "", "outputs", Fine, "out of a softmax"},
		{"log softmax", with(colour, 0.3, "LogSoftmax"), "", "outputs", Fine, "out of a softmax"},
		{"sigmoids", with(colour, 0.3, "Sigmoid"), "", "outputs", Fine, "the logits before them are used"},
		{"sigmoids called logits", with(colour, 0.3, "Sigmoid"), "outputs: logits\n", "outputs", Warning, "outputs: sigmoid"},
		{"softmax called logits", with(colour, 0.3, "Softmax"), "outputs: logits\n", "outputs", Warning, "outputs: probabilities"},
		{"probabilities", ratio, "", "outputs", Fine, "logarithms serve as logits"},
		{"probabilities called logits", ratio, "outputs: logits\n", "outputs", Wrong, "outputs: probabilities"},
		{"logits called probabilities", colour, "outputs: probabilities\n", "outputs", Wrong, "outputs: logits"},
		{"range", colour, "", "range", Fine, "differ from picture to picture"},
		{"explodes", colour, "preprocess: {preset: caffe}\n", "range", Warning, "they explode; with BGR, 0 to 1"},
		{"hardly reacts", with(colour, 1e-4), "preprocess: {preset: raw}\n", "range", Warning, "hardly reacts"},
		{"gradient", colour, "", "gradient", Fine, "at single pixels"},
		{"gradient of probabilities", ratio, "", "gradient", Fine, "at single pixels"},
		{"size", colour, "", "size", Fine, "norm"},
		{"dead", with(colour, 0), "", "size", Wrong, "it is dead"},
		{"huge", with(colour, 1e6), "", "size", Warning, "is huge"},
		{"batch", colour, "", "batch", Fine, "alone and in a batch"},
	} {
		u := checked(t, c.net, c.lines)
		f := u.finding(c.check)
		if f.Level != c.level || !strings.Contains(f.Text+"; "+f.Advice, c.want) {
			t.Errorf("%s: %+v, want %s with %q", c.name, f, c.level, c.want)
		}
		if wrong := slices.ContainsFunc(u.Findings, func(f Finding) bool { return f.Level == Wrong }); u.OK == wrong {
			t.Errorf("%s: OK is %v: %+v", c.name, u.OK, u.Findings)
		}
	}
}

// A bent layer is the identity. Its gradient is one of another function.
type bent struct{}

func (bent) Kind() string                          { return "Bent" }
func (bent) Reads() nn.Reads                       { return nn.Reads{} }
func (bent) OutShapes(in [][]int) ([][]int, error) { return in, nil }
func (bent) Bind(b *nn.Binding) nn.Op {
	op := nn.Op{Forward: func() { copy(b.Out[0].Data, b.In[0].Data) }}
	if len(b.DIn) > 0 && b.DIn[0] != nil {
		op.Backward = func() {
			for i, d := range b.DOut[0].Data {
				b.DIn[0].Data[i] += d * float32(i%3-1)
			}
		}
	}
	return op
}

func TestCheckFindsWrongGradients(t *testing.T) {
	m, err := open(colour.write(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	weights := tensor.New(5, 144)
	for i := range weights.Data {
		weights.Data[i] = float32(i*7919%101)/100 - 0.5
	}
	b := nn.NewBuilder("bent")
	b.Input("x", 3, 6, 8)
	b.Add("bent", bent{}, []string{"x"}, []string{"y"})
	b.Add("flat", &nn.Flatten{Axis: 1, EndAxis: -1}, []string{"y"}, []string{"f"})
	b.Add("fc", &nn.InnerProduct{Weights: weights}, []string{"f"}, []string{"z"})
	if m.Network, err = b.Build("z"); err != nil {
		t.Fatal(err)
	}
	u, err := m.Check(context.Background(), CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if f := u.finding("gradient"); f.Level != Wrong || u.OK {
		t.Errorf("a wrong gradient passes: %+v", f)
	}
}

// TestCheckOfFlatMargin: two classes that a network never decides on stand at the top of every
// picture. Their margin has no gradient; that over the third has one.
func TestCheckOfFlatMargin(t *testing.T) {
	m := opened(t, colours(t, [][3]float32{{}, {}, {-1, -2, -3}}, 1, nil), "")
	u, err := m.Check(context.Background(), CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if f := u.finding("size"); f.Level != Fine || !u.OK {
		t.Errorf("%+v", u.Findings)
	}
	if f := u.finding("gradient"); f.Level != Fine {
		t.Errorf("%+v", f)
	}
}

// TestCheckNamesTheContract labels pictures by what the network says under one
// contract, and checks it under another.
func TestCheckNamesTheContract(t *testing.T) {
	for _, c := range []struct {
		net         onnxNet
		right, used preprocess.Spec
		want        string
	}{
		{colour, preprocess.Spec{Preset: "caffe-mean"}, preprocess.Spec{Preset: "raw"}, "--preset caffe-mean"},
		{colour, preprocess.Spec{Preset: "raw", Mean: []float32{.5, .5, .5}, Std: []float32{.5, .5, .5}}, preprocess.Spec{Preset: "caffe"},
			"--preset raw --order RGB --scale 1 --mean 0.5,0.5,0.5 --std 0.5,0.5,0.5"},
		{onnxNet{input: []int{12, 10, 3}, classes: 5, scale: 0.3}, preprocess.Spec{Preset: "raw", Order: "BGR"}, preprocess.Spec{Preset: "raw"}, "--preset raw --order BGR --scale 1"},
		{onnxNet{input: []int{1, 6, 8}, classes: 5, scale: 0.3}, preprocess.Spec{Mean: []float32{.5}, Std: []float32{.5}}, preprocess.Spec{}, "--order gray --scale 1 --mean 0.5 --std 0.5"},
	} {
		dir := t.TempDir()
		path := c.net.write(t, t.TempDir())
		models := dir
		right, err := add(addition{Name: "right", Folder: path, Spec: c.right}, models)
		if err != nil {
			t.Fatal(err)
		}
		used, err := add(addition{Name: "used", Folder: path, Spec: c.used}, models)
		if err != nil {
			t.Fatal(err)
		}
		p, err := right.Predictor(0)
		if err != nil {
			t.Fatal(err)
		}
		var pictures []Labelled
		for i := 1; i <= 40; i++ {
			file := filepath.Join(dir, fmt.Sprintf("%d.png", i))
			if err := preprocess.WritePNG(file, right.trial(2*i+1), nil); err != nil {
				t.Fatal(err)
			}
			pic, err := preprocess.ReadFile(file, preprocess.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			logits, err := p.Logits(pic)
			if err != nil {
				t.Fatal(err)
			}
			pictures = append(pictures, Labelled{file, tensor.Argmax(logits)})
		}
		steps := 0
		u, err := used.Check(context.Background(), CheckOptions{Pictures: pictures, Progress: func(done, total int) { steps++ }})
		if err != nil {
			t.Fatal(err)
		}
		if f := u.finding("accuracy"); f.Level == Fine || !strings.Contains(f.Advice, c.want) || u.OK != (f.Level != Wrong) || steps != 40 {
			t.Errorf("%+v for %+v: %+v, want %s", c.used, c.right, f, c.want)
		}
		if best := u.Contracts[1]; best.Right != 40 || best.Pictures != 40 || !(best.LogProb <= 0) {
			t.Errorf("best %+v", best)
		}
		if u, err = right.Check(context.Background(), CheckOptions{Pictures: pictures}); err != nil || u.finding("accuracy").Level != Fine {
			t.Errorf("%+v: %+v, %v", c.right, u.finding("accuracy"), err)
		}
		if _, err = right.Check(context.Background(), CheckOptions{Pictures: []Labelled{{pictures[0].Path, 5}}}); err == nil {
			t.Error("class 5 of 5 is accepted")
		}
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := openTiny(t).Check(done, CheckOptions{}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}

func TestFlagsKeepTheCrop(t *testing.T) {
	s := preset("torchvision", 224, 224)
	if got := flags(s); got != "--preset torchvision" {
		t.Error(got)
	}
	s.Order, s.Interpolation = "BGR", preprocess.Bicubic
	if got, want := flags(s), "--preset raw --order BGR --scale 1 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --resize shorter-side:256 --antialias --interpolation bicubic"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestClassOfFile(t *testing.T) {
	l, err := ParseLabels([]byte("n01443537 goldfish, Carassius auratus\nn02510455 giant panda, panda\nn02509815 lesser panda, panda\nn07742313 Granny Smith\n"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"/x/n01443537_goldfish.JPEG":  0,
		"/x/n07742313_Granny_Smith.j": 3,
		"/x/n01443537/42.png":         0,
		"/x/2/42.png":                 2,
		"/x/giant_panda/a.png":        1,
		"/x/panda/a.png":              -1, // two
		"/x/granny-smith-12.png":      3,
		"/x/cifar10_07_3.png":         3,
		"/x/cifar10_07_4.png":         -1,
		"/x/IMG_0002.jpg":             -1,
		"/x/2.jpg":                    -1,
		"/x/n99999999_goldfish.png":   0,
		"/x/fish.png":                 -1, // no whole name
		"/goldfish/cifar10_07_3.png":  0,
	} {
		c, ok := l.OfFile(path)
		if ok != (want >= 0) || ok && c.Index != want {
			t.Errorf("%s: %+v, %v, want %d", path, c, ok, want)
		}
	}
}

// TestCheckRealNetworks: contracts that the networks were trained with pass, others are
// named.
func TestCheckRealNetworks(t *testing.T) {
	var pictures []Labelled
	files, err := dataset.Walk(realData(t, "cifar10", "lossless20"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"art_cnn", "mnist_fgsm", "mnist_pgd_madry", "cifar10_resnet20"} {
		m := zoo(t, name)
		if pictures = nil; name == "cifar10_resnet20" {
			for _, f := range files {
				c, _ := m.Labels.OfFile(f)
				pictures = append(pictures, Labelled{f, c.Index})
			}
		}
		u, err := m.Check(context.Background(), CheckOptions{Pictures: pictures})
		if err != nil || !u.OK || u.finding("gradient").Level != Fine {
			t.Errorf("%s: %+v, %v", name, u, err)
		}
	}
	path := filepath.Join(realModels(t), "cifar10_resnet20")
	for _, preset := range []string{"raw", "caffe", "caffe-mean"} {
		m, err := add(addition{Name: preset, Folder: path, Spec: preprocess.Spec{Preset: preset}}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		u, err := m.Check(context.Background(), CheckOptions{Pictures: pictures})
		if err != nil {
			t.Fatal(err)
		}
		if f := u.finding("accuracy"); f.Level != Wrong || !strings.Contains(f.Text, "with RGB, ImageNet's mean and std, 20 are") {
			t.Errorf("%s: %+v", preset, f)
		}
	}
}
