package onnx

import (
	"os"
	"path/filepath"
	"testing"

	"hoodwink/internal/npy"
	"hoodwink/nn"
)

// TestZoo compares small instances of torchvision's architectures, as exported at two
// opsets, with what PyTorch computed: logits and the gradient of a cotangent.
// bench/peers/zoo writes them.
func TestZoo(t *testing.T) {
	dirs, err := os.ReadDir("testdata/zoo")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) < 23 {
		t.Errorf("%d architectures, want 23", len(dirs))
	}
	for _, dir := range dirs {
		at := filepath.Join("testdata", "zoo", dir.Name())
		files, err := filepath.Glob(filepath.Join(at, "*.onnx"))
		if err != nil || len(files) < 2 {
			t.Fatalf("%s: %d files, %v", at, len(files), err)
		}
		array := func(name string) []float32 {
			_, data, err := npy.ReadFile(filepath.Join(at, name))
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
		for _, file := range files {
			t.Run(dir.Name()+"/"+filepath.Base(file), func(t *testing.T) {
				net, err := Load(file)
				if err != nil {
					t.Fatal(err)
				}
				s, err := net.NewSession(nn.SessionOptions{})
				if err != nil {
					t.Fatal(err)
				}
				copy(s.Input().Data, array("input.npy"))
				logits := s.Forward()
				want, top := array("logits.npy"), float32(0)
				for _, v := range want {
					top = max(top, v, -v)
				}
				if d := largest(logits.Data, want); !(d <= 1e-4*float64(top)) {
					t.Errorf("logits differ by up to %g, the largest is %g", d, top)
				}
				cotangent := logits.Clone()
				copy(cotangent.Data, array("cotangent.npy"))
				if d := distance(s.Backward(cotangent).Data, array("grad.npy")); !(d <= 1e-3) {
					t.Errorf("the gradient differs by %g of its norm", d)
				}
			})
		}
	}
}
