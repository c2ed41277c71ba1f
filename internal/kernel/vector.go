package kernel

// Dot returns the sum of x[i]*y[i] over eight interleaved partial sums, which are then added
// pairwise: the order depends on the length only. Values after the last whole eight go to the first
// sum. len(y) must be >= len(x).
func Dot(x, y []float32) float32 { return elementwise.dot(x, y[:len(x)]) }

// Axpy computes dst += alpha * x. len(x) must be >= len(dst).
func Axpy(dst []float32, alpha float32, x []float32) {
	elementwise.axpy(dst, x[:len(dst)], alpha)
}
