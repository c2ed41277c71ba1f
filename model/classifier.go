package model

import (
	"fmt"
	"slices"

	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// ClassifierOptions say how a classifier runs.
type ClassifierOptions struct {
	Threads     int  // 0 means what the model was opened with. Results do not depend on it
	ForwardOnly bool // less memory; Backward panics
}

// A Classifier runs a model on batches of pictures of one size, and gives gradients
// with respect to their pixels: through the network and through its preprocessing.
// It satisfies attack.Model. Forward and Backward allocate nothing. A Classifier must
// not be used by two goroutines at once.
type Classifier struct {
	m        *Model
	o        ClassifierOptions
	pipeline *preprocess.Pipeline
	session  *nn.Session
	shape    []int
	classes  int
	form     reading
	raw      *tensor.Tensor // the session's output as (N,K)
	logits   *tensor.Tensor // the logits computed from raw; nil if raw has the logits
	draw     *tensor.Tensor // gradient with respect to the session's output; nil like logits
	dx       *tensor.Tensor // nil if forward only
}

// Classifier prepares the model for batches of pictures that are height x width.
func (m *Model) Classifier(batch, height, width int, o ClassifierOptions) (*Classifier, error) {
	fail := func(err error) (*Classifier, error) { return nil, &Error{Model: m.Name, Err: err} }
	p, err := m.Spec.Bind(batch, height, width)
	if err != nil {
		return fail(err)
	}
	c := &Classifier{m: m, o: o, pipeline: p, shape: p.InShape(), classes: m.classes(), form: m.form}
	if !m.form.plain() {
		c.logits, c.draw = tensor.New(batch, c.classes), tensor.New(batch, tensor.Size(m.Network.OutputShape()))
	}
	if !o.ForwardOnly {
		if _, ok := tensor.CheckedSize(c.shape, maxBatchValues); !ok {
			return fail(fmt.Errorf("a batch of shape %v is too large", c.shape))
		}
	}
	if err := c.Acquire(); err != nil {
		return fail(err)
	}
	if s := c.session.Input().Shape; !tensor.SameShape(p.OutShape(), s) {
		return fail(fmt.Errorf("pictures are prepared as %v but the network wants %v", p.OutShape(), s))
	}
	return c, nil
}

// Release gives back the memory of activations and gradients. Then only Acquire may be called.
func (c *Classifier) Release() { c.session, c.raw, c.dx = nil, nil, nil }

// Acquire takes the memory again that Release has given back. Forward comes next.
func (c *Classifier) Acquire() (err error) {
	if c.session, err = c.m.session(c.shape[0], c.o); err == nil && !c.o.ForwardOnly {
		c.dx = tensor.New(c.shape...)
	}
	return err
}

// maxBatchValues bounds a batch of pictures: 4 GiB.
const maxBatchValues = 1 << 30

func (m *Model) session(batch int, o ClassifierOptions) (*nn.Session, error) {
	threads := o.Threads
	if threads == 0 {
		threads = m.threads
	}
	return m.Network.NewSession(nn.SessionOptions{Batch: batch, Threads: threads, ForwardOnly: o.ForwardOnly, Limit: m.memory, Context: m.ctx})
}

// stopped returns the error of the context in which the model is loaded or checked, nil if that is
// not done.
func (m *Model) stopped() error {
	if m.ctx == nil {
		return nil
	}
	return m.ctx.Err()
}

// InputShape returns the shape (N,3,H,W) of the batches Forward takes: pixels, RGB.
func (c *Classifier) InputShape() []int { return slices.Clone(c.shape) }

// Classes returns the number of logits, K.
func (c *Classifier) Classes() int { return c.classes }

// Bounds returns the range of a pixel, 0 and 1.
func (c *Classifier) Bounds() (lo, hi float32) { return 0, 1 }

// Forward returns the logits (N,K) of the pictures x (N,3,H,W). The tensor belongs
// to the classifier and is overwritten by the next Forward. It panics if x has
// another shape.
func (c *Classifier) Forward(x *tensor.Tensor) *tensor.Tensor {
	c.pipeline.Forward(c.session.Input(), x)
	c.raw = flat(c.raw, c.session.Forward())
	if c.logits == nil {
		return c.raw
	}
	c.form.forward(c.logits.Data, c.raw.Data)
	return c.logits
}

// Backward returns the gradient of sum(dlogits * logits) at the latest Forward with
// respect to the pixels, shape (N,3,H,W), for dlogits (N,K). The tensor belongs to
// the classifier and is overwritten by the next Backward. It panics if dlogits has
// another size, before the first Forward, and if the classifier is forward only.
func (c *Classifier) Backward(dlogits *tensor.Tensor) *tensor.Tensor {
	if c.logits != nil {
		if dlogits.Len() != c.logits.Len() || c.raw == nil {
			panic(fmt.Sprintf("model: a gradient of shape %v before or after Forward, want %v after it", dlogits.Shape, c.logits.Shape))
		}
		c.form.backward(c.draw.Data, dlogits.Data, c.raw.Data)
		dlogits = c.draw
	}
	din := c.session.Backward(dlogits)
	c.pipeline.Adjoint(c.dx, din)
	return c.dx
}

// Bytes returns the memory of activations, gradients and work.
func (c *Classifier) Bytes() int {
	n := c.session.Bytes()
	if c.dx != nil {
		n += 4 * c.dx.Len()
	}
	return n
}

// flat returns out as (N,K): one vector for each example, whatever its shape. The session always
// returns the same memory, so view is made only once.
func flat(view, out *tensor.Tensor) *tensor.Tensor {
	if view != nil && &view.Data[0] == &out.Data[0] {
		return view
	}
	return out.Reshape(out.Shape[0], out.Len()/out.Shape[0])
}
