package attacks_test

import (
	"fmt"
	"strings"
)

// Goals of recorded cases.
var (
	leaveTop    = recordedGoal{Kind: "not", Ranks: []int{0}}
	leaveTwo    = recordedGoal{Kind: "not", Ranks: []int{0, 1}}
	leaveSecond = recordedGoal{Kind: "not", Ranks: []int{1}} // met already
	stay        = recordedGoal{Kind: "as", Ranks: []int{0}}  // met already
	second      = recordedGoal{Kind: "as", Ranks: []int{1}}
)

// as is the goal that the class of a rank has at least a probability.
func as(rank int, prob float64) recordedGoal {
	return recordedGoal{Kind: "as", Ranks: []int{rank}, Prob: prob}
}

func labels(on, off []int, prob float64) recordedGoal {
	return recordedGoal{Kind: "labels", Ranks: on, Off: off, Prob: prob}
}

// Attacks of recorded cases.
var (
	fgsm = recordedAttack{Name: "fgsm"}
	bim  = recordedAttack{Name: "bim"}
	pgd  = recordedAttack{Name: "pgd", Steps: 12}

	methods = []recordedAttack{
		fgsm,
		bim,
		{Name: "bim", Steps: 3, StepSize: "0.2", Loss: "margin"},
		{Name: "pgd"},
		{Name: "pgd", Steps: 8, Restarts: 3, Loss: "prob"},
		{Name: "pgd", NoRandomStart: true, Loss: "logit"},
	}
	losses = []string{"auto", "logprob", "prob", "logit", "margin"}
	norms  = []string{"linf", "l2"}
)

// with returns an attack with another loss.
func with(a recordedAttack, loss string) recordedAttack {
	a.Loss = loss
	return a
}

// restarts returns PGD with some steps and restarts.
func restarts(n, steps int, loss string) recordedAttack {
	return recordedAttack{Name: "pgd", Steps: steps, Restarts: n, Loss: loss}
}

// radius is a budget of a norm on the small pictures of closed forms, of which some pictures resist.
func radius(norm string) string {
	return map[string]string{"linf": "0.12", "l2": "0.3"}[norm]
}

// lattice returns pictures on a lattice, or anywhere if levels is 0.
func lattice(levels int) string {
	if levels == 0 {
		return "noise"
	}
	return fmt.Sprint("levels ", levels)
}

// recordedCases lists all cases.
func recordedCases() []recordedCase {
	var list []recordedCase
	add := func(c recordedCase) {
		if c.Batch == 0 {
			c.Batch = c.N
		}
		if len(c.Goals) == 0 {
			c.Goals = []recordedGoal{leaveTop}
		}
		c.Name = strings.TrimSpace(fmt.Sprintf("%03d %s %s %s %s %s",
			len(list), c.Model, c.Attack.Name, c.Norm, c.Eps, c.Mask))
		list = append(list, c)
	}
	settings(add)
	goals(add)
	edges(add)
	failures(add)
	networks(add)
	return list
}

// settings are cases of every attack in every norm, as floats and on lattices, with and without masks.
func settings(add func(recordedCase)) {
	for _, norm := range norms {
		for _, a := range methods {
			for _, levels := range []int{0, 16, 256} {
				for _, goal := range []recordedGoal{leaveTop, as(1, 0.6)} {
					add(recordedCase{Model: "layers", Pictures: lattice(levels), N: 3, Attack: a, Norm: norm, Eps: radius(norm),
						Levels: levels, Goals: []recordedGoal{goal}, Seed: 9})
				}
			}
		}
		for _, a := range []recordedAttack{bim, restarts(2, 6, "")} {
			eps := map[string]string{"linf": "1", "l2": "1.5"}[norm]
			add(recordedCase{Model: "layers", Pictures: "levels 2", N: 3, Attack: a, Norm: norm, Eps: eps, Levels: 2})
		}
		for i, mask := range []string{"left", "checker", "one", "some"} {
			for k, a := range []recordedAttack{fgsm, bim, restarts(2, 9, "")} {
				levels := []int{0, 256, 16}[(i+k)%3]
				add(recordedCase{Model: "layers", Pictures: lattice(levels), N: 3, Attack: a, Norm: norm, Eps: radius(norm),
					Levels: levels, Mask: mask, Goals: []recordedGoal{leaveTop, second}, Seed: uint64(i)})
			}
		}
	}
}

// goals are cases of every loss and goal.
func goals(add func(recordedCase)) {
	for i, loss := range losses {
		for k, norm := range norms {
			levels := []int{0, 256}[(i+k)%2]
			add(recordedCase{Model: "linear", Pictures: "noise", N: 4, Attack: with(bim, loss), Norm: norm, Eps: radius(norm),
				Goals: []recordedGoal{leaveTop, leaveTwo, second, as(2, 0.5)}})
			add(recordedCase{Model: "layers", Pictures: lattice(levels), N: 3, Attack: restarts(2, 10, loss), Norm: norm,
				Eps: radius(norm), Levels: levels, Goals: []recordedGoal{second, as(1, 0.3), leaveTop},
				Stops: []recordedGoal{as(1, 0.95), as(1, 0.7), as(2, 0.4)}, Seed: 4})
			add(recordedCase{Model: "linear", Pictures: lattice(levels), N: 4, Attack: with(bim, loss), Norm: norm, Eps: "0.2",
				Levels: levels, Goals: []recordedGoal{labels([]int{3}, nil, 0), labels(nil, []int{0}, 0),
					labels([]int{2, 3}, []int{0}, 0), labels([]int{1}, []int{0}, 0.7)}})
			add(recordedCase{Model: "sigmoid", Pictures: lattice(levels), N: 4, Attack: with(pgd, loss), Norm: norm,
				Eps: radius(norm), Levels: levels, Goals: []recordedGoal{leaveTop, second, as(1, 0.8), labels([]int{1}, nil, 0)}})
		}
	}
	every := []recordedGoal{leaveTop, stay, as(3, 0.99), leaveTwo, leaveSecond, second, as(1, 0.9), leaveTop}
	index := []uint64{7, 0, 123456789, 3, 1 << 40, 2, 2, 18446744073709551615}
	for _, norm := range norms {
		for _, batch := range []int{1, 3, 8} { // the same results
			add(recordedCase{Model: "layers", Pictures: "levels 256", N: 8, Batch: batch, Attack: restarts(3, 7,
				""), Norm: norm,
				Eps: radius(norm), Levels: 256, Goals: every, Seed: 11, Index: index})
		}
		add(recordedCase{Model: "layers", Pictures: "noise", N: 8, Attack: restarts(3, 7, "logit"), Norm: norm,
			Eps: radius(norm), Goals: every, Stops: []recordedGoal{leaveTop, as(0, 0.9)}, Seed: 12})
	}
}

// edges are cases of budgets and originals where something begins or ends.
func edges(add func(recordedCase)) {
	both := []recordedGoal{leaveTop, stay, second}
	far := recordedAttack{Name: "pgd", NoRandomStart: true, Steps: 15, StepSize: "0.1"}
	for _, norm := range norms {
		for _, levels := range []int{0, 256} {
			for _, a := range []recordedAttack{fgsm, bim, restarts(2, 5, "")} {
				add(recordedCase{Model: "layers", Pictures: "noise", N: 3, Attack: a, Norm: norm, Eps: "0",
					Levels: levels, Goals: both})
			}
			for _, a := range []recordedAttack{far, {Name: "bim", StepSize: "0.05"}} {
				add(recordedCase{Model: "layers", Pictures: "noise", N: 3, Attack: a, Norm: norm, Eps: "inf",
					Levels: levels, Goals: both})
			}
			for _, a := range []recordedAttack{fgsm, restarts(2, 6, "")} {
				add(recordedCase{Model: "layers", Pictures: "bounds", N: 3, Attack: a, Norm: norm, Eps: "0.4",
					Levels: levels, Goals: both})
			}
			for _, model := range []string{"box", "wide"} {
				pictures := lattice(levels)
				add(recordedCase{Model: model, Pictures: pictures, N: 3, Attack: restarts(2, 6, ""), Norm: norm,
					Eps: "0.2", Levels: levels, Goals: both})
			}
			add(recordedCase{Model: "layers", Unbounded: true, Pictures: lattice(levels), N: 3, Attack: pgd,
				Norm: norm, Eps: "0.4",
				Levels: levels, Goals: both})
		}
		for _, a := range []recordedAttack{bim, pgd} { // originals that are not on the lattice
			add(recordedCase{Model: "layers", Pictures: "noise", N: 3, Attack: a, Norm: norm, Eps: "0.3",
				Levels: 16, Goals: both})
			add(recordedCase{Model: "layers", Pictures: "near 256", N: 3, Attack: a, Norm: norm, Eps: "8/255",
				Levels: 256, Goals: both})
		}
		for _, eps := range []string{"0.4/255", "1/255", "1.5/255", "4/255"} {
			add(recordedCase{Model: "layers", Pictures: "levels 256", N: 2, Attack: bim, Norm: norm, Eps: eps, Levels: 256})
		}
	}
	add(recordedCase{Model: "box", Unbounded: true, Pictures: "noise", N: 2, Attack: far, Norm: "l2", Eps: "inf"})
}

// failures are cases of models without gradients, and of models that give what is no number.
func failures(add func(recordedCase)) {
	for _, levels := range []int{0, 256} {
		for k, model := range []string{"steep", "flat", "dead", "left"} {
			mask := map[string]string{"left": "right"}[model]
			norm := norms[k%2]
			for _, a := range []recordedAttack{bim, with(bim, "logprob"), restarts(3, 5, ""), restarts(3, 5, "prob")} {
				add(recordedCase{Model: model, Pictures: lattice(levels), N: 3, Attack: a, Norm: norm, Eps: "0.25",
					Levels: levels,
					Mask:   mask, Goals: []recordedGoal{leaveTop, second, as(1, 0.9)}})
			}
		}
		for k, model := range []string{"nan logits", "nan original", "inf gradient"} {
			for i, a := range []recordedAttack{bim, restarts(2, 5, "")} {
				add(recordedCase{Model: model, Pictures: lattice(levels), N: 5, Attack: a, Norm: norms[(k+i)%2], Eps: "0.15",
					Levels: levels, Goals: []recordedGoal{leaveTop, as(2, 0.9)}})
			}
		}
	}
	add(recordedCase{Model: "flat", Pictures: "middle", N: 1, Attack: fgsm, Norm: "linf", Eps: "0.1"})
}

// networks are cases of real networks.
func networks(add func(recordedCase)) {
	for i, norm := range norms {
		eps := func(linf, l2 string) string { return []string{linf, l2}[i] }
		both := []recordedGoal{leaveTop, as(1, 0.9)}
		for _, c := range []recordedCase{
			{Model: "sketchbook", Pictures: "drawings", N: 3, Eps: eps("4/255", "1")},
			{Model: "mnist_fgsm", Pictures: "digits", N: 3, Eps: eps("0.35", "4")},
			{Model: "cifar10_resnet20", Pictures: "cifar10", N: 3, Eps: eps("1/255", "0.15")},
		} {
			c.Norm, c.Goals, c.Seed = norm, both, 5
			for _, a := range []recordedAttack{fgsm, {Name: "bim", Steps: 6}, restarts(2, 5, "")} {
				c.Attack = a
				c.Levels = 256
				add(c)
				c.Levels = 0
				add(c)
			}
			c.Attack, c.Levels, c.Mask, c.Batch = restarts(2, 5, "margin"), 256, "checker", 2
			c.Stops = []recordedGoal{leaveTop, as(1, 0.99)}
			add(c)
		}
		add(recordedCase{Model: "googlenet", Pictures: "panda", N: 1, Attack: recordedAttack{Name: "bim",
			Steps: 4}, Norm: norm,
			Eps: eps("2/255", "2"), Levels: 256, Goals: []recordedGoal{{Kind: "as", Ranks: []int{5}}}})
	}
	add(recordedCase{Model: "googlenet", Pictures: "panda", N: 1, Attack: pgdOnce, Norm: "linf",
		Eps: "1/255", Levels: 256, Mask: "left"})
}

var pgdOnce = recordedAttack{Name: "pgd", Steps: 2, Restarts: 2}
