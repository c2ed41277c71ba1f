package paper

import (
	"context"
	"math"
	"strings"

	"hoodwink/nn"
	"hoodwink/report"
	"hoodwink/tensor"
)

// firstBeta is the initial precision of the RBF network.
const firstBeta = 0.1

// exponents is the loss of ten radial basis units, each asked "is it this digit?" and answering
// with the probability exp(logit).
func exponents(d, logits *tensor.Tensor, labels []int) (mean float64) {
	share := 1 / float64(len(labels))
	for n, label := range labels {
		to := d.Image(n)
		for k, z := range logits.Image(n) {
			t := min(float64(z), -1e-6) // keeps the probability below 1
			if k == label {
				mean -= share * t
				to[k] = float32(-share)
				continue
			}
			mean -= share * math.Log(-math.Expm1(t))
			to[k] = float32(share / math.Expm1(-t))
		}
	}
	return mean
}

// exps computes the probabilities of the radial basis network: one for each digit, which do not add
// up to 1.
func exps(dst []float64, logits []float32) {
	for k, z := range logits {
		dst[k] = math.Exp(float64(z))
	}
}

// radialNetwork returns the study's RBF network.
func (s *Study) radialNetwork(ctx context.Context) (*classified, error) {
	if s.rbf != nil {
		return s.rbf, nil
	}
	net, err := rbfNetwork(s.Train.Images, s.Train.Labels)
	if err != nil {
		return nil, err
	}
	s.rbf, err = s.fit(ctx, "RBF", net, recipe{epochs: s.epochs(5, 5), batch: s.batch(), rate: 0.01, seed: 1, loss: exponents, constrain: positive})
	return s.rbf, err
}

// positive keeps precisions above zero.
func positive(parameters []nn.Parameter) {
	for _, p := range parameters {
		if strings.HasSuffix(p.Name, "/beta") {
			for i, v := range p.Value.Data {
				p.Value.Data[i] = max(v, 1e-4)
			}
		}
	}
}

func (s *Study) radial(ctx context.Context, e *report.Experiment) error {
	c, err := s.radialNetwork(ctx)
	if err != nil {
		return err
	}
	clean, err := measure(ctx, c.classifier, s.Test.Images, s.Test.Labels, exps)
	if err != nil {
		return err
	}
	x, err := fgsm(ctx, c.classifier, s.Test.Images, s.Test.Labels, Eps, gradientOf(exponents))
	if err != nil {
		return err
	}
	fooled, err := measure(ctx, c.classifier, x, s.Test.Labels, exps)
	if err != nil {
		return err
	}
	cut, err := measure(ctx, c.classifier, clipped(x), s.Test.Labels, exps)
	if err != nil {
		return err
	}
	e.Record("error on clean digits", "", report.Points(clean.err()), "")
	e.Record("mean confidence on clean digits", "60.60 %", report.Points(100*clean.certainty), "")
	e.Record("error after 0.25 along the sign, not clipped", "55.40 %", report.Points(fooled.err()), "")
	e.Behaves("confidence on the misclassified", "1.20 %", report.Points(100*fooled.confidence), fooled.confidence < clean.certainty/4, "alike if less than a quarter of that on clean digits")
	e.Record("the same, clipped to [0,1]: error, confidence", "", report.Points(cut.err())+", "+report.Points(100*cut.confidence), "")
	return nil
}
