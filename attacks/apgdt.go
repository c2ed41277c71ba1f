package attacks

import (
	"cmp"

	"hoodwink/attack"
)

// APGDT is auto-PGD towards each of the likeliest other classes in turn, as the model ranks them for
// the original, on the targeted difference of logits ratio. It finds ways that the untargeted losses
// miss. Where the goal names the class to be reached, that is the only one.
//
// Papers: as of [APGDCE]. Norms: Linf, L2, L1. By default there are 9 classes, and 5 in L1, as in AutoAttack.
type APGDT struct {
	Steps    int     `set:"steps" min:"1" max:"1000000000" default:"100" doc:"steps for each class and restart" zh:"每个类别、每次重启的步数"`
	Restarts int     `set:"restarts" min:"1" max:"1000" default:"1" doc:"starting points for each class" zh:"每个类别的起点数"`
	Targets  int     `set:"targets" min:"1" max:"1000000" default:"9, in l1 5" defaultzh:"9，l1 为 5" doc:"the likeliest other classes that are tried" zh:"尝试多少个最可能的其他类别"`
	Rho      float64 `set:"rho" max:"1" default:"0.75" doc:"the step is halved where fewer of the steps than this share went up" zh:"使损失上升的步数低于此比例时步长减半"`
	Plain    bool    `set:"plain-l1" default:"false" doc:"in l1, never leave the ball of eps; otherwise the first steps are in larger ones" zh:"在 l1 中始终不离开 eps 球；否则前期在更大的球中进行"`
}

// Info implements attack.Attack.
func (APGDT) Info() attack.Info {
	return attack.Info{
		Name: "apgd-t", Title: "auto-PGD, class by class", TitleZh: "自动 PGD（逐类别）",
		Paper:   autoPaper,
		Norms:   apgdNorms,
		Access:  attack.Gradients,
		Classes: 4,
		Says:    "As apgd-dlr, towards each of the nine likeliest other classes in turn: slower, and stronger than one attack away from the class.",
		SaysZh:  "与 apgd-dlr 相同，但依次以九个最可能的其他类别为目标：更慢，但强于只求离开原类别的攻击。",
	}
}

// Attack implements attack.Attack.
func (a APGDT) Attack(t *attack.Trial) {
	if err := limited(t.Eps, t.Eps, true); err != nil {
		t.Fail(err)
		return
	}
	s, ok := t.Score(t.X, attack.DLR)
	if !ok {
		return
	}
	run := apgd{a.Steps, a.Restarts, a.Rho, a.Plain, 1, attack.DLR}.withDefaults()
	away, toward := attack.Classes(t.Goal())
	if toward {
		run.climb(t)
		return
	}
	number := 9
	if t.Norm == attack.L1 {
		number = 5
	}
	for _, k := range rivals(s.Logits, away, cmp.Or(a.Targets, number)) {
		run.loss = dlrToward{class: k}
		if !run.climb(t) {
			return
		}
	}
}

// dlrToward is the difference of logits ratio towards a class, for a goal that names only classes to be
// left.
type dlrToward struct{ class int }

// String implements attack.Loss.
func (dlrToward) String() string { return attack.DLR.String() }

// Check implements attack.Loss.
func (l dlrToward) Check(k int, d *attack.Direction) error {
	return attack.DLR.Check(k, &attack.Direction{Toward: []int{l.class}, Away: d.Away, Labels: d.Labels})
}

// Eval implements attack.Loss.
func (l dlrToward) Eval(dlogits []float64, logits []float32, d *attack.Direction) float64 {
	source := likeliest(logits, d.Away)
	both := [2]int{l.class, source}
	return attack.DLR.Eval(dlogits, logits, &attack.Direction{Toward: both[:1], Away: both[1:]})
}
