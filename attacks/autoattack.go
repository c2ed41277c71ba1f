package attacks

import (
	"math"
	"slices"

	"hoodwink/attack"
)

// AutoAttack is the standard version of AutoAttack: four attacks that need no tuning, each on the
// pictures that those before it have not fooled.
//
//	APGD-CE, APGD-T, FAB-T, Square
//
// Paper: Croce, Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse
// parameter-free attacks", arXiv:2003.01690. Norms: Linf, L2, L1. The verdict's stages say which attack
// found the picture, see also [Masked].
type AutoAttack struct{}

// Info implements attack.Attack.
func (AutoAttack) Info() attack.Info {
	return attack.Info{
		Name: "autoattack", Title: "AutoAttack, standard", TitleZh: "AutoAttack（标准版）",
		Paper:   autoPaper,
		Norms:   apgdNorms,
		Access:  attack.Gradients,
		Classes: 4,
		Says:    "Four attacks in turn until one succeeds, without anything to tune: the usual measure of how much a model resists.",
		SaysZh:  "依次尝试四种无需调参的攻击，直到成功：衡量模型鲁棒性的通用标准。",
	}
}

// Attack implements attack.Attack.
func (AutoAttack) Attack(t *attack.Trial) {
	if !sound(t, true) {
		return
	}
	first := APGDCE{}
	if t.Norm == attack.L1 {
		first.Restarts = 5
	}
	cascade(t, first, APGDT{}, FABT{}, Square{})
}

// AutoAttackPlus is the longer version of AutoAttack: more attacks, more restarts.
//
//	APGD-CE and APGD-DLR with 5 restarts, FAB with 5, Square, APGD-T, FAB-T
//
// Paper: as of [AutoAttack]. Norms: Linf, L2.
type AutoAttackPlus struct{}

// Info implements attack.Attack.
func (AutoAttackPlus) Info() attack.Info {
	return attack.Info{
		Name: "autoattack-plus", Title: "AutoAttack, plus", TitleZh: "AutoAttack（增强版）",
		Paper:   autoPaper,
		Norms:   []attack.Norm{attack.Linf, attack.L2},
		Access:  attack.Gradients,
		Classes: 4,
		Says:    "Six attacks with several starting points: slower than autoattack, and a little stronger.",
		SaysZh:  "六种攻击，并多次换起点：比 autoattack 更慢，略强。",
	}
}

// Attack implements attack.Attack.
func (AutoAttackPlus) Attack(t *attack.Trial) {
	if !sound(t, true) {
		return
	}
	cascade(t, APGDCE{Restarts: 5}, APGDDLR{Restarts: 5}, FAB{Restarts: 5}, Square{}, APGDT{}, FABT{})
}

// AutoAttackRand is the version of AutoAttack for models with random numbers of their own.
//
//	APGD-CE and APGD-DLR, each along the mean of 20 gradients
//
// Paper: as of [AutoAttack]. Norms: Linf, L2, L1.
type AutoAttackRand struct{}

// Info implements attack.Attack.
func (AutoAttackRand) Info() attack.Info {
	return attack.Info{
		Name: "autoattack-rand", Title: "AutoAttack, rand", TitleZh: "AutoAttack（随机防御版）",
		Paper:   autoPaper,
		Norms:   apgdNorms,
		Access:  attack.Gradients,
		Classes: 3,
		Says:    "Two attacks that take the mean of twenty gradients at every step: for models that draw random numbers.",
		SaysZh:  "两种攻击，每一步取二十次梯度的平均：适用于自身带随机性的模型。",
	}
}

// Attack implements attack.Attack.
func (AutoAttackRand) Attack(t *attack.Trial) {
	if !sound(t, false) {
		return
	}
	cascade(t, APGDCE{Draws: 20}, APGDDLR{Draws: 20})
}

// The warnings of AutoAttack.
const (
	warnProbabilities = "The scores of the network are probabilities: AutoAttack wants logits, and gradients of probabilities may vanish."
	warnRandom        = "The network answers differently when it is asked twice: take autoattack-rand."
)

// sound judges the original, and warns of what the authors check before a run: scores that are
// probabilities, and, if the model must not draw random numbers, answers that differ. It reports whether
// the trial goes on.
func sound(t *attack.Trial, repeats bool) bool {
	s, ok := t.Score(t.X, attack.LogProbability)
	if !ok {
		return false
	}
	first, sum := slices.Clone(s.Logits), 0.
	for _, z := range first {
		sum += float64(z)
	}
	if slices.Min(first) > -1e-5 && slices.Max(first) < 1+1e-5 && math.Abs(sum-1) < 1e-5 {
		t.Warn(warnProbabilities)
	}
	if !repeats {
		return true
	}
	if s, ok = t.Score(t.X, attack.LogProbability); !ok {
		return false
	}
	zero := make([]float32, len(first))
	length := attack.L2.Distance(first, zero, 1) + tiny
	if attack.L2.Distance(first, s.Logits, 1) > 1e-4*length {
		t.Warn(warnRandom)
	}
	return true
}

// cascade tries attacks in turn until one of them succeeds.
func cascade(t *attack.Trial, list ...attack.Attack) {
	for _, a := range list {
		if t.Try(a, t.Eps) || t.Over() {
			return
		}
	}
}

// Masked reports whether a verdict of AutoAttack is one of those that show that gradients mislead: the
// square attack, which asks for none, has fooled what all attacks before it have not. The authors
// doubt an evaluation where that is so for more than .2 % of the pictures.
func Masked(v *attack.Verdict) bool {
	for i, s := range v.Stages {
		if s.Attack == (Square{}).Info().Name && s.Success {
			return i > 0
		}
	}
	return false
}
