// Package tensor holds dense float32 arrays in row-major order and the few
// elementwise operations attacks need.
//
// A picture batch has shape (N,C,H,W), logits have shape (N,K). There is no
// graph here and there are no gradients; package nn has those. Functions that
// write take the destination first and allocate nothing.
//
//	x := tensor.New(1, 3, 224, 224)      // zeros
//	x.Image(0)[0] = 0.5                  // first pixel of the first picture
//	y := x.Clone()
//	tensor.AddScaled(y.Data, -1, x.Data) // y -= x
//	fmt.Println(tensor.Linf(y.Data))     // 0
package tensor

import (
	"fmt"
	"math"
)

// A Tensor is a dense row-major array. Len(Data) is the product of Shape.
type Tensor struct {
	Shape []int
	Data  []float32
}

// New returns a zero tensor. It panics if a dimension is negative.
func New(shape ...int) *Tensor {
	return &Tensor{Shape: append([]int(nil), shape...), Data: make([]float32, Size(shape))}
}

// FromSlice wraps data, which is not copied, as a tensor of the given shape.
// It panics if the lengths disagree.
func FromSlice(data []float32, shape ...int) *Tensor {
	if len(data) != Size(shape) {
		panic(fmt.Sprintf("tensor: %d values do not fill shape %v", len(data), shape))
	}
	return &Tensor{Shape: append([]int(nil), shape...), Data: data}
}

// Size returns the number of elements of a shape: the product of its dimensions.
// It panics on a negative dimension; use CheckedSize for shapes from a file.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		if d < 0 {
			panic(fmt.Sprintf("tensor: negative dimension in shape %v", shape))
		}
		n *= d
	}
	return n
}

// CheckedSize is Size for shapes that come from outside: it reports false if a
// dimension is negative or the product exceeds limit.
func CheckedSize(shape []int, limit int) (int, bool) {
	n, empty := 1, false
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		empty = empty || d == 0
	}
	if empty {
		return 0, true
	}
	for _, d := range shape {
		if n > limit/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// Len returns the number of elements.
func (t *Tensor) Len() int { return len(t.Data) }

// Batch returns the first dimension, N.
func (t *Tensor) Batch() int { return t.Shape[0] }

// Image returns the data of example n: a view of Len()/N values.
func (t *Tensor) Image(n int) []float32 {
	m := len(t.Data) / t.Shape[0]
	return t.Data[n*m : (n+1)*m : (n+1)*m]
}

// Clone returns a deep copy.
func (t *Tensor) Clone() *Tensor {
	return FromSlice(append([]float32(nil), t.Data...), t.Shape...)
}

// Reshape returns a view of the same data with another shape of equal size.
func (t *Tensor) Reshape(shape ...int) *Tensor { return FromSlice(t.Data, shape...) }

// SameShape reports whether a and b have equal shapes.
func SameShape(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Finite reports whether no value is NaN or infinite. If one is, it returns its index.
func Finite(x []float32) (index int, ok bool) {
	for i, v := range x {
		if v-v != 0 {
			return i, false
		}
	}
	return -1, true
}

// Argmax returns the index of the largest value; the first one on ties.
// It returns -1 for an empty slice and skips NaN.
func Argmax(x []float32) int {
	best := -1
	for i, v := range x {
		if v == v && (best < 0 || v > x[best]) {
			best = i
		}
	}
	return best
}

// String describes the shape and range, not the values.
func (t *Tensor) String() string {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range t.Data {
		lo, hi = math.Min(lo, float64(v)), math.Max(hi, float64(v))
	}
	return fmt.Sprintf("tensor%v in [%g, %g]", t.Shape, lo, hi)
}
