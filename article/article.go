package article

import (
	"context"

	"hoodwink/report"
)

// experiments are the article's, in its order; the number is the position, from 1.
var experiments = []struct {
	title string
	text  string
	run   func(nb *Notebook, ctx context.Context, e *report.Experiment) error
}{
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
	var steps []report.Step
	for _, x := range experiments {
		steps = append(steps, report.Step{Title: x.title, Text: x.text, Run: func(ctx context.Context, e *report.Experiment) error { return x.run(nb, ctx, e) }})
	}
	err := page.Run(ctx, steps, progress)
	page.Settings = []report.Setting{
		{Name: "network", Value: nb.Model.Name},
		{Name: "SHA-256 of the network", Value: nb.Model.Hash},
		{Name: "photos", Value: nb.Data},
	}
	return page, err
}
