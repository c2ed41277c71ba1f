package article

import (
	"context"
	"fmt"
	"slices"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/report"
	"hoodwink/tensor"
	"hoodwink/train"
)

// The experiments in this file need no photos, no digits and no download.

// Logistic does the article's example of logistic regression on ten numbers ([train.Example]): the
// effect of half a unit along the signs of the weights.
func Logistic(ctx context.Context) (*report.Experiment, error) {
	return alone(ctx, report.Step{Run: func(ctx context.Context, e *report.Experiment) error {
		l, x := train.Example()
		shape := append([]int{1}, l.Weights.Shape[1:]...)
		to := 1
		res, err := hoodwink.FoolLinear(ctx, hoodwink.LinearRequest{Linear: l, Names: []string{"class 0", "class 1"}, X: tensor.FromSlice(x, shape...), To: &to, Eps: exampleEps})
		if err != nil {
			return err
		}
		for i, id := range []string{"logistic.before", "logistic.after"} {
			score := [2]float64{res.ScoreBefore, res.ScoreAfter}[i]
			add(e, id, within(figure(id).percent, 100*train.Sigmoid(score), 0.5))
		}
		c := report.SigmoidWith(report.Dot{X: res.ScoreBefore}, report.Dot{X: res.ScoreAfter})
		c.Title, c.XLabel = "From score to probability", "score"
		e.Figures = append(e.Figures, report.Figure{ID: "sigmoid", Drawing: c})
		return nil
	}})
}

const exampleEps = 0.5

// TemplateSide is the side of the drawings that the linear classifier sees.
const TemplateSide = templatePix

// TemplateDrawings is the usual number of drawings that the linear classifier learns from.
const TemplateDrawings = 4000

const templateEpochs = 20

// TrainTemplates trains softmax regression on drawings of 32x32 pixels, as many as drawings says.
// With TemplateDrawings it trains, in seconds, the same as "hoodwink linear train --data sketchbook
// --l2 0.03". Observe, if not nil, is called after every epoch.
func TrainTemplates(ctx context.Context, drawings int, observe func(epoch, of int)) (*train.Linear, error) {
	sketches, err := dataset.Open("sketchbook", dataset.OpenOptions{Size: templatePix, Examples: drawings})
	if err != nil {
		return nil, err
	}
	learn, err := dataset.Collect(sketches.Train)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	o := train.Options{Epochs: templateEpochs, Batch: 100, Momentum: 0.9, L2: 0.03, Center: true, Hi: 1}
	if observe != nil {
		o.Observe = func(epoch int, _ float64) { observe(epoch, templateEpochs) }
	}
	return train.Softmax(ctx, learn.Images, learn.Labels, len(learn.Names), o)
}

// freshDrawings is the number of drawings to test it with.
const freshDrawings = 500

// Templates shows the classifier of TrainTemplates: each class's weights as a picture, and a drawn
// panda that becomes a vulture along them and not along random signs.
func Templates(ctx context.Context, l *train.Linear) (*report.Experiment, error) {
	return alone(ctx, report.Step{Run: func(ctx context.Context, e *report.Experiment) error {
		names := dataset.SketchClasses()
		tiles, err := hoodwink.Templates(l, names)
		if err != nil {
			return err
		}
		e.Figures = append(e.Figures, report.Figure{ID: "templates", Tiles: tiles, Small: true})
		mean := tensor.New(l.Weights.Shape[1:]...)
		for k := range names {
			tensor.AddScaled(mean.Data, 1/float32(len(names)), l.Weights.Image(k))
		}
		for k, name := range names {
			w := l.Template(k).Clone()
			tensor.AddScaled(w.Data, -1, mean.Data)
			r, g, b := channelMeans(w)
			switch name {
			case "Granny Smith":
				behaves(e, "templates.granny-smith", colours(r, g, b), g > r && g > b, "means of red, green and blue; alike if green is the largest")
			case "menu":
				behaves(e, "templates.menu", colours(r, g, b), min(r, g, b) > 0, "means of red, green and blue; alike if all are positive")
			}
		}
		fresh, err := dataset.Open("sketchbook", dataset.OpenOptions{Size: templatePix})
		if err != nil {
			return err
		}
		test, err := dataset.Collect(dataset.First(fresh.Test, freshDrawings))
		if err != nil {
			return err
		}
		record(e, "templates.accuracy", report.Points(100*(1-l.ErrorRate(test.Images, test.Labels))), "")
		return templatesFooled(ctx, e, l, names, test)
	}})
}

// templatesFooled moves the first panda that the classifier recognises to vulture.
func templatesFooled(
	ctx context.Context, e *report.Experiment, l *train.Linear, names []string, test *dataset.Set,
) error {
	from, to := slices.Index(names, sketchOf[panda]), slices.Index(names, sketchOf[vulture])
	logits := make([]float32, len(names))
	for i, k := range test.Labels {
		x := test.Images.Image(i)
		if l.Logits(logits, x); k != from || tensor.Argmax(logits) != from {
			continue
		}
		res, err := hoodwink.FoolLinear(ctx, hoodwink.LinearRequest{Linear: l, Names: names, X: tensor.FromSlice(x, l.Weights.Shape[1:]...), Lo: 0, Hi: 1, To: &to})
		if err != nil {
			return err
		}
		record(e, "templates.flip", fmt.Sprintf("%.2f/255", 255*l.Flip(x, from, to, attack.Linf, 0, 1).Size), "in closed form")
		pictures, err := res.Pictures()
		if err != nil {
			return err
		}
		pictures[1].ID, pictures[1].Title, pictures[1].Detail = "change", "the change, enlarged", fmt.Sprintf("%.3g/255", 255*res.Linf)
		chart := inLevels(res.Chart())
		e.Figures = append(e.Figures, report.Figure{ID: "linear-fooled", Tiles: pictures[:3]}, report.Figure{ID: "directions", Drawing: chart})
		return nil
	}
	return report.Missing{What: "panda that the linear classifier recognises"}
}

// inLevels returns a chart over the size of a step, with that size in levels.
func inLevels(c report.Curves) report.Curves {
	c.XLabel, c.YLabel = "change of every value, in levels of 255", "score"
	var x []float64
	for _, v := range c.Series[0].X {
		x = append(x, 255*v)
	}
	for i := range c.Series {
		c.Series[i].X = x
	}
	for i, m := range c.Marks {
		c.Marks[i] = report.Mark{X: 255 * m.X, Label: fmt.Sprintf("%.3g", 255*m.X)}
	}
	return c
}

// Settings of the comparison of a plain and a hardened network.
const (
	hardenedDrawings = 32
	hardenedEps      = 8. / 255
	hardenedSteps    = 10
)

// Hardened attacks drawings that neither of two networks of the sketchbook has seen: how many does
// each misread before and after PGD of 8/255 against itself?
func Hardened(ctx context.Context, plain, hardened *model.Model, seed uint64, threads int) (*report.Experiment, error) {
	for _, m := range []*model.Model{plain, hardened} {
		if !knowsSketches(m) {
			return nil, fmt.Errorf("model %q does not know the sketchbook", m.Name)
		}
	}
	return alone(ctx, report.Step{Run: func(ctx context.Context, e *report.Experiment) error {
		x, labels := tensor.New(hardenedDrawings, 3, dataset.SketchSize, dataset.SketchSize), make([]int, hardenedDrawings)
		book := dataset.Sketchbook{Seed: hardenedSeed + seed}
		if err := book.Batch(x, labels, 0); err != nil {
			return err
		}
		var clean, attacked [2]float64
		e.Figures = append(e.Figures, report.Figure{ID: "originals", Small: true})
		if err := show(&e.Figures[0], x, labels, plain.Labels); err != nil {
			return err
		}
		for i, m := range []*model.Model{plain, hardened} {
			c, err := m.Classifier(hardenedDrawings, dataset.SketchSize, dataset.SketchSize, model.ClassifierOptions{Threads: threads, Own: true})
			if err != nil {
				return err
			}
			x := m.Spec.Own(x)
			before := c.Forward(x)
			for n, k := range labels {
				if tensor.Argmax(before.Image(n)) != k {
					clean[i]++
				}
			}
			pgd := attacks.PGD{Steps: hardenedSteps, Loss: attack.LogProbability}
			leave := func(i int) attack.Goal { return attack.Misclassification{Classes: labels[i : i+1]} }
			o := attack.Options{Seed: seed, Threads: threads}
			found, _, err := attack.Pictures(ctx, c, pgd, attack.Threat{Levels: 256}, o, x, hardenedEps, leave)
			if err != nil {
				return err
			}
			logits, tops := c.Forward(found), make([]int, len(labels))
			for n, k := range labels {
				if tops[n] = tensor.Argmax(logits.Image(n)); tops[n] != k {
					attacked[i]++
				}
			}
			f := report.Figure{ID: [2]string{"plain", "hardened"}[i], Small: true}
			if err := show(&f, found, tops, m.Labels); err != nil {
				return err
			}
			e.Figures = append(e.Figures, f)
		}
		share := func(wrong float64) string { return report.Points(100 * wrong / hardenedDrawings) }
		both := func(v [2]float64) string { return share(v[0]) + ", " + share(v[1]) }
		note, n := "of %d drawings", fmt.Sprint(hardenedDrawings)
		record(e, "hardened.clean", both(clean), fmt.Sprintf(note, hardenedDrawings), n)
		record(e, "hardened.attacked", both(attacked), fmt.Sprintf(note, hardenedDrawings), n)
		behaves(e, "hardened.harder", share(attacked[0])+" → "+share(attacked[1]), attacked[1] < attacked[0]-hardenedDrawings/10., "misread under attack; alike if it falls by 10 points")
		return nil
	}})
}

// show adds the first pictures of a batch to a figure, each with its class.
func show(f *report.Figure, x *tensor.Tensor, classes []int, labels *model.Labels) error {
	for n := range shownHardened {
		img, err := report.Picture(tensor.FromSlice(x.Image(n), x.Shape[1:]...))
		if err != nil {
			return err
		}
		f.Tiles = append(f.Tiles, report.Tile{Picture: img, Title: labels.Class(classes[n]).Label})
	}
	return nil
}

const (
	hardenedSeed  = 1 << 32 // far from the books that the networks were trained on
	shownHardened = 4
)
