package train

import (
	"context"
	"errors"
	"fmt"

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
	err = m.batches(ctx, data, func(x *tensor.Tensor, labels []int, first int) error {
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
	Attack   attack.Attack
	Eps      float64 // radius of the ball in the Linf norm, in pixel units of [0,1]
	Seed     uint64
	Threads  int            // 0 means GOMAXPROCS; the result does not depend on it
	Progress func(done int) // called with the number of pictures that are done, or nil
}

// Attacked attacks every picture that is classified as labelled, within a ball and in [0,1], and
// counts those that still are afterwards.
func Attacked(ctx context.Context, net *nn.Network, data dataset.Source, o AttackOptions) (Robustness, error) {
	r := Robustness{Pictures: data.Len()}
	if err := attack.Linf.CheckSize(o.Eps, nil, 0); err != nil {
		return r, &Error{Msg: "eps of the attack", Err: err}
	}
	m, err := NewModel(net, 0, o.Threads)
	if err != nil {
		return r, err
	}
	clean, robust, done := 0, 0, 0
	report := func(n int) {
		if done += n; o.Progress != nil && n > 0 {
			o.Progress(done)
		}
	}
	var reading error
	right := func(yield func(attack.Example) bool) {
		reading = m.batches(ctx, data, func(x *tensor.Tensor, labels []int, first int) error {
			x = x.Clone() // the attack goes on when the next ones are read
			logits := m.Forward(x)
			if err := finite(logits, len(labels), first); err != nil {
				return err
			}
			var held []attack.Example
			for n, label := range labels {
				if tensor.Argmax(logits.Image(n)) == label {
					goal := attack.Misclassification{Classes: []int{label}}
					held = append(held, attack.Example{X: x.Image(n), Index: uint64(first + n), Goal: goal, Eps: o.Eps})
				}
			}
			clean += len(held)
			report(len(labels) - len(held))
			for _, e := range held {
				if !yield(e) {
					return errEnough
				}
			}
			return nil
		})
	}
	options := attack.Options{Seed: o.Seed, Threads: o.Threads}
	for v, err := range attack.Examples(ctx, m, o.Attack, attack.Threat{}, options, right) {
		switch {
		case err != nil:
			return r, err
		case v.Err != nil:
			return r, fmt.Errorf("%s: picture %d: %w", o.Attack.Info().Name, v.Index, v.Err)
		case !v.Success:
			robust++
			if v.NoGradient() {
				r.NoGradient++
			}
		}
		report(1)
	}
	n := float64(data.Len())
	r.Clean, r.Robust = float64(clean)/n, float64(robust)/n
	return r, reading
}

// errEnough ends the reading of pictures that nobody attacks any more.
var errEnough = errors.New("enough pictures")

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

// A Model is a network for pictures of its own input, values in [0,1]. It satisfies
// attack.Model, and is not safe for concurrent use.
type Model struct {
	session *nn.Session
	team    *tensor.Team
}

// NewModel prepares a network for batches of up to a size; 0 means as many as are best run together.
func NewModel(net *nn.Network, batch, threads int) (*Model, error) {
	o := nn.SessionOptions{Batch: batch, Threads: threads}
	if batch == 0 {
		o.Batch = net.NaturalBatch(o)
	}
	s, err := net.NewSession(o)
	if err != nil {
		return nil, &Error{Msg: "the network cannot be evaluated", Err: err}
	}
	return &Model{session: s, team: tensor.NewTeam(threads)}, nil
}

// Shape returns (C,H,W).
func (m *Model) Shape() []int { return m.session.Input().Shape[1:] }

// Classes returns the number of logits.
func (m *Model) Classes() int { return m.session.Output().Len() / m.Batch() }

// Batch returns the largest number of pictures that Ask takes.
func (m *Model) Batch() int { return m.session.Input().Batch() }

// Bounds returns 0 and 1.
func (m *Model) Bounds() (lo, hi float32) { return 0, 1 }

// Access reports that the model gives scores and gradients.
func (m *Model) Access() (scores, gradients bool) { return true, true }

// Ask returns the logits (n,K) of pictures (n,C,H,W), as [attack.Model] says.
func (m *Model) Ask(ctx context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	if in := m.session.Input(); x != in {
		copy(in.Data, x.Data)
	}
	return m.session.ForwardRows(ctx, x.Batch())
}

// Pull returns the gradient of sum(dlogits * logits) for the first pictures of the latest Ask.
func (m *Model) Pull(ctx context.Context, dlogits *tensor.Tensor) (*tensor.Tensor, error) {
	return m.session.BackwardRows(ctx, dlogits)
}

// Forward is Ask without an end.
func (m *Model) Forward(x *tensor.Tensor) *tensor.Tensor {
	logits, _ := m.Ask(context.Background(), x, nil) // only a context could end it
	return logits
}

// Backward is Pull without an end.
func (m *Model) Backward(dlogits *tensor.Tensor) *tensor.Tensor {
	dx, _ := m.Pull(context.Background(), dlogits)
	return dx
}

// batches calls f with the pictures of the first epoch of data, their labels, and the index of the
// first one.
func (m *Model) batches(
	ctx context.Context, data dataset.Source,
	f func(x *tensor.Tensor, labels []int, first int) error,
) error {
	labels, errs := make([]int, m.Batch()), make([]error, m.Batch())
	x := tensor.New(m.session.Input().Shape...)
	for first := 0; first < data.Len(); first += len(labels) {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(len(labels), data.Len()-first)
		m.team.For(n, func(_, i int) { labels[i], errs[i] = data.Picture(x.Image(i), 0, first+i) })
		for _, err := range errs[:n] {
			if err != nil {
				return err
			}
		}
		shape := append([]int{n}, m.Shape()...)
		if err := f(tensor.FromSlice(x.Data[:tensor.Size(shape)], shape...), labels[:n], first); err != nil {
			return err
		}
	}
	return nil
}
