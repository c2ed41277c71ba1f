package hoodwink

import (
	"context"
	"errors"
	"fmt"

	"hoodwink/model"
	"hoodwink/report"
	"hoodwink/tensor"
	"hoodwink/train"
)

// ReadLinear reads the weights of a linear model, whatever the names of its layers: a
// [train.Linear] of the pixels at the network's size, which lie in [0,1], with the preprocessing
// folded into the weights. Its inputs are (3,H,W), RGB, or (1,H,W) for a model of gray pictures.
// For a model that is not linear, the error wraps train.ErrNotLinear.
func ReadLinear(m *model.Model) (*train.Linear, error) {
	if m.MultiLabel() {
		return nil, fmt.Errorf("model %s: each label is on or off by itself: want classes that exclude each other", m.Name)
	}
	c, err := m.AtModel().Classifier(1, m.Spec.Height, m.Spec.Width, model.ClassifierOptions{Own: true})
	if err != nil {
		return nil, err
	}
	l, err := train.ReadLinear(context.Background(), c)
	if err = notFinite(m, err); errors.As(err, new(*model.NotFiniteError)) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Name, err)
	}
	return l, nil
}

// Templates returns the weights of each class of a linear classifier as a picture, which shows what
// it looks for, as in Karpathy, "Breaking Linear Classifiers on ImageNet" (2015). The mean of all
// classes, which changes no decision, is subtracted first. Mid-gray is then a weight of zero.
// Brighter speaks for the class and darker against it, in each colour separately. Every picture has
// a scale of its own, see [report.GradientImage]. names are those of the classes.
func Templates(l *train.Linear, names []string) ([]report.Tile, error) {
	if len(names) != l.Classes() {
		return nil, fmt.Errorf("templates: %d names for %d classes", len(names), l.Classes())
	}
	mean := make([]float32, len(l.Weights.Image(0)))
	for k := range names {
		tensor.AddScaled(mean, 1/float32(len(names)), l.Weights.Image(k))
	}
	tiles := make([]report.Tile, len(names))
	for k, name := range names {
		w := l.Template(k).Clone()
		tensor.AddScaled(w.Data, -1, mean)
		img, err := report.GradientImage(w)
		if err != nil {
			return nil, err
		}
		tiles[k] = report.Tile{Picture: img, Title: name, Detail: fmt.Sprintf("weights to ±%.2g", tensor.Linf(w.Data))}
	}
	return tiles, nil
}
