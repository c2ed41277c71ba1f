package attacks_test

import (
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/tensor"
)

// This file is all that knows how the package is called. It runs recorded cases.

// replay attacks the pictures of a case.
func replay(t testing.TB, c recordedCase) []recordedOutcome {
	m := openRecorded(t, c.Model, c.Batch)
	lo, hi := m.Bounds()
	x := pictures(t, c.Pictures, m.Shape(), lo, hi, c.N)
	mask := masks(t, c.Mask, c.N, m.Shape())
	norm, err := attack.ParseNorm(c.Norm)
	if err != nil {
		t.Fatal(err)
	}
	examples := make([]attack.Example, c.N)
	for i := range examples {
		one := tensor.FromSlice(x.Image(i), slices.Concat([]int{1}, m.Shape())...)
		logits, err := m.Ask(t.Context(), one, []uint64{0})
		if err != nil {
			t.Fatal(err)
		}
		order := ranked(logits.Image(0))
		e := attack.Example{X: x.Image(i), Index: c.index(i), Goal: criterion(t, c.Goals[i%len(c.Goals)], order), Eps: c.eps(t)}
		if len(c.Stops) > 0 {
			e.Stop = criterion(t, c.Stops[i%len(c.Stops)], order)
		}
		if mask != nil {
			e.Mask = mask.Image(i)
		}
		examples[i] = e
	}
	if c.Unbounded {
		m = attack.Unbounded(m)
	}
	observed := make([]observer, c.N)
	options := attack.Options{Seed: c.Seed, Observe: func(s attack.Step) {
		observed[s.Image].add(s.Restart, s.Step, s.Loss, s.Met, s.File, s.Pixels, s.Logits, s.Grad)
	}}
	verdicts, err := attack.Run(t.Context(), m, recordedMethod(t, c.Attack), attack.Threat{Norm: norm, Levels: c.Levels}, options, examples...)
	if err != nil {
		t.Fatal(err)
	}
	var out []recordedOutcome
	for i, v := range verdicts {
		r := recordedOutcome{
			Success: v.Success, FloatSuccess: v.FloatSuccess, Steps: v.Steps, FirstSuccess: v.FirstSuccess,
			Restarts: v.Restarts, Forwards: v.Forwards, Backwards: v.Backwards,
			ZeroGradients: v.ZeroGradients, HiddenGradients: v.HiddenGradients,
			Followed: v.Followed.String(), Turned: v.Turned, Loss: bits(v.Loss),
			Logits: hashFloats(v.Logits), Pixels: hashFloats(v.X),
			Observed: observed[i].n, Seen: observed[i].sum(),
		}
		if v.Err != nil {
			r.Err = v.Err.Error()
		}
		out = append(out, r)
	}
	return out
}

func recordedMethod(t testing.TB, a recordedAttack) attack.Attack {
	loss := attack.Auto
	if a.Loss != "" {
		var err error
		if loss, err = attack.ParseLoss(a.Loss); err != nil {
			t.Fatal(err)
		}
	}
	step := 0.
	if a.StepSize != "" {
		step = size(t, a.StepSize)
	}
	switch a.Name {
	case "fgsm":
		return attacks.FGSM{Loss: loss}
	case "bim":
		return attacks.BIM{Steps: a.Steps, StepSize: step, Loss: loss}
	case "pgd":
		return attacks.PGD{Steps: a.Steps, StepSize: step, Restarts: a.Restarts, NoRandomStart: a.NoRandomStart, Loss: loss}
	}
	t.Fatalf("no attack %q", a.Name)
	return nil
}

// criterion returns a goal for a picture whose classes have the given order.
func criterion(t testing.TB, g recordedGoal, order []int) attack.Goal {
	classes := func(ranks []int) []int {
		var list []int
		for _, r := range ranks {
			list = append(list, order[r])
		}
		return list
	}
	switch g.Kind {
	case "not":
		return attack.Misclassification{Classes: classes(g.Ranks)}
	case "as":
		return attack.Targeted{Class: classes(g.Ranks)[0], Prob: g.Prob}
	case "labels":
		return attack.Labels{On: classes(g.Ranks), Off: classes(g.Off), Prob: g.Prob}
	}
	t.Fatalf("no goal %q", g.Kind)
	return nil
}

// openRecorded returns a model of recorded cases.
func openRecorded(t testing.TB, name string, n int) attack.Model {
	if form := closedForms[name]; form != nil {
		return conform.NewModel(form(), n)
	}
	m, err := store.Open(name, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.Classifier(n, m.Spec.Height, m.Spec.Width, model.ClassifierOptions{Own: true})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
