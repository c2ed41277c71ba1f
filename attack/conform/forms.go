package conform

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"hoodwink/tensor"
)

// A Form is a model whose rows are computed one by one in plain Go, with one rounding for every
// multiplication and addition on every machine. It has no state. [NewModel] makes it an attack.Model.
type Form struct {
	Shape  []int // (C,H,W)
	K      int   // classes
	Lo, Hi float32

	// Forward writes the logits (K) of one picture, Backward the gradient of sum(d * logits) there.
	Forward  func(logits, x []float32)
	Backward func(dx, d, x []float32)
}

// weights returns rows of numbers between -scale and scale.
func weights(rows, columns int, seed uint64, scale float64) [][]float64 {
	rng := rand.New(rand.NewPCG(seed, 14))
	w := make([][]float64, rows)
	for i := range w {
		w[i] = make([]float64, columns)
		for j := range w[i] {
			w[i][j] = float64(scale * (float64(rng.IntN(1<<16))/(1<<15) - 1))
		}
	}
	return w
}

// product writes w x to dst.
func product(dst []float64, w [][]float64, x []float32) {
	for i, row := range w {
		dst[i] = 0
		for j, v := range x {
			dst[i] += float64(row[j] * float64(v))
		}
	}
}

// Linear is logits = W (x - 1/2), with weights between -scale and scale that derive from a seed.
func Linear(shape []int, classes int, seed uint64, scale float64) *Form {
	w := weights(classes, tensor.Size(shape), seed, scale)
	return &Form{
		Shape: shape, K: classes, Hi: 1,
		Forward: func(logits, x []float32) {
			for k, row := range w {
				var s float64
				for i, v := range x {
					s += float64(row[i] * (float64(v) - 0.5))
				}
				logits[k] = float32(s)
			}
		},
		Backward: func(dx, d, _ []float32) {
			for i := range dx {
				var s float64
				for k, row := range w {
					s += float64(row[i] * float64(d[k]))
				}
				dx[i] = float32(s)
			}
		},
	}
}

// Layers is logits = V h, h = s/(1+|s|), s = W x. Nothing in it depends on a library of functions.
func Layers(shape []int, hidden, classes int, seed uint64) *Form {
	w, v := weights(hidden, tensor.Size(shape), seed, 2), weights(classes, hidden, seed+1, 4)
	return &Form{
		Shape: shape, K: classes, Hi: 1,
		Forward: func(logits, x []float32) {
			s := make([]float64, hidden)
			product(s, w, x)
			for k, row := range v {
				var sum float64
				for j := range s {
					sum += float64(row[j] * (s[j] / (1 + math.Abs(s[j]))))
				}
				logits[k] = float32(sum)
			}
		},
		Backward: func(dx, d, x []float32) {
			s, back := make([]float64, hidden), make([]float64, len(dx))
			product(s, w, x)
			for j := range s {
				var sum float64
				for k, row := range v {
					sum += float64(row[j] * float64(d[k]))
				}
				one := 1 + math.Abs(s[j])
				sum /= float64(one * one)
				for i := range back {
					back[i] += float64(sum * w[j][i])
				}
			}
			for i, b := range back {
				dx[i] = float32(b)
			}
		},
	}
}

// A Model is a form that answers batches of any size up to a largest one. It is an attack.Model.
type Model struct {
	*Form
	N int // the largest batch

	x, logits, dx *tensor.Tensor
	views         [2]tensor.Views
}

// NewModel returns a model of a form for batches of up to n pictures.
func NewModel(f *Form, n int) *Model {
	shape := slices.Concat([]int{n}, f.Shape)
	return &Model{Form: f, N: n, x: tensor.New(shape...), logits: tensor.New(n, f.K), dx: tensor.New(shape...)}
}

// Shape, Classes, Bounds, Access, Batch, Ask and Pull implement attack.Model.
func (m *Model) Shape() []int               { return m.Form.Shape }
func (m *Model) Classes() int               { return m.K }
func (m *Model) Bounds() (float32, float32) { return m.Lo, m.Hi }
func (m *Model) Access() (bool, bool)       { return true, true }
func (m *Model) Batch() int                 { return m.N }

func (m *Model) Ask(_ context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	copy(m.x.Data, x.Data)
	for i := range x.Batch() {
		m.Forward(m.logits.Image(i), x.Image(i))
	}
	return m.views[0].First(m.logits, x.Batch()), nil
}

func (m *Model) Pull(_ context.Context, dlogits *tensor.Tensor) (*tensor.Tensor, error) {
	for i := range dlogits.Batch() {
		m.Backward(m.dx.Image(i), dlogits.Image(i), m.x.Image(i))
	}
	return m.views[1].First(m.dx, dlogits.Batch()), nil
}

// Noise writes numbers between lo and hi to x: of a lattice of levels, or anything if that is 0. They
// are exact, and the same on every machine.
func Noise(x []float32, lo, hi float32, levels int, rng *rand.Rand) {
	for i := range x {
		if levels == 0 {
			x[i] = lo + float32((hi-lo)*(float32(rng.IntN(1<<12))/(1<<12)))
			continue
		}
		for ok := false; !ok; ok = x[i] >= lo && x[i] <= hi {
			x[i] = float32(rng.IntN(levels)) / float32(levels-1)
		}
	}
}
