package conform_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
)

// of returns an attack from a function. Its steps may go wrong in each way that this file shows.
func of(access attack.Access, minimal bool, do func(t *attack.Trial)) conform.Func {
	return conform.Func{
		Is: attack.Info{Name: "test", Norms: []attack.Norm{attack.Linf, attack.L2}, Access: access, Minimal: minimal},
		Do: do,
	}
}

// ascent is a right attack of the family fixed budget: it judges the original, and then takes steps.
func ascent(steps int) func(t *attack.Trial) {
	return func(t *attack.Trial) {
		v, g := t.New(), t.New()
		t.Start(v, false)
		for range steps {
			if s, ok := t.Gradient(g, v, attack.Margin); !ok || s.Flat {
				return
			}
			t.Ascend(v, g, t.Eps/4)
			t.Confine(v)
		}
		t.Settle(v, attack.Margin)
	}
}

// noise tries random points, as far as part of eps.
func noise(tries int) func(t *attack.Trial) {
	return func(t *attack.Trial) {
		if _, ok := t.Score(t.X, attack.Margin); !ok {
			return
		}
		v := t.New()
		for range tries {
			t.Start(v, true)
			if !t.Settle(v, attack.Margin) {
				return
			}
		}
	}
}

// population asks about so many random points at once: more than a batch takes.
func population(n, rounds int) func(t *attack.Trial) {
	return func(t *attack.Trial) {
		if _, ok := t.Score(t.X, attack.Margin); !ok {
			return
		}
		vs := make([][]float32, n)
		for i := range vs {
			vs[i] = t.New()
		}
		for range rounds {
			for _, v := range vs {
				t.Start(v, true)
			}
			if _, ok := t.Scores(attack.Margin, vs...); !ok {
				return
			}
		}
	}
}

// bisect looks for the smallest change on the way to a random point that meets the goal, by classes alone.
func bisect(t *attack.Trial) {
	if met, ok := t.Decide(t.X); !ok || met[0] {
		return
	}
	far, v := t.New(), t.New()
	for range 60 {
		t.Start(far, true)
		met, ok := t.Decide(far)
		if !ok {
			return
		}
		for lo, hi := float32(0), float32(1); met[0] && hi-lo > 1e-3; {
			middle := (lo + hi) / 2
			for i, x := range t.X {
				v[i] = x + middle*(far[i]-x)
			}
			t.Confine(v)
			nearer, ok := t.Decide(v)
			switch {
			case !ok:
				return
			case nearer[0]:
				hi = middle
			default:
				lo = middle
			}
		}
	}
}

// TestRight: an attack of each family that does nothing wrong passes.
func TestRight(t *testing.T) {
	for name, a := range map[string]attack.Attack{
		"fixed budget": of(attack.Gradients, false, ascent(8)),
		"scores":       of(attack.Scores, false, noise(60)),
		"populations":  of(attack.Scores, false, population(40, 3)),
		"smallest":     of(attack.Scores, true, population(40, 3)),
		"decisions":    of(attack.Decisions, true, bisect),
	} {
		if err := conform.Check(t.Context(), a); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// pushed asks about the original, and then about a picture that a function makes of it.
func pushed(push func(t *attack.Trial, v []float32)) attack.Attack {
	return of(attack.Scores, false, func(t *attack.Trial) {
		if _, ok := t.Score(t.X, attack.Margin); !ok {
			return
		}
		v := t.New()
		for range 60 {
			t.Start(v, true)
			push(t, v)
			if _, ok := t.Score(v, attack.Margin); !ok {
				return
			}
		}
	})
}

// claims is an attack that claims more than it keeps.
type claims struct {
	conform.Func
	base, exact attack.Attack
}

func (c claims) Without(float64) (off, base attack.Attack) { return c.Func, c.base }
func (c claims) Converged() attack.Attack                  { return c.exact }

// TestFaults: each fault is found by the property that names it. Properties that no attack can break guard what
// the trial does.
func TestFaults(t *testing.T) {
	var runs atomic.Uint64
	right := of(attack.Gradients, false, ascent(8))
	stubborn := of(attack.Scores, false, func(t *attack.Trial) {
		for range 2000 {
			t.Score(t.X, nil)
		}
	})
	for _, c := range []struct {
		fault, property string
		a               attack.Attack
	}{
		{"leaves the ball", "ball", pushed(func(t *attack.Trial, v []float32) {
			for i := range v {
				v[i] = 1 - v[i]
			}
		})},
		{"leaves the bounds", "bounds", pushed(func(t *attack.Trial, v []float32) {
			for i, x := range t.X {
				v[i] = x + float32(t.Eps)/8
			}
		})},
		{"changes what the mask protects", "mask", pushed(func(t *attack.Trial, v []float32) {
			for i, x := range t.X {
				v[i] = min(1, x+float32(t.Eps)/8)
			}
		})},
		{"writes to the original", "input", of(attack.Gradients, false, func(t *attack.Trial) {
			ascent(3)(t)
			t.X[0] = 1 - t.X[0]
		})},
		{"writes to the mask", "input", of(attack.Gradients, false, func(t *attack.Trial) {
			ascent(3)(t)
			clear(t.Mask)
		})},
		{"does nothing", "fools", of(attack.Gradients, false, func(*attack.Trial) {})},
		{"begins anywhere", "met", of(attack.Scores, false, func(t *attack.Trial) {
			v := t.New()
			for range 60 {
				t.Start(v, true)
				if !t.Settle(v, attack.Margin) {
					return
				}
			}
		})},
		{"has random numbers of its own", "seed", of(attack.Gradients, false, func(t *attack.Trial) { ascent(1 + int(runs.Add(1)%9))(t) })},
		{"remembers pictures that it has seen", "together", of(attack.Gradients, false, func(t *attack.Trial) {
			ascent(int(runs.Add(1) % 9))(t)
		})},
		{"gives up where the budget is small", "queries", of(attack.Gradients, false, func(t *attack.Trial) {
			if queries, _ := t.Left(); queries > 9 {
				ascent(30)(t)
			}
		})},
		{"gives up where few gradients are left", "gradients", of(attack.Gradients, false, func(t *attack.Trial) {
			if _, gradients := t.Left(); gradients > 9 {
				ascent(30)(t)
			}
		})},
		{"goes on when it is cancelled", "cancel", stubborn},
		{"goes on when its time is over", "time", stubborn},
		{"panics", "fools", of(attack.Scores, false, func(t *attack.Trial) { panic("a fault") })},
		{"follows gradients and says that it needs scores", "no gradients", of(attack.Scores, false, ascent(8))},
		{"looks at scores and says that it needs classes", "decisions", of(attack.Decisions, false, func(t *attack.Trial) {
			s, ok := t.Score(t.X, attack.Margin)
			if ok && s.Logits[0] != 0 && s.Logits[0] != 1 {
				noise(20)(t)
			}
		})},
		{"measures in another norm", "ball", of(attack.Gradients, true, func(t *attack.Trial) {
			t.Norm = attack.Linf + attack.L2 - t.Norm
			ascent(8)(t)
		})},
		{"is no extension of what it says", "extension", claims{right, of(attack.Gradients, false, ascent(7)), nil}},
		{"does not converge", "linear", claims{right, nil, of(attack.Gradients, false, ascent(1))}},
	} {
		found := false
		for _, k := range conform.Cases(c.a) {
			found = found || k.Property.Name == c.property && k.Check(t.Context()) != nil
		}
		if !found {
			t.Errorf("an attack that %s keeps the property %q", c.fault, c.property)
		}
	}
}

// TestFamilies: what is asked follows from the family.
func TestFamilies(t *testing.T) {
	names := func(a attack.Attack) (list []string) {
		for _, c := range conform.Cases(a) {
			if !slices.Contains(list, c.Property.Name) {
				list = append(list, c.Property.Name)
			}
		}
		return list
	}
	for _, c := range []struct {
		a         attack.Attack
		want, not string
	}{
		{of(attack.Gradients, false, nil), "ball highest gradients", "smallest extension linear decisions"},
		{of(attack.Scores, false, nil), "ball highest no_gradients", "gradients smallest decisions"},
		{of(attack.Decisions, true, nil), "ball smallest no_gradients decisions", "gradients highest"},
	} {
		got := names(c.a)
		for _, name := range strings.Fields(c.want) {
			if !slices.Contains(got, strings.ReplaceAll(name, "_", " ")) {
				t.Errorf("%q is not asked of %v", name, c.a.Info())
			}
		}
		for _, name := range strings.Fields(c.not) {
			if slices.Contains(got, name) {
				t.Errorf("%q is asked of %v", name, c.a.Info())
			}
		}
	}
	if err := conform.Check(t.Context(), conform.Func{}); err == nil {
		t.Error("an attack without a norm passes")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := conform.Check(ctx, of(attack.Gradients, false, ascent(3))); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
}
