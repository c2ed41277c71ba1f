package nn

import (
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// clone implements trainable.
func (l *Convolution) clone() trainable {
	c := *l
	c.Weights, c.Bias = l.Weights.Clone(), slices.Clone(l.Bias)
	return &c
}

// parameters implements trainable.
func (l *Convolution) parameters() []Parameter { return weightsAndBias(l.Weights, l.Bias) }

// weightsAndBias lists the parameters of a linear layer; bias may be nil.
func weightsAndBias(w *tensor.Tensor, bias []float32) []Parameter {
	p := []Parameter{{Name: "weights", Value: w, Decay: true}}
	if bias != nil {
		p = append(p, vector("bias", bias))
	}
	return p
}

// vector makes a parameter without decay of values that the layer works with.
func vector(name string, values []float32) Parameter {
	return Parameter{Name: name, Value: tensor.FromSlice(values, len(values))}
}

// bindGradients makes the parameters' gradients on plain tensors, by the definition. A task
// is one output.
func (l *Convolution) bindGradients(b *Binding, planes kernel.Planes) func() {
	s, x, dy := l.shape(), b.In[0], b.DOut[0]
	run := func(_, o int) {
		dw := b.grads[0].Image(o)
		clear(dw)
		for n := range x.Batch() {
			s.PlainWeightGrad(dw, x.Image(n), dy.Image(n), planes, o)
		}
		if l.Bias != nil {
			b.grads[1].Data[o] = float32(sumOfChannel(dy, o))
		}
	}
	return func() { b.Team.For(s.O, run) }
}

// sumOfChannel returns the sum of all values of channel c of (N,C,...).
func sumOfChannel(x *tensor.Tensor, c int) (sum float64) {
	size := tensor.Size(x.Shape[2:])
	for n := range x.Batch() {
		sum += kernel.SumWide(x.Image(n)[c*size : (c+1)*size])
	}
	return sum
}

// bindBlockGradients makes the parameters' gradients on blocked pictures.
func (l *Convolution) bindBlockGradients(b *blockBinding, op *blockOp) {
	dy := b.dout[0]
	g := kernel.Active.NewFilterGrad(l.shape(), b.in[0], dy, b.Team.Threads())
	tasks := g.Tasks()
	op.gradTasks = tasks
	if l.Bias != nil {
		op.gradTasks += dy.Count()
	}
	sums := make([]pairs, op.gradTasks-tasks)
	op.grad = func(w, i int) {
		if i < tasks {
			g.Run(w, i)
			return
		}
		k := i - tasks
		sums[k] = pairs{}
		for n := range dy.N {
			sums[k].addOne(dy, n, k)
		}
		for c := range dy.Valid(k) {
			b.grads[1].Data[k*lanes+c] = float32(sums[k].sum[c])
		}
	}
	dw := b.grads[0].Data
	store := func(_, i int) { g.Store(dw, i) }
	op.gradient = func() { b.Team.For(g.Stores(), store) }
}
