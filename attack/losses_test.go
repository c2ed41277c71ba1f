package attack

import (
	"math"
	"strings"
	"testing"
)

// TestDLR checks values that are worked out by hand, that a scale and a shift of the logits change nothing, and
// what it refuses.
func TestDLR(t *testing.T) {
	for _, c := range []struct {
		d    Direction
		want float64
	}{
		{Direction{Away: []int{0}}, -2. / 3}, {Direction{Away: []int{1}}, 2. / 3},
		{Direction{Toward: []int{1}, Away: []int{0}}, -2 / 3.5}, {Direction{Toward: []int{1}}, -2 / 3.5},
		{Direction{Toward: []int{0}}, 2 / 3.5},
	} {
		for _, z := range [][]float32{{5, 3, 2, 1}, {500, 300, 200, 100}, {55, 53, 52, 51}} {
			if got := DLR.Eval(make([]float64, 4), z, &c.d); !(math.Abs(got-c.want) <= 1e-6) {
				t.Errorf("%+v at %v: %g, want %g", c.d, z, got, c.want)
			}
		}
	}
	for _, c := range []struct {
		loss Loss
		k    int
		d    Direction
		want string
	}{
		{DLR, 2, Direction{Away: []int{0}}, "needs 3 classes"}, {DLR, 3, Direction{Toward: []int{0}}, "needs 4 classes"},
		{DLR, 9, Direction{Away: []int{0, 1}}, "of one class"}, {DLR, 9, Direction{Labels: true, Toward: []int{1}}, "independent"},
		{KL, 9, Direction{Labels: true}, "independent"}, {Margin, 1, Direction{Away: []int{0}}, "at least 2 classes"},
	} {
		if err := c.loss.Check(c.k, &c.d); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %d classes, %+v: %v, want %q", c.loss, c.k, c.d, err, c.want)
		}
	}
}

// TestFurtherLossGradients compares gradients with differences.
func TestFurtherLossGradients(t *testing.T) {
	clean := []float32{0.5, 1, -1, 2, 0}
	z := []float32{1.5, -0.7, 0.3, -2, 0.9}
	for _, loss := range []Loss{DLR, KL, CW{Kappa: 5}, CW{}} {
		for _, d := range []Direction{{Away: []int{0}}, {Away: []int{3}}, {Toward: []int{4}}, {Toward: []int{0}, Away: []int{1}}} {
			d.Clean = clean
			grad, scratch := make([]float64, 5), make([]float64, 5)
			value := loss.Eval(grad, z, &d)
			if cw, ok := loss.(CW); ok && value == cw.Kappa {
				for k, g := range grad {
					if g != 0 {
						t.Errorf("%v has a gradient for class %d where it is flat", loss, k)
					}
				}
				continue
			}
			for k := range z {
				const h = 1. / 1024
				at := func(step float32) float64 {
					y := append([]float32(nil), z...)
					y[k] += step
					return loss.Eval(scratch, y, &d)
				}
				if want := (at(h) - at(-h)) / (2 * h); !(math.Abs(grad[k]-want) <= 1e-4) {
					t.Errorf("%s, %+v: gradient %d is %g, differences give %g", loss, d, k, grad[k], want)
				}
			}
		}
	}
	if got := KL.Eval(make([]float64, 5), clean, &Direction{Clean: clean}); math.Abs(got) > 1e-12 {
		t.Errorf("the divergence from itself is %g", got)
	}
}

// TestGoalJSON: what is written is read back, and nothing else is read.
func TestGoalJSON(t *testing.T) {
	for _, g := range []Goal{
		Misclassification{Classes: []int{3, 1}}, Targeted{Class: 0}, Targeted{Class: 23, Prob: 0.95, Logs: true},
		Labels{On: []int{1}, Off: []int{0, 4}, Prob: 0.5}, Labels{Off: []int{2}},
	} {
		data, err := MarshalGoal(g)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadGoal(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := MarshalGoal(got)
		if err != nil || string(again) != string(data) {
			t.Errorf("%s is read as %s", data, again)
		}
	}
	for _, text := range []string{
		``, `{}`, `null`, `{"kind":"targeted"}`, `{"kind":"nothing"}`, `{"kind":"targeted","class":1} 2`, `{"kind":"targeted","class":1.5}`,
		`{"kind":"targeted","class":1,"on":[1]}`, `{"kind":"labels","class":1}`, `{"kind":"targeted","class":1,"colour":2}`,
	} {
		if g, err := ReadGoal([]byte(text)); err == nil {
			t.Errorf("%s is read as %+v", text, g)
		}
	}
}

// FuzzReadGoal: what is read can be written, and reads the same.
func FuzzReadGoal(f *testing.F) {
	f.Add([]byte(`{"kind":"targeted","class":23,"prob":0.95}`))
	f.Add([]byte(`{"kind":"labels","on":[1,2],"off":[3]}`))
	f.Add([]byte(`{"kind":"misclassification","classes":[0]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ReadGoal(data)
		if err != nil {
			return
		}
		_ = g.Check(1000) // must not panic
		written, err := MarshalGoal(g)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadGoal(written)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := MarshalGoal(again); err != nil || string(second) != string(written) {
			t.Errorf("%s, then %s", written, second)
		}
	})
}
