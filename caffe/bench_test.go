package caffe

import "testing"

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
