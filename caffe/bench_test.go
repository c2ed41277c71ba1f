package caffe

import (
	"fmt"
	"testing"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// BenchmarkLoad reads GoogLeNet: what every cold start of a program pays.
func BenchmarkLoad(b *testing.B) {
	prototxt, weights := modelFiles(b, "bvlc_googlenet")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(prototxt, weights); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGradient goes forward and back to the input: what a step of an attack pays.
func BenchmarkGradient(b *testing.B) {
	net, err := Load(modelFiles(b, "bvlc_googlenet"))
	if err != nil {
		b.Fatal(err)
	}
	for _, batch := range []int{1, 8} {
		b.Run(fmt.Sprintf("batch %d", batch), func(b *testing.B) {
			s, err := net.NewSession(nn.SessionOptions{Batch: batch})
			if err != nil {
				b.Fatal(err)
			}
			for i := range s.Input().Data {
				s.Input().Data[i] = float32(i % 251)
			}
			dout := tensor.New(batch, 1000)
			for n := range batch {
				dout.Image(n)[0] = 1
			}
			for b.Loop() {
				s.Forward()
				s.Backward(dout)
			}
		})
	}
}
