package attack

import (
	"slices"

	"hoodwink/tensor"
)

// A Recorder keeps the curves of one picture: the probability of classes at every step, and the
// path of top classes. Use its method Observe as that of the options:
//
//	r := attack.Recorder{Classes: []int{388, 23}}
//	o.Observe = r.Observe
type Recorder struct {
	Image   int   // position of the picture in the batch
	Classes []int // whose probabilities to keep; nil means all

	// Probs computes the probabilities (K) of logits (K); nil means Softmax.
	Probs func(dst []float64, logits []float32)

	Points []Point    // what was classified, in order
	Path   []Waypoint // the changes of the top class, the first one included

	probs []float64 // len(Points) rows of the probabilities of Classes
	all   []float64
	peaks []Peak // of every class of the model
}

// A Peak is the highest probability that a class has had, and the first point, an index into
// Points, at which it had it.
type Peak struct {
	Point int
	Prob  float64
}

// A Point is the record of one classification of the picture.
type Point struct {
	Restart, Step int
	Loss          float64
	Met, File     bool // as in Step
}

// A Waypoint says that the top class changed to Class at Step.
type Waypoint struct {
	Step  int `json:"step"`
	Class int `json:"class"`
}

// Observe records a step of the recorder's picture.
func (r *Recorder) Observe(s Step) {
	if s.Image != r.Image {
		return
	}
	r.all = slices.Grow(r.all[:0], len(s.Logits))[:len(s.Logits)]
	if r.Probs == nil {
		r.Probs = Softmax
	}
	r.Probs(r.all, s.Logits)
	if r.Classes == nil {
		r.probs = append(r.probs, r.all...)
	}
	for _, k := range r.Classes {
		r.probs = append(r.probs, r.all[k])
	}
	if r.peaks == nil {
		r.peaks = make([]Peak, len(r.all))
	}
	for k, p := range r.all {
		if p > r.peaks[k].Prob {
			r.peaks[k] = Peak{len(r.Points), p}
		}
	}
	r.Points = append(r.Points, Point{s.Restart, s.Step, s.Loss, s.Met, s.File})
	top := tensor.Argmax(s.Logits)
	if n := len(r.Path); n == 0 || r.Path[n-1].Class != top {
		r.Path = append(r.Path, Waypoint{s.Step, top})
	}
}

// Curve returns the probability of class at every point, nil if the class is not recorded.
func (r *Recorder) Curve(class int) []float64 {
	column, width := class, len(r.all)
	if r.Classes != nil {
		column, width = slices.Index(r.Classes, class), len(r.Classes)
	}
	if column < 0 || column >= width {
		return nil
	}
	curve := make([]float64, len(r.Points))
	for i := range curve {
		curve[i] = r.probs[i*width+column]
	}
	return curve
}

// Peaks returns the peak of every class of the model, recorded or not, and nil before
// the first step. They belong to the recorder.
func (r *Recorder) Peaks() []Peak { return r.peaks }

// Snapshot returns what has been recorded so far. It never changes, and another goroutine may read
// it while r records more; Observe must not be called on it. It costs no more than a copy of the
// peaks.
func (r *Recorder) Snapshot() *Recorder {
	s := *r
	s.peaks = slices.Clone(r.peaks)
	return &s
}
