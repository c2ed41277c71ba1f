package article

import (
	"context"
	"errors"
	"fmt"
	"math"

	"hoodwink/report"
)

// An experiment is one numbered step of the article.
type experiment struct {
	title string
	text  string // in our own words
	run   func(nb *Notebook, ctx context.Context, e *report.Experiment) error
}

// experiments in the article's order; the number is the position, from 1.
var experiments = []experiment{
	{"A pretrained network names what is on a picture", textPredict, (*Notebook).predict},
	{"An all-black picture is velvet", textBlack, (*Notebook).blackPicture},
	{"The gradient of an outcome with respect to the pixels", textGradient, (*Notebook).gradientOfOutcome},
	{"The gradient is a picture", textGradientPicture, (*Notebook).gradientPicture},
	{"One step along the sign", textOneStep, (*Notebook).oneStep},
	{"Ten small steps go further than one", textTenSteps, (*Notebook).tenSteps},
	{"Having fun: cat, garbage can, panda", textFun, (*Notebook).fun},
	{"Linear classifiers break the same way", textLinear, (*Notebook).linear},
	{"Why the sign, and not just any direction", textSign, (*Notebook).signDirection},
	{"One step away from panda", textAway, (*Notebook).awayFromPanda},
	{"You cannot fool a dog, and a panda passes through ostrich", textDog, (*Notebook).dog},
	{"Harness it: adversarial training", textHarness, (*Notebook).harness},
}

// Count is the number of experiments.
var Count = len(experiments)

// Run does every experiment and returns the page that shows them. Progress, if not
// nil, is told how many are done. What misses its photo is skipped and says so; when
// ctx ends, Run returns its error together with the experiments done so far.
func (nb *Notebook) Run(ctx context.Context, progress func(done int)) (*report.ArticlePage, error) {
	page := &report.ArticlePage{Lead: textLead}
	for i, x := range experiments {
		e := report.Experiment{Number: fmt.Sprint(i + 1), Title: x.title, Text: x.text}
		err := x.run(nb, ctx, &e)
		if err = skipped(&e, "the rest of this experiment", err); err != nil {
			if ctx.Err() != nil {
				break
			}
			return nil, fmt.Errorf("experiment %d (%s): %w", i+1, x.title, err)
		}
		page.Experiments = append(page.Experiments, e)
		if progress != nil {
			progress(i + 1)
		}
	}
	page.Settings = []report.Setting{
		{Name: "network", Value: nb.Model.Name},
		{Name: "SHA-256 of the network", Value: nb.Model.Hash},
		{Name: "photos", Value: nb.Data},
	}
	return page, ctx.Err()
}

// A part is a piece of an experiment that may be skipped without the others.
type part struct {
	name string
	run  func() error
}

// parts runs the pieces of an experiment; one that misses its photo is skipped.
func (nb *Notebook) parts(e *report.Experiment, parts ...part) error {
	for _, p := range parts {
		if err := skipped(e, p.name, p.run()); err != nil {
			return err
		}
	}
	return nil
}

// skipped records a missing photo as a row, and returns any other error.
func skipped(e *report.Experiment, what string, err error) error {
	var missing errNoPhoto
	if errors.As(err, &missing) {
		e.Rows = append(e.Rows, report.Row{Name: what, Verdict: report.Skipped, Note: err.Error()})
		return nil
	}
	return err
}

// must adds a figure in percent that has to be within tolerance points of the published one.
func must(e *report.Experiment, name string, published, measured, tolerance float64) {
	r := report.Row{Name: name, Published: percent(published), Measured: percent(measured), Verdict: report.Match, Note: fmt.Sprintf("within %g points", tolerance)}
	if !(math.Abs(published-measured) <= tolerance) {
		r.Verdict = report.MustMatchFailed
	}
	e.Rows = append(e.Rows, r)
}

// behaves adds a figure of another photo: what counts is that it behaves alike.
func behaves(e *report.Experiment, name, published, measured string, alike bool, note string) {
	r := report.Row{Name: name, Published: published, Measured: measured, Verdict: report.Recorded, Note: note}
	if alike {
		r.Verdict = report.BehaviourReproduced
	}
	e.Rows = append(e.Rows, r)
}

func percent(v float64) string { return fmt.Sprintf("%.2f %%", v) }
