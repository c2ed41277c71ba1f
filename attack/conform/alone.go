package conform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"hoodwink/attack"
	"hoodwink/tensor"
)

func sameSeed(ctx context.Context, s *setting) error {
	list := s.examples(6)
	want, err := s.run(ctx, s.model(3), attack.Options{Seed: 5}, list...)
	if err != nil {
		return err
	}
	got, err := s.run(ctx, s.model(3), attack.Options{Seed: 5}, list...)
	if err != nil {
		return err
	}
	return allSame(got, want)
}

func sameTogether(ctx context.Context, s *setting) error {
	list := s.examples(8)
	alone := make(verdicts, len(list))
	for i, e := range list {
		v, err := s.run(ctx, s.model(1), attack.Options{Seed: 5}, e)
		if err != nil {
			return err
		}
		alone[i] = v[0]
	}
	for _, n := range []int{1, 3, 8} {
		for _, batch := range []int{1, 3, 16} {
			got, err := s.run(ctx, s.model(batch), attack.Options{Seed: 5, Threads: 1 + batch%2}, list[:n]...)
			if err == nil {
				err = allSame(got, alone[:n])
			}
			if err != nil {
				return fmt.Errorf("%d pictures in batches of %d: %w", n, batch, err)
			}
		}
	}
	slices.Reverse(list)
	slices.Reverse(alone)
	got, err := s.run(ctx, s.model(3), attack.Options{Seed: 5}, list...)
	if err == nil {
		err = allSame(got, alone)
	}
	if err != nil {
		return fmt.Errorf("in another order: %w", err)
	}
	return nil
}

func sameParked(ctx context.Context, s *setting) error {
	list := s.examples(5)
	want, err := s.run(ctx, s.model(2), attack.Options{Seed: 1}, list...)
	if err != nil {
		return err
	}
	calls := 0
	o := attack.Options{Seed: 1, Between: func(h *attack.Held) error {
		calls++
		if held := h.Bytes(); held <= 0 {
			return fmt.Errorf("%d bytes are held", held)
		}
		var file bytes.Buffer
		if err := h.Park(&file); err != nil {
			return err
		}
		return h.Return(&file)
	}}
	got, err := s.run(ctx, s.model(2), o, list...)
	if err != nil {
		return err
	}
	if calls == 0 {
		return errors.New("nothing was asked")
	}
	return allSame(got, want)
}

// A sighting is what an observer got.
type sighting struct {
	pixels, logits []float32
	met, file      bool
	size, loss     float64
}

// watch attacks pictures with an observer, and returns what it saw of each.
func (s *setting) watch(ctx context.Context, m *probe, list []attack.Example) (verdicts, [][]sighting, error) {
	seen := make([][]sighting, len(list))
	o := attack.Options{Seed: 5, Observe: func(step attack.Step) {
		seen[step.Image] = append(seen[step.Image], sighting{
			slices.Clone(step.Pixels), slices.Clone(step.Logits), step.Met, step.File,
			s.th.Norm.Distance(step.Pixels, list[step.Image].X, shape[0]), step.Loss,
		})
	}}
	vs, err := s.run(ctx, m, o, list...)
	return vs, seen, err
}

func observed(ctx context.Context, s *setting) error {
	list := s.examples(6)
	want, err := s.run(ctx, s.model(4), attack.Options{Seed: 5}, list...)
	if err != nil {
		return err
	}
	var asked [][]float32
	m := s.model(4)
	m.after = func(x, _ *tensor.Tensor) error {
		for i := range x.Batch() {
			asked = append(asked, slices.Clone(x.Image(i)))
		}
		return nil
	}
	got, seen, err := s.watch(ctx, m, list)
	if err != nil {
		return err
	}
	if err := allSame(got, want); err != nil {
		return fmt.Errorf("with an observer: %w", err)
	}
	for i, v := range got {
		result := func(o sighting) bool { return slices.Equal(o.pixels, v.X) && slices.Equal(o.logits, v.Logits) }
		if !slices.ContainsFunc(seen[i], result) || len(seen[i]) > v.Forwards {
			return fmt.Errorf("picture %d: %d sightings of %d queries, the result among them: %v",
				i, len(seen[i]), v.Forwards, slices.ContainsFunc(seen[i], result))
		}
		for _, o := range seen[i] {
			if o.met != list[i].Goal.Met(o.logits) {
				return fmt.Errorf("picture %d: an observer is told %v, and the logits say %v", i, o.met, !o.met)
			}
			if !slices.ContainsFunc(asked, func(x []float32) bool { return slices.Equal(x, o.pixels) }) {
				return fmt.Errorf("picture %d: an observer is shown what was not classified", i)
			}
		}
	}
	return nil
}

func highestLoss(ctx context.Context, s *setting) error {
	list := s.examples(6)
	for i := range list {
		list[i].Goal = never
	}
	vs, seen, err := s.watch(ctx, s.model(4), list)
	if err != nil {
		return err
	}
	for i, v := range vs {
		for _, o := range seen[i] {
			if o.file == (s.th.Levels > 0) && !v.Turned && o.loss > v.Loss {
				return fmt.Errorf("picture %d: one had the loss %g, and the result has %g", i, o.loss, v.Loss)
			}
		}
	}
	return nil
}

func smallestOfAll(ctx context.Context, s *setting) error {
	list := s.examples(9)
	vs, seen, err := s.watch(ctx, s.model(4), list)
	if err != nil {
		return err
	}
	for i, v := range vs {
		for _, o := range seen[i] {
			if o.met && o.file == (s.th.Levels > 0) && (!v.Success || o.size < v.Size) {
				return fmt.Errorf("picture %d: one of size %g meets the goal; the result has size %g (success %v)", i, o.size, v.Size, v.Success)
			}
		}
	}
	return nil
}

func noGradients(ctx context.Context, s *setting) error {
	return s.each(ctx, func(_ attack.Example, v *attack.Verdict) error {
		if v.Backwards > 0 {
			return fmt.Errorf("%d gradients", v.Backwards)
		}
		return nil
	})
}

func classesOnly(ctx context.Context, s *setting) error {
	list := s.examples(6)
	want, err := s.run(ctx, s.model(3), attack.Options{Seed: 5}, list...)
	if err != nil {
		return err
	}
	m := s.model(3)
	m.access = attack.Scores
	got, err := s.run(ctx, m, attack.Options{Seed: 5}, list...)
	if err != nil {
		return err
	}
	for i, v := range got {
		if !slices.EqualFunc(v.X, want[i].X, sameBits) || v.Forwards != want[i].Forwards {
			return fmt.Errorf("picture %d: a model that gives scores leads elsewhere than one that gives classes", i)
		}
	}
	return nil
}
