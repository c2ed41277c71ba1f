package attack_test

import (
	"context"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// This file is all that knows how the package is called. It runs recorded cases.

// replay attacks the pictures of a case, Batch of them at a time.
func replay(t testing.TB, c recordedCase) []recordedOutcome {
	models := map[int]attack.Model{}
	at := func(n int) attack.Model {
		if models[n] == nil {
			models[n] = openRecorded(t, c.Model, n)
		}
		return models[n]
	}
	first := at(c.Batch)
	shape := first.InputShape()[1:]
	lo, hi := first.Bounds()
	x := pictures(t, c.Pictures, shape, lo, hi, c.N)
	mask := masks(t, c.Mask, c.N, shape)
	var out []recordedOutcome
	for begin := 0; begin < c.N; begin += c.Batch {
		n := min(c.Batch, c.N-begin)
		p := &attack.Problem{
			Model: at(n), X: part(x, begin, n), Eps: c.eps(t), Levels: c.Levels, Seed: c.Seed, Mask: part(mask, begin, n),
		}
		var err error
		if p.Norm, err = attack.ParseNorm(c.Norm); err != nil {
			t.Fatal(err)
		}
		logits := p.Model.Forward(p.X)
		for i := range n {
			order := ranked(logits.Image(i))
			p.Criteria = append(p.Criteria, criterion(t, c.Goals[(begin+i)%len(c.Goals)], order))
			if len(c.Stops) > 0 {
				p.Stop = append(p.Stop, criterion(t, c.Stops[(begin+i)%len(c.Stops)], order))
			}
			p.Index = append(p.Index, c.index(begin+i))
		}
		if c.Unbounded {
			p.Model = attack.Unbounded(p.Model)
		}
		observed := make([]observer, n)
		p.Observe = func(s attack.Step) {
			observed[s.Image].add(s.Restart, s.Step, s.Loss, s.Met, s.File, s.Pixels, s.Logits, s.Grad)
		}
		result, err := recordedMethod(t, c.Attack).Run(context.Background(), p)
		if result == nil {
			t.Fatal(err)
		}
		for i, o := range result.Images {
			r := recordedOutcome{
				Success: o.Success, FloatSuccess: o.FloatSuccess, Steps: o.Steps, FirstSuccess: o.FirstSuccess,
				Restarts: o.Restarts, Forwards: o.Forwards, Backwards: o.Backwards,
				ZeroGradients: o.ZeroGradients, HiddenGradients: o.HiddenGradients,
				Followed: o.Followed.String(), Turned: o.Turned, Loss: bits(o.Loss),
				Logits: hashFloats(o.Logits), Pixels: hashFloats(result.X.Image(i)),
				Observed: observed[i].n, Seen: observed[i].sum(),
			}
			if o.Err != nil {
				r.Err = o.Err.Error()
			}
			out = append(out, r)
		}
	}
	return out
}

// part returns n pictures of a batch, from begin on; nil of nil.
func part(x *tensor.Tensor, begin, n int) *tensor.Tensor {
	if x == nil {
		return nil
	}
	size := tensor.Size(x.Shape[1:])
	return tensor.FromSlice(slices.Clone(x.Data[begin*size:(begin+n)*size]), slices.Concat([]int{n}, x.Shape[1:])...)
}

func recordedMethod(t testing.TB, a recordedAttack) attack.Attack {
	loss := attack.Auto
	if a.Loss != "" {
		var err error
		if loss, err = attack.ParseLoss(a.Loss); err != nil {
			t.Fatal(err)
		}
	}
	step := 0.
	if a.StepSize != "" {
		step = size(t, a.StepSize)
	}
	switch a.Name {
	case "fgsm":
		return attack.FGSM{Loss: loss}
	case "bim":
		return attack.BIM{Steps: a.Steps, StepSize: step, Loss: loss}
	case "pgd":
		return attack.PGD{Steps: a.Steps, StepSize: step, Restarts: a.Restarts, NoRandomStart: a.NoRandomStart, Loss: loss}
	}
	t.Fatalf("no attack %q", a.Name)
	return nil
}

// criterion returns a goal for a picture whose classes have the given order.
func criterion(t testing.TB, g recordedGoal, order []int) attack.Criterion {
	classes := func(ranks []int) []int {
		var list []int
		for _, r := range ranks {
			list = append(list, order[r])
		}
		return list
	}
	switch g.Kind {
	case "not":
		return attack.Misclassification{Classes: classes(g.Ranks)}
	case "as":
		return attack.Targeted{Class: classes(g.Ranks)[0], Prob: g.Prob}
	case "labels":
		return attack.Labels{On: classes(g.Ranks), Off: classes(g.Off), Prob: g.Prob}
	}
	t.Fatalf("no goal %q", g.Kind)
	return nil
}

// openRecorded returns a model of recorded cases for n pictures.
func openRecorded(t testing.TB, name string, n int) attack.Model {
	if form := closedForms[name]; form != nil {
		m := form()
		shape := slices.Concat([]int{n}, m.shape)
		return &formModel{m, tensor.New(shape...), tensor.New(n, m.classes), tensor.New(shape...)}
	}
	m, err := store.Open(name, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if in := m.Network.InputShape(); in[0] == 1 { // pictures of one channel
		s, err := m.Network.NewSession(nn.SessionOptions{Batch: n})
		if err != nil {
			t.Fatal(err)
		}
		return &grayModel{s, slices.Concat([]int{n}, in)}
	}
	c, err := m.Classifier(n, m.Spec.Height, m.Spec.Width, model.ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A formModel is a closed form for a batch.
type formModel struct {
	*closedForm
	x, logits, dx *tensor.Tensor
}

func (m *formModel) InputShape() []int          { return m.x.Shape }
func (m *formModel) Bounds() (float32, float32) { return m.lo, m.hi }

func (m *formModel) Forward(x *tensor.Tensor) *tensor.Tensor {
	copy(m.x.Data, x.Data)
	for i := range x.Batch() {
		m.forward(m.logits.Image(i), x.Image(i))
	}
	return m.logits
}

func (m *formModel) Backward(dlogits *tensor.Tensor) *tensor.Tensor {
	for i := range dlogits.Batch() {
		m.backward(m.dx.Image(i), dlogits.Image(i), m.x.Image(i))
	}
	return m.dx
}

// A grayModel is a network of one channel, which is its input.
type grayModel struct {
	session *nn.Session
	shape   []int
}

func (m *grayModel) InputShape() []int          { return m.shape }
func (m *grayModel) Bounds() (float32, float32) { return 0, 1 }

func (m *grayModel) Forward(x *tensor.Tensor) *tensor.Tensor {
	copy(m.session.Input().Data, x.Data)
	return m.session.Forward()
}

func (m *grayModel) Backward(dlogits *tensor.Tensor) *tensor.Tensor {
	return m.session.Backward(dlogits)
}
