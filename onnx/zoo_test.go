package onnx

import (
	"path/filepath"
	"testing"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// TestZoo compares small instances of torchvision's architectures, as PyTorch exports
// them, with the logits and the input gradients that PyTorch computes. They are written
// by bench/peers/zoo.
func TestZoo(t *testing.T) {
	files, err := filepath.Glob("testdata/zoo/*/*.onnx")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d networks in testdata/zoo: %v", len(files), err)
	}
	for _, file := range files {
		dir, name := filepath.Split(file)
		t.Run(filepath.Base(dir)+"/"+name, func(t *testing.T) {
			net, err := Load(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := net.NewSession(nn.SessionOptions{})
			if err != nil {
				t.Fatal(err)
			}
			load := func(name string, n int) []float32 { return golden(t, filepath.Join(dir, name+".npy"), n) }
			copy(s.Input().Data, load("input", s.Input().Len()))
			logits := s.Forward()
			want := load("logits", logits.Len())
			grad := s.Backward(tensor.FromSlice(load("cotangent", logits.Len()), logits.Shape...))
			diff := largest(logits.Data, want) / tensor.Linf(want)
			relative := distance(grad.Data, load("grad", grad.Len()))
			if !(diff <= 1e-5) || !(relative <= 1e-4) {
				t.Errorf("logits differ by up to %.2g of the largest, the gradient by %.2g of its norm", diff, relative)
			}
		})
	}
}
