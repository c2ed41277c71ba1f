package attacks_test

import (
	"math"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// firstSteps returns what an attack asks about, picture by picture, where nothing ends it.
func firstSteps(t *testing.T, a attack.Attack, m attack.Model, list []attack.Example) (asked [][][]float32) {
	t.Helper()
	asked = make([][][]float32, len(list))
	o := attack.Options{Seed: 3, Threads: 1, Observe: func(s attack.Step) {
		asked[s.Image] = append(asked[s.Image], slices.Clone(s.Pixels))
	}}
	list = slices.Clone(list)
	for i := range list {
		list[i].Stop = attack.Targeted{Class: 0, Prob: 1}
	}
	setting{a: a}.run(t, m, o, list...)
	return asked
}

// TestRandomSteps: the random step of R+FGSM is as long as its part of eps says in every value, one of each sign; that
// of FFGSM is anywhere in the ball; the second one ends at most eps away, and the first one exactly where both agree.
func TestRandomSteps(t *testing.T) {
	const eps = 0.1
	m := conform.NewModel(conform.Linear([]int{1, 20, 20}, 2, 1, 1), 2)
	x := make([]float32, 400)
	for i := range x {
		x[i] = 0.5
	}
	list := []attack.Example{{X: x, Eps: eps, Goal: attack.Targeted{Class: 1}}}
	for _, part := range []float64{0.25, 0.5} {
		steps := firstSteps(t, attacks.RFGSM{Part: part}, m, list)[0] // the original, the random point, the result
		up, agree := 0, 0
		for i := range x {
			random, all := float64(steps[1][i]-x[i]), float64(steps[2][i]-x[i])
			if random > 0 {
				up++
			}
			far := math.Abs(math.Abs(all)-eps) < 1e-6
			if far {
				agree++
			}
			if math.Abs(math.Abs(random)-part*eps) > 1e-6 || !far && math.Abs(math.Abs(all)-(1-2*part)*eps) > 1e-6 {
				t.Fatalf("part %g: value %d goes %g, and then to %g", part, i, random, all)
			}
		}
		if up < 150 || up > 250 || agree < 150 || agree > 250 {
			t.Errorf("part %g: %d of 400 values go up, and %d as far as eps", part, up, agree)
		}
	}
	steps := firstSteps(t, attacks.FFGSM{}, m, list)[0]
	var sum float64
	for i := range x {
		random, all := float64(steps[1][i]-x[i]), float64(steps[2][i]-x[i])
		sum += math.Abs(random)
		if math.Abs(random) > eps || math.Abs(all) > eps || math.Abs(all) < eps/4-1e-6 {
			t.Fatalf("value %d goes %g, and then to %g", i, random, all)
		}
	}
	if mean := sum / 400; math.Abs(mean-eps/2) > eps/10 {
		t.Errorf("the mean random step is %g", mean)
	}
}

// TestAdam: the first step is size*sign(gradient) for gradients of any size, and where the gradient stays the same
// so do the steps; one that changes its sign shrinks them.
func TestAdam(t *testing.T) {
	for _, scale := range []float64{1e-3, 1, 1e3} {
		form := conform.Linear([]int{1, 2, 5}, 2, 1, scale)
		w := make([]float32, 10)
		form.Backward(w, []float32{-1, 1}, nil)
		x := make([]float32, 10)
		for i := range x {
			x[i] = 0.5
		}
		list := []attack.Example{{X: x, Eps: 0.4, Goal: attack.Targeted{Class: 1}}}
		a := attacks.PGDAdam{Steps: 3, StepSize: 0.1, NoRandomStart: true, Loss: attack.Margin}
		for n, v := range firstSteps(t, a, conform.NewModel(form, 1), list)[0][1:] {
			for i := range v {
				want := 0.5 + math.Copysign(0.1*float64(min(n, 3)), float64(w[i]))
				if math.Abs(float64(v[i])-want) > 1e-3 {
					t.Errorf("scale %g, step %d: value %d is %g, want %g", scale, n, i, v[i], want)
				}
			}
		}
	}
}
