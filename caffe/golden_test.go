package caffe

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/internal/npy"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// folder returns the folder an environment variable names, or skips the test.
func folder(t testing.TB, variable, what string) string {
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skipf("%s is not set: it names the folder with %s", variable, what)
	}
	return dir
}

func modelFiles(t testing.TB, name string) (prototxt, weights string) {
	dir := filepath.Join(folder(t, "HOODWINK_MODELS", "the model files"), name)
	return filepath.Join(dir, "deploy.prototxt"), filepath.Join(dir, name+".caffemodel")
}

func TestRealModels(t *testing.T) {
	for _, tc := range []struct {
		name   string
		input  []int
		params int64
		layers int // with weights
	}{
		{"bvlc_googlenet", []int{3, 224, 224}, 6998552, 58},
		{"squeezenet_v1.1", []int{3, 227, 227}, 1235496, 26},
	} {
		prototxt, weights := modelFiles(t, tc.name)
		net, err := Load(prototxt, weights)
		if err != nil {
			t.Fatal(err)
		}
		if got := net.InputShape(); !slices.Equal(got, tc.input) {
			t.Errorf("%s: input %v, want %v", tc.name, got, tc.input)
		}
		if got := net.OutputShape(); !slices.Equal(got, []int{1000}) {
			t.Errorf("%s: output %v, want [1000]", tc.name, got)
		}
		if got := net.Params(); got != tc.params {
			t.Errorf("%s: %d parameters, want %d", tc.name, got, tc.params)
		}
		weighted := 0
		for _, r := range net.Table() {
			if r.Params > 0 {
				weighted++
			}
		}
		if weighted != tc.layers {
			t.Errorf("%s: %d layers with weights, want %d", tc.name, weighted, tc.layers)
		}
	}
}

type reference struct {
	Target     int     `json:"target"`
	TargetProb float64 `json:"target_prob"`
	GradProbL1 float64 `json:"grad_prob_l1"`
}

// TestGolden compares logits and input gradients with PyTorch's.
func TestGolden(t *testing.T) {
	golden := filepath.Join(folder(t, "HOODWINK_DATA", "the golden tensors"), "golden")
	raw, err := os.ReadFile(filepath.Join(golden, "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var references map[string]json.RawMessage
	if err := json.Unmarshal(raw, &references); err != nil {
		t.Fatal(err)
	}
	for model, files := range map[string]string{"googlenet": "bvlc_googlenet", "squeezenet": "squeezenet_v1.1"} {
		prototxt, weights := modelFiles(t, files)
		net, err := Load(prototxt, weights)
		if err != nil {
			t.Fatal(err)
		}
		s, err := net.NewSession(nn.SessionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, key := range slices.Sorted(maps.Keys(references)) {
			input, ok := strings.CutPrefix(key, model+"/")
			if !ok {
				continue
			}
			seen++
			t.Run(key, func(t *testing.T) {
				var ref reference
				if err := json.Unmarshal(references[key], &ref); err != nil {
					t.Fatal(err)
				}
				goldenCase(t, s, golden, model, input, ref)
			})
		}
		if seen == 0 {
			t.Errorf("reference.json has nothing about %s", model)
		}
	}
}

func goldenCase(t *testing.T, s *nn.Session, golden, model, input string, ref reference) {
	x := s.Input()
	fillInput(t, x, golden, model, input)
	logits := s.Forward()
	base := filepath.Join(golden, model+"."+strings.TrimSuffix(input, "_minus_mean"))
	want := readGolden(t, base+".logits.npy", logits.Len())
	worst, at := 0.0, 0
	for i, v := range logits.Data {
		if d := math.Abs(float64(v) - float64(want[i])); !(d <= worst) {
			worst, at = d, i
		}
	}
	if !(worst <= 2e-3) {
		t.Errorf("logits differ by up to %g at %d", worst, at)
	}

	p := softmax(logits.Data)
	if !(math.Abs(p[ref.Target]-ref.TargetProb) <= 1e-4*ref.TargetProb+1e-6) {
		t.Errorf("p(%d) = %g, want %g", ref.Target, p[ref.Target], ref.TargetProb)
	}
	// The gradient of -log p(T) with respect to the logits is p - onehot(T).
	d := tensor.New(1, len(p))
	for i, v := range p {
		d.Data[i] = float32(v)
	}
	d.Data[ref.Target] = float32(p[ref.Target] - 1)
	grad := s.Backward(d)
	wantGrad := readGolden(t, fmt.Sprintf("%s.grad_nll_%d.npy", base, ref.Target), grad.Len())
	var diff, norm float64
	for i, v := range grad.Data {
		diff += (float64(v) - float64(wantGrad[i])) * (float64(v) - float64(wantGrad[i]))
		norm += float64(wantGrad[i]) * float64(wantGrad[i])
	}
	relative := math.Sqrt(diff / norm)
	if !(relative <= 1e-3) {
		t.Errorf("gradient differs by %g of its norm", relative)
	}
	// grad p = p grad log p.
	l1 := p[ref.Target] * tensor.L1(grad.Data)
	t.Logf("logits within %.2g, gradient within %.2g, sum|grad p| = %.6g (reference %.6g)", worst, relative, l1, ref.GradProbL1)
	if model+"/"+input == "googlenet/black" && !(math.Abs(l1-0.2019) <= 0.002) {
		t.Errorf("sum|grad p(%d)| = %g, want 0.2019 within 0.002", ref.Target, l1)
	}
}

// fillInput writes the picture a reference was computed for.
func fillInput(t *testing.T, x *tensor.Tensor, golden, model, input string) {
	switch input {
	case "black":
		clear(x.Data)
	case "wave", "wave_minus_mean":
		mean := [3]float64{}
		if input == "wave_minus_mean" {
			mean = [3]float64{104, 117, 123}
		}
		plane := x.Shape[2] * x.Shape[3]
		for i := range x.Data {
			x.Data[i] = float32(127.5 + 127.5*math.Sin(0.01*float64(i)) - mean[i/plane])
		}
	default:
		copy(x.Data, readGolden(t, filepath.Join(golden, model+"."+input+".input.npy"), x.Len()))
	}
}

func readGolden(t *testing.T, path string, n int) []float32 {
	shape, data, err := npy.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) != n {
		t.Fatalf("%s has the shape %v, want %d values", path, shape, n)
	}
	return data
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
