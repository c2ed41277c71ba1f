package paper

import (
	"context"
	"fmt"

	"hoodwink/nn"
	"hoodwink/report"
	"hoodwink/train"
)

// A history is the error under attack after every epoch of training.
type history struct {
	clean, single, exact []float64 // shares of a part of the test set
}

// historyPart means that a history uses every tenth digit.
const historyPart = 10

// follow records the error of a network in training.
func (s *Study) follow(ctx context.Context, h *history, net *nn.Network) error {
	c, err := newNetwork("", net, batchSize, s.Threads)
	if err != nil {
		return err
	}
	few := every(s.Test, historyPart)
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

// The training of maxout networks. Dropout is lighter than in the paper on maxout (0.2 of the
// input, 0.5 of the units). Adversarial training regularises by itself, and both trainings must use
// the same dropout.
const (
	maxoutEpochs = 10
	maxoutRate   = 0.1
	maxoutNorm   = 1.9365 // the largest length of a piece's weights
)

var maxoutDrop = drop{hidden: 0.2}

// maxoutTrained trains a maxout network on digits, and if adversarial on adversarial ones too.
func (s *Study) maxoutTrained(
	ctx context.Context, name string, adversarial bool, each func(epoch int, net *nn.Network) error,
) (*classified, error) {
	d := maxoutDrop
	if s.Quick {
		d = drop{} // which would need longer training
	}
	net, err := maxoutNetwork(s.units(), d, 1)
	if err != nil {
		return nil, err
	}
	if each != nil {
		if err := each(0, net); err != nil {
			return nil, err
		}
	}
	return s.fit(ctx, name, net, recipe{epochs: s.epochs(maxoutEpochs, 8), batch: s.batch(), rate: maxoutRate, maxNorm: maxoutNorm, seed: 1, adversarial: adversarial, each: each})
}

// plainMaxout returns the study's maxout network.
func (s *Study) plainMaxout(ctx context.Context) (*classified, error) {
	if s.maxout != nil {
		return s.maxout, nil
	}
	var h history
	c, err := s.maxoutTrained(ctx, "maxout", false, func(_ int, net *nn.Network) error { return s.follow(ctx, &h, net) })
	s.maxout, s.maxoutHistory = c, h
	return c, err
}

// hardenedMaxout returns the same network after adversarial training.
func (s *Study) hardenedMaxout(ctx context.Context) (*classified, error) {
	if s.hardened != nil {
		return s.hardened, nil
	}
	c, err := s.maxoutTrained(ctx, "hardened maxout", true, nil)
	s.hardened = c
	return c, err
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
	e.Record("error on clean digits", "0.94 %", report.Points(rounded.clean.err()), fmt.Sprintf("after %d epochs; the paper trained for longer", len(s.maxoutHistory.clean)-1))
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
	e.Figures = append(e.Figures,
		report.Figure{Small: true, Tiles: tiles},
		report.Figure{Drawing: report.Curves{
			Title: "Error of the maxout network as its training goes on", XLabel: "epochs of training", Percent: true,
			Series: []report.Series{
				{Name: "attacked exactly", Y: h.exact},
				{Name: "in single precision", Y: h.single},
				{Name: "clean", Y: h.clean},
			}},
			Caption: fmt.Sprintf("Every %dth digit of the test set, not clipped. The network does not become harder to fool: it becomes so sure that the gradient of its loss is rounded to zero.", historyPart)})
	return nil
}

// convolutional returns the study's convolutional network.
func (s *Study) convolutional(ctx context.Context) (*classified, error) {
	if s.conv != nil {
		return s.conv, nil
	}
	net, err := train.Architecture("cnn", digitShape, classes, train.ArchOptions{Seed: 1})
	if err != nil {
		return nil, err
	}
	s.conv, err = s.fit(ctx, "convolutional", net, recipe{epochs: s.epochs(6, 4), batch: s.batch(), rate: 0.05, seed: 1})
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

func (s *Study) harness(ctx context.Context, e *report.Experiment) error {
	plain, err := s.plainMaxout(ctx)
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
	const cleanName = "error on clean digits, without and with adversarial training"
	better := after.clean.err() < before.clean.err()
	if s.Quick {
		e.Behaves(cleanName, "0.94 % → 0.84 %", both(before.clean.err(), after.clean.err()), better, "alike if it falls; a quick run is too short for that")
	} else {
		e.Demand(cleanName, "0.94 % → 0.84 %", both(before.clean.err(), after.clean.err()), better, "must fall")
	}
	limit := 25.0
	if s.Quick {
		limit = 60
	}
	e.Demand("error after 0.25 along the sign, exact gradient, not clipped", "89.40 % → 17.90 %", both(before.adversarial.err(), after.adversarial.err()), after.adversarial.err() < limit, fmt.Sprintf("must fall below %g %%", limit))
	e.Behaves("confidence on the misclassified", "97.60 % → 81.40 %", both(100*before.adversarial.confidence, 100*after.adversarial.confidence), after.adversarial.confidence < before.adversarial.confidence, "alike if it falls")
	e.Record("error clipped to [0,1]", "", both(before.clipped.err(), after.clipped.err()), "trained on perturbations that are not clipped, it is less used to these")
	tiles, err := s.digits(after, 8)
	if err != nil {
		return err
	}
	e.Figures = append(e.Figures, report.Figure{Small: true, Tiles: tiles, Caption: "The same digits as above, after perturbations made for the hardened network."})
	return nil
}
