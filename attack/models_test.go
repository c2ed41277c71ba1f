package attack

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"hoodwink/tensor"
)

// net is a model with a closed form: logits = W2 act(W1 x), or W1 x + bias if there
// is no second layer. Its arithmetic does not depend on the batch.
type net struct {
	shape  []int
	lo, hi float32
	w1     [][]float64 // (H,D)
	bias   []float64   // (H) or nil
	w2     [][]float64 // (K,H) or nil

	hidden     []float64 // (N,H) after the sigmoid
	dhidden    []float64
	logits, dx *tensor.Tensor

	forwards, backwards int
	spoil               func(forward int, logits *tensor.Tensor) // changes the logits
	spoilGrad           func(backward int, dx *tensor.Tensor)
}

func newNet(shape []int, w1 [][]float64, bias []float64, w2 [][]float64) *net {
	n, k := shape[0], len(w1)
	if w2 != nil {
		k = len(w2)
	}
	return &net{
		shape: shape, hi: 1, w1: w1, bias: bias, w2: w2,
		hidden: make([]float64, n*len(w1)), dhidden: make([]float64, len(w1)),
		logits: tensor.New(n, k), dx: tensor.New(shape...),
	}
}

// linear is the two-class model with logits (0, w.x + b): class 1 where w.x + b > 0.
func linear(n int, w []float64, b float64) *net {
	return newNet([]int{n, 1, 1, len(w)}, [][]float64{make([]float64, len(w)), w}, []float64{0, b}, nil)
}

// random is a sigmoid network with k classes for n pictures (3,2,2).
func random(n, k int, seed uint64) *net {
	rng := rand.New(rand.NewPCG(seed, 0))
	matrix := func(rows, cols int) [][]float64 {
		m := make([][]float64, rows)
		for i := range m {
			m[i] = make([]float64, cols)
			for j := range m[i] {
				m[i][j] = 2 * rng.NormFloat64()
			}
		}
		return m
	}
	return newNet([]int{n, 3, 2, 2}, matrix(8, 12), nil, matrix(k, 8))
}

func (m *net) Shape() []int               { return m.shape[1:] }
func (m *net) Classes() int               { return m.logits.Shape[1] }
func (m *net) Batch() int                 { return m.shape[0] }
func (m *net) Bounds() (float32, float32) { return m.lo, m.hi }
func (m *net) Access() (bool, bool)       { return true, true }

func (m *net) Ask(_ context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	return rows(m.Forward(x), x.Batch()), nil
}

func (m *net) Pull(_ context.Context, dlogits *tensor.Tensor) (*tensor.Tensor, error) {
	return rows(m.Backward(dlogits), dlogits.Batch()), nil
}

// rows returns the first n rows of x.
func rows(x *tensor.Tensor, n int) *tensor.Tensor {
	shape := slices.Clone(x.Shape)
	shape[0] = n
	return tensor.FromSlice(x.Data[:tensor.Size(shape)], shape...)
}

func (m *net) Forward(x *tensor.Tensor) *tensor.Tensor {
	h := len(m.w1)
	for n := range x.Batch() {
		hidden, logits := m.hidden[n*h:(n+1)*h], m.logits.Image(n)
		for j, row := range m.w1 {
			var s float64
			if m.bias != nil {
				s = m.bias[j]
			}
			for i, v := range x.Image(n) {
				s += row[i] * float64(v)
			}
			hidden[j] = s
			if m.w2 != nil {
				hidden[j] = 1 / (1 + math.Exp(-s))
			}
		}
		if m.w2 == nil {
			for k, s := range hidden {
				logits[k] = float32(s)
			}
			continue
		}
		for k, row := range m.w2 {
			var s float64
			for j, v := range hidden {
				s += row[j] * v
			}
			logits[k] = float32(s)
		}
	}
	m.forwards++
	if m.spoil != nil {
		m.spoil(m.forwards, m.logits)
	}
	return m.logits
}

func (m *net) Backward(dlogits *tensor.Tensor) *tensor.Tensor {
	h := len(m.w1)
	for n := range dlogits.Batch() {
		d, dx := dlogits.Image(n), m.dx.Image(n)
		for j := range m.dhidden {
			if m.w2 == nil {
				m.dhidden[j] = float64(d[j])
				continue
			}
			var s float64
			for k, row := range m.w2 {
				s += row[j] * float64(d[k])
			}
			v := m.hidden[n*h+j]
			m.dhidden[j] = s * v * (1 - v)
		}
		for i := range dx {
			var s float64
			for j, row := range m.w1 {
				s += row[i] * m.dhidden[j]
			}
			dx[i] = float32(s)
		}
	}
	m.backwards++
	if m.spoilGrad != nil {
		m.spoilGrad(m.backwards, m.dx)
	}
	return m.dx
}

// noise is a batch of the shape of m with values uniform between its bounds, on the
// lattice of levels if that is positive.
func noise(m *net, levels int, seed uint64) *tensor.Tensor {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := tensor.New(m.shape...)
	for i := range x.Data {
		if levels > 0 {
			x.Data[i] = float32(rng.IntN(levels)) / float32(levels-1)
		} else {
			x.Data[i] = m.lo + (m.hi-m.lo)*rng.Float32()
		}
	}
	return x
}
