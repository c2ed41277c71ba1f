package article

import (
	"context"
	"slices"

	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/report"
	"hoodwink/tensor"
)

// sketchOf names the classes of the sketchbook that stand for ImageNet's.
var sketchOf = map[int]string{
	ostrich: "ostrich", vulture: "vulture", tigerCat: "kitten", panda: "giant panda", pembroke: "dog", garbageCan: "garbage can",
	bathTowel: "bath towel", paperTowel: "paper towel", tennisBall: "tennis ball", velvet: "velvet",
}

// sketchOfPhoto names the drawings that stand in for photos.
var sketchOfPhoto = map[string]string{
	"caffe_example_cat": "kitten", "Pembroke": "dog", "bathing_cap": "bathing cap", "ashcan": "garbage can", "giant_panda": "giant panda",
}

// knowsSketches reports whether a model's classes are those of the sketchbook.
func knowsSketches(m *model.Model) bool {
	names := dataset.SketchClasses()
	if m.Labels.Len() != len(names) {
		return false
	}
	for k, name := range names {
		if m.Labels.Class(k).Label != name {
			return false
		}
	}
	return true
}

// class returns the model's class that stands for one of ImageNet's, -1 if there is none.
func (nb *Notebook) class(imageNet int) int {
	if nb.imageNet {
		return imageNet
	}
	return slices.Index(dataset.SketchClasses(), sketchOf[imageNet])
}

// held reports whether figures must match the published ones.
func (nb *Notebook) held() bool { return nb.imageNet && !nb.Other }

// asPublished reports whether photos play the parts that they played in the article.
func (nb *Notebook) asPublished() bool { return nb.imageNet && nb.Own == nil }

// tries is the number of drawings among which one is searched that the network recognises.
const tries = 50

// drawing returns the first drawing of a class, from the notebook's seed on, that the network
// recognises, and the name that draws it again.
func (nb *Notebook) drawing(class string) (*tensor.Tensor, string, error) {
	k := slices.Index(dataset.SketchClasses(), class)
	if k < 0 {
		return nil, "", report.Missing{What: "drawing of " + class}
	}
	for seed := range uint64(tries) {
		seed += nb.Seed
		x, err := dataset.Draw(k, seed, sketchSide)
		if err != nil {
			return nil, "", err
		}
		if x = nb.spec.Own(x); nb.top(nb.probs(x), 1)[0].Class == k {
			return x, dataset.DrawingName(class, seed, sketchSide), nil
		}
	}
	return nil, "", report.Missing{What: "drawing of " + class + " that the network recognises"}
}

// subject returns the picture that plays a part, and its class: that of the part, or the network's
// top class for the reader's own picture.
func (nb *Notebook) subject(photo string, class int) (x *tensor.Tensor, name string, k int, err error) {
	if x, name, err = nb.photo(photo); err != nil {
		return nil, "", 0, err
	}
	if k = nb.class(class); nb.Own != nil {
		k = nb.top(nb.probs(x), 1)[0].Class
	}
	return x, name, k, nil
}

// mostLevels is the largest step to try if the article's is too small.
const mostLevels = 32

// outOf tries steps of 0.9, 1.8, 3.6 ... levels against the gradient of a class. It returns the
// first one after which the network prefers another class, and the picture then; the size is 0 if
// none does.
func (nb *Notebook) outOf(ctx context.Context, x *tensor.Tensor, class int) (float64, *tensor.Tensor, error) {
	g, err := nb.gradient(x, class)
	if err != nil {
		return 0, nil, err
	}
	for levels := 0.9; levels <= mostLevels; levels *= 2 {
		if err := ctx.Err(); err != nil {
			return 0, nil, err
		}
		if y := stepped(x, g, -levels); nb.top(nb.probs(y), 1)[0].Class != class {
			return levels, y, nil
		}
	}
	return 0, x, nil
}
