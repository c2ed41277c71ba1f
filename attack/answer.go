package attack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"hoodwink/tensor"
)

// answer asks the model about rows, at most as many as a batch has.
func (r *runner) answer(ctx context.Context, rows []*query) error {
	rows = expire(ctx, rows)
	if len(rows) == 0 {
		return nil
	}
	slices.SortStableFunc(rows, byGradient)
	n := len(rows)
	x := r.views[0].First(r.x, n)
	r.part = rows
	r.team.For(n, r.bodies.gather)
	for i, row := range rows {
		r.keys[i] = row.key
	}
	asking, cancel := patience(ctx, rows)
	defer cancel()
	logits, err := r.m.Ask(asking, x, r.keys[:n])
	each, some := err.(RowErrors)
	switch {
	case err == nil || some:
	case asking.Err() != nil:
		return r.answer(ctx, rows) // without those whose time is over
	default:
		return fmt.Errorf("%s: %w", r.info.Name, err)
	}
	if some && len(each) != n {
		return fmt.Errorf("%s: the model gives %d errors for %d pictures", r.info.Name, len(each), n)
	}
	if !some || slices.Contains(each, nil) {
		if err := checkRows(logits, n, r.m.Classes()); err != nil {
			return fmt.Errorf("%s: %w", r.info.Name, err)
		}
	}
	pulls, wanted := 0, 0 // gradients of a row, and rows up to the last one of which one is wanted
	for i, row := range rows {
		if each != nil && each[i] != nil {
			row.t.Fail(each[i])
			continue
		}
		row.answer(logits.Image(i))
		if row.pull || len(row.classes) > 0 {
			pulls, wanted = max(pulls, len(row.classes), 1), i+1
		}
	}
	rows = rows[:wanted]
	for k := 0; k < pulls; {
		pulling, cancel := patience(ctx, rows)
		err := r.pull(pulling, rows, k)
		ended := pulling.Err() != nil
		cancel()
		switch {
		case err == nil:
			k++
		case !ended:
			return fmt.Errorf("%s: %w", r.info.Name, err)
		case len(expire(ctx, rows)) == 0:
			return nil
		}
	}
	return nil
}

// byGradient sorts rows of which no gradient is wanted behind the others, so that none is computed of
// them.
func byGradient(a, b *query) int {
	last := func(q *query) int {
		if q.g == nil && len(q.classes) == 0 {
			return 1
		}
		return 0
	}
	return last(a) - last(b)
}

// pull computes the gradients of rows: that of the loss, or for a row that wants a Jacobian that of
// its class k.
func (r *runner) pull(ctx context.Context, rows []*query, k int) error {
	d := r.views[1].First(r.dlogits, len(rows))
	for i, row := range rows {
		clear(d.Image(i))
		switch {
		case k < len(row.classes):
			d.Image(i)[row.classes[k]] = 1
		case row.pull && k == 0:
			row.scale = cotangent(d.Image(i), row.exact)
		}
	}
	dx, err := r.m.Pull(ctx, d)
	if err != nil {
		return err
	}
	r.part, r.class, r.dx = rows, k, dx
	r.team.For(len(rows), r.bodies.deliver)
	return nil
}

// gather copies row i to the batch.
func (r *runner) gather(_, i int) { copy(r.x.Image(i), r.part[i].x) }

// deliver copies the gradient of row i to where it is wanted.
func (r *runner) deliver(_, i int) {
	switch row := r.part[i]; {
	case r.class < len(row.classes):
		copy(row.jacobian[r.class], r.dx.Image(i))
	case row.pull && r.class == 0:
		copy(row.g, r.dx.Image(i))
	}
}

// expire interrupts the trials that the context or their own time has ended, and returns the rows
// of the others. The last judgement of a trial is always answered.
func expire(ctx context.Context, rows []*query) []*query {
	late := func(r *query) bool {
		end, limited := r.t.deadline()
		if !r.t.final && !r.t.over && (ctx.Err() != nil || limited && !time.Now().Before(end)) {
			r.t.v.Interrupted, r.t.over = true, true
		}
		return !r.t.final && r.t.over
	}
	if !slices.ContainsFunc(rows, late) {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), late)
}

// patience returns the context of a question about rows: it ends with ctx, or when the time of one
// of their trials is over. The last judgements of trials are not interrupted.
func patience(ctx context.Context, rows []*query) (context.Context, context.CancelFunc) {
	var first time.Time
	final := true
	for _, r := range rows {
		if r.t.final || r.t.over {
			continue
		}
		final = false
		if end, limited := r.t.deadline(); limited && (first.IsZero() || end.Before(first)) {
			first = end
		}
	}
	switch {
	case final:
		return context.WithoutCancel(ctx), func() {}
	case first.IsZero():
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, first)
}

// checkRows returns an error unless logits is (n,k).
func checkRows(logits *tensor.Tensor, n, k int) error {
	if logits == nil {
		return errors.New("the model gives no answer")
	}
	if s := logits.Shape; len(s) != 2 || s[0] != n || s[1] != k || logits.Len() != n*k {
		return fmt.Errorf("the model's logits have shape %v and %d values, want (%d, %d)", s, logits.Len(), n, k)
	}
	return nil
}
