package model

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// ClassifierOptions say how a classifier runs.
type ClassifierOptions struct {
	Threads     int  // 0 means what the model was opened with. Results do not depend on it
	ForwardOnly bool // less memory; there are no gradients

	// Own means pictures in the model's own channels: one, for a network that takes gray.
	// preprocess.Spec.Own makes them of a file's. Otherwise they have three, RGB.
	Own bool

	// Read means pictures of only the pixels that the model reads, see Classifier.Reads.
	Read bool
}

// A Classifier runs a model on batches of pictures of one size, and gives gradients
// with respect to their pixels: through the network and through its preprocessing.
// It satisfies attack.Model. Once it has seen a number of pictures, it allocates nothing for as many
// again. A Classifier must not be used by two goroutines at once.
type Classifier struct {
	m        *Model
	o        ClassifierOptions
	pipeline *preprocess.Pipeline
	session  *nn.Session
	shape    []int // of a whole batch
	classes  int
	form     reading
	asked    int             // pictures of the latest Ask; 0 before it, and if it was stopped
	raw      *tensor.Tensor  // the session's output as (N,K)
	logits   *tensor.Tensor  // the logits computed from raw; nil if raw has the logits
	draw     *tensor.Tensor  // gradient with respect to the session's output; nil like logits
	dx       *tensor.Tensor  // nil if forward only
	views    [3]tensor.Views // of logits, draw and dx
}

// Classifier prepares the model for batches of up to batch pictures that are height x width. A batch
// of 0 means the natural one: as many as the model runs best at once, within maxNatural values of
// pictures and the memory that sessions of the model may take.
func (m *Model) Classifier(batch, height, width int, o ClassifierOptions) (*Classifier, error) {
	fail := func(err error) (*Classifier, error) { return nil, &Error{Model: m.Name, Err: err} }
	if o.Threads == 0 {
		o.Threads = m.threads
	}
	natural := batch == 0
	if natural {
		batch = m.Network.NaturalBatch(nn.SessionOptions{Threads: o.Threads, ForwardOnly: o.ForwardOnly})
	}
	team := tensor.NewTeam(o.Threads)
	p, err := m.Spec.BindPixels(batch, height, width, preprocess.Pixels{Own: o.Own, Read: o.Read, Team: team})
	if err != nil {
		return fail(err)
	}
	c := &Classifier{m: m, o: o, pipeline: p, shape: p.InShape(), classes: m.classes(), form: m.form}
	if natural {
		c.shape[0] = min(batch, max(1, maxNatural/tensor.Size(c.shape[1:])))
	}
	for {
		err := c.prepare()
		var much *nn.MemoryError
		if natural && c.Batch() > 1 && errors.As(err, &much) {
			c.shape[0] /= 2
			continue
		}
		if err != nil {
			return fail(err)
		}
		return c, nil
	}
}

// prepare takes the memory for batches of the classifier's size.
func (c *Classifier) prepare() error {
	if !c.o.ForwardOnly {
		if _, ok := tensor.CheckedSize(c.shape, maxBatchValues); !ok {
			return fmt.Errorf("a batch of shape %v is too large", c.shape)
		}
	}
	if err := c.Acquire(); err != nil {
		return err
	}
	if !c.form.plain() {
		c.logits = tensor.New(c.Batch(), c.classes)
		c.draw = tensor.New(c.Batch(), tensor.Size(c.m.Network.OutputShape()))
	}
	if want, s := c.pipeline.OutShape(), c.session.Input().Shape; !tensor.SameShape(want[1:], s[1:]) {
		return fmt.Errorf("pictures are prepared as %v but the network wants %v", want, s)
	}
	return nil
}

// Release gives back the memory of activations and gradients. Then only Acquire may be called.
func (c *Classifier) Release() {
	c.session, c.raw, c.dx, c.asked, c.views = nil, nil, nil, 0, [3]tensor.Views{}
}

// Acquire takes the memory again that Release has given back. Ask comes next.
func (c *Classifier) Acquire() (err error) {
	if c.session, err = c.m.session(c.Batch(), c.o); err != nil {
		return err
	}
	out := c.session.Output()
	c.raw = out.Reshape(out.Batch(), out.Len()/out.Batch())
	if !c.o.ForwardOnly {
		c.dx = tensor.New(c.shape...)
	}
	return nil
}

// maxNatural bounds a natural batch of pictures: 64 MiB, of which an attack holds a few.
const maxNatural = 1 << 24

// maxBatchValues bounds a batch of pictures: 4 GiB.
const maxBatchValues = 1 << 30

func (m *Model) session(batch int, o ClassifierOptions) (*nn.Session, error) {
	if o.Threads == 0 {
		o.Threads = m.threads
	}
	return m.Network.NewSession(nn.SessionOptions{Batch: batch, Threads: o.Threads, ForwardOnly: o.ForwardOnly, Limit: m.memory, Context: m.ctx})
}

// stopped returns the error of the context in which the model is loaded or checked, nil if that is
// not done.
func (m *Model) stopped() error {
	if m.ctx == nil {
		return nil
	}
	return m.ctx.Err()
}

// InputShape returns the shape of the batches that Forward takes: (N,C,H,W).
func (c *Classifier) InputShape() []int { return slices.Clone(c.shape) }

// Shape returns the shape (C,H,W) of a picture.
func (c *Classifier) Shape() []int { return slices.Clone(c.shape[1:]) }

// Batch returns the largest number of pictures that Ask takes.
func (c *Classifier) Batch() int { return c.shape[0] }

// Classes returns the number of logits, K.
func (c *Classifier) Classes() int { return c.classes }

// Bounds returns the range of a pixel, 0 and 1.
func (c *Classifier) Bounds() (lo, hi float32) { return 0, 1 }

// Access reports what the model tells: all its logits, and gradients unless it is forward only.
func (c *Classifier) Access() (scores, gradients bool) { return true, !c.o.ForwardOnly }

// Reads returns the pixels of the file that the model reads. If the options say Read, pictures have
// only those.
func (c *Classifier) Reads() preprocess.Reads { return c.pipeline.Reads() }

// Ask returns the logits (n,K) of the pictures x (n,C,H,W), 1 <= n <= Batch. A picture's logits have
// the same bits whatever n, Batch and threads are. The tensor belongs to the classifier and is
// overwritten by the next Ask. The context is looked at between layers and parts of them; once it is
// done, Ask returns its error. It panics if x has another shape.
func (c *Classifier) Ask(ctx context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	c.asked = 0
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.pipeline.Forward(c.session.Input(), x)
	n := x.Batch()
	if _, err := c.session.ForwardRows(ctx, n); err != nil {
		return nil, err
	}
	c.asked = n
	if c.logits == nil {
		return c.views[0].First(c.raw, n), nil
	}
	logits := c.views[0].First(c.logits, n)
	c.form.forward(logits.Data, c.results())
	return logits, nil
}

// results returns the network's results of the latest Ask.
func (c *Classifier) results() []float32 { return c.raw.Data[:c.asked*c.raw.Shape[1]] }

// Pull returns the gradient of sum(dlogits * logits) at the latest Ask with respect to its pixels,
// (n,C,H,W) for dlogits (n,K), of as many of the first pictures as dlogits is for. It may be called
// again. The tensor belongs to the classifier and is overwritten by the next Pull. It looks at the
// context as Ask does. It panics if dlogits has another size, before the first Ask, after one that
// was stopped, and if the classifier is forward only.
func (c *Classifier) Pull(ctx context.Context, dlogits *tensor.Tensor) (*tensor.Tensor, error) {
	n := dlogits.Len() / c.classes
	if n < 1 || n > c.asked || dlogits.Len() != n*c.classes {
		panic(fmt.Sprintf("model: a gradient of shape %v, want (%d,%d) after an answer", dlogits.Shape, c.asked, c.classes))
	}
	if c.logits != nil {
		draw := c.views[1].First(c.draw, n)
		c.form.backward(draw.Data, dlogits.Data, c.results()[:n*c.raw.Shape[1]])
		dlogits = draw
	}
	din, err := c.session.BackwardRows(ctx, dlogits)
	if err != nil {
		return nil, err
	}
	dx := c.views[2].First(c.dx, n)
	c.pipeline.Adjoint(dx, din)
	return dx, nil
}

// Forward is Ask for a whole batch.
func (c *Classifier) Forward(x *tensor.Tensor) *tensor.Tensor {
	return sure(c.Ask(context.Background(), x, nil))
}

// Backward is Pull after Forward.
func (c *Classifier) Backward(dlogits *tensor.Tensor) *tensor.Tensor {
	return sure(c.Pull(context.Background(), dlogits))
}

// sure returns what a context that never ends makes sure of.
func sure(t *tensor.Tensor, _ error) *tensor.Tensor { return t }

// Bytes returns the memory of activations, gradients and work.
func (c *Classifier) Bytes() int {
	n := c.session.Bytes()
	if c.dx != nil {
		n += 4 * c.dx.Len()
	}
	return n
}
