package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// FABT is the targeted version of FAB: for each of the likeliest other classes in turn it walks to the
// boundary with that class alone. A step takes one gradient, however many classes there are.
//
// Paper: Croce, Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse
// parameter-free attacks", arXiv:2003.01690. Norms: Linf, L2, L1.
type FABT struct {
	Steps    int     `set:"steps" min:"1" max:"1000000000" default:"100" doc:"steps for each class and restart" zh:"每个类别、每次重启的步数"`
	Restarts int     `set:"restarts" min:"1" max:"1000" default:"1" doc:"starting points for each class; the first is the original" zh:"每个类别的起点数；第一个是原图"`
	Alpha    float64 `set:"alpha" max:"1" default:"0.1" doc:"how far a step leans towards the original, at most" zh:"每步至多向原图靠拢的比例"`
	Eta      float64 `set:"eta" max:"2" default:"1.05" doc:"how far a step goes, where 1 is to the boundary" zh:"每步走多远，1 表示恰到边界"`
	Beta     float64 `set:"beta" max:"1" default:"0.9" doc:"what is kept of a change that fools before the next step" zh:"成功后、下一步之前保留的改动比例"`
	Targets  int     `set:"targets" min:"1" max:"1000000" default:"9" doc:"the likeliest other classes that are tried" zh:"尝试多少个最可能的其他类别"`
}

// Info implements attack.Attack.
func (FABT) Info() attack.Info {
	return attack.Info{
		Name: "fab-t", Title: "fast adaptive boundary attack, class by class", TitleZh: "快速自适应边界攻击（逐类别）",
		Paper:   "Croce, Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks, arXiv:2003.01690",
		Norms:   fabNorms,
		Access:  attack.Gradients,
		Minimal: true,
		Says:    "As fab, towards each of the nine likeliest other classes in turn: finds ways where gradients are masked, and suits many classes.",
		SaysZh:  "与 fab 相同，但依次走向九个最可能的其他类别：在梯度被掩盖处也能找到出路，也适合类别很多的网络。",
	}
}

// Attack implements attack.Attack.
func (a FABT) Attack(t *attack.Trial) {
	w := newFABWalk(t, FAB{Steps: a.Steps, Restarts: a.Restarts, Alpha: a.Alpha, Eta: a.Eta, Beta: a.Beta})
	s, ok := t.Score(t.X, w.boundary)
	if !ok || s.Met {
		return
	}
	away, toward := attack.Classes(t.Goal())
	if _, labels := t.Goal().(attack.Labels); toward || labels {
		w.restarts(w.gradient)
		return
	}
	for _, k := range rivals(s.Logits, away, cmp.Or(a.Targets, 9)) {
		w.boundary = boundary{toward: k}
		if !w.restarts(w.gradient) {
			return
		}
	}
}

// Converged implements conform.Converging.
func (a FABT) Converged() attack.Attack { return FABT{Eta: 1.005} }
