package nn

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"

	"hoodwink/nn/internal/exec"
	"hoodwink/tensor"
)

// SessionOptions say what a session is for.
type SessionOptions struct {
	Batch       int  // examples run together; 0 means 1
	Threads     int  // goroutines used; 0 means GOMAXPROCS. The result does not depend on it
	ForwardOnly bool // plan no gradients: less memory, Backward panics

	// Limit is how many bytes Memory.Total may be: NewSession refuses more with a MemoryError, and
	// always more than the limit of the process (GOMEMLIMIT, debug.SetMemoryLimit). 0 means that alone.
	Limit int64

	// Context, if not nil, ends what the session is doing when it is done: Forward and Backward
	// return within milliseconds, with results that mean nothing.
	Context context.Context

	plainOnly bool // no blocked pictures: every layer as its Bind makes it
}

// A Session runs a Network on batches of up to one size. All its memory is planned and
// allocated by NewSession: Forward and Backward allocate nothing. A Session must not
// be used by two goroutines at once.
type Session struct {
	net        *Network
	s          *exec.Session
	outs, dins tensor.Views
}

// NewSession plans a session and, unless that takes more than the limit, allocates its memory.
func (net *Network) NewSession(o SessionOptions) (*Session, error) {
	s, err := exec.NewSession(net.g, o.exec())
	if err != nil {
		return nil, err
	}
	return &Session{net: net, s: s}, nil
}

// A Memory is what a session of a network takes, in bytes.
type Memory struct {
	Session int64 // activations, gradients and working memory, as Session.Bytes
	Tables  int64 // lists that the session holds besides, at most
	Packed  int64 // the weights in the form of the kernels, at most; all sessions of the network share them
}

// Total returns all of it. The weights as they came, of which Network.Params tells the number, are
// not part of it.
func (m Memory) Total() int64 { return exec.Memory(m).Total() }

// Memory returns what a session would take, without taking it. The limit of the options is ignored.
func (net *Network) Memory(o SessionOptions) (Memory, error) {
	p, err := exec.NewPlan(net.g, o.exec())
	if err != nil {
		return Memory{}, err
	}
	return Memory(p.Memory()), nil
}

// NaturalBatch returns how many examples a session of the network should run together: as many as
// keep all threads busy with what the cache can hold, up to sixteen a thread. More gain nothing. The
// batch and the limit of the options are ignored.
func (net *Network) NaturalBatch(o SessionOptions) int { return exec.NaturalBatch(net.g, o.exec()) }

// A MemoryError says that a session would take more than its limit.
//
//	Need, Limit int64  // bytes
//	Batch       int
//	Layer, Kind string // the layer that takes the most
//	Most        int64  // its bytes
type MemoryError = exec.MemoryError

func (o SessionOptions) exec() exec.Options {
	e := execOptions(o.Batch, o.Threads, o.ForwardOnly, o.plainOnly)
	e.Limit = debug.SetMemoryLimit(-1)
	if o.Limit > 0 {
		e.Limit = min(e.Limit, o.Limit)
	}
	if o.Context != nil {
		e.Done = o.Context.Done()
	}
	return e
}

func execOptions(batch, threads int, forwardOnly, plainOnly bool) exec.Options {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	return exec.Options{Batch: max(batch, 1), Threads: threads, ForwardOnly: forwardOnly, PlainOnly: plainOnly}
}

// Input returns the input (N,C,H,W); write the batch here before Forward.
func (s *Session) Input() *tensor.Tensor { return s.s.Input() }

// Output returns what Forward returns.
func (s *Session) Output() *tensor.Tensor { return s.s.Output() }

// Bytes returns the memory the session holds for activations, gradients and work.
func (s *Session) Bytes() int { return s.s.Bytes() }

// Forward runs the network on Input and returns its output, (N,K) for a classifier.
// The tensor belongs to the session and is overwritten by the next Forward.
func (s *Session) Forward() *tensor.Tensor { return s.s.Forward(s.Input().Batch(), nil) }

// ForwardRows is Forward for the first n examples of Input, 1 <= n <= Batch. Their results have the
// same bits whatever n is. Layers that work on blocked pictures compute n examples; the others, which
// are cheap or fully connected, as many as the next power of two.
//
// Between layers, and between parts of a layer, it looks whether ctx is done. Then it returns
// ctx.Err(), and a Forward comes next.
func (s *Session) ForwardRows(ctx context.Context, n int) (*tensor.Tensor, error) {
	out := s.s.Forward(n, ctx.Done())
	if err := ctx.Err(); err != nil {
		s.s.Forget()
		return nil, err
	}
	return s.outs.First(out, n), nil
}

// BackwardRows is Backward for as many of the first examples of the latest Forward or ForwardRows as
// dout is for. It looks at ctx like ForwardRows; if it returns an error, it may be called again.
func (s *Session) BackwardRows(ctx context.Context, dout *tensor.Tensor) (*tensor.Tensor, error) {
	din := s.s.Backward(dout, ctx.Done())
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return s.dins.First(din, dout.Batch()), nil
}

// Backward returns the gradient of sum(dout * output) with respect to the input at
// the latest Forward, shape (N,C,H,W). It may be called repeatedly for one Forward.
// The tensor belongs to the session and is overwritten by the next Backward.
func (s *Session) Backward(dout *tensor.Tensor) *tensor.Tensor { return s.s.Backward(dout, nil) }

// A LayerTime is how long one layer of a session took.
type LayerTime struct {
	Row
	Forward, Backward time.Duration
}

// Profile runs Forward and, unless the session is forward only, Backward of dout, and returns how
// long each layer took, in the order of Network.Table. The row's MACs are those of one example.
// Layers that otherwise run at once run one after the other here. A layer takes no time if another
// one does its work, as for a rectifier, or if there is no work, as for joining channels.
func (s *Session) Profile(dout *tensor.Tensor) []LayerTime {
	times := make([]LayerTime, len(s.net.g.Nodes))
	for i, r := range s.net.Table() {
		times[i].Row = r
	}
	for i, t := range s.s.Profile(dout) {
		times[i].Forward, times[i].Backward = t.Forward, t.Backward
	}
	return times
}
