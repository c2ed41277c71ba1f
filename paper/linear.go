package paper

import (
	"context"
	"fmt"
	"slices"

	"hoodwink/report"
	"hoodwink/tensor"
	"hoodwink/train"
)

// A linear is a trained linear classifier of the study.
type linear struct {
	*train.Linear
	classifier
}

// batchSize is the batch size of all measurements.
const batchSize = 500

func newLinear(name string, l *train.Linear) *linear {
	return &linear{l, classifier{name, l.Model(batchSize, 0, 1)}}
}

func (s *Study) threesAndSevens(ctx context.Context, e *report.Experiment) error {
	learn, test := s.Train.Only(3, 7), s.Test.Only(3, 7)
	const epochs = 20
	l, err := train.Logistic(ctx, learn.Images, learn.Labels, train.Options{Momentum: 0.9, Epochs: epochs,
		Observe: func(epoch int, _ float64) { s.observe("logistic regression", epoch, epochs) }})
	if err != nil {
		return err
	}
	c := newLinear("logistic regression", l)
	a, err := assail(ctx, c.classifier, test, exact)
	if err != nil {
		return err
	}
	s.match(e, "error on clean digits", 1.6, a.clean.err(), 2, a.clean.err() < 5)
	s.match(e, "error after 0.25 along the sign, not clipped", 99, a.adversarial.err(), 2, a.adversarial.err() > 90)
	e.Record("the same, clipped to [0,1]", "", report.Points(a.clipped.err()), "what is black already cannot get darker")
	weights, err := report.GradientImage(l.Template(1))
	if err != nil {
		return err
	}
	sign, err := report.GradientImage(signs(l.Template(1)))
	if err != nil {
		return err
	}
	tiles := []report.Tile{
		{Picture: weights, Title: "weights", Detail: "light: ink speaks for seven"},
		{Picture: sign, Title: "their signs", Detail: "the perturbation, up to its size"},
	}
	names := [2]string{"a three", "a seven"}
	for k := range names {
		i := slices.Index(test.Labels, k)
		before, after, err := beforeAfter(test.Images, a.x, i)
		if err != nil {
			return err
		}
		tiles = append(tiles, report.Tile{Picture: before, Title: names[a.clean.taken[i]], Detail: "digit of the test set"},
			report.Tile{Picture: after, Title: names[a.adversarial.taken[i]], Detail: "after 0.25 along the signs"})
	}
	e.Figures = append(e.Figures, report.Figure{Small: true, Tiles: tiles})
	return nil
}

// signs returns a picture of the signs of x.
func signs(x *tensor.Tensor) *tensor.Tensor {
	y := x.Clone()
	for i, v := range y.Data {
		y.Data[i] = tensor.Sign(v)
	}
	return y
}

// softmaxEpochs is the passes over all digits of softmax regression.
const softmaxEpochs = 10

// softmaxRegression returns the study's softmax regression.
func (s *Study) softmaxRegression(ctx context.Context) (*linear, error) {
	if s.softmax != nil {
		return s.softmax, nil
	}
	epochs := s.epochs(softmaxEpochs, 5)
	l, err := train.Softmax(ctx, s.Train.Images, s.Train.Labels, classes, train.Options{Momentum: 0.9, Epochs: epochs,
		Observe: func(epoch int, _ float64) { s.observe("softmax regression", epoch, epochs) }})
	if err != nil {
		return nil, err
	}
	s.softmax = newLinear("softmax regression", l)
	return s.softmax, nil
}

func (s *Study) tenDigits(ctx context.Context, e *report.Experiment) error {
	c, err := s.softmaxRegression(ctx)
	if err != nil {
		return err
	}
	a, err := assail(ctx, c.classifier, s.Test, exact)
	if err != nil {
		return err
	}
	e.Record("error on clean digits", "", report.Points(a.clean.err()), "")
	s.match(e, "error after 0.25 along the sign, not clipped", 99.9, a.adversarial.err(), 2, a.adversarial.err() > 95)
	e.Behaves("confidence on the misclassified", "79.30 %", report.Points(100*a.adversarial.confidence), a.adversarial.confidence > 0.6,
		"alike if above 60 %: it grows with the length of the training, which the paper does not tell")
	e.Record("the same, clipped to [0,1]: error, confidence", "", report.Points(a.clipped.err())+", "+report.Points(100*a.clipped.confidence), "")
	tiles, err := s.digits(a, 8)
	if err != nil {
		return err
	}
	e.Figures = append(e.Figures, report.Figure{Small: true, Caption: "Digits of the test set after the perturbation, clipped to what a screen can show, with what they are taken for.", Tiles: tiles})
	return nil
}

// digits shows the first n digits after an assault, clipped.
func (s *Study) digits(a assault, n int) ([]report.Tile, error) {
	var tiles []report.Tile
	for i := range n {
		_, after, err := beforeAfter(s.Test.Images, a.x, i)
		if err != nil {
			return nil, err
		}
		tiles = append(tiles, report.Tile{Picture: after, Title: fmt.Sprintf("taken for a %d", a.adversarial.taken[i]), Detail: fmt.Sprintf("a %d", s.Test.Labels[i])})
	}
	return tiles, nil
}
