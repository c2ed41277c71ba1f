package attack

import (
	"context"
	"errors"
	"math"
	"testing"

	"hoodwink/tensor"
)

// line is a model of one value between -100 and 100: the logits are 0 and x - at.
func line(at float64) *net {
	m := linear(1, []float64{1}, -at)
	m.lo, m.hi = -100, 100
	return m
}

// TestSmallestOfNorms: of (0, w.x - 1) with w = (3, -4, 1, 2) the boundary is 1/10 from 0 in Linf, by the sum
// of |w|, and 1/sqrt(30) in L2, by the length of w.
func TestSmallestOfNorms(t *testing.T) {
	for norm, want := range map[Norm]float64{Linf: 0.1, L2: 1 / math.Sqrt(30)} {
		m := linear(1, []float64{3, -4, 1, 2}, -1)
		m.lo, m.hi = -100, 100
		for _, a := range []LoopAttack{FGSM{}, BIM{Steps: 50}} {
			p := Problem{Model: m, X: tensor.New(m.shape...), Norm: norm, Criteria: []Goal{Misclassification{Classes: []int{0}}}}
			if got, err := Smallest(context.Background(), a, p, 1e-3); err != nil || !(got.Size > want*0.9999 && got.Size <= want*1.002) || got.ZeroGradients != 0 {
				t.Errorf("%s, %v: %+v, %v, want %g", a.Name(), norm, got, err, want)
			}
		}
	}
}

func TestSmallest(t *testing.T) {
	ctx := context.Background()
	problem := func(at float64) Problem {
		return Problem{Model: line(at), X: tensor.New(1, 1, 1, 1), Criteria: []Goal{Misclassification{Classes: []int{0}}}}
	}
	for _, at := range []float64{0.001, 0.3, 7, 90} {
		for _, norm := range []Norm{Linf, L2} {
			p := problem(at)
			p.Norm = norm
			got, err := Smallest(ctx, FGSM{}, p, 1e-3)
			if err != nil {
				t.Fatal(err)
			}
			if !(got.Size > at && got.Size <= at*1.002 && got.Size <= got.Eps) {
				t.Errorf("%v: smallest %g with eps %g, want just above %g", norm, got.Size, got.Eps, at)
			}
			if got.X == nil || !(float64(got.X.Data[0]) > at) || tensor.Argmax(got.Logits) != 1 || got.Forwards < 3 || got.Backwards < 2 {
				t.Errorf("%v: record %+v", norm, got)
			}
		}
	}
	if got, err := Smallest(ctx, FGSM{}, problem(-1), 1e-3); err != nil || got.Size != 0 || got.Backwards != 0 {
		t.Errorf("a picture that fools as it is: %+v, %v", got, err)
	}
	if got, err := Smallest(ctx, FGSM{}, problem(200), 1e-3); err != nil || !math.IsInf(got.Size, 1) || got.X != nil {
		t.Errorf("out of reach: %+v, %v", got, err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if got, err := Smallest(stopped, FGSM{}, problem(1), 1e-3); !errors.Is(err, context.Canceled) || !math.IsInf(got.Size, 1) {
		t.Errorf("cancelled: %+v, %v", got, err)
	}
	two := problem(1)
	two.X, two.Criteria = tensor.New(2, 1, 1, 1), append(two.Criteria, two.Criteria[0])
	if _, err := Smallest(ctx, FGSM{}, two, 1e-3); err == nil {
		t.Error("two pictures are not refused")
	}
	for _, tolerance := range []float64{0, 1, -1, math.NaN()} {
		if _, err := Smallest(ctx, FGSM{}, problem(1), tolerance); err == nil {
			t.Errorf("a tolerance of %g is not refused", tolerance)
		}
	}
	nan := problem(math.NaN())
	if _, err := Smallest(ctx, FGSM{}, nan, 1e-3); err == nil {
		t.Error("a model of NaN has a smallest perturbation")
	}
}
