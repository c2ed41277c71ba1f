package article

import (
	"context"
	"fmt"

	"hoodwink/report"
)

// An experiment is one that needs a notebook.
type experiment struct {
	id    string
	title string
	text  string
	run   func(nb *Notebook, ctx context.Context, e *report.Experiment) error
}

// experiments are the article's, in its order; the number is the position, from 1.
var experiments = []experiment{
	{"predict", "A pretrained network names what is on a picture", textPredict, (*Notebook).predict},
	{"black", "An all-black picture is velvet", textBlack, (*Notebook).blackPicture},
	{"gradient", "The gradient of an outcome with respect to the pixels", textGradient, (*Notebook).gradientOfOutcome},
	{"gradient-picture", "The gradient is a picture", textGradientPicture, (*Notebook).gradientPicture},
	{"one-step", "One step along the sign", textOneStep, (*Notebook).oneStep},
	{"ten-steps", "Ten small steps go further than one", textTenSteps, (*Notebook).tenSteps},
	{"fun", "Having fun: cat, garbage can, panda", textFun, (*Notebook).fun},
	{"linear", "Linear classifiers break the same way", textLinear, (*Notebook).linear},
	{"sign", "Why the sign, and not just any direction", textSign, (*Notebook).signDirection},
	{"away", "One step away from panda", textAway, (*Notebook).awayFromPanda},
	{"dog", "You cannot fool a dog, and a panda passes through ostrich", textDog, (*Notebook).dog},
	{"harness", "Harness it: adversarial training", textHarness, (*Notebook).harness},
}

// Count is the number of experiments.
var Count = len(experiments)

// Run does every experiment and returns the page that shows them. Progress, if not nil, is called
// with the number done. An experiment whose photo is missing is skipped, and the page says so. When
// ctx ends, Run returns its error together with the experiments done so far.
func (nb *Notebook) Run(ctx context.Context, progress func(done int)) (*report.ArticlePage, error) {
	page := &report.ArticlePage{Lead: textLead}
	var steps []report.Step
	for _, x := range experiments {
		steps = append(steps, nb.step(x))
	}
	err := page.Run(ctx, steps, progress)
	page.Settings = []report.Setting{
		{Name: "network", Value: nb.Model.Name},
		{Name: "SHA-256 of the network", Value: nb.Model.Hash},
		{Name: "photos", Value: nb.Data},
	}
	return page, err
}

func (nb *Notebook) step(x experiment) report.Step {
	return report.Step{Title: x.title, Text: x.text, Run: func(ctx context.Context, e *report.Experiment) error { return x.run(nb, ctx, e) }}
}

// Experiment does one of the experiments, by its name in Figures: predict, black, gradient,
// gradient-picture, one-step, ten-steps, fun, linear, sign, away, dog or harness. If its photo is
// missing, it is skipped and says so.
func (nb *Notebook) Experiment(ctx context.Context, id string) (*report.Experiment, error) {
	for _, x := range experiments {
		if x.id == id {
			return alone(ctx, nb.step(x))
		}
	}
	return nil, fmt.Errorf("the article has no experiment %q", id)
}

// alone does one experiment.
func alone(ctx context.Context, s report.Step) (*report.Experiment, error) {
	var page report.ArticlePage
	if err := page.Run(ctx, []report.Step{s}, nil); err != nil {
		return nil, err
	}
	return &page.Experiments[0], nil
}
