package paper

import (
	"context"
	"fmt"

	"hoodwink/nn"
	"hoodwink/report"
)

// A history is the error under attack after every epoch of training.
type history struct {
	clean, single, exact []float64 // shares of the first digits of the test set
}

// historyDigits is how many digits a history looks at.
const historyDigits = 1000

// follow records the error of a network in training.
func (s *Study) follow(ctx context.Context, h *history, net *nn.Network) error {
	c, err := newNetwork("", net, batchSize, s.Threads)
	if err != nil {
		return err
	}
	few := first(s.Test, historyDigits)
	for _, g := range []struct {
		to *[]float64
		gradient
	}{{&h.single, single}, {&h.exact, exact}} {
		x, err := fgsm(ctx, c.classifier, few.Images, few.Labels, Eps, g.gradient)
		if err != nil {
			return err
		}
		m, err := measure(ctx, c.classifier, x, few.Labels, nil)
		if err != nil {
			return err
		}
		*g.to = append(*g.to, m.err()/100)
	}
	m, err := measure(ctx, c.classifier, few.Images, few.Labels, nil)
	h.clean = append(h.clean, m.err()/100)
	return err
}

// maxoutRecipe trains the paper's network.
func (s *Study) maxoutRecipe() recipe {
	return recipe{epochs: s.epochs(maxoutEpochs, 5), rate: maxoutRate, seed: 1}
}

// The training of maxout networks.
const (
	maxoutEpochs = 14
	maxoutRate   = 0.1
)

// paperDrop is the maxout network's in the paper that introduced it.
var paperDrop = drop{input: 0.2, hidden: 0.5}

// plainMaxout returns the study's maxout network.
func (s *Study) plainMaxout(ctx context.Context) (*classified, error) {
	if s.maxout != nil {
		return s.maxout, nil
	}
	net, err := maxoutNetwork(paperDrop, 1)
	if err != nil {
		return nil, err
	}
	r := s.maxoutRecipe()
	r.each = func(_ int, net *nn.Network) error { return s.follow(ctx, &s.maxoutHistory, net) }
	s.maxout, err = s.fit(ctx, "maxout", net, r)
	return s.maxout, err
}

func (s *Study) maxoutFooled(ctx context.Context, e *report.Experiment) error {
	c, err := s.plainMaxout(ctx)
	if err != nil {
		return err
	}
	rounded, err := assail(ctx, c.classifier, s.Test, single)
	if err != nil {
		return err
	}
	full, err := assail(ctx, c.classifier, s.Test, exact)
	if err != nil {
		return err
	}
	e.Record("error on clean digits", "0.94 %", report.Points(rounded.clean.err()), "the paper trained for hundreds of epochs, this is "+fmt.Sprint(len(s.maxoutHistory.clean)))
	s.match(e, "error after 0.25 along the sign, in single precision, not clipped", 89.4, rounded.adversarial.err(), 2, rounded.adversarial.err() > 75)
	e.Behaves("confidence on the misclassified", "97.60 %", report.Points(100*rounded.adversarial.confidence), rounded.adversarial.confidence > 0.6, "alike if above 60 %")
	e.Record("the same, clipped to [0,1]: error, confidence", "", report.Points(rounded.clipped.err())+", "+report.Points(100*rounded.clipped.confidence), "")
	e.Record("error with the exact gradient, not clipped", "", report.Points(full.adversarial.err()), "the signs of a gradient that is not rounded to zero")
	e.Record("the same, clipped to [0,1]", "", report.Points(full.clipped.err()), "")
	tiles, err := s.digits(full, 8)
	if err != nil {
		return err
	}
	h := s.maxoutHistory
	var epochs []float64
	for i := range h.clean {
		epochs = append(epochs, float64(i+1))
	}
	e.Figures = append(e.Figures,
		report.Figure{Small: true, Tiles: tiles},
		report.Figure{Drawing: report.Curves{
			Title: "Error of the maxout network as its training goes on", XLabel: "epoch", Percent: true,
			Series: []report.Series{
				{Name: "attacked exactly", X: epochs, Y: h.exact},
				{Name: "in single precision", X: epochs, Y: h.single},
				{Name: "clean", X: epochs, Y: h.clean},
			}},
			Caption: fmt.Sprintf("The first %d digits of the test set. The network does not become harder to fool: it becomes so sure that the gradient of its loss is rounded to zero.", historyDigits)})
	return nil
}

// convolutional returns the study's convolutional network.
func (s *Study) convolutional(ctx context.Context) (*classified, error) {
	if s.conv != nil {
		return s.conv, nil
	}
	net, err := convNetwork(1)
	if err != nil {
		return nil, err
	}
	s.conv, err = s.fit(ctx, "convolutional", net, recipe{epochs: s.epochs(6, 5), rate: 0.05, seed: 1})
	return s.conv, err
}

func (s *Study) convFooled(ctx context.Context, e *report.Experiment) error {
	c, err := s.convolutional(ctx)
	if err != nil {
		return err
	}
	a, err := assail(ctx, c.classifier, s.Test, exact)
	if err != nil {
		return err
	}
	e.Record("error on clean digits", "", report.Points(a.clean.err()), "")
	e.Behaves("error after 0.25 along the sign, not clipped", "87.15 % (on CIFAR-10, by 0.1)", report.Points(a.adversarial.err()), a.adversarial.err() > 50, "alike if above 50 %")
	e.Behaves("confidence on the misclassified", "96.60 % (on CIFAR-10, by 0.1)", report.Points(100*a.adversarial.confidence), a.adversarial.confidence > 0.6, "alike if above 60 %")
	e.Record("the same, clipped to [0,1]: error, confidence", "", report.Points(a.clipped.err())+", "+report.Points(100*a.clipped.confidence), "")
	return nil
}

// hardenedDrop is what adversarial training leaves of dropout: the perturbation
// regularises by itself.
var hardenedDrop = drop{input: 0, hidden: 0.2}

// hardenedMaxout returns the maxout network trained on adversarial examples, and
// plainTwin the one trained in the same way on clean digits.
func (s *Study) hardenedMaxout(ctx context.Context) (*classified, error) {
	if s.hardened == nil {
		var err error
		if s.hardened, err = s.twin(ctx, "adversarially trained maxout", true); err != nil {
			return nil, err
		}
	}
	return s.hardened, nil
}

func (s *Study) plainTwin(ctx context.Context) (*classified, error) {
	if s.unhardened == nil {
		var err error
		if s.unhardened, err = s.twin(ctx, "maxout, same training", false); err != nil {
			return nil, err
		}
	}
	return s.unhardened, nil
}

func (s *Study) twin(ctx context.Context, name string, adversarial bool) (*classified, error) {
	net, err := maxoutNetwork(hardenedDrop, 1)
	if err != nil {
		return nil, err
	}
	r := s.maxoutRecipe()
	r.epochs, r.adversarial = s.epochs(hardenedEpochs, 5), adversarial
	return s.fit(ctx, name, net, r)
}

// hardenedEpochs is the length of adversarial training.
const hardenedEpochs = 8

func (s *Study) harness(ctx context.Context, e *report.Experiment) error {
	plain, err := s.plainTwin(ctx)
	if err != nil {
		return err
	}
	hard, err := s.hardenedMaxout(ctx)
	if err != nil {
		return err
	}
	before, err := assail(ctx, plain.classifier, s.Test, exact)
	if err != nil {
		return err
	}
	after, err := assail(ctx, hard.classifier, s.Test, exact)
	if err != nil {
		return err
	}
	both := func(v, w float64) string { return report.Points(v) + " → " + report.Points(w) }
	better := after.clean.err() < before.clean.err()
	s.demand(e, "error on clean digits, without and with adversarial training", "0.94 % → 0.84 %", both(before.clean.err(), after.clean.err()), better || s.Quick, "must fall")
	limit := 25.0
	if s.Quick {
		limit = 60
	}
	s.demand(e, "error after 0.25 along the sign, not clipped", "89.40 % → 17.90 %", both(before.adversarial.err(), after.adversarial.err()), after.adversarial.err() < limit, fmt.Sprintf("must fall below %g %%", limit))
	e.Record("confidence on the misclassified", "97.60 % → 81.40 %", both(100*before.adversarial.confidence, 100*after.adversarial.confidence), "")
	e.Record("error clipped to [0,1]", "", both(before.clipped.err(), after.clipped.err()), "")
	return nil
}
