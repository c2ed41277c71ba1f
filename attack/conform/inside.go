package conform

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"hoodwink/attack"
	"hoodwink/tensor"
)

// each attacks some pictures and looks at every verdict.
func (s *setting) each(ctx context.Context, look func(e attack.Example, v *attack.Verdict) error) error {
	list := s.examples(9)
	vs, err := s.run(ctx, s.model(4), attack.Options{Seed: 5}, list...)
	if err != nil {
		return err
	}
	for i, v := range vs {
		if err := look(list[i], v); err != nil {
			return fmt.Errorf("picture %d: %w", i, err)
		}
	}
	return nil
}

// shown attacks some pictures and looks at everything that it puts forward, since all of it may become
// the result, and at the results. File says that it is to be a file's.
func (s *setting) shown(ctx context.Context, look func(e attack.Example, v []float32, file bool) error) error {
	list := s.examples(9)
	vs, seen, err := s.watch(ctx, s.model(4), list)
	if err != nil {
		return err
	}
	for i, v := range vs {
		seen := append(seen[i], sighting{pixels: v.X, file: s.th.Levels > 0})
		for k, o := range seen {
			if err := look(list[i], o.pixels, o.file); err != nil {
				return fmt.Errorf("picture %d, candidate %d of %d: %w", i, k+1, len(seen), err)
			}
		}
	}
	return nil
}

// slack is how far sizes of files may be off: float32 values that are whole levels apart.
const slack = 2e-6

func inBall(ctx context.Context, s *setting) error {
	return s.shown(ctx, func(e attack.Example, v []float32, file bool) error {
		limit := e.Eps
		if file {
			limit += slack
		}
		if size := s.th.Norm.Distance(v, e.X, shape[0]); size > limit {
			return fmt.Errorf("the change has the size %g, and eps is %g", size, e.Eps)
		}
		return nil
	})
}

func inBounds(ctx context.Context, s *setting) error {
	return s.shown(ctx, func(_ attack.Example, v []float32, _ bool) error {
		for k, x := range v {
			if !(x >= 0 && x <= 1) {
				return fmt.Errorf("value %d is %g", k, x)
			}
		}
		return nil
	})
}

func inMask(ctx context.Context, s *setting) error {
	return s.shown(ctx, func(e attack.Example, v []float32, _ bool) error {
		for k, x := range v {
			if e.Mask != nil && e.Mask[k%pixels] == 0 && !sameBits(x, e.X[k]) {
				return fmt.Errorf("value %d is protected, and changed from %g to %g", k, e.X[k], x)
			}
		}
		return nil
	})
}

func onLattice(ctx context.Context, s *setting) error {
	top := float32(s.th.Levels - 1)
	return s.shown(ctx, func(_ attack.Example, v []float32, file bool) error {
		for k, x := range v {
			if file && float32(math.Round(float64(x*top)))/top != x {
				return fmt.Errorf("value %d is %g, which is not one of %d levels", k, x, s.th.Levels)
			}
		}
		return nil
	})
}

func verdictHolds(ctx context.Context, s *setting) error {
	m := s.model(1)
	return s.each(ctx, func(e attack.Example, v *attack.Verdict) error {
		logits, err := m.Ask(ctx, tensor.FromSlice(v.X, 1, 3, 3, 3), []uint64{0})
		size := s.th.Norm.Distance(v.X, e.X, shape[0])
		switch {
		case err != nil:
			return err
		case size != v.Size:
			return fmt.Errorf("the change has the size %g, and is said to have %g", size, v.Size)
		case !slices.Equal(v.Logits, logits.Data):
			return fmt.Errorf("the logits are %v, and are said to be %v", logits.Data, v.Logits)
		case v.Success != e.Goal.Met(v.Logits):
			return fmt.Errorf("success is %v, and the logits say %v", v.Success, !v.Success)
		}
		return nil
	})
}

func foolsSome(ctx context.Context, s *setting) error {
	fooled := 0
	err := s.each(ctx, func(_ attack.Example, v *attack.Verdict) error {
		if v.Success {
			fooled++
		}
		return nil
	})
	if err == nil && fooled == 0 {
		return errors.New("it fools with no picture")
	}
	return err
}

// watched is an attack that looks whether another one writes to what belongs to the trial.
type watched struct{ attack attack.Attack }

// Info implements attack.Attack.
func (w watched) Info() attack.Info { return w.attack.Info() }

// Attack implements attack.Attack.
func (w watched) Attack(t *attack.Trial) {
	x, mask := slices.Clone(t.X), slices.Clone(t.Mask)
	w.attack.Attack(t)
	switch {
	case !slices.EqualFunc(t.X, x, sameBits):
		t.Fail(errors.New("the attack writes to the original"))
	case !slices.Equal(t.Mask, mask):
		t.Fail(errors.New("the attack writes to the mask"))
	}
}

func inputUntouched(ctx context.Context, s *setting) error {
	s.a = watched{s.a}
	fresh, at := s.examples(9), 0
	return s.each(ctx, func(e attack.Example, _ *attack.Verdict) error {
		if at++; !slices.EqualFunc(e.X, fresh[at-1].X, sameBits) || !slices.Equal(e.Mask, fresh[at-1].Mask) {
			return errors.New("the example was written to")
		}
		return nil
	})
}

func epsZero(ctx context.Context, s *setting) error {
	s.eps = 0
	return s.each(ctx, func(e attack.Example, v *attack.Verdict) error {
		if !slices.EqualFunc(v.X, e.X, sameBits) || v.Success || v.Forwards != 1 || v.Backwards != 0 {
			return fmt.Errorf("size %g after %d queries and %d gradients", v.Size, v.Forwards, v.Backwards)
		}
		return nil
	})
}

func alreadyMet(ctx context.Context, s *setting) error {
	list := s.examples(4)
	for i := range list {
		classes, toward := attack.Classes(list[i].Goal)
		if toward {
			list[i].Goal = attack.Misclassification{Classes: classes}
		} else {
			list[i].Goal = attack.Targeted{Class: classes[0]}
		}
	}
	vs, err := s.run(ctx, s.model(2), attack.Options{Seed: 3}, list...)
	if err != nil {
		return err
	}
	files := 0 // of which one is judged
	if s.th.Levels > 0 {
		files = 1
	}
	for i, v := range vs {
		switch {
		case !v.Success || !slices.EqualFunc(v.X, list[i].X, sameBits):
			return fmt.Errorf("picture %d: success %v with a change of size %g: ask about the original first", i, v.Success, v.Size)
		case !s.info.Minimal && (v.Backwards > 0 || v.Forwards > 1+files):
			return fmt.Errorf("picture %d: %d queries and %d gradients, where 1 query would do", i, v.Forwards, v.Backwards)
		}
	}
	return nil
}
