package nn

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync/atomic"
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

// A Session runs a Network on batches of one size. All its memory is planned and
// allocated by NewSession: Forward and Backward allocate nothing. A Session must not
// be used by two goroutines at once.
type Session struct {
	net *Network
	s   *exec.Session
}

// NewSession plans a session and, unless that takes more than the limit, allocates its memory.
func (net *Network) NewSession(o SessionOptions) (*Session, error) {
	s, err := exec.NewSession(net.g, o.exec())
	if err != nil {
		return nil, err
	}
	return &Session{net, s}, nil
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
		e.Stop = new(atomic.Bool)
		context.AfterFunc(o.Context, func() { e.Stop.Store(true) })
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

// Bytes returns the memory the session holds for activations, gradients and work.
func (s *Session) Bytes() int { return s.s.Bytes() }

// Forward runs the network on Input and returns its output, (N,K) for a classifier.
// The tensor belongs to the session and is overwritten by the next Forward.
func (s *Session) Forward() *tensor.Tensor { return s.s.Forward() }

// Backward returns the gradient of sum(dout * output) with respect to the input at
// the latest Forward, shape (N,C,H,W). It may be called repeatedly for one Forward.
// The tensor belongs to the session and is overwritten by the next Backward.
func (s *Session) Backward(dout *tensor.Tensor) *tensor.Tensor { return s.s.Backward(dout) }

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
