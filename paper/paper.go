// Package paper repeats, on the reader's own machine, the experiments of Goodfellow, Shlens and
// Szegedy, "Explaining and Harnessing Adversarial Examples" (arXiv:1412.6572), on the handwritten
// digits of MNIST, and puts the published figures beside the measured ones.
//
// It keeps the paper's conventions unless it says otherwise. Pixels lie in [0,1]. An adversarial
// example is x + 0.25 sign(dJ/dx) and is not clipped to [0,1]. The error is the share of examples
// that are misclassified. The confidence is the mean probability of the wrong class, over the
// misclassified examples. Clipped figures, those of pictures that a file can hold, stand beside
// them.
//
// Every network is trained here, from fixed seeds: the same machine gives the same page.
package paper

import (
	"context"
	"fmt"
	"slices"

	"hoodwink/dataset"
	"hoodwink/report"
	"hoodwink/tensor"
)

// Eps is the size of the paper's perturbations of digits.
const Eps = 0.25

// A Study holds what the experiments share: the digits, and the classifiers that several of them
// use, each trained when it is first needed.
type Study struct {
	Train, Test *dataset.Set // digits (N,1,28,28) in [0,1], labels 0 to 9
	Threads     int          // for training and measuring; 0 means all. Results do not depend on it

	// Quick reduces the digits and the training to seconds. Then figures must only behave as the
	// paper's do.
	Quick bool

	// Observe, if not nil, is called with the progress of the present task.
	Observe func(what string, done, total int)

	softmax                           *linear
	maxout, conv, hardened, rbf, asks *classified
	maxoutHistory                     history
}

// Sizes of the quick study.
const (
	quickTrain = 6000
	quickTest  = 1000
)

// NewStudy prepares the experiments on the digits in a folder, as [Find] and [Pull] return it.
func NewStudy(dir string, quick bool) (*Study, error) {
	s := &Study{Quick: quick}
	var err error
	if s.Train, err = dataset.MNIST(dir, "train"); err != nil {
		return nil, err
	}
	if s.Test, err = dataset.MNIST(dir, "t10k"); err != nil {
		return nil, err
	}
	for part, set := range map[string]*dataset.Set{"train": s.Train, "t10k": s.Test} {
		if !tensor.SameShape(set.Images.Shape[1:], []int{1, side, side}) {
			return nil, fmt.Errorf("%s: the pictures of %s are %v, want those of MNIST: (1,%d,%d)", dir, part, set.Images.Shape[1:], side, side)
		}
		for i, k := range set.Labels {
			if k >= classes {
				return nil, fmt.Errorf("%s: picture %d of %s has the label %d, want 0 to %d", dir, i, part, k, classes-1)
			}
		}
	}
	if s.Train.Len() < quickTrain || s.Test.Len() < quickTest {
		return nil, fmt.Errorf("%s: %d digits to train with and %d to test, want at least %d and %d", dir, s.Train.Len(), s.Test.Len(), quickTrain, quickTest)
	}
	if quick {
		s.Train, s.Test = first(s.Train, quickTrain), first(s.Test, quickTest)
	}
	return s, nil
}

// The digits of MNIST.
const (
	side    = 28
	classes = 10
)

// first returns the first n pictures of a set, sharing memory.
func first(set *dataset.Set, n int) *dataset.Set {
	n = min(n, set.Len())
	shape := append([]int{n}, set.Images.Shape[1:]...)
	return &dataset.Set{Images: tensor.FromSlice(set.Images.Data[:tensor.Size(shape)], shape...), Labels: set.Labels[:n]}
}

// every returns a copy of every n-th picture of a set.
func every(set *dataset.Set, n int) *dataset.Set {
	shape := slices.Clone(set.Images.Shape)
	shape[0] = (set.Len() + n - 1) / n
	out := &dataset.Set{Images: tensor.New(shape...)}
	for i := range shape[0] {
		copy(out.Images.Image(i), set.Images.Image(i*n))
		out.Labels = append(out.Labels, set.Labels[i*n])
	}
	return out
}

// experiments in the order of the page; the number is the position, from 1.
var experiments = []struct {
	title string
	text  string
	run   func(s *Study, ctx context.Context, e *report.Experiment) error
}{
	{"Logistic regression: a three or a seven", textLogistic, (*Study).threesAndSevens},
	{"Softmax regression on all ten digits", textSoftmax, (*Study).tenDigits},
	{"A maxout network", textMaxout, (*Study).maxoutFooled},
	{"A convolutional network", textConv, (*Study).convFooled},
	{"Harness it: adversarial training", textHarness, (*Study).harness},
	{"Adversarial training is not weight decay", textDecay, (*Study).decay},
	{"What the first layer looks for", textFilters, (*Study).filters},
	{"A network that knows when it does not know", textRBF, (*Study).radial},
	{"Rubbish that no one would take for a digit", textRubbish, (*Study).rubbish},
	{"What fools one fools another", textTransfer, (*Study).transfer},
	{"A straight line through pixel space", textLine, (*Study).line},
}

// Count is the number of experiments.
var Count = len(experiments)

// Run does every experiment and returns the page that shows them. Progress, if not nil, is called
// with the number done. When ctx ends, Run returns its error together with the experiments done so
// far.
func (s *Study) Run(ctx context.Context, progress func(done int)) (*report.ArticlePage, error) {
	page := &report.ArticlePage{Title: "Explaining and harnessing adversarial examples, on your machine", Lead: textLead}
	var steps []report.Step
	for _, x := range experiments {
		steps = append(steps, report.Step{Title: x.title, Text: x.text, Run: func(ctx context.Context, e *report.Experiment) error { return x.run(s, ctx, e) }})
	}
	err := page.Run(ctx, steps, progress)
	page.Settings = []report.Setting{
		{Name: "digits", Value: fmt.Sprintf("MNIST: %d to train with, %d to test", s.Train.Len(), s.Test.Len())},
		{Name: "perturbations", Value: fmt.Sprintf("%g along the sign of the gradient, pixels in [0,1]; not clipped where not said", Eps)},
	}
	if s.Quick {
		page.Settings = append(page.Settings, report.Setting{Name: "quick", Value: "a part of the digits and of the training: figures are not the paper's"})
	}
	return page, err
}

// epochs returns the number of passes over the digits, fewer in a quick study.
func (s *Study) epochs(full, quick int) int {
	if s.Quick {
		return quick
	}
	return full
}

// batch returns the number of digits in a step of training, fewer in a quick study.
func (s *Study) batch() int {
	if s.Quick {
		return 40
	}
	return 100
}

// units returns the number of units of a layer of maxout networks.
func (s *Study) units() int {
	if s.Quick {
		return quickUnits
	}
	return allUnits
}

// observe reports the progress of the present task.
func (s *Study) observe(what string, done, total int) {
	if s.Observe != nil {
		s.Observe(what, done, total)
	}
}

// match adds a figure that must be within tolerance points of the published one; in a quick study
// it must only behave alike.
func (s *Study) match(e *report.Experiment, name string, published, measured, tolerance float64, alike bool) {
	if s.Quick {
		e.Demand(name, report.Points(published), report.Points(measured), alike, "a quick run: need not be the figure")
		return
	}
	e.Must(name, published, measured, tolerance)
}
