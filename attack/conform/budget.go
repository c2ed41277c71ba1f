package conform

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hoodwink/attack"
)

// A limit is a kind of budget: how to give it, and what of it was used.
type limit struct {
	name     string
	of       func(n int) attack.Budget
	reported func(*attack.Verdict) int
	counted  func(*probe) int
	file     int // what may be kept back for the file, where that is the target
}

var (
	limitQueries = limit{"queries", func(n int) attack.Budget { return attack.Budget{Queries: n} },
		func(v *attack.Verdict) int { return v.Forwards }, func(p *probe) int { return p.asked }, 1}
	limitGradients = limit{"gradients", func(n int) attack.Budget { return attack.Budget{Gradients: n} },
		func(v *attack.Verdict) int { return v.Backwards }, func(p *probe) int { return p.pulled }, 0}
)

// limitBoth is the budget of the two together.
var limitBoth = limit{"passes", func(n int) attack.Budget { return attack.Budget{Both: n} },
	func(v *attack.Verdict) int { return v.Forwards + v.Backwards }, func(p *probe) int { return p.asked + p.pulled }, 1}

func budgetOfBoth(ctx context.Context, s *setting) error      { return s.budget(ctx, limitBoth) }
func budgetOfQueries(ctx context.Context, s *setting) error   { return s.budget(ctx, limitQueries) }
func budgetOfGradients(ctx context.Context, s *setting) error { return s.budget(ctx, limitGradients) }

// budget attacks pictures one by one, so that what the model counts is of one picture, and has the attack
// go on for ever if it would, so that budgets are used up.
func (s *setting) budget(ctx context.Context, l limit) error {
	for i, e := range s.examples(3) {
		e.Stop = never
		all, most, err := s.spend(ctx, l, attack.Budget{}, e)
		if err != nil {
			return fmt.Errorf("picture %d: %w", i, err)
		}
		kept := most - 1 // what is less than a question cannot be used
		if s.th.Levels > 0 {
			kept += l.file
		}
		for _, n := range []int{1, 2, 3, 4, 7, 11, all - 1, all, all + 1} {
			if n < 1 {
				continue
			}
			used, _, err := s.spend(ctx, l, l.of(n), e)
			switch {
			case err != nil:
				return fmt.Errorf("picture %d, %d %s: %w", i, n, l.name, err)
			case used > n:
				return fmt.Errorf("picture %d: %d %s of %d", i, used, l.name, n)
			case all > n && used+kept < n:
				return fmt.Errorf("picture %d: %d %s of %d are used, and %d where there is no budget", i, used, l.name, n, all)
			}
		}
	}
	return nil
}

// spend attacks a picture with a budget, and returns what it takes of a limit, and the most that a question
// of the attack takes. The model must have counted the same.
func (s *setting) spend(ctx context.Context, l limit, b attack.Budget, e attack.Example) (used, most int, err error) {
	m, before := s.model(16), 0
	question := func(*attack.Held) error { // one begins
		now := l.counted(m)
		most, before = max(most, now-before), now
		return nil
	}
	vs, err := s.run(ctx, m, attack.Options{Seed: 2, Budget: b, Between: question}, e)
	if err != nil {
		return 0, 0, err
	}
	question(nil)
	if used = l.reported(vs[0]); used != before {
		err = fmt.Errorf("%d %s are reported, and the model has counted %d", used, l.name, before)
	}
	return used, most, err
}

const (
	budgetTime = 20 * time.Millisecond
	patience   = 10 * time.Second // of a model that waits for the end of a question: no machine is that slow
)

// budgetOfTime has a model that does not answer a question until it is told to end it.
func budgetOfTime(ctx context.Context, s *setting) error {
	e := s.examples(1)[0]
	e.Stop = never
	free := s.model(1)
	if _, err := s.run(ctx, free, attack.Options{}, e); err != nil {
		return err
	}
	m := s.model(1)
	m.before = func(ctx context.Context) error {
		if ctx.Done() == nil || m.asks != min(2, free.asks) { // the last judgement is never ended
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(patience):
			return errors.New("nobody ends the question")
		}
	}
	began := time.Now()
	vs, err := s.run(ctx, m, attack.Options{Budget: attack.Budget{Time: budgetTime}}, e)
	switch took := time.Since(began); {
	case err != nil:
		return err
	case !vs[0].Interrupted:
		return errors.New("the verdict is not marked as interrupted")
	case took < budgetTime || took > patience/2:
		return fmt.Errorf("it took %v, with a budget of %v", took, budgetTime)
	}
	return nil
}
