package attack

import (
	"math"
	"slices"
	"testing"

	"hoodwink/tensor"
)

// farApart has the logits (0, 20000 x + 10000 y - 10000): 5000 at (1/2, 1/2), where the probability of class
// 1 is 1 for float64, and that of class 0, exp(-5000), is 0.
func farApart(n int) (*net, *tensor.Tensor) {
	m := linear(n, []float64{2e4, 1e4}, -1e4)
	x := tensor.New(m.shape...)
	fill(x.Data, 128./255)
	return m, x
}

func repeated[T any](n int, v T) []T { return slices.Repeat([]T{v}, n) }

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

// leaveOne is the goal to get away from class 1.
var leaveOne = Misclassification{Classes: []int{1}}

// TestUnderflow: where the probability saturates, the attacks that may choose their loss go on with the margin, and
// succeed; those that were told which stop, and say why. -0.3 on both values is worth -9000.
func TestUnderflow(t *testing.T) {
	for _, norm := range []Norm{Linf, L2} {
		for _, levels := range []int{0, 256} {
			for name, with := range map[string]func(Loss) LoopAttack{
				"fgsm": func(l Loss) LoopAttack { return FGSM{Loss: l} },
				"bim":  func(l Loss) LoopAttack { return BIM{Loss: l} },
				"pgd":  func(l Loss) LoopAttack { return PGD{Loss: l, NoRandomStart: true} },
			} {
				m, x := farApart(1)
				p := &Problem{Model: m, X: x, Criteria: []Goal{leaveOne}, Norm: norm, Eps: 0.4, Levels: levels}
				r := run(t, with(Auto), p)
				o := r.Images[0]
				if !o.Success || o.NoGradient() || o.Followed != Margin || o.Steps == 0 || o.ZeroGradients != 0 {
					t.Errorf("%s, %v, %d levels: %+v", name, norm, levels, o)
				}
				if logits := m.Forward(r.X); o.Loss != float64(logits.Data[0]-logits.Data[1]) {
					t.Errorf("%s, %v, %d levels: the loss is %g, the margin %g", name, norm, levels, o.Loss, logits.Data[0]-logits.Data[1])
				}
				for _, loss := range []Loss{LogProbability, Probability} {
					r := run(t, with(loss), p)
					if o := r.Images[0]; !o.NoGradient() || o.Success || o.Steps != 0 || o.ZeroGradients != 1 || o.HiddenGradients != 0 || o.Followed != loss {
						t.Errorf("%s, %v, %d levels, %v: %+v", name, norm, levels, loss, o)
					}
					if !slices.Equal(r.X.Data, x.Data) {
						t.Errorf("%s, %v, %d levels, %v: the picture was changed", name, norm, levels, loss)
					}
				}
				for _, loss := range []Loss{Logit, Margin} {
					if o := run(t, with(loss), p).Images[0]; !o.Success || o.Followed != loss {
						t.Errorf("%s, %v, %d levels, %v: %+v", name, norm, levels, loss, o)
					}
				}
			}
		}
	}
}

// TestUnderflowTowards: towards a class whose probability is exp(-5000) the probability has no gradient, its
// logarithm has.
func TestUnderflowTowards(t *testing.T) {
	for loss, want := range map[Loss]bool{Auto: true, LogProbability: true, Probability: false, Logit: false, Margin: true} {
		m, x := farApart(1)
		p := &Problem{Model: m, X: x, Criteria: []Goal{Targeted{Class: 0}}, Eps: 0.4}
		o := run(t, BIM{Loss: loss}, p).Images[0]
		if o.Success != want || o.NoGradient() == want || o.Followed != first(loss) {
			t.Errorf("%v: %+v", loss, o)
		}
	}
}

// TestUnderflowOfRestarts: every starting point that has no gradient is counted, and the margin is kept from
// one to the next.
func TestUnderflowOfRestarts(t *testing.T) {
	m, x := farApart(1)
	p := &Problem{Model: m, X: x, Criteria: []Goal{leaveOne}, Eps: 0.05, Levels: 256} // too little
	if o := run(t, PGD{Restarts: 3, Loss: LogProbability}, p).Images[0]; o.ZeroGradients != 3 || o.Restarts != 2 || o.Steps != 0 || !o.NoGradient() {
		t.Errorf("asked for: %+v", o)
	}
	if o := run(t, PGD{Restarts: 3, Steps: 5}, p).Images[0]; o.ZeroGradients != 0 || o.Restarts != 2 || o.Steps != 15 || o.NoGradient() || o.Success || o.Followed != Margin || o.Backwards != 16 {
		t.Errorf("chosen: %+v", o)
	}
}

// TestGradientEnds: a gradient that becomes zero after some steps is as much a want of gradient as one that
// is from the first.
func TestGradientEnds(t *testing.T) {
	for _, loss := range []Loss{Auto, Logit} {
		m := linear(1, []float64{1, 1}, 1)
		m.spoilGrad = func(backward int, dx *tensor.Tensor) {
			if backward > 3 {
				clear(dx.Data)
			}
		}
		x := tensor.New(m.shape...)
		fill(x.Data, 0.5)
		o := run(t, BIM{Loss: loss}, &Problem{Model: m, X: x, Criteria: []Goal{leaveOne}, Eps: 0.1}).Images[0]
		if o.Steps != 3 || o.ZeroGradients != 1 || !o.NoGradient() || o.Success {
			t.Errorf("%v: %+v", loss, o)
		}
	}
}

// TestHiddenGradient: a gradient that only a mask makes zero is distinguished from one that is
// zero.
func TestHiddenGradient(t *testing.T) {
	m := linear(1, []float64{0, 1}, 0)
	x, mask := tensor.New(m.shape...), tensor.FromSlice([]float32{1, 0}, 1, 1, 1, 2)
	fill(x.Data, 0.5)
	p := &Problem{Model: m, X: x, Mask: mask, Criteria: []Goal{leaveOne}, Eps: 0.6}
	if o := run(t, BIM{}, p).Images[0]; o.ZeroGradients != 1 || o.HiddenGradients != 1 || !o.NoGradient() {
		t.Errorf("under a mask: %+v", o)
	}
	p.Mask = nil
	if o := run(t, BIM{}, p).Images[0]; !o.Success {
		t.Errorf("without: %+v", o)
	}
}

// TestNaNBehindUnderflow: a NaN in the gradient of the margin is an error like any other.
func TestNaNBehindUnderflow(t *testing.T) {
	m, x := farApart(1)
	m.spoilGrad = func(backward int, dx *tensor.Tensor) {
		if backward > 1 {
			dx.Data[1] = float32(math.NaN())
		}
	}
	r, err := BIM{}.Run(t.Context(), &Problem{Model: m, X: x, Criteria: []Goal{leaveOne}, Eps: 0.4})
	if err == nil || r.Images[0].Err == nil || r.Images[0].NoGradient() {
		t.Errorf("%v, %+v", err, r.Images[0])
	}
}

// TestUnderflowAlone: the change of the loss for one picture of a batch does not affect the others.
func TestUnderflowAlone(t *testing.T) {
	m, x := farApart(3)
	copy(x.Image(1), []float32{85. / 255, 86. / 255}) // 39 above the boundary
	p := &Problem{Model: m, X: x, Criteria: repeated[Goal](3, leaveOne), Eps: 0.4, Levels: 256, Seed: 7}
	together := run(t, PGD{}, p)
	one, _ := farApart(1)
	for n := range 3 {
		alone := run(t, PGD{}, &Problem{Model: one, X: tensor.FromSlice(x.Image(n), one.shape...), Criteria: []Goal{leaveOne},
			Eps: 0.4, Levels: 256, Seed: 7, Index: []uint64{uint64(n)}})
		a, b := together.Images[n], alone.Images[0]
		if !slices.Equal(together.X.Image(n), alone.X.Data) || a.Followed != b.Followed || a.Steps != b.Steps || a.Loss != b.Loss || !a.Success {
			t.Errorf("picture %d: %+v in the batch, %+v alone", n, a, b)
		}
	}
}
