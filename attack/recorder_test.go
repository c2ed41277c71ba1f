package attack

import (
	"math"
	"slices"
	"testing"
)

func TestRecorder(t *testing.T) {
	some, all := Recorder{Image: 1, Classes: []int{2, 0}}, Recorder{Image: 1}
	for i, logits := range [][]float32{{1, 0, 0}, {2, 0, 1}, {0, 1, 5}, {0, 0, 7}, {3, 0, 2}} {
		for _, r := range []*Recorder{&some, &all} {
			r.Observe(Step{Image: 0, Step: i, Logits: []float32{0, 9, 0}}) // another picture
			r.Observe(Step{Image: 1, Step: 10 * i, Logits: logits, Loss: float64(i), File: i == 3})
		}
	}
	if want := []Waypoint{{0, 0}, {20, 2}, {40, 0}}; !slices.Equal(some.Path, want) || !slices.Equal(all.Path, want) {
		t.Errorf("path %v, want %v", some.Path, want)
	}
	if len(some.Points) != 5 || some.Points[3] != (Point{Step: 30, Loss: 3, File: true}) {
		t.Errorf("points %v", some.Points)
	}
	for _, class := range []int{0, 2} {
		a, b := some.Curve(class), all.Curve(class)
		if len(a) != 5 || !slices.Equal(a, b) {
			t.Errorf("class %d: curves %v and %v", class, a, b)
		}
	}
	if p, want := some.Curve(0)[0], math.E/(math.E+2); !(math.Abs(p-want) <= 1e-15) {
		t.Errorf("p(0) is %g at the start, want %g", p, want)
	}
	if c := some.Curve(1); c != nil {
		t.Errorf("curve %v of a class that was not recorded", c)
	}
	if all.Curve(3) != nil || all.Curve(-1) != nil {
		t.Error("curve of a class that does not exist")
	}
}

// TestRecorderAllocation checks that recording costs less than one allocation in
// ten steps.
func TestRecorderAllocation(t *testing.T) {
	logits := make([]float32, 100)
	n := testing.AllocsPerRun(3, func() {
		r := Recorder{Classes: []int{1, 2}}
		for i := range 1000 {
			logits[i%7]++
			r.Observe(Step{Step: i, Logits: logits})
		}
	})
	if n > 100 {
		t.Errorf("%g allocations for 1000 steps", n)
	}
}
