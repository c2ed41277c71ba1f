package attacks

import (
	"cmp"
	"math"

	"hoodwink/attack"
)

// FAB is the fast adaptive boundary attack. At each step the boundary of every other class is taken for
// a hyperplane, and the picture goes to the nearest one: a little beyond it, and a little towards where
// the original would meet it. Whenever that fools, it goes back a part of the way to the original.
//
// Paper: Croce, Hein, "Minimally distorted Adversarial Examples with a Fast Adaptive Boundary Attack",
// arXiv:1907.02044. Norms: Linf, L2, L1. As in its authors' AutoAttack there is no final search.
//
// It asks for the gradient of every class, and keeps them: for many classes [FABT] is cheaper. Only the
// likeliest other classes are looked at, all of them where there are few. A restart begins at a random
// point, at most half as far as the best picture so far.
type FAB struct {
	Steps    int     `set:"steps" min:"1" max:"1000000000" default:"100" doc:"steps of each restart" zh:"每次重启的步数"`
	Restarts int     `set:"restarts" min:"1" max:"1000" default:"1" doc:"starting points; the first is the original" zh:"起点数；第一个是原图"`
	Alpha    float64 `set:"alpha" max:"1" default:"0.1" doc:"how far a step leans towards the original, at most" zh:"每步至多向原图靠拢的比例"`
	Eta      float64 `set:"eta" max:"2" default:"1.05" doc:"how far a step goes, where 1 is to the boundary" zh:"每步走多远，1 表示恰到边界"`
	Beta     float64 `set:"beta" max:"1" default:"0.9" doc:"what is kept of a change that fools before the next step" zh:"成功后、下一步之前保留的改动比例"`
	Classes  int     `set:"classes" min:"1" max:"1000" default:"50" doc:"the likeliest other classes whose boundaries are looked at" zh:"考察多少个最可能的其他类别的边界"`
}

// Info implements attack.Attack.
func (FAB) Info() attack.Info {
	return attack.Info{
		Name: "fab", Title: "fast adaptive boundary attack", TitleZh: "快速自适应边界攻击",
		Paper:   "Croce, Hein, Minimally distorted Adversarial Examples with a Fast Adaptive Boundary Attack, arXiv:1907.02044",
		Norms:   fabNorms,
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "Steps to the nearest class boundary, drawn straight, and back towards the picture: among the smallest changes, without a step size.",
		SaysZh:  "把各类别的边界近似为平面，走到最近的一个，再向原图退回：改动属于最小之列，且无需设定步长。",
	}
}

var fabNorms = []attack.Norm{attack.Linf, attack.L2, attack.L1}

// Attack implements attack.Attack.
func (a FAB) Attack(t *attack.Trial) {
	w := newFABWalk(t, a)
	s, ok := t.Score(t.X, w.boundary)
	if !ok || s.Met {
		return
	}
	p := newHyperplanes(t, s.Logits, cmp.Or(a.Classes, 50))
	w.w = p.w
	w.restarts(func() (value float64, ok bool) {
		value, _, ok = p.nearest(w.v)
		return value, ok
	})
}

// Converged implements conform.Converging: with the published eta it ends up to .3 % beyond.
func (a FAB) Converged() attack.Attack { return FAB{Eta: 1.005} }

// A fabWalk is the loop of FAB and FABT.
type fabWalk struct {
	t *attack.Trial
	FAB
	boundary  attack.Loss
	v, w      []float32   // where it is, and the gradient of the boundary there
	near, far []float32   // the points of the boundary nearest to v and to the original
	best      float64     // size of the best picture
	reach     float64     // how far it may be for random starts: eps, or what the authors take
	start     attack.Ball // of random starts
}

func newFABWalk(t *attack.Trial, a FAB) *fabWalk {
	a.Steps, a.Restarts = cmp.Or(a.Steps, 100), cmp.Or(a.Restarts, 1)
	a.Alpha, a.Eta, a.Beta = cmp.Or(a.Alpha, 0.1), cmp.Or(a.Eta, 1.05), cmp.Or(a.Beta, 0.9)
	reach := t.Eps
	if math.IsInf(reach, 1) {
		reach = map[attack.Norm]float64{attack.Linf: 0.3, attack.L2: 1, attack.L1: 5}[t.Norm]
	}
	return &fabWalk{
		t: t, FAB: a, boundary: boundaryOf(t), best: math.Inf(1), reach: reach, start: t.Ball,
		v: t.New(), w: t.New(), near: t.New(), far: t.New(),
	}
}

// gradient writes the gradient of the boundary to w.w, and returns its value.
func (w *fabWalk) gradient() (value float64, ok bool) {
	s, ok := w.t.Gradient(w.w, w.v, w.boundary)
	return s.Loss * s.Scale, ok
}

// restarts walks from every starting point, and reports whether the trial goes on.
func (w *fabWalk) restarts(linear func() (value float64, ok bool)) bool {
	for i := range w.Restarts {
		w.t.Start(w.v, false)
		if i > 0 {
			w.start.Eps = min(w.best, w.reach) / 2
			w.start.Random(w.v, w.t.Rand)
			w.start.Confine(w.v)
		}
		if !w.walk(linear) {
			return false
		}
	}
	return true
}

// walk takes the steps of a restart. linear writes the gradient of the boundary at w.v to w.w, and
// returns its value there in the same unit.
func (w *fabWalk) walk(linear func() (value float64, ok bool)) bool {
	t, x, v := w.t, w.t.X, w.v
	for range w.Steps {
		f, ok := linear()
		if !ok {
			return false
		}
		away := f // the boundary's value at the original
		for i, g := range w.w {
			away += float64(float64(g) * (float64(x[i]) - float64(v[i])))
		}
		t.Onto(w.near, v, w.w, -f)
		t.Onto(w.far, x, w.w, -away)
		a := max(1e-8, t.Norm.Distance(w.near, v, t.Channels))
		b := max(1e-8, t.Size(w.far))
		lean := min(a/(a+b), w.Alpha)
		for i := range v {
			here, there := float64(v[i]), float64(x[i])
			here += float64(w.Eta * (float64(w.near[i]) - here))
			there += float64(w.Eta * (float64(w.far[i]) - there))
			v[i] = min(max(float32(here+float64(lean*(there-here))), t.Lo), t.Hi)
		}
		s, ok := t.Score(v, w.boundary)
		if !ok {
			return false
		}
		if s.Met {
			w.best = min(w.best, t.Size(v))
			for i := range v {
				v[i] = float32(float64(x[i]) + float64(w.Beta*(float64(v[i])-float64(x[i]))))
			}
		}
	}
	return true
}
