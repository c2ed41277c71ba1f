package exec

import (
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// Weights says for which layers the gradients of weights are wanted, and where to put them.
type Weights struct {
	Grads [][]*tensor.Tensor         // by node and parameter; nil where none are wanted
	Steps func(node int) graph.Steps // the steps of the node's layer
}

// wanted reports whether the gradients of the unit's weights are wanted.
func (w *Weights) wanted(u *unit) bool { return w != nil && u.layer != nil && w.Grads[u.node] != nil }

// A WeightSession is a Session whose way back also gives gradients of weights.
type WeightSession struct {
	*Session
	full  []level // the way back with the gradients of the weights
	brief []level // the same without the input's
}

// NewWithWeights plans a session for the gradients of weights. It runs the whole batch together,
// whatever memory that takes, up to the limit.
func NewWithWeights(net *graph.Network, o Options, w *Weights) (*WeightSession, error) {
	shapes, err := net.BatchShapes(o.Batch)
	if err != nil {
		return nil, err
	}
	p := lower(net, shapes, o.PlainOnly).planMemory(false, w)
	if p.floats > graph.MaxTotalSize {
		return nil, graph.ErrTooLarge
	}
	s := &WeightSession{Session: newSession(net, o)}
	b := s.bind(p, o.Threads)
	s.brief, s.full, s.back = merge(b.back, b.learn), merge(b.back, b.ends, b.learn), merge(b.back, b.ends)
	for _, levels := range [][]level{s.ahead, s.brief, s.full, s.back} {
		share(levels, s.team.Threads())
	}
	return s, nil
}

// Gradients is Backward that also stores the gradients of the weights.
func (s *WeightSession) Gradients(dout *tensor.Tensor) *tensor.Tensor {
	s.run(s.full, dout)
	return s.din
}

// WeightGradients is Gradients without the gradient of the input.
func (s *WeightSession) WeightGradients(dout *tensor.Tensor) { s.run(s.brief, dout) }

func (s *WeightSession) run(levels []level, dout *tensor.Tensor) {
	s.begin(dout)
	for i := range levels {
		levels[i].do(s.team, everyRow)
	}
}

// For calls f(worker, i) for i in [0, n) on the session's threads.
func (s *WeightSession) For(n int, f func(worker, i int)) { s.team.For(n, f) }
