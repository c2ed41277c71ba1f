package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
)

// LRN is local response normalisation (Krizhevsky, Sutskever, Hinton 2012, "ImageNet Classification
// with Deep Convolutional Neural Networks"): y = x * s^-Beta with
//
//	s = K + Alpha/Size   * sum of x^2 over Size channels around (across, the usual)
//	s = 1 + Alpha/Size^2 * sum of x^2 over Size x Size pixels around (WithinChannel)
//
// where values outside count as 0. Size is odd within a channel, and usually odd across channels:
// if it is even, the window has one channel more after its centre than before it.
type LRN struct {
	Size           int
	Alpha, Beta, K float32
	WithinChannel  bool // K is not used, as in Caffe
}

// Kind implements Layer.
func (l *LRN) Kind() string { return "LRN" }

// Reads implements Layer. Backward computes s from x again, since keeping it would take as much
// memory as the layer's output.
func (l *LRN) Reads() Reads { return Reads{In: true} }

// OutShapes implements Layer: (N,C,H,W), which stays.
func (l *LRN) OutShapes(in [][]int) ([][]int, error) {
	out, err := sameShape(in, 4)
	if err != nil {
		return nil, err
	}
	s := in[0]
	if len(s) != 4 {
		return nil, fmt.Errorf("takes one input of shape (N,C,H,W), got %v", s)
	}
	if l.Size < 1 || l.Size > maxExtent {
		return nil, fmt.Errorf("has a size of %d: want 1 to %d", l.Size, maxExtent)
	}
	if err := checkFinite("alpha, beta or k", l.Alpha, l.Beta, l.K); err != nil {
		return nil, err
	}
	if !l.WithinChannel {
		if s[1] > maxExtent {
			return nil, fmt.Errorf("normalises across at most %d channels, got input of shape %v", maxExtent, s)
		}
		each, tasks := lrnPixels(s[1], s[2]*s[3])
		return out, checkWork(s[1], tasks, max(each, lrnRow), min(l.Size, s[1]))
	}
	if l.Size%2 == 0 {
		return nil, fmt.Errorf("normalises within a channel with a size of %d: want an odd one", l.Size)
	}
	if s[2]*s[3] > maxLRNPlane {
		return nil, fmt.Errorf("normalises within channels of at most %d pixels, got input of shape %v", maxLRNPlane, s)
	}
	return out, checkWork(s[1], s[2], max(s[3], lrnRow), min(l.Size, s[2])+min(l.Size, s[3]))
}

const (
	// maxLRNPlane bounds the pixels of a channel for normalisation within it: every worker holds
	// three such planes.
	maxLRNPlane = 1 << 22

	// lrnRow is the cost of starting a row, in additions of one value.
	lrnRow = 16
)

// lrnPixels returns how many pixels a task normalises across c channels, and how many tasks a plane
// of the given size has.
func lrnPixels(c, size int) (each, tasks int) {
	each = min(size, max(1, blockSize/c))
	return each, (size + each - 1) / each
}

// Bind implements Layer.
func (l *LRN) Bind(b *Binding) Op {
	if l.WithinChannel {
		return l.bindWithin(b)
	}
	return l.bindAcross(b)
}

// bindAcross normalises across channels. A task is some pixels with all their channels.
func (l *LRN) bindAcross(b *Binding) Op {
	k := kernel.LRN{Size: l.Size, Alpha: l.Alpha / float32(l.Size), Beta: l.Beta, K: l.K}
	c, size := b.In[0].Shape[1], b.In[0].Shape[2]*b.In[0].Shape[3]
	each, tasks := lrnPixels(c, size)
	x, y := b.In[0], b.Out[0]
	s := b.Scratch(each)
	forward := func(w, t int) {
		n, p0 := t/tasks, t%tasks*each
		k.Across(y.Image(n), x.Image(n), c, size, p0, min(size, p0+each), s(w))
	}
	op := Op{Forward: func() { b.Team.For(x.Batch()*tasks, forward) }}
	if b.WantsGrad() {
		dx, dy := b.DIn[0], b.DOut[0]
		work := b.Scratch((c + 2) * each)
		backward := func(w, t int) {
			n, p0 := t/tasks, t%tasks*each
			k.AcrossGrad(dx.Image(n), dy.Image(n), x.Image(n), c, size, p0, min(size, p0+each), work(w))
		}
		op.Backward = func() { b.Team.For(x.Batch()*tasks, backward) }
	}
	return op
}

// bindWithin normalises within channels. A task is some planes.
func (l *LRN) bindWithin(b *Binding) Op {
	area := float32(l.Size) * float32(l.Size)
	k := kernel.LRN{Size: l.Size, Alpha: l.Alpha / area, Beta: l.Beta, K: 1}
	h, w := b.In[0].Shape[2], b.In[0].Shape[3]
	size, planes := h*w, b.In[0].Batch()*b.In[0].Shape[1]
	x, y := b.In[0].Data, b.Out[0].Data
	work := b.Scratch((h + 1) * w)
	op := Op{Forward: overPlanes(b.Team, planes, size, func(worker, p int) {
		k.Within(y[p*size:(p+1)*size], x[p*size:(p+1)*size], h, w, work(worker))
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		work := b.Scratch((3*h + 1) * w)
		op.Backward = overPlanes(b.Team, planes, size, func(worker, p int) {
			lo, hi := p*size, (p+1)*size
			k.WithinGrad(dx[lo:hi], dy[lo:hi], x[lo:hi], h, w, work(worker))
		})
	}
	return op
}
