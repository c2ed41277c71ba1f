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

// bindBlockGradients makes the parameters' gradients on blocked pictures. The tasks of a chunk
// of pictures are those of the weights, then one for each block of the bias.
func (l *Convolution) bindBlockGradients(b *blockBinding, op *blockOp) {
	dy := b.dout[0]
	g := kernel.Active.NewFilterGrad(l.shape(), b.in[0], dy, b.Team.Threads())
	chunks, blocks := g.Chunks(), 0
	if l.Bias != nil {
		blocks = dy.Count()
	}
	weights := g.Tasks() / chunks
	op.gradTasks = g.Tasks() + chunks*blocks
	sums := make([]pairs, chunks*blocks)
	op.grad = func(w, i int) {
		chunk, at := i/(weights+blocks), i%(weights+blocks)
		if at < weights {
			g.Run(w, chunk*weights+at)
			return
		}
		k := at - weights
		sum := &sums[chunk*blocks+k]
		*sum = pairs{}
		n0, n1 := g.Images(chunk)
		for n := n0; n < n1; n++ {
			sum.addOne(dy, n, k)
		}
	}
	dw := b.grads[0].Data
	store := func(_, i int) { g.Store(dw, i) }
	op.gradient = func() {
		b.Team.For(g.Stores(), store)
		if blocks == 0 {
			return
		}
		for o := range b.grads[1].Data {
			total := 0.0
			for chunk := range chunks {
				total += sums[chunk*blocks+o/lanes].sum[o%lanes]
			}
			b.grads[1].Data[o] = float32(total)
		}
	}
}
