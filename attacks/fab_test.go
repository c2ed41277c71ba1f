package attacks_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// onBoxed attacks a linear model whose smallest changes are known.
func onBoxed(t *testing.T, a attack.Attack, c conform.Smallest) *attack.Verdict {
	t.Helper()
	form, x := conform.Boxed(c.Margin, c.Channels)
	e := attack.Example{X: x, Goal: attack.Misclassification{Classes: []int{0}}, Eps: math.Inf(1)}
	vs, err := attack.Run(t.Context(), conform.NewModel(form, 1), a, attack.Threat{Norm: c.Norm}, attack.Options{}, e)
	if err != nil || vs[0].Err != nil {
		t.Fatal(err, vs[0].Err)
	}
	return vs[0]
}

// TestFABOnLinear: on a linear model the first step of FAB goes eta times as far as is needed, at most, and as
// published it ends within 1 % of the smallest change.
func TestFABOnLinear(t *testing.T) {
	for _, c := range conform.BoxedSizes {
		if c.Norm.Counts() != "" {
			continue
		}
		for _, a := range []struct {
			attack attack.Attack
			most   float64
		}{
			{attacks.FAB{Steps: 1}, 1.05}, {attacks.FABT{Steps: 1}, 1.05}, {attacks.FAB{}, 1.01}, {attacks.FABT{}, 1.01},
			{attacks.FAB{Restarts: 3}, 1.01},
		} {
			v := onBoxed(t, a.attack, c)
			if !v.Success || !(v.Size >= c.Size*(1-1e-6) && v.Size <= c.Size*a.most*(1+1e-6)) {
				t.Errorf("%+v in %v, margin %g: success %v with %g, exact is %g", a.attack, c.Norm, c.Margin, v.Success, v.Size, c.Size)
			}
		}
	}
}

// TestFABNearestClass: on a linear model of many classes both find the nearest boundary, which is not that of the
// likeliest other class.
func TestFABNearestClass(t *testing.T) {
	w := [][]float64{{0, 0}, {-1, 0}, {0, 8}, {-2, -3}} // rows of logits less those of class 0
	at := []float64{0, -0.3, -0.8, -0.9}
	form := &conform.Form{
		Shape: []int{1, 1, 2}, K: 4, Lo: -9, Hi: 9,
		Forward: func(logits, x []float32) {
			for k := range logits {
				logits[k] = float32(at[k] + float64(w[k][0]*float64(x[0])) + float64(w[k][1]*float64(x[1])))
			}
		},
		Backward: func(dx, d, _ []float32) {
			clear(dx)
			for k := range d {
				dx[0] += d[k] * float32(w[k][0])
				dx[1] += d[k] * float32(w[k][1])
			}
		},
	}
	for norm, exact := range map[attack.Norm]float64{attack.Linf: 0.1, attack.L2: 0.1, attack.L1: 0.1} {
		for _, a := range []attack.Attack{attacks.FAB{}, attacks.FABT{}} {
			e := attack.Example{X: []float32{0, 0}, Goal: attack.Misclassification{Classes: []int{0}}, Eps: math.Inf(1)}
			vs, err := attack.Run(t.Context(), conform.NewModel(form, 1), a, attack.Threat{Norm: norm}, attack.Options{}, e)
			if err != nil || vs[0].Err != nil {
				t.Fatal(err, vs[0].Err)
			}
			if v := vs[0]; !v.Success || v.Size < exact*(1-1e-6) || v.Size > 1.01*exact {
				t.Errorf("%s in %v: success %v with %g, exact is %g", a.Info().Name, norm, v.Success, v.Size, exact)
			}
		}
	}
}

// TestFABProbability: where a probability is asked for, the boundary is that of the probability.
func TestFABProbability(t *testing.T) {
	for _, prob := range []float64{0.3, 0.5, 0.9} {
		for _, goal := range []attack.Goal{attack.Targeted{Class: 1, Prob: prob}, attack.Labels{On: []int{1}, Prob: prob}} {
			wanted := max(1, 1+math.Log(prob/(1-prob))) // logits are 1 and x, or x-1 where labels are independent
			form := line(1)
			e := attack.Example{X: []float32{0}, Goal: goal, Eps: math.Inf(1)}
			vs, err := attack.Run(t.Context(), form, attacks.FABT{}, attack.Threat{Norm: attack.L2}, attack.Options{}, e)
			if err != nil || vs[0].Err != nil {
				t.Fatal(err, vs[0].Err)
			}
			if v := vs[0]; !v.Success || !(v.Size >= wanted*(1-1e-6) && v.Size <= 1.01*wanted) {
				t.Errorf("%+v: success %v with %g, exact is %g", goal, v.Success, v.Size, wanted)
			}
		}
	}
}

// TestFABTRenamed: the names of classes do not matter.
func TestFABTRenamed(t *testing.T) {
	name := []int{3, 0, 4, 1, 2} // the new name of each class
	form := conform.Network(1).Form
	renamed := *form
	renamed.Forward = func(logits, x []float32) {
		z := make([]float32, len(logits))
		form.Forward(z, x)
		for k, v := range z {
			logits[name[k]] = v
		}
	}
	renamed.Backward = func(dx, d, x []float32) {
		old := make([]float32, len(d))
		for k := range old {
			old[k] = d[name[k]]
		}
		form.Backward(dx, old, x)
	}
	for _, norm := range (attacks.FABT{}).Info().Norms {
		th := attack.Threat{Norm: norm}
		list := conform.Examples(th, math.Inf(1), 6)
		run := func(f *conform.Form) []*attack.Verdict {
			vs, err := attack.Run(t.Context(), conform.NewModel(f, 2), attacks.FABT{}, th, attack.Options{}, list...)
			if err != nil {
				t.Fatal(err)
			}
			return vs
		}
		want := run(form)
		for i := range list {
			switch g := list[i].Goal.(type) {
			case attack.Misclassification:
				list[i].Goal = attack.Misclassification{Classes: []int{name[g.Classes[0]]}}
			case attack.Targeted:
				list[i].Goal = attack.Targeted{Class: name[g.Class], Prob: g.Prob}
			}
		}
		for i, v := range run(&renamed) {
			if !v.Success || math.Abs(v.Size-want[i].Size) > 1e-9 {
				t.Errorf("%v, picture %d: size %g (success %v), with other names %g", norm, i, want[i].Size, v.Success, v.Size)
			}
		}
	}
}

func ExampleFAB() {
	printSmallest(attacks.FAB{})
	// Output: true: it fools with 0.374, exact is 0.373
}

func ExampleFABT() {
	printSmallest(attacks.FABT{})
	// Output: true: it fools with 0.374, exact is 0.373
}

func ExampleBrendelBethge() {
	printSmallest(attacks.BrendelBethge{Steps: 100})
	// Output: true: it fools with 0.373, exact is 0.373
}

// printSmallest attacks a linear model, and prints the size of the change beside the exact one.
func printSmallest(a attack.Attack) {
	c := conform.BoxedSizes[2]
	form, x := conform.Boxed(c.Margin, c.Channels)
	e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: math.Inf(1)}
	vs, err := attack.Run(context.Background(), conform.NewModel(form, 1), a, attack.Threat{Norm: c.Norm}, attack.Options{}, e)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v: it fools with %.3f, exact is %.3f\n", vs[0].Success, vs[0].Size, c.Size)
}
