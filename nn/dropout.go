package nn

import (
	"fmt"
	"math"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/training"
)

// Dropout, in training, sets every value to 0 with probability Rate and divides the others by
// 1-Rate (Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014, "Dropout: A Simple Way to
// Prevent Neural Networks from Overfitting"). A Session has no such layer: Build removes it.
//
// Which values become 0 depends on the Trainer's seed, its step, the layer's place in the network
// and the place of the value in the batch.
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

// Inference implements graph.Inferrer.
func (l *Dropout) Inference() Layer { return nil }

// Bind implements Layer. The mask is drawn when a step begins.
func (l *Dropout) Bind(b *Binding) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	mask := make([]float32, len(x))
	b.OnUpdate(func() { l.draw(mask, b.Steps.Key()) })
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

// draw fills mask with the factor of each value.
func (l *Dropout) draw(mask []float32, key uint64) {
	const all = 1 << 32
	least := uint64(float64(l.Rate) * all)
	keep := math.Float32bits(1 / (1 - l.Rate))
	for i := range mask {
		// 1 or 0, without a branch, which would often be predicted wrong
		dropped := uint32((training.Scramble(key+uint64(i))>>32 - least) >> 63)
		mask[i] = math.Float32frombits(keep & (dropped - 1))
	}
}
