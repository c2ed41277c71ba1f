package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
)

// Dropout sets every value to 0 with probability Rate while training and divides what is
// left by 1-Rate (Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014, "Dropout: A
// Simple Way to Prevent Neural Networks from Overfitting"). A Session has no such layer:
// Build takes it out.
//
// Which values those are depends on the Trainer's seed, its step, the layer's place in the
// network and the place of the value in the batch.
type Dropout struct {
	Rate float32 // 0 <= Rate < 1
}

// Kind implements Layer.
func (l *Dropout) Kind() string { return "Dropout" }

// Reads implements Layer.
func (l *Dropout) Reads() Reads { return Reads{} }

// OutShapes implements Layer: any shape, which stays.
func (l *Dropout) OutShapes(in [][]int) ([][]int, error) {
	if !(l.Rate >= 0 && l.Rate < 1) {
		return nil, fmt.Errorf("has a rate of %g: want at least 0 and less than 1", l.Rate)
	}
	return sameShape(in, 1)
}

// inference implements inferrer.
func (l *Dropout) inference() Layer { return nil }

// Bind implements Layer. The mask is drawn when a step begins.
func (l *Dropout) Bind(b *Binding) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	mask := make([]float32, len(x))
	b.onUpdate(func() { l.draw(mask, b.training.key(b.node)) })
	op := Op{Forward: overBlocks(b.Team, len(x), func(lo, hi int) {
		copy(y[lo:hi], x[lo:hi])
		kernel.Mul(y[lo:hi], mask[lo:hi])
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		op.Backward = overBlocks(b.Team, len(x), func(lo, hi int) { kernel.MulAdd(dx[lo:hi], dy[lo:hi], mask[lo:hi]) })
	}
	return op
}

// draw fills in what each value is multiplied by.
func (l *Dropout) draw(mask []float32, key uint64) {
	const all = 1 << 32
	least := uint64(float64(l.Rate) * all)
	keep := 1 / (1 - l.Rate)
	for i := range mask {
		mask[i] = 0
		if scramble(key+uint64(i))>>32 >= least {
			mask[i] = keep
		}
	}
}

// key is where the random numbers of a layer begin in the present step.
func (t *training) key(node int) uint64 {
	return scramble(scramble(scramble(t.seed)+t.step) + uint64(node))
}

// scramble is the finaliser of SplitMix64 (Steele, Lea, Flood 2014, "Fast Splittable
// Pseudorandom Number Generators").
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
