package exec

import (
	"math/bits"
	"slices"

	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// rowsOf returns the numbers of examples for which a unit is bound, growing, the last one the whole
// batch. A unit on plain tensors has the powers of two below it too. Training always runs the whole
// batch.
func (p *plan) rowsOf(u *unit) (list []int) {
	batch := p.batch()
	if u.form == plain && p.weights == nil {
		for n := 1; n < batch; n *= 2 {
			list = append(list, n)
		}
	}
	return append(list, batch)
}

// batch returns the number of examples of the plan.
func (p *plan) batch() int { return p.slots[p.input].shape[0] }

// plainOps are the ops of a layer on plain tensors, bound for the numbers of rowsOf.
type plainOps struct {
	each []graph.Op
	ran  *graph.Op // that of the latest forward, which the way back needs, for however few examples
}

// forward runs the op for the first number that is at least n.
func (o *plainOps) forward(n int) {
	o.ran = &o.each[min(bits.Len(uint(n-1)), len(o.each)-1)]
	o.ran.Forward()
}

// firstRows returns the first n examples of a tensor, nil for nil.
func (p *plan) firstRows(t *tensor.Tensor, n int) *tensor.Tensor {
	if t == nil || n == p.batch() {
		return t
	}
	return tensor.FromSlice(t.Data[:n*(t.Len()/t.Batch())], p.withBatch(t.Shape, n)...)
}

// withBatch returns a shape of the plan for n examples. Where examples run one by one, because layers
// mix them, axis 0 may be anything.
func (p *plan) withBatch(shape []int, n int) []int {
	if n == p.batch() {
		return shape
	}
	shape = slices.Clone(shape)
	shape[0] = n
	return shape
}
