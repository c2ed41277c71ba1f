package nn

import (
	"fmt"
	"slices"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
	"hoodwink/nn/internal/training"
	"hoodwink/tensor"
)

// InnerProduct is a fully connected layer: y = W x + b for every example. It reads the values of an
// example as one vector, whatever their shape.
type InnerProduct struct {
	Weights *tensor.Tensor // (O, I)
	Bias    []float32      // (O), or nil
}

// Kind implements Layer.
func (l *InnerProduct) Kind() string { return "InnerProduct" }

// Reads implements Layer: the gradient with respect to x is W^T dy.
func (l *InnerProduct) Reads() Reads { return Reads{} }

// OutShapes implements Layer: (N, ...) -> (N, O).
func (l *InnerProduct) OutShapes(in [][]int) ([][]int, error) {
	if len(in) != 1 || len(in[0]) < 1 {
		return nil, fmt.Errorf("takes 1 input, got %d", len(in))
	}
	if l.Weights == nil || len(l.Weights.Shape) != 2 {
		return nil, fmt.Errorf("has no weights of shape (outputs, inputs)")
	}
	o, i := l.Weights.Shape[0], l.Weights.Shape[1]
	if got := tensor.Size(in[0][1:]); got != i {
		return nil, fmt.Errorf("has weights for %d inputs, got %d (shape %v)", i, got, in[0])
	}
	if l.Bias != nil && len(l.Bias) != o {
		return nil, fmt.Errorf("has %d biases for %d outputs", len(l.Bias), o)
	}
	return [][]int{{in[0][0], o}}, nil
}

// Cost implements Coster.
func (l *InnerProduct) Cost([][]int) (params, macs int64) {
	macs = int64(len(l.Weights.Data))
	return macs + int64(len(l.Bias)), macs
}

// rowsPerTask returns how many outputs one task computes: few enough to share the work among the
// threads, enough to be worth waking them.
func rowsPerTask(outputs int) int { return min(64, max(16, outputs/8)) }

// Fold implements graph.Folder.
func (l *InnerProduct) Fold(scale, shift []float32, channels int) Layer {
	w, b := foldWeights(l.Weights, l.Bias, scale, shift, channels)
	return &InnerProduct{Weights: w, Bias: b}
}

// ForTraining implements training.Trainable.
func (l *InnerProduct) ForTraining() training.Copy {
	own := &InnerProduct{Weights: l.Weights.Clone(), Bias: slices.Clone(l.Bias)}
	return training.Copy{Layer: own, Parameters: weightsAndBias(own.Weights, own.Bias)}
}

// Bind implements Layer. Each task computes a block of outputs for all examples, or a block of the
// input's gradient. So weights are read once a batch, as they lie in memory; packing them would
// take as much memory again.
func (l *InnerProduct) Bind(b *Binding) Op {
	if b.Grads != nil {
		return l.bindTraining(b)
	}
	o, k, n := l.Weights.Shape[0], l.Weights.Shape[1], b.In[0].Batch()
	w, x, y, threads := l.Weights.Data, b.In[0].Data, b.Out[0].Data, b.Team.Threads()
	dots := kernel.Active.NewDots(k, threads)
	work := b.Scratch(dots.Work(n))
	rows := rowsPerTask(o)
	forward := func(worker, t int) {
		r0, r1 := t*rows, min(o, (t+1)*rows)
		var bias []float32
		if l.Bias != nil {
			bias = l.Bias[r0:r1]
		}
		dots.Run(worker, y[r0:], o, x, n, w[r0*k:], r1-r0, bias, work(worker))
	}
	op := Op{Forward: func() { b.Team.For((o+rows-1)/rows, forward) }}
	if b.WantsGrad() {
		op.Backward = l.bindBack(b)
	}
	return op
}

// bindBack binds the way back to the input: dx += dy W.
func (l *InnerProduct) bindBack(b *Binding) func() {
	o, k, n := l.Weights.Shape[0], l.Weights.Shape[1], b.In[0].Batch()
	dy, w := kernel.RowMajor(b.DOut[0].Data, o), kernel.RowMajor(l.Weights.Data, k)
	return overProduct(b, kernel.Active.NewProduct(n, o, k, b.Team.Threads()), b.DIn[0].Data, dy, w, nil, true)
}

// bindTraining binds the layer for a Trainer, whose batches are large and whose weights change:
// with matrix products, y = x W^T + b and dW = dy^T x.
func (l *InnerProduct) bindTraining(b *Binding) Op {
	o, k, n, threads := l.Weights.Shape[0], l.Weights.Shape[1], b.In[0].Batch(), b.Team.Threads()
	x, w, dy := kernel.RowMajor(b.In[0].Data, k), kernel.RowMajor(l.Weights.Data, k), kernel.RowMajor(b.DOut[0].Data, o)
	op := Op{Forward: overProduct(b, kernel.Active.NewProduct(n, k, o, threads), b.Out[0].Data, x, w.Transposed(), l.Bias, false)}
	if b.WantsGrad() {
		op.Backward = l.bindBack(b)
	}
	weights := overProduct(b, kernel.Active.NewProduct(o, n, k, threads), b.Grads[0].Data, dy.Transposed(), x, nil, false)
	op.Gradients = weights
	if l.Bias != nil {
		sums := make([]float64, o)
		op.Gradients = func() {
			weights()
			sumOfRows(b.Grads[1].Data, sums, b.DOut[0])
		}
	}
	return op
}

// sumOfRows stores the sum of the rows of x (N,K) in dst. sums is working memory for the sums in
// float64.
func sumOfRows(dst []float32, sums []float64, x *tensor.Tensor) {
	clear(sums)
	for n := range x.Batch() {
		for i, v := range x.Image(n) {
			sums[i] += float64(v)
		}
	}
	for i, v := range sums {
		dst[i] = float32(v)
	}
}

// overProduct returns a function that does all tasks of a product.
func overProduct(b *Binding, p *kernel.Product, c []float32, x, y kernel.Factor, bias []float32, add bool) func() {
	work := b.Scratch(p.Work())
	body := func(worker, t int) { p.Run(worker, t, c, p.N, x, y, bias, add, work(worker)) }
	if p.M*p.K*p.N < blocks.LeastCost { // too little to wake a second thread
		return func() {
			for t := range p.Tasks() {
				body(0, t)
			}
		}
	}
	return func() { b.Team.For(p.Tasks(), body) }
}

// Work implements graph.Worker.
func (l *InnerProduct) Work(in [][]int, u graph.Use) (w graph.Work) {
	o, k, n := l.Weights.Shape[0], l.Weights.Shape[1], in[0][0]
	w.Scratch = kernel.Active.NewDots(k, 0).Work(n)
	if u.Backward {
		w.Scratch = max(w.Scratch, kernel.Active.NewProduct(n, o, k, 0).Work())
	}
	return w
}
