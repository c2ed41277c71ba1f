package report

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// A Step is an experiment that is still to be done.
type Step struct {
	Title string
	Text  string // in our own words
	Run   func(ctx context.Context, e *Experiment) error
}

// Run does the steps one after the other and adds them to the page, numbered from 1. Progress, if
// not nil, is called with the number done. A step that lacks what it needs is skipped and says so.
// When ctx ends, Run returns its error, and the page keeps the finished steps.
func (a *ArticlePage) Run(ctx context.Context, steps []Step, progress func(done int)) error {
	for i, s := range steps {
		e := Experiment{Number: fmt.Sprint(i + 1), Title: s.Title, Text: s.Text}
		if err := e.skip("the rest of this experiment", s.Run(ctx, &e)); err != nil {
			if ctx.Err() != nil {
				break
			}
			return fmt.Errorf("experiment %d (%s): %w", i+1, s.Title, err)
		}
		a.Experiments = append(a.Experiments, e)
		if progress != nil {
			progress(i + 1)
		}
	}
	return ctx.Err()
}

// Missing is the error of an experiment whose photo or data set is missing. Only that experiment,
// or that part of it, is skipped.
type Missing struct {
	What string // such as "photos: set HOODWINK_DATA or --data"
}

func (e Missing) Error() string { return "no " + e.What }

// A Part is a piece of an experiment that may be skipped without the others.
type Part struct {
	Name string
	Run  func() error
}

// Parts runs the pieces of an experiment; a piece that lacks what it needs is skipped.
func (e *Experiment) Parts(parts ...Part) error {
	for _, p := range parts {
		if err := e.skip(p.Name, p.Run()); err != nil {
			return err
		}
	}
	return nil
}

// skip records what is missing as a row, and returns any other error.
func (e *Experiment) skip(what string, err error) error {
	var missing Missing
	if errors.As(err, &missing) {
		e.Rows = append(e.Rows, Row{Name: what, Verdict: Skipped, Note: err.Error()})
		return nil
	}
	return err
}

// Must adds a figure in percent that must be within tolerance points of the published one.
func (e *Experiment) Must(name string, published, measured, tolerance float64) {
	r := Row{Name: name, Published: Points(published), Measured: Points(measured), Verdict: Match, Note: fmt.Sprintf("within %g points", tolerance)}
	if !(math.Abs(published-measured) <= tolerance) {
		r.Verdict = MustMatchFailed
	}
	e.Rows = append(e.Rows, r)
}

// Demand adds a figure for which something must hold, as note says.
func (e *Experiment) Demand(name, published, measured string, holds bool, note string) {
	r := Row{Name: name, Published: published, Measured: measured, Verdict: Match, Note: note}
	if !holds {
		r.Verdict = MustMatchFailed
	}
	e.Rows = append(e.Rows, r)
}

// Behaves adds a figure that cannot equal the published one: it must only behave alike, as note
// says.
func (e *Experiment) Behaves(name, published, measured string, alike bool, note string) {
	r := Row{Name: name, Published: published, Measured: measured, Verdict: Recorded, Note: note}
	if alike {
		r.Verdict = BehaviourReproduced
	}
	e.Rows = append(e.Rows, r)
}

// Record adds a figure without any demand.
func (e *Experiment) Record(name, published, measured, note string) {
	e.Rows = append(e.Rows, Row{Name: name, Published: published, Measured: measured, Verdict: Recorded, Note: note})
}

// Points writes a figure in percent with two decimals.
func Points(percent float64) string { return fmt.Sprintf("%.2f %%", percent) }
