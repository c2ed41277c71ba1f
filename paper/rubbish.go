package paper

import (
	"context"
	"fmt"
	"math/rand/v2"

	"hoodwink/attack"
	"hoodwink/report"
	"hoodwink/tensor"
	"hoodwink/train"
)

// noise returns n pictures of independent standard normal pixels.
func noise(n int, seed uint64) *tensor.Tensor {
	rng := rand.New(rand.NewPCG(seed, 784))
	x := tensor.New(n, 1, side, side)
	for i := range x.Data {
		x.Data[i] = float32(rng.NormFloat64())
	}
	return x
}

// asking returns a maxout network whose ten outputs are independent sigmoids.
func (s *Study) asking(ctx context.Context) (*classified, error) {
	if s.asks != nil {
		return s.asks, nil
	}
	net, err := maxoutNetwork(s.units(), maxoutDrop, 1)
	if err != nil {
		return nil, err
	}
	s.asks, err = s.fit(ctx, "maxout with sigmoids", net, recipe{epochs: s.epochs(4, 4), batch: s.batch(), rate: maxoutRate, maxNorm: maxoutNorm, seed: 1, loss: sigmoids})
	return s.asks, err
}

// sigmoidsOf computes the probabilities of independent sigmoids.
func sigmoidsOf(dst []float64, logits []float32) {
	for k, z := range logits {
		dst[k] = train.Sigmoid(float64(z))
	}
}

func (s *Study) rubbish(ctx context.Context, e *report.Experiment) error {
	maxout, err := s.plainMaxout(ctx)
	if err != nil {
		return err
	}
	asks, err := s.asking(ctx)
	if err != nil {
		return err
	}
	softmax, err := s.softmaxRegression(ctx)
	if err != nil {
		return err
	}
	rbf, err := s.radialNetwork(ctx)
	if err != nil {
		return err
	}
	x := noise(s.Test.Len(), 1)
	for _, r := range []struct {
		classifier
		published string
		prob      func([]float64, []float32)
		alike     func(err float64) bool
		note      string
	}{
		{maxout.classifier, "98.35 %, 92.80 %", nil, func(err float64) bool { return err > 50 }, "alike if above 50 %"},
		{asks.classifier, "68.00 %, 87.90 %", sigmoidsOf, func(err float64) bool { return err > 30 }, "alike if above 30 %"},
		{softmax.classifier, "59.80 %, 70.80 %", nil, func(err float64) bool { return err > 30 }, "alike if above 30 %"},
		{rbf.classifier, "0 %", exps, func(err float64) bool { return err < 1 }, "alike if below 1 %"},
	} {
		err, confidence, e2 := claims(ctx, r.classifier, x, r.prob)
		if e2 != nil {
			return e2
		}
		e.Behaves(r.name+": noise taken for a digit, confidence", r.published, report.Points(err)+", "+report.Points(100*confidence), r.alike(err), r.note)
	}
	got, err := measure(ctx, maxout.classifier, x, make([]int, x.Batch()), nil)
	if err != nil {
		return err
	}
	var tiles []report.Tile
	for i := range 8 {
		img, err := report.Picture(digit(x, i))
		if err != nil {
			return err
		}
		tiles = append(tiles, report.Tile{Picture: img, Title: fmt.Sprintf("taken for a %d", got.taken[i])})
	}
	e.Figures = append(e.Figures, report.Figure{Small: true, Tiles: tiles, Caption: "Noise, clipped to what a screen can show, and what the maxout network takes it for."})
	return nil
}

// claims returns the share in percent of pictures to which a classifier gives some class more than
// half, and the mean probability of these classes.
func claims(
	ctx context.Context, c classifier, x *tensor.Tensor, prob func([]float64, []float32),
) (percent, confidence float64, err error) {
	if prob == nil {
		prob = attack.Softmax
	}
	n, sum := 0, 0.0
	err = inBatches(ctx, c.batch(), x, func(at int, batch *tensor.Tensor) error {
		logits := c.model.Forward(batch)
		p := make([]float64, logits.Shape[1])
		for i := range min(c.batch(), x.Batch()-at) {
			prob(p, logits.Image(i))
			if top := p[tensor.Argmax(logits.Image(i))]; top > 0.5 {
				n++
				sum += top
			}
		}
		return nil
	})
	return 100 * float64(n) / float64(x.Batch()), sum / float64(max(n, 1)), err
}
