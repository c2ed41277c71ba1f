package kernel

// A Set is the kernels for one kind of processor. All kinds give the same bits: sums
// run in a fixed order, each step rounded once.
type Set struct {
	Name string // generic, avx2 or avx512

	// Kernels for blocked pictures.
	conv   *convKernels
	window *windowKernels
	lrn    *lrnKernels
	narrow *narrowKernels
	grad   *gradKernels
	lanes  *laneKernels

	// Kernels for matrices in memory.
	dots   *dotKernels
	direct *directKernels // or nil
	// of transpose and transposeAdd, or nil
	square, squareAdd func(dst *float32, ldd int, src *float32, lds, squares int)
	edge, edgeAdd     func(dst *float32, ldd int, src *float32, lds, rows, cols int) // of less than a square, or nil

	// rounds runs n rounds of multiply-adds, each of flops operations, for Peak.
	rounds func(n int)
	flops  int
}

// Generic is the plain Go kernels: the reference for every faster one.
var Generic = &Set{Name: "generic", rounds: peakGeneric, flops: 4 * 2,
	conv: convGeneric, window: windowGeneric, lrn: lrnGeneric, narrow: narrowGeneric, grad: gradGeneric, lanes: lanesGeneric, dots: dotsGeneric}
