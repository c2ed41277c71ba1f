package attacks_test

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// uphill is a model whose gradient always points up, whatever its logits say, which never change.
func uphill() *conform.Model {
	return conform.NewModel(&conform.Form{
		Shape: []int{1, 2, 3}, K: 3, Hi: 1,
		Forward: func(logits, _ []float32) { copy(logits, []float32{2, 1, 0}) },
		Backward: func(dx, _, _ []float32) {
			for i := range dx {
				dx[i] = 1
			}
		},
	}, 1)
}

// TestAPGDCheckpoints: where nothing gets better, the ascent goes back to where it began at every checkpoint: the
// only steps that go down.
func TestAPGDCheckpoints(t *testing.T) {
	for steps, want := range map[int][]int{
		100: {22, 41, 57, 70, 80, 87, 93, 99},
		20:  {4, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19},
	} {
		var sums []float64
		e := attack.Example{X: slices.Repeat([]float32{0.5}, 6), Goal: attack.Misclassification{Classes: []int{0}}, Eps: 0.1}
		o := attack.Options{Observe: func(s attack.Step) {
			sum := 0.
			for _, v := range s.Pixels {
				sum += float64(v)
			}
			sums = append(sums, sum)
		}}
		if _, err := attack.Run(t.Context(), uphill(), attacks.APGDCE{Steps: steps}, attack.Threat{}, o, e); err != nil {
			t.Fatal(err)
		}
		var got []int
		start := 1 // after the original
		for i := start + 1; i < len(sums); i++ {
			if sums[i] < sums[i-1] {
				got = append(got, i-1-start)
			}
		}
		if len(sums) != steps+2 || !slices.Equal(got, want) {
			t.Errorf("%d steps: %d pictures, back after %v, want %v", steps, len(sums), got, want)
		}
	}
}

// TestAPGDOnLinear: on a linear model with bounds it succeeds with hardly more than what is needed, and not with
// less. A projection in L1 that were not exact would need far more.
func TestAPGDOnLinear(t *testing.T) {
	for _, c := range conform.BoxedSizes[:3] {
		form, x := conform.Boxed(c.Margin, c.Channels)
		enough := map[attack.Norm]float64{attack.Linf: 1.0001, attack.L2: 1.01, attack.L1: 1.001}[c.Norm]
		for _, part := range []float64{enough, 0.999} {
			e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: part * c.Size}
			vs, err := attack.Run(t.Context(), conform.NewModel(form, 1), attacks.APGDCE{}, attack.Threat{Norm: c.Norm}, attack.Options{}, e)
			if err != nil || vs[0].Err != nil {
				t.Fatal(err, vs[0].Err)
			}
			if vs[0].Success != (part > 1) {
				t.Errorf("%v: success %v with %g of the exact size", c.Norm, vs[0].Success, part)
			}
		}
	}
}

// changed is the network with its logits multiplied, and its classes in another order.
func changed(scale float32, order ...int) *conform.Model {
	m := conform.Network(2)
	inner := *m.Form
	form := inner
	form.Forward = func(logits, x []float32) {
		z := make([]float32, inner.K)
		inner.Forward(z, x)
		for k, to := range order {
			logits[to] = scale * z[k]
		}
	}
	form.Backward = func(dx, d, x []float32) {
		z := make([]float32, inner.K)
		for k, to := range order {
			z[k] = scale * d[to]
		}
		inner.Backward(dx, z, x)
	}
	return conform.NewModel(&form, 2)
}

// TestDLRInvariant: the ratio of logits sees the same way when all logits are multiplied.
func TestDLRInvariant(t *testing.T) {
	s := setting{attacks.APGDDLR{Steps: 30}, attack.Threat{}, 0.1}
	list := s.examples(6)
	for i := range list {
		list[i].Goal = attack.Misclassification{Classes: []int{i % 5}}
	}
	want := s.run(t, conform.Network(2), attack.Options{}, list...)
	for i, v := range s.run(t, changed(1<<14, 0, 1, 2, 3, 4), attack.Options{}, list...) {
		if !slices.Equal(v.X, want[i].X) || v.Forwards != want[i].Forwards {
			t.Errorf("picture %d: %d queries, and %d where logits are small", i, v.Forwards, want[i].Forwards)
		}
	}
}

// TestAPGDTargets: where classes are in another order the same pictures are found; no more classes are tried than
// there are; a goal that names the class leaves no choice.
func TestAPGDTargets(t *testing.T) {
	s := setting{attacks.APGDT{Steps: 12}, attack.Threat{}, 0.07}
	list, order := s.examples(8), []int{3, 0, 4, 1, 2}
	permuted := slices.Clone(list)
	for i := range list {
		classes, _ := attack.Classes(list[i].Goal)
		list[i].Goal = attack.Misclassification{Classes: classes}
		permuted[i].Goal = attack.Misclassification{Classes: []int{order[classes[0]]}}
	}
	want, stand := s.run(t, conform.Network(2), attack.Options{}, list...), 0
	for i, v := range s.run(t, changed(1, order...), attack.Options{}, permuted...) {
		if !slices.Equal(v.X, want[i].X) || v.Forwards != want[i].Forwards {
			t.Errorf("picture %d: another picture where classes are in another order", i)
		}
		if !v.Success {
			stand++
			if v.Restarts != 3 { // one for each other class
				t.Errorf("picture %d: %d restarts for 4 other classes", i, v.Restarts)
			}
		}
	}
	if stand == 0 || stand == len(list) {
		t.Errorf("%d of %d pictures stand: this shows nothing", stand, len(list))
	}
	list = s.examples(8)
	for i := range list {
		list[i].Goal = attack.Targeted{Class: (i + 2) % 5}
	}
	want = s.run(t, conform.Network(2), attack.Options{}, list...)
	s.a = attacks.APGDDLR{Steps: 12}
	for i, v := range s.run(t, conform.Network(2), attack.Options{}, list...) {
		same(t, v, want[i])
	}
	form := conform.Linear([]int{1, 2, 2}, 3, 1, 2)
	_, err := attack.Run(t.Context(), conform.NewModel(form, 1), attacks.APGDT{}, attack.Threat{}, attack.Options{})
	if err == nil || !strings.Contains(err.Error(), "needs 4 classes") {
		t.Errorf("three classes: %v", err)
	}
}

// TestAPGDRestarts: more starting points never fool fewer pictures, and those that an earlier one fooled are the same.
func TestAPGDRestarts(t *testing.T) {
	s := setting{attacks.APGDCE{Steps: 5}, attack.Threat{}, 0.09}
	list := s.examples(12)
	once := s.run(t, conform.Network(4), attack.Options{}, list...)
	s.a = attacks.APGDCE{Steps: 5, Restarts: 6}
	for i, v := range s.run(t, conform.Network(4), attack.Options{}, list...) {
		if once[i].Success && !slices.Equal(v.X, once[i].X) {
			t.Errorf("picture %d: restarts change what the first start has found", i)
		}
	}
}

// TestSparseL1: with a quantile next to 1 a step changes one value, the one with the largest gradient that is not at
// its bound.
func TestSparseL1(t *testing.T) {
	form, x := conform.Boxed(5, 1)
	x[0] = 1 // the largest weight, where nothing can be gained
	for quantile, want := range map[float64]int{0.9999: 1, 0.6: 3} {
		e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: 0.3}
		a := attacks.SparseL1{Steps: 1, StepSize: 0.3, Quantile: quantile}
		vs, err := attack.Run(t.Context(), conform.NewModel(form, 1), a, attack.Threat{Norm: attack.L1}, attack.Options{}, e)
		if err != nil || vs[0].Err != nil {
			t.Fatal(err, vs[0].Err)
		}
		v := vs[0]
		if n := attack.L0Values.Distance(v.X, x, 1); n != float64(want) || v.X[0] != 1 || math.Abs(float64(v.X[3]-x[3])-0.3/n) > 1e-6 {
			t.Errorf("quantile %g: %v becomes %v", quantile, x, v.X)
		}
	}
}

// TestAutoPeers compares the share of digits that stand with that of the authors' programs, as far as chance allows.
// With HOODWINK_PEERS it takes as many digits as they did, and prints the table.
func TestAutoPeers(t *testing.T) {
	all := os.Getenv("HOODWINK_PEERS") != ""
	for i, c := range []struct {
		attack attack.Attack
		norm   attack.Norm
		eps    float64
		digits int
		theirs float64
	}{
		{attacks.APGDCE{}, attack.L1, 10, 500, .258},
		{attacks.APGDDLR{}, attack.Linf, .3, 1000, .858},
		{attacks.APGDCE{}, attack.Linf, .3, 1000, .847},
		{attacks.APGDCE{}, attack.L2, 1.5, 500, .846},
		{attacks.APGDDLR{}, attack.L2, 1.5, 500, .880},
		{attacks.APGDCE{}, attack.L2, 2, 500, .798},
		{attacks.APGDDLR{}, attack.L2, 2, 500, .846},
		{attacks.APGDDLR{}, attack.L1, 10, 500, .374},
		{attacks.SparseL1{Steps: 50}, attack.L1, 10, 500, .816},
	} {
		n := c.digits
		if !all && i > 0 {
			break
		}
		if !all {
			n = 60
		}
		t.Run(fmt.Sprintf("%s %v %g", c.attack.Info().Name, c.norm, c.eps), func(t *testing.T) {
			d := openDigits(t, "mnist_fgsm", n)
			for i := range d.examples {
				d.examples[i].Eps = c.eps
			}
			_, vs := d.sizes(t, c.attack, c.norm)
			var stand, forwards, backwards int
			for _, v := range vs {
				forwards, backwards = forwards+v.Forwards, backwards+v.Backwards
				if !v.Success {
					stand++
				}
			}
			got := float64(stand) / float64(n)
			t.Logf("%d digits: %.3f stand, theirs %.3f; %d forwards and %d backwards each", n, got, c.theirs, forwards/n, backwards/n)
			if !(got <= c.theirs+3*math.Sqrt(c.theirs*(1-c.theirs)/float64(n))) {
				t.Errorf("%.3f stand, theirs %.3f", got, c.theirs)
			}
		})
	}
}

// TestAutoAttackPeers prints how many digits stand after each stage, and compares that with the authors' program, as
// far as chance allows. With HOODWINK_PEERS it takes all rows and as many digits as they did, which takes minutes.
func TestAutoAttackPeers(t *testing.T) {
	all := os.Getenv("HOODWINK_PEERS") != ""
	for i, c := range []struct {
		attack attack.Attack
		norm   attack.Norm
		eps    float64
		digits int
		theirs []float64
	}{
		{attacks.AutoAttack{}, attack.L1, 10, 200, []float64{.090, .075, .020, .020}},
		{attacks.Square{}, attack.L2, 2, 200, []float64{.130}},
		{attacks.Square{}, attack.Linf, .3, 200, []float64{.835}},
		{attacks.AutoAttack{}, attack.L2, 1.5, 200, []float64{.880, .850, .325, .315}},
		{attacks.AutoAttack{}, attack.Linf, .3, 1000, []float64{.850, .831, .828, .797}},
	} {
		if !all && i > 0 {
			break
		}
		if !all {
			c.digits = 8
		}
		t.Run(fmt.Sprintf("%s %v %g", c.attack.Info().Name, c.norm, c.eps), func(t *testing.T) {
			d := openDigits(t, "mnist_fgsm", c.digits)
			for i := range d.examples {
				d.examples[i].Eps = c.eps
			}
			_, vs := d.sizes(t, c.attack, c.norm)
			got := make([]float64, len(c.theirs))
			for _, v := range vs {
				stages := len(got)
				if v.Success {
					stages = max(len(v.Stages)-1, 0)
				}
				if v.Size == 0 && v.Success {
					continue
				}
				for k := range stages {
					got[k] += 1 / float64(c.digits)
				}
			}
			t.Logf("%d digits: %.3f stand after each stage, theirs %.3f", c.digits, got, c.theirs)
			for k, p := range c.theirs {
				if tolerance := max(.006, 3*math.Sqrt(p*(1-p)/float64(c.digits))); !(got[k] <= p+tolerance) {
					t.Errorf("stage %d: %.3f stand, theirs %.3f", k+1, got[k], p)
				}
			}
		})
	}
}
