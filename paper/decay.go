package paper

import (
	"context"
	"fmt"

	"hoodwink/dataset"
	"hoodwink/nn"
	"hoodwink/report"
	"hoodwink/train"
)

// The coefficients of L1 decay: the size of the adversarial perturbation, the paper's coefficient
// for its maxout network, and a tenth of that.
var decays = []float64{Eps, 0.0025, 0.00025}

func (s *Study) decay(ctx context.Context, e *report.Experiment) error {
	seen := first(s.Train, s.Test.Len())
	for _, l1 := range decays {
		learnt, unseen, err := s.decayed(ctx, seen, "linear", recipe{epochs: s.epochs(4, 2), batch: s.batch(), rate: 0.1, l1: l1, seed: 1})
		if err != nil {
			return err
		}
		e.Record(fmt.Sprintf("softmax regression, L1 decay %g: error on digits trained with, on fresh ones", l1), "", report.Points(learnt)+", "+report.Points(unseen), "")
	}
	learnt, unseen, err := s.decayed(ctx, seen, "linear", recipe{epochs: s.epochs(4, 2), batch: s.batch(), rate: 0.1, adversarial: true, seed: 1})
	if err != nil {
		return err
	}
	e.Record(fmt.Sprintf("softmax regression, adversarial training with %g", Eps), "", report.Points(learnt)+", "+report.Points(unseen), "")
	const paperDecay = 0.0025
	learnt, unseen, err = s.decayed(ctx, seen, "maxout", recipe{epochs: s.epochs(2, 2), batch: s.batch(), rate: maxoutRate, maxNorm: maxoutNorm, l1: paperDecay, seed: 1})
	if err != nil {
		return err
	}
	e.Behaves(fmt.Sprintf("maxout, L1 decay %g: error on digits trained with", paperDecay), "over 5 %, stuck", report.Points(learnt), learnt > 5, "alike if above 5 %; on fresh ones "+report.Points(unseen))
	return nil
}

// decayed trains a network and returns its error in percent on the digits that it was trained with,
// and on the test set.
func (s *Study) decayed(
	ctx context.Context, seen *dataset.Set, build string, r recipe,
) (learnt, unseen float64, err error) {
	var net *nn.Network
	what := fmt.Sprintf("%s, L1 decay %g", build, r.l1)
	if r.adversarial {
		what = build + ", adversarially"
	}
	if build == "maxout" {
		net, err = maxoutNetwork(s.units(), drop{}, 1)
	} else {
		net, err = train.Architecture("linear", digitShape, classes, train.ArchOptions{})
	}
	if err != nil {
		return 0, 0, err
	}
	c, err := s.fit(ctx, what, net, r)
	if err != nil {
		return 0, 0, err
	}
	a, err := measure(ctx, c.classifier, seen.Images, seen.Labels, nil)
	if err != nil {
		return 0, 0, err
	}
	b, err := measure(ctx, c.classifier, s.Test.Images, s.Test.Labels, nil)
	return a.err(), b.err(), err
}
