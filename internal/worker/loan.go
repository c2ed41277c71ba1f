package worker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sync"
	"time"

	"hoodwink/model"
	"hoodwink/nn"
)

// A Model is a network that runs in children. It may be used by several goroutines.
type Model struct {
	Model *model.Model // to look at; its network runs only in a Loan
	pool  *Pool

	folder, name string
	described    *model.Description
}

// described checks a child's description of a network.
func (p *Pool) described(folder, name string, d *model.Description) (*Model, error) {
	if d.Name != name {
		return nil, fmt.Errorf("it describes %.100q", d.Name)
	}
	if err := d.Check(maxClasses, maxValues); err != nil {
		return nil, err
	}
	m := &Model{pool: p, folder: folder, name: name, described: d}
	var err error
	m.Model, err = m.remote(nil)
	return m, err
}

// key tells networks apart, also if one takes the other's name.
func (m *Model) key() string { return filepath.Join(m.folder, m.name) + " " + m.described.Hash }

// remote returns the model with a network that runs in the child of a loan.
func (m *Model) remote(l *Loan) (*model.Model, error) {
	b := nn.NewBuilder(m.name)
	b.Input("input", m.described.Spec.InputShape()...)
	b.Add("network", &remote{l, m.described}, []string{"input"}, []string{"output"})
	net, err := b.Build("output")
	if err != nil {
		return nil, err
	}
	return m.described.Model(net)
}

// Borrow lends the network to one user. A child is taken when the network runs first. When ctx has
// ended, whatever the child is asked must be answered within grace.
func (m *Model) Borrow(ctx context.Context, grace time.Duration) (*Loan, error) {
	l := &Loan{m: m, ctx: ctx, grace: grace}
	var err error
	l.Model, err = m.remote(l)
	return l, err
}

// A Loan is the use of a network by one user, who returns it.
type Loan struct {
	Model *model.Model // whose network gives NaN when the child has ended

	m     *Model
	ctx   context.Context
	grace time.Duration

	mu    sync.Mutex
	child *process // nil while none is needed
	last  *pass    // the latest that the child has gone forward
	err   error    // why there are no more results
}

// errReturned is the end of a loan.
var errReturned = errors.New("the network has been returned")

// Err says why there are no more results: an *EndedError, a *Failure or the error of the loan's
// context; nil if there are, or the loan was returned before.
func (l *Loan) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == errReturned {
		return nil
	}
	return l.err
}

// Rest gives the child back until the network runs again.
func (l *Loan) Rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest()
}

// rest is Rest; the mutex is held.
func (l *Loan) rest() {
	if l.child != nil {
		l.m.pool.give(l.child)
		l.child, l.last = nil, nil
	}
}

// Return ends the loan.
func (l *Loan) Return() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest()
	if l.err == nil {
		l.err = errReturned
	}
}

// lingering returns a context that ends as much later as the loan has grace.
func (l *Loan) lingering() (context.Context, context.CancelFunc) {
	if l.grace == 0 {
		return context.WithCancel(l.ctx)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(l.ctx))
	stop := context.AfterFunc(l.ctx, func() {
		select {
		case <-time.After(l.grace):
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { stop(); cancel() }
}

// run does one thing with the child, which it takes if need be. After an error there are no more
// results. It reports whether there is one.
func (l *Loan) run(do func(context.Context) error) bool {
	if l == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return false
	}
	ctx, cancel := l.lingering()
	defer cancel()
	if l.err = ctx.Err(); l.err == nil && l.child == nil {
		l.child, l.err = l.m.child(ctx)
	}
	if l.err == nil {
		l.err = do(ctx)
	}
	if l.err != nil {
		l.rest()
	}
	return l.err == nil
}

// child takes a child that has opened the network.
func (m *Model) child(ctx context.Context) (*process, error) {
	c, err := m.pool.take(ctx, m.key())
	if err != nil || c.network != "" {
		return c, err
	}
	now, err := m.pool.open(ctx, c, m.folder, m.name)
	if err == nil && now.key() != m.key() {
		err = &Failure{Text: fmt.Sprintf("the model %q has changed meanwhile", m.name), Advice: "ask again"}
	}
	if err != nil {
		m.pool.give(c)
		return nil, err
	}
	return c, nil
}

// A remote is the layer of a network that runs in a child.
type remote struct {
	loan *Loan // nil: to look at
	d    *model.Description
}

// Kind implements nn.Layer.
func (*remote) Kind() string { return "Remote" }

// OutShapes implements nn.Layer.
func (r *remote) OutShapes(in [][]int) ([][]int, error) {
	return [][]int{append([]int{in[0][0]}, r.d.Shape...)}, nil
}

// Reads implements nn.Layer: Backward may have to send the input again.
func (*remote) Reads() nn.Reads { return nn.Reads{In: true} }

// Cost implements nn.Coster.
func (r *remote) Cost(in [][]int) (params, macs int64) {
	return r.d.Params, r.d.MACs * int64(in[0][0])
}

// A pass is the layer in one session.
type pass struct {
	loan *Loan
	head [passHead]byte
	in   []float32
	grad []float32 // with respect to in
	out  []float32 // of a forward that is repeated
}

// Bind implements nn.Layer. A layer cannot fail: without a result it gives NaN, and the loan says
// why.
func (r *remote) Bind(b *nn.Binding) nn.Op {
	in, out := b.In[0], b.Out[0].Data
	p := &pass{loan: r.loan, in: in.Data}
	binary.LittleEndian.PutUint32(p.head[:], uint32(in.Shape[0]))
	op := nn.Op{Forward: func() {
		if !r.loan.run(func(ctx context.Context) error { return p.forward(ctx, out) }) {
			fill(out)
		}
	}}
	if !b.WantsGrad() {
		p.head[4] = 1
		return op
	}
	p.grad, p.out = make([]float32, in.Len()), make([]float32, len(out))
	din, dout := b.DIn[0].Data, b.DOut[0].Data
	op.Backward = func() {
		if !r.loan.run(func(ctx context.Context) error { return p.backward(ctx, dout) }) {
			fill(din)
			return
		}
		for i, v := range p.grad {
			if din[i] == 0 {
				din[i] = v // a zero keeps its sign
			} else {
				din[i] += v
			}
		}
	}
	return op
}

func fill(dst []float32) {
	for i := range dst {
		dst[i] = float32(math.NaN())
	}
}

// forward sends the input and receives the output.
func (p *pass) forward(ctx context.Context, out []float32) error {
	l := p.loan
	err := l.floats(ctx, forward, p.head[:], p.in, out)
	l.last = p
	return err
}

// backward sends the output's gradient and receives the input's. If the child's latest forward was
// another one, as after a rest, it goes forward again.
func (p *pass) backward(ctx context.Context, dout []float32) error {
	l := p.loan
	if l.last != p {
		if err := p.forward(ctx, p.out); err != nil {
			return err
		}
	}
	return l.floats(ctx, backward, nil, dout, p.grad)
}

// floats has the child answer a tensor with a tensor.
func (l *Loan) floats(ctx context.Context, k kind, head []byte, in, out []float32) error {
	c := l.child
	body, err := c.call(ctx, l.m.pool.o.Step, 4*len(out), func() error { return c.send(k, head, in) }, answer)
	if err == nil && !decode(out, body) {
		return c.garbled(errGarbled)
	}
	return err
}
