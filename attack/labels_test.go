package attack

import (
	"math"
	"strings"
	"testing"
)

// TestLabelsMet checks the criterion with sigmoids: 0.98, 0.95 and 0.02.
func TestLabelsMet(t *testing.T) {
	logits := []float32{4, 3, -4, 0}
	for _, c := range []struct {
		c    Labels
		want bool
	}{
		{Labels{On: []int{0}}, true},
		{Labels{On: []int{1}}, true}, // not the largest
		{Labels{On: []int{2}}, false},
		{Labels{Off: []int{2}}, true},
		{Labels{Off: []int{0}}, false},
		{Labels{On: []int{0, 1}, Off: []int{2}}, true},
		{Labels{On: []int{0, 2}}, false},
		{Labels{On: []int{3}}, false}, // exactly 1/2 is neither
		{Labels{Off: []int{3}}, false},
		{Labels{On: []int{0}, Prob: 0.98}, true},
		{Labels{On: []int{0}, Prob: 0.983}, false},
		{Labels{Off: []int{2}, Prob: 0.98}, true},
		{Labels{On: []int{1}, Prob: 0.1}, true},
		{Labels{On: []int{2}, Prob: 0.01}, false}, // a low probability is not on
	} {
		if err := c.c.Check(4); err != nil {
			t.Errorf("%+v: %v", c.c, err)
		}
		if got := c.c.Met(logits); got != c.want {
			t.Errorf("%+v is met by %v: %v", c.c, logits, got)
		}
	}
	for _, c := range []struct {
		c    Labels
		want string
	}{
		{Labels{}, "no class is named"},
		{Labels{On: []int{4}}, "outside 0..3"},
		{Labels{On: []int{1}, Off: []int{1}}, "named twice"},
		{Labels{On: []int{1}, Prob: 2}, "outside [0,1]"},
		{Labels{On: []int{1}, Prob: math.NaN()}, "outside [0,1]"},
	} {
		if err := c.c.Check(4); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.c, err, c.want)
		}
	}
}

// climb evaluates the function that an attack climbs to meet a goal.
func climb(g Goal, l Loss, dlogits []float64, logits []float32) float64 {
	var d Direction
	g.Direct(&d, logits)
	return l.Eval(dlogits, logits, &d)
}

// TestLabelsClimb compares the gradients with differences, and one label's losses with
// those of the two logits 0 and z.
func TestLabelsClimb(t *testing.T) {
	logits := []float32{1.5, -0.7, 0.3, -2}
	d, other := make([]float64, 4), make([]float64, 4)
	for _, loss := range losses {
		for _, c := range []Labels{{On: []int{1}}, {Off: []int{0}}, {On: []int{3, 1}, Off: []int{2}}} {
			climb(c, loss, d, logits)
			for k := range logits {
				at := func(step float32) float64 {
					z := append([]float32(nil), logits...)
					z[k] += step
					return climb(c, loss, other, z)
				}
				const h = 1. / 64
				if want := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h); !(math.Abs(d[k]-want) <= 1e-5) {
					t.Errorf("%v of %+v: gradient %d is %g, differences give %g", loss, c, k, d[k], want)
				}
			}
		}
		two := make([]float64, 2)
		want := toward(loss, two, []float32{0, logits[1]}, 1)
		if got := climb(Labels{On: []int{1}}, loss, d, logits); !(math.Abs(got-want) <= 1e-12) || !(math.Abs(d[1]-two[1]) <= 1e-12) {
			t.Errorf("%v: %g with gradient %g, of the logits 0 and z %g with %g", loss, got, d[1], want, two[1])
		}
	}
	// Far from the goal nothing vanishes, and next to it nothing overflows.
	far := []float32{-1e4, 1e4, 0, 0}
	if v := climb(Labels{On: []int{0}, Off: []int{1}}, LogProbability, d, far); v != -2e4 || d[0] != 1 || d[1] != -1 {
		t.Errorf("far from the goal: %g, %v", v, d)
	}
	if v := climb(Labels{On: []int{1}, Off: []int{0}}, Probability, d, far); v != 1 || d[0] != 0 || d[1] != 0 {
		t.Errorf("at the goal: %g, %v", v, d)
	}
}

func TestLabelsGradient(t *testing.T) {
	m := random(1, 4, 5)
	x := noise(m, 0, 12)
	value, logits, grad, err := Gradient(t.Context(), m, x.Data, LogProbability, Labels{On: []int{2}})
	if err != nil {
		t.Fatal(err)
	}
	if want := -softplus(-float64(logits[2])); value != want {
		t.Errorf("log probability %g, want %g", value, want)
	}
	d := make([]float64, 4)
	const h = 1. / 64
	for i, g := range grad {
		at := func(step float32) float64 {
			y := x.Clone()
			y.Data[i] += step
			return climb(Labels{On: []int{2}}, LogProbability, d, m.Forward(y).Data)
		}
		if want := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h); !(math.Abs(float64(g)-want) <= 2e-4*math.Max(1, math.Abs(want))) {
			t.Errorf("gradient %d is %g, differences give %g", i, g, want)
		}
	}
	if _, _, _, err := Gradient(t.Context(), m, x.Data, LogProbability, Labels{On: []int{4}}); err == nil || !strings.Contains(err.Error(), "outside 0..3") {
		t.Errorf("a label that is not there: %v", err)
	}
}

// TestRecorderOfLabels: probabilities that do not add up to 1.
func TestRecorderOfLabels(t *testing.T) {
	r := Recorder{Probs: Sigmoids}
	r.Observe(Step{Logits: []float32{4, 3, -4}})
	for k, want := range []float64{0.982014, 0.952574, 0.017986} {
		if got := r.Curve(k)[0]; !(math.Abs(got-want) <= 1e-6) {
			t.Errorf("label %d has %g, want %g", k, got, want)
		}
	}
}

// TestTargetedOfLogarithms: probabilities that rounding keeps from adding up to 1 are held
// against what is demanded as they are.
func TestTargetedOfLogarithms(t *testing.T) {
	logits := []float32{float32(math.Log(0.94)), float32(math.Log(0.01)), -69}
	if !(Targeted{Class: 0, Prob: 0.95}).Met(logits) {
		t.Error("the softmax of logarithms is 0.989")
	}
	if (Targeted{Class: 0, Prob: 0.95, Logs: true}).Met(logits) || !(Targeted{Class: 0, Prob: 0.9, Logs: true}).Met(logits) {
		t.Error("the probability is 0.94")
	}
}
