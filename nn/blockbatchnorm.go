package nn

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/nn/internal/graph"
)

// OnBlocks implements graph.BlockLayer.
func (l *BatchNorm) OnBlocks(in [][]int) (graph.Skills, bool) {
	return graph.Skills{Reads: l.Reads(), Rectifies: true, Adds: true}, isPicture(in[0])
}

// BindBlocks implements graph.BlockLayer, in training mode. A second input is added to the output.
func (l *BatchNorm) BindBlocks(b *graph.BlockBinding) graph.BlockOp {
	x, y := b.In[0], b.Out[0]
	w := &blockBatchNorm{moments: newBatchMoments(l, x.N*x.H*x.W), x: x}
	for _, v := range []*[]kernel.Pixel{&w.scale, &w.shift, &w.p, &w.q, &w.r} {
		*v = make([]kernel.Pixel, x.Count())
	}
	op := graph.BlockOp{Prepare: w.over(b.Team, w.momentsOf, w.combineMoments)}
	var other *kernel.Blocks
	if len(b.In) > 1 {
		other = b.In[1]
	}
	g := blocks.Grain{Blocks: 1, Cost: float64(2 * x.W * lanes)}
	op.Ahead, op.Forward = g, func(_ int, p blocks.Part) {
		blocks.EachRow(y, p, func(at, n, k, h int) {
			var add []float32
			if other != nil {
				add = blocks.Row(other, n, k, h)
			}
			kernel.Active.LaneScale(y.Data[at:at+y.W*lanes], blocks.Row(x, n, k, h), add, &w.scale[k], &w.shift[k], b.ReLU)
		})
	}
	b.OnRecord(w.moments.record)
	if b.DOut[0] == nil {
		return op
	}
	w.dy = b.DOut[0]
	op.Reduce = w.over(b.Team, w.pairsOf, w.combinePairs)
	op.Gradient = func() { w.moments.gradients(b.Grads) }
	dx, mask := b.DIn[0], b.Masks[0]
	op.Back = []blocks.Grain{g}
	op.Backward = []func(int, blocks.Part, bool){func(_ int, p blocks.Part, add bool) {
		blocks.EachRow(dx, p, func(at, n, k, h int) {
			kernel.Active.LaneMix(dx.Data[at:at+dx.W*lanes], blocks.Row(w.dy, n, k, h), blocks.Row(x, n, k, h), &w.p[k], &w.q[k], &w.r[k], add)
		})
		if mask != nil {
			blocks.Mask(dx, mask, p)
		}
	}}
	if other != nil {
		b.PassOn(1, &op)
	}
	return op
}

// blockBatchNorm is a BatchNorm bound to blocked pictures.
type blockBatchNorm struct {
	moments      *batchMoments
	x, dy        *kernel.Blocks
	scale, shift []kernel.Pixel // by block
	p, q, r      []kernel.Pixel
}

// over returns a function that does a reduction: it calls one for every block of every picture,
// then, for every block, all with the pictures in order.
func (w *blockBatchNorm) over(
	team *kernel.Team, one func(at *pairs, n, k int), all func(pictures []pairs, k int),
) func() {
	count := w.x.Count()
	parts := make([]pairs, count*w.x.N) // by block and picture
	each := func(_, i int) {
		parts[i] = pairs{}
		one(&parts[i], i%w.x.N, i/w.x.N)
	}
	return func() {
		team.For(len(parts), each)
		for k := range count {
			all(parts[k*w.x.N:(k+1)*w.x.N], k)
		}
	}
}

// momentsOf finds, for a block of a picture, the mean, in sum, and the sum of squared deviations
// from it, in dot. Float32 is exact enough within a row; rows are combined in order (Chan, Golub,
// LeVeque 1983, "Algorithms for Computing the Sample Variance").
func (w *blockBatchNorm) momentsOf(at *pairs, n, k int) {
	for h := range w.x.H {
		x := blocks.Row(w.x, n, k, h)
		kernel.Active.LaneSum(&at.row[0], x)
		for l, v := range at.row[0] {
			at.mean[l] = v / float32(w.x.W)
		}
		kernel.Active.LaneSquares(&at.row[1], &at.mean, x)
		var row pairs
		for l, v := range at.mean {
			row.sum[l], row.dot[l] = float64(v), float64(at.row[1][l])
		}
		at.combine(&row, h*w.x.W, w.x.W)
	}
}

// combineMoments computes the statistics of a block over all pictures, and the factors of the way
// forward.
func (w *blockBatchNorm) combineMoments(pictures []pairs, k int) {
	total, size := pictures[0], w.x.H*w.x.W
	for i := 1; i < len(pictures); i++ {
		total.combine(&pictures[i], i*size, size)
	}
	for l := range w.x.Valid(k) {
		c := k*lanes + l
		w.moments.mean[c], w.moments.variance[c] = total.sum[l], total.dot[l]/w.moments.count
		scale, shift := w.moments.forward(c)
		w.scale[k][l], w.shift[k][l] = float32(scale), float32(shift)
	}
}

// pairsOf adds up a block of a picture for the way back.
func (w *blockBatchNorm) pairsOf(at *pairs, n, k int) {
	for l := range w.x.Valid(k) {
		at.mean[l] = float32(w.moments.mean[k*lanes+l])
	}
	at.add(w.dy, w.x, n, k)
}

// combinePairs computes the sums of a block over all pictures, and the factors of the way back.
func (w *blockBatchNorm) combinePairs(pictures []pairs, k int) {
	var total pairs
	for i := range pictures {
		for l := range lanes {
			total.sum[l] += pictures[i].sum[l]
			total.dot[l] += pictures[i].dot[l]
		}
	}
	for l := range w.x.Valid(k) {
		c := k*lanes + l
		// The mean that was subtracted is a float32.
		off := w.moments.mean[c] - float64(float32(w.moments.mean[c]))
		w.moments.sum[c], w.moments.dot[c] = total.sum[l], total.dot[l]-float64(off*total.sum[l])
		p, q, r := w.moments.backward(c)
		w.p[k][l], w.q[k][l], w.r[k][l] = float32(p), float32(q), float32(r)
	}
}

// pairs are two sums for every lane of a block. The sums of one row are float32.
type pairs struct {
	sum, dot [lanes]float64
	mean     kernel.Pixel
	row      [2]kernel.Pixel
}

// add adds dy, and dy times x-mean, of a block of picture n.
func (s *pairs) add(dy, x *kernel.Blocks, n, k int) {
	for h := range x.H {
		kernel.Active.LanePairs(&s.row[0], &s.row[1], &s.mean, blocks.Row(dy, n, k, h), blocks.Row(x, n, k, h))
		for l := range lanes {
			s.sum[l] += float64(s.row[0][l])
			s.dot[l] += float64(s.row[1][l])
		}
	}
}

// addOne adds dy of a block of picture n.
func (s *pairs) addOne(dy *kernel.Blocks, n, k int) {
	for h := range dy.H {
		kernel.Active.LaneSum(&s.row[0], blocks.Row(dy, n, k, h))
		for l, v := range s.row[0] {
			s.sum[l] += float64(v)
		}
	}
}

// combine merges the mean and sum of squares of m more values into those of n values.
func (s *pairs) combine(more *pairs, n, m int) {
	share := float64(m) / float64(n+m)
	for l := range lanes {
		d := more.sum[l] - s.sum[l]
		s.sum[l] += float64(d * share)
		s.dot[l] += more.dot[l]
		s.dot[l] += float64(d * d * float64(n) * share)
	}
}
