package conform

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"hoodwink/attack"
)

func cancelled(ctx context.Context, s *setting) error {
	list := s.examples(5)
	free := s.model(3)
	if _, err := s.run(ctx, free, attack.Options{}, list...); err != nil {
		return err
	}
	for at := 1; at <= min(free.asks, 12); at++ {
		inner, cancel := context.WithCancel(ctx)
		m := s.model(3)
		m.before = func(ctx context.Context) error {
			if m.asks == at {
				cancel()
			}
			return ctx.Err()
		}
		vs, err := s.try(inner, m, attack.Options{}, list...)
		cancel()
		if !errors.Is(err, context.Canceled) || len(vs) != len(list) {
			return fmt.Errorf("cancelled at question %d: error %v and %d verdicts", at, err, len(vs))
		}
		interrupted := false
		for i, v := range vs {
			interrupted = interrupted || v.Interrupted
			size := s.th.Norm.Distance(v.X, list[i].X, shape[0])
			switch {
			case v.Err != nil:
				return fmt.Errorf("cancelled at question %d: picture %d: %w", at, i, v.Err)
			case v.Logits != nil && v.Success != list[i].Goal.Met(v.Logits), v.Logits == nil && v.Success, size > s.eps+slack:
				return fmt.Errorf("cancelled at question %d: picture %d: success %v, size %g", at, i, v.Success, size)
			}
		}
		if !interrupted {
			return fmt.Errorf("cancelled at question %d: no verdict is marked as interrupted", at)
		}
	}
	return nil
}

func troubles(ctx context.Context, s *setting) error {
	list := s.examples(6)
	for i := range list { // pixels by which the model knows a picture stay as they are
		list[i].Mask = slices.Repeat([]float32{1}, pixels)
		clear(list[i].Mask[:marks])
		clear(list[i].X[:marks])
	}
	want, err := s.run(ctx, troubled(s.model(3)), attack.Options{Seed: 7}, list...)
	if err != nil {
		return err
	}
	bad := make([]attack.Example, marks+1)
	for i := range bad {
		bad[i] = list[i]
		bad[i].X = slices.Clone(list[i].X)
		if i < marks {
			bad[i].X[i] = 1
		} else {
			bad[i].X = bad[i].X[1:] // malformed
		}
	}
	bad[still].Goal = attack.Misclassification{Classes: []int{0}}
	var mixed []attack.Example
	for i, e := range list {
		mixed = append(mixed, e)
		mixed = append(mixed, bad[min(i, len(bad)):min(i+1, len(bad))]...)
	}
	vs, err := s.try(ctx, troubled(s.model(3)), attack.Options{Seed: 7}, mixed...)
	if err != nil {
		return err
	}
	var good verdicts
	for i, v := range vs {
		if k := i / 2; i%2 == 1 && k < len(bad) {
			if err := badEnds(k, v); err != nil {
				return err
			}
			continue
		}
		good = append(good, v)
	}
	return allSame(good, want)
}

// badEnds returns an error unless a picture that is marked, or malformed, ends as it must.
func badEnds(mark int, v *attack.Verdict) error {
	switch {
	case v.Success:
		return fmt.Errorf("success with a picture whose model fails, kind %d", mark)
	case mark == failing && !errors.Is(v.Err, errRow):
		return fmt.Errorf("a picture whose rows fail ends with %v", v.Err)
	case mark == spoilt && !errors.Is(v.Err, attack.ErrNotFinite):
		return fmt.Errorf("a picture whose logits are no numbers ends with %v", v.Err)
	case mark == still && v.Err != nil:
		return fmt.Errorf("a picture that nothing fools ends with %w", v.Err)
	case mark == marks && v.Err == nil:
		return errors.New("a malformed picture ends without an error")
	}
	return nil
}

func wholeFails(ctx context.Context, s *setting) error {
	whole := errors.New("no answer")
	for at := 1; at <= 3; at++ {
		m := s.model(3)
		m.before = func(context.Context) error {
			if m.asks == at {
				return whole
			}
			return nil
		}
		_, err := s.run(ctx, m, attack.Options{}, s.examples(4)...)
		if m.asks >= at && !errors.Is(err, whole) {
			return fmt.Errorf("question %d fails, and the run ends with %v", at, err)
		}
	}
	return nil
}
