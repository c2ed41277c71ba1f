package hoodwink

import (
	"errors"
	"fmt"
	"slices"

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
	c, err := m.AtModel().Classifier(1, m.Spec.Height, m.Spec.Width, model.ClassifierOptions{})
	if err != nil {
		return nil, err
	}
	var l *train.Linear
	if m.Spec.Channels() == 1 {
		l, err = train.ReadLinear(newGrayModel(c))
	} else {
		l, err = train.ReadLinear(c)
	}
	if err = notFinite(m, err); errors.As(err, new(*model.NotFiniteError)) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Name, err)
	}
	return l, nil
}

// A grayModel is a model of color pictures that gets gray ones, (1,1,H,W). Each value is used for
// all three colors; its gradient is the sum of theirs.
type grayModel struct {
	*model.Classifier
	rgb, dx *tensor.Tensor
}

func newGrayModel(c *model.Classifier) *grayModel {
	shape := c.InputShape()
	return &grayModel{c, tensor.New(shape...), tensor.New(1, 1, shape[2], shape[3])}
}

func (g *grayModel) InputShape() []int { return slices.Clone(g.dx.Shape) }

func (g *grayModel) Forward(x *tensor.Tensor) *tensor.Tensor {
	for c := range 3 {
		copy(g.rgb.Data[c*x.Len():], x.Data)
	}
	return g.Classifier.Forward(g.rgb)
}

func (g *grayModel) Backward(dlogits *tensor.Tensor) *tensor.Tensor {
	d := g.Classifier.Backward(dlogits).Data
	n := g.dx.Len()
	for i := range g.dx.Data {
		g.dx.Data[i] = d[i] + d[n+i] + d[2*n+i]
	}
	return g.dx
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
