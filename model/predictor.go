package model

import (
	"fmt"
	"slices"

	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A Predictor classifies pictures of any size, one after another, with one session. When the size
// changes, only the preprocessing is set up anew. It must not be used by two goroutines at once.
type Predictor struct {
	m        *Model
	session  *nn.Session
	pipeline *preprocess.Pipeline // for the size of the latest picture
}

// Predictor returns a predictor that runs on the given number of threads; 0 means the number with
// which the model was opened.
func (m *Model) Predictor(threads int) (*Predictor, error) {
	s, err := m.session(1, ClassifierOptions{Threads: threads, ForwardOnly: true})
	if err != nil {
		return nil, &Error{Model: m.Name, Err: err}
	}
	return &Predictor{m: m, session: s}, nil
}

// Logits returns the logits (K) of a picture. If one of them is NaN or infinite, the error is a
// [*NotFiniteError].
func (p *Predictor) Logits(pic *preprocess.Picture) ([]float32, error) { return p.Pixels(pic.Pixels) }

// Pixels is Logits for pixels that are not from a file: (1,3,H,W), RGB in [0,1], or (1,1,H,W) if the
// model takes gray.
func (p *Predictor) Pixels(x *tensor.Tensor) ([]float32, error) {
	raw, err := p.raw(x)
	if err != nil {
		return nil, err
	}
	if k, ok := tensor.Finite(raw); !ok {
		return nil, &NotFiniteError{Model: p.m.Name, Err: fmt.Errorf("the result for class %d is %v", k, raw[k])}
	}
	return p.m.logits(raw), nil
}

// logits computes logits (K) from the network's result for one picture. Both may be the same
// memory.
func (m *Model) logits(raw []float32) []float32 {
	if m.form.plain() {
		return raw
	}
	out := make([]float32, m.classes())
	m.form.forward(out, raw)
	return out
}

// raw returns the network's own result for pixels.
func (p *Predictor) raw(x *tensor.Tensor) ([]float32, error) {
	own := len(x.Shape) == 4 && x.Shape[1] == p.m.Spec.Channels()
	if len(x.Shape) != 4 || x.Shape[0] != 1 || x.Shape[1] != 3 && !own {
		return nil, &Error{Model: p.m.Name, Err: fmt.Errorf("a picture of shape %v, want (1,3,height,width)", x.Shape)}
	}
	if p.pipeline == nil || !tensor.SameShape(p.pipeline.InShape(), x.Shape) {
		pipeline, err := p.m.Spec.BindPixels(1, x.Shape[2], x.Shape[3], preprocess.Pixels{Own: own})
		if err != nil {
			return nil, &Error{Model: p.m.Name, Err: err}
		}
		p.pipeline = pipeline
	}
	p.pipeline.Forward(p.session.Input(), x)
	out := p.session.Forward()
	if err := p.m.stopped(); err != nil {
		return nil, err
	}
	return slices.Clone(out.Data), nil
}

// Classify returns the k likeliest classes of a picture, best first; all if k is 0.
func (p *Predictor) Classify(pic *preprocess.Picture, k int) ([]Prediction, error) {
	logits, err := p.Logits(pic)
	if err != nil {
		return nil, err
	}
	return p.m.Top(logits, k), nil
}

// Bytes returns the memory of activations and work.
func (p *Predictor) Bytes() int { return p.session.Bytes() }
