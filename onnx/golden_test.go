package onnx

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hoodwink/internal/npy"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// shared returns a path below the folder an environment variable names, or skips the test.
func shared(t testing.TB, variable, what string, path ...string) string {
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skipf("%s is not set: it names the folder with %s", variable, what)
	}
	return filepath.Join(append([]string{dir}, path...)...)
}

func realModel(t testing.TB, name string) *Model {
	m, err := ReadFile(shared(t, "HOODWINK_MODELS", "the model files", name, name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRealModels(t *testing.T) {
	for _, tc := range []struct {
		name   string
		input  []int
		params int64
	}{
		{"art_cnn", []int{1, 28, 28}, 310},
		{"mnist_fgsm", []int{1, 28, 28}, 166406},
		{"mnist_pgd_madry", []int{1, 28, 28}, 166406},
		{"cifar10_resnet20", []int{3, 32, 32}, 269034},
	} {
		m := realModel(t, tc.name)
		net, err := m.Build()
		if err != nil {
			t.Fatal(err)
		}
		if got := net.InputShape(); !slices.Equal(got, tc.input) {
			t.Errorf("%s: input %v, want %v", tc.name, got, tc.input)
		}
		if got := net.OutputShape(); !slices.Equal(got, []int{10}) {
			t.Errorf("%s: output %v, want [10]", tc.name, got)
		}
		if got := net.Params(); got != tc.params {
			t.Errorf("%s: %d parameters, want %d", tc.name, got, tc.params)
		}
		if m.Producer != "pytorch" || m.Opset != 13 || m.Probabilities() {
			t.Errorf("%s: producer %q, opset %d, probabilities %v", tc.name, m.Producer, m.Opset, m.Probabilities())
		}
	}
}

// gunzip returns the contents of a file after a header.
func gunzip(t *testing.T, path string, header, n int) []byte {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, header+n)
	if _, err := io.ReadFull(z, b); err != nil {
		t.Fatal(err)
	}
	return b[header:]
}

func mnist(t *testing.T, x *tensor.Tensor) {
	for i, b := range gunzip(t, shared(t, "HOODWINK_DATA", "the data", "datasets", "mnist", "t10k-images-idx3-ubyte.gz"), 16, x.Len()) {
		x.Data[i] = float32(b) / 255
	}
}

// cifar fills x with normalised pictures.
func cifar(t *testing.T, x *tensor.Tensor) {
	const record, plane = 3073, 1024
	mean, std := [3]float32{.485, .456, .406}, [3]float32{.229, .224, .225}
	raw := gunzip(t, shared(t, "HOODWINK_DATA", "the data", "datasets", "cifar10", "test_batch_2000.bin.gz"), 0, x.Batch()*record)
	for n := range x.Batch() {
		for i := range 3 * plane {
			x.Image(n)[i] = (float32(raw[n*record+1+i])/255 - mean[i/plane]) / std[i/plane]
		}
	}
}

// TestGolden compares logits and input gradients with PyTorch's.
func TestGolden(t *testing.T) {
	raw, err := os.ReadFile(shared(t, "HOODWINK_DATA", "the golden tensors", "golden", "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var references map[string]struct {
		Target     int     `json:"target"`
		TargetProb float64 `json:"target_prob"`
	}
	if err := json.Unmarshal(raw, &references); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		model, files, reference string
		input                   func(*testing.T, *tensor.Tensor)
	}{
		{"mnist_pgd_madry", "mnist_pgd_madry.t10k_0_8", "mnist_pgd_madry/t10k[0:8]", mnist},
		{"cifar10_resnet20", "cifar10_resnet20.test_0_8", "cifar10_resnet20/test_batch[0:8] normalised", cifar},
	} {
		net, err := realModel(t, tc.model).Build()
		if err != nil {
			t.Fatal(err)
		}
		const batch = 8
		s, err := net.NewSession(nn.SessionOptions{Batch: batch})
		if err != nil {
			t.Fatal(err)
		}
		tc.input(t, s.Input())
		logits := s.Forward()
		base := shared(t, "HOODWINK_DATA", "the golden tensors", "golden", tc.files)
		diff := largest(logits.Data, golden(t, base+".logits.npy", logits.Len()))
		ref := references[tc.reference]
		d := tensor.New(logits.Shape...)
		for n := range batch {
			p := softmax(logits.Image(n))
			if n == 0 && !(math.Abs(p[ref.Target]-ref.TargetProb) <= 1e-4*ref.TargetProb) {
				t.Errorf("%s: p(%d) = %g, want %g", tc.model, ref.Target, p[ref.Target], ref.TargetProb)
			}
			for i, v := range p {
				d.Image(n)[i] = float32(v)
			}
			d.Image(n)[ref.Target] = float32(p[ref.Target] - 1)
		}
		grad := s.Backward(d)
		relative := distance(grad.Data, golden(t, base+".grad_nll_3.npy", grad.Len()))
		t.Logf("%s: logits within %.2g, gradient within %.2g", tc.model, diff, relative)
		if !(diff <= 1e-3) || !(relative <= 1e-3) {
			t.Errorf("%s: logits differ by up to %g, the gradient by %g of its norm", tc.model, diff, relative)
		}
	}
}

// TestKnownLogits checks the network of a published test suite with its logits of the
// first MNIST test picture, which are given to four decimals.
func TestKnownLogits(t *testing.T) {
	net, err := realModel(t, "art_cnn").Build()
	if err != nil {
		t.Fatal(err)
	}
	s, err := net.NewSession(nn.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	mnist(t, s.Input())
	want := []float32{.1571, -.7311, -.0404, -.4790, .0938, -.8011, -.4775, 1.0869, -.3066, -.5750}
	if d := largest(s.Forward().Data, want); !(d <= 1e-4) {
		t.Errorf("logits differ by up to %g", d)
	}
}

// TestAccuracy classifies a thousand digits with a network whose accuracy is known.
func TestAccuracy(t *testing.T) {
	const n, batch = 1000, 50
	labels := gunzip(t, shared(t, "HOODWINK_DATA", "the data", "datasets", "mnist", "t10k-labels-idx1-ubyte.gz"), 8, n)
	pictures := tensor.New(n, 1, 28, 28)
	mnist(t, pictures)
	net, err := realModel(t, "mnist_fgsm").Build()
	if err != nil {
		t.Fatal(err)
	}
	s, err := net.NewSession(nn.SessionOptions{Batch: batch, ForwardOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for at := 0; at < n; at += batch {
		copy(s.Input().Data, pictures.Data[at*784:])
		logits := s.Forward()
		for i := range batch {
			if tensor.Argmax(logits.Image(i)) == int(labels[at+i]) {
				right++
			}
		}
	}
	if right < 975 || right > 992 { // 98.50 % of all
		t.Errorf("%d of %d are right", right, n)
	}
}

func golden(t *testing.T, path string, n int) []float32 {
	shape, data, err := npy.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) != n {
		t.Fatalf("%s has the shape %v, want %d values", path, shape, n)
	}
	return data
}

// largest is the largest difference, NaN if there is one.
func largest(got, want []float32) float64 {
	worst := 0.0
	for i, v := range got {
		if d := math.Abs(float64(v) - float64(want[i])); !(d <= worst) {
			worst = d
		}
	}
	return worst
}

// distance is the L2 norm of the difference, relative to that of what is wanted.
func distance(got, want []float32) float64 {
	var diff, norm float64
	for i, v := range got {
		diff += (float64(v) - float64(want[i])) * (float64(v) - float64(want[i]))
		norm += float64(want[i]) * float64(want[i])
	}
	return math.Sqrt(diff / norm)
}

func softmax(logits []float32) []float64 {
	top := float64(slices.Max(logits))
	p, sum := make([]float64, len(logits)), 0.0
	for i, v := range logits {
		p[i] = math.Exp(float64(v) - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}
