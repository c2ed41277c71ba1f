package nn

import (
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/nn/internal/training"
	"hoodwink/tensor"
)

// ForTraining implements training.Trainable.
func (l *Convolution) ForTraining() training.Copy {
	own := *l
	own.Weights, own.Bias = l.Weights.Clone(), slices.Clone(l.Bias)
	return training.Copy{Layer: &own, Parameters: weightsAndBias(own.Weights, own.Bias)}
}

// weightsAndBias lists the parameters of a linear layer; bias may be nil.
func weightsAndBias(w *tensor.Tensor, bias []float32) []Parameter {
	p := []Parameter{{Name: "weights", Value: w, Decay: true}}
	if bias != nil {
		p = append(p, vector("bias", bias))
	}
	return p
}

// vector returns a parameter without weight decay that shares the layer's values.
func vector(name string, values []float32) Parameter {
	return Parameter{Name: name, Value: tensor.FromSlice(values, len(values))}
}

// bindGradients binds the parameters' gradients on plain tensors, by the definition. A task is one
// output.
func (l *Convolution) bindGradients(b *Binding, planes kernel.Planes) func() {
	s, x, dy := l.shape(), b.In[0], b.DOut[0]
	run := func(_, o int) {
		dw := b.Grads[0].Image(o)
		clear(dw)
		for n := range x.Batch() {
			s.PlainWeightGrad(dw, x.Image(n), dy.Image(n), planes, o)
		}
		if l.Bias != nil {
			b.Grads[1].Data[o] = float32(sumOfChannel(dy, o))
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

// bindBlockGradients binds the parameters' gradients on blocked pictures. Each chunk of pictures
// has the tasks of the weights, then one for each block of the bias.
func (l *Convolution) bindBlockGradients(b *graph.BlockBinding, op *graph.BlockOp) {
	dy := b.DOut[0]
	g := kernel.Active.NewFilterGrad(l.shape(), b.In[0], dy, b.Team.Threads())
	chunks, biases := g.Chunks(), 0 // blocks of the bias
	if l.Bias != nil {
		biases = dy.Count()
	}
	weights := g.Tasks() / chunks
	op.GradTasks = g.Tasks() + chunks*biases
	sums := make([]pairs, chunks*biases)
	op.Grad = func(w, i int) {
		chunk, at := i/(weights+biases), i%(weights+biases)
		if at < weights {
			g.Run(w, chunk*weights+at)
			return
		}
		k := at - weights
		sum := &sums[chunk*biases+k]
		*sum = pairs{}
		n0, n1 := g.Images(chunk)
		for n := n0; n < n1; n++ {
			sum.addOne(dy, n, k)
		}
	}
	dw := b.Grads[0].Data
	store := func(_, i int) { g.Store(dw, i) }
	op.Gradient = func() {
		b.Team.For(g.Stores(), store)
		if biases == 0 {
			return
		}
		for o := range b.Grads[1].Data {
			total := 0.0
			for chunk := range chunks {
				total += sums[chunk*biases+o/lanes].sum[o%lanes]
			}
			b.Grads[1].Data[o] = float32(total)
		}
	}
}
