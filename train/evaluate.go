package train

import (
	"context"

	"hoodwink/attack"
	"hoodwink/dataset"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// evaluationBatch is how many pictures are evaluated together.
const evaluationBatch = 100

// Evaluate returns the share of the pictures that a network classifies as labelled, and the mean
// cross-entropy.
func Evaluate(
	ctx context.Context, net *nn.Network, data dataset.Source, threads int,
) (accuracy, loss float64, err error) {
	m, err := NewModel(net, min(evaluationBatch, data.Len()), threads)
	if err != nil {
		return 0, 0, err
	}
	right, losses := 0, make([]float64, min(evaluationBatch, data.Len()))
	err = m.batches(ctx, data, m.session.Input(), func(x *tensor.Tensor, labels []int, first int) error {
		logits := m.Forward(x)
		if err := finite(logits, len(labels), first); err != nil {
			return err
		}
		m.team.For(len(labels), func(_, n int) {
			d := make([]float64, logits.Shape[1])
			losses[n] = CrossEntropy.one(d, logits.Image(n), labels[n], 0)
		})
		for n, label := range labels {
			loss += losses[n]
			if tensor.Argmax(logits.Image(n)) == label {
				right++
			}
		}
		return nil
	})
	n := float64(data.Len())
	return float64(right) / n, loss / n, err
}

// A Robustness says how a network performs under an attack.
type Robustness struct {
	Pictures int     `json:"pictures"`
	Clean    float64 `json:"clean"`  // share classified as labelled
	Robust   float64 `json:"robust"` // share classified as labelled, and still so after the attack within eps

	// NoGradient is the number of pictures on which the attack failed because it had no gradient.
	// They count as robust in Robust, though nothing shows that they are.
	NoGradient int `json:"no_gradient,omitempty"`
}

// AttackOptions say how pictures are attacked.
type AttackOptions struct {
	Attack   attack.LoopAttack
	Eps      float64 // radius of the ball in the Linf norm, in pixel units of [0,1]
	Seed     uint64
	Threads  int            // 0 means GOMAXPROCS; the result does not depend on it
	Progress func(done int) // called with the number of pictures that are done, or nil
}

// Attacked attacks every picture, within a ball and in [0,1], and counts those that are
// classified as labelled before and after.
func Attacked(ctx context.Context, net *nn.Network, data dataset.Source, o AttackOptions) (Robustness, error) {
	r := Robustness{Pictures: data.Len()}
	if err := attack.Linf.CheckSize(o.Eps, nil, 0); err != nil {
		return r, &Error{Msg: "eps of the attack", Err: err}
	}
	m, err := NewModel(net, min(evaluationBatch, data.Len()), o.Threads)
	if err != nil {
		return r, err
	}
	clean, robust := 0, 0
	err = m.batches(ctx, data, tensor.New(m.InputShape()...), func(x *tensor.Tensor, labels []int, first int) error {
		p := &attack.Problem{Model: m, X: x, Eps: o.Eps, Seed: o.Seed, Criteria: make([]attack.Goal, x.Batch()), Index: make([]uint64, x.Batch())}
		logits := m.Forward(x)
		if err := finite(logits, len(labels), first); err != nil {
			return err
		}
		held := make([]bool, len(labels))
		for n := range x.Batch() {
			label := labels[min(n, len(labels)-1)]
			p.Criteria[n], p.Index[n] = attack.Misclassification{Classes: []int{label}}, uint64(first+n)
			if n < len(labels) {
				held[n] = tensor.Argmax(logits.Image(n)) == label
			}
		}
		result, err := o.Attack.Run(ctx, p)
		if err != nil {
			return err
		}
		for n, ok := range held {
			if ok {
				clean++
				if o := &result.Images[n]; !o.Success {
					robust++
					if o.NoGradient() {
						r.NoGradient++
					}
				}
			}
		}
		if o.Progress != nil {
			o.Progress(first + len(labels))
		}
		return nil
	})
	n := float64(data.Len())
	r.Clean, r.Robust = float64(clean)/n, float64(robust)/n
	return r, err
}

// finite returns an error unless all logits of the first n pictures are finite numbers.
func finite(logits *tensor.Tensor, n, first int) error {
	for i := range n {
		if k, ok := tensor.Finite(logits.Image(i)); !ok {
			return &Error{Msg: "the network cannot be evaluated", Err: attack.NotFinite("for picture %d its result for class %d is %g", first+i, k, logits.Image(i)[k]),
				Advice: "a lower learning rate keeps its weights finite"}
		}
	}
	return nil
}

// A Model is a network for batches of its own input, values in [0,1]. It satisfies
// attack.Model, and is not safe for concurrent use.
type Model struct {
	session *nn.Session
	team    *tensor.Team
}

// NewModel prepares a network for batches of a size.
func NewModel(net *nn.Network, batch, threads int) (*Model, error) {
	s, err := net.NewSession(nn.SessionOptions{Batch: batch, Threads: threads})
	if err != nil {
		return nil, &Error{Msg: "the network cannot be evaluated", Err: err}
	}
	return &Model{s, tensor.NewTeam(threads)}, nil
}

// InputShape returns (N,C,H,W).
func (m *Model) InputShape() []int { return m.session.Input().Shape }

// Bounds returns 0 and 1.
func (m *Model) Bounds() (lo, hi float32) { return 0, 1 }

// Forward returns the logits (N,K) of a batch.
func (m *Model) Forward(x *tensor.Tensor) *tensor.Tensor {
	if in := m.session.Input(); x != in {
		copy(in.Data, x.Data)
	}
	return m.session.Forward()
}

// Backward returns the gradient of sum(dlogits * logits) for the pictures.
func (m *Model) Backward(dlogits *tensor.Tensor) *tensor.Tensor { return m.session.Backward(dlogits) }

// batches calls f with the pictures of the first epoch of data, in x, the labels, and the
// index of the first one. The last batch may have fewer labels than pictures.
func (m *Model) batches(
	ctx context.Context, data dataset.Source, x *tensor.Tensor,
	f func(x *tensor.Tensor, labels []int, first int) error,
) error {
	labels, errs := make([]int, x.Batch()), make([]error, x.Batch())
	for first := 0; first < data.Len(); first += len(labels) {
		if err := ctx.Err(); err != nil {
			return err
		}
		labels = labels[:min(len(labels), data.Len()-first)]
		m.team.For(len(labels), func(_, n int) { labels[n], errs[n] = data.Picture(x.Image(n), 0, first+n) })
		for _, err := range errs[:len(labels)] {
			if err != nil {
				return err
			}
		}
		if err := f(x, labels, first); err != nil {
			return err
		}
	}
	return nil
}
