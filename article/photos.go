package article

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"hoodwink/report"
	"hoodwink/tensor"
)

// label is a class's first name.
func (nb *Notebook) label(class int) string { return nb.Model.Labels.Class(class).Label }

// top returns the k likeliest classes.
func (nb *Notebook) top(probs []float64, k int) []report.Prediction {
	order := make([]int, len(probs))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return probs[order[i]] > probs[order[j]] })
	var out []report.Prediction
	for _, c := range order[:k] {
		l := nb.Model.Labels.Class(c)
		out = append(out, report.Prediction{Class: c, Synset: l.Synset, Label: l.Label, Prob: probs[c]})
	}
	return out
}

// words lists predictions in one line.
func words(ps []report.Prediction) string {
	var out []string
	for _, p := range ps {
		out = append(out, fmt.Sprintf("%s %.2f", p.Label, 100*p.Prob))
	}
	return strings.Join(out, ", ")
}

// tile shows a picture with its top class.
func (nb *Notebook) tile(x *tensor.Tensor, probs []float64) (report.Tile, error) {
	img, err := report.Picture(clipped(x))
	if err != nil {
		return report.Tile{}, err
	}
	top := nb.top(probs, 1)[0]
	return report.Tile{Picture: img, Title: top.Label, Detail: fmt.Sprintf("%.2f %%", 100*top.Prob)}, nil
}

// chart draws the probabilities of classes of ImageNet over a trail.
func (nb *Notebook) chart(t *trail, title string, classes ...int) report.Curves {
	var own []int
	for _, k := range classes {
		if k = nb.class(k); k >= 0 {
			own = append(own, k)
		}
	}
	return nb.chartOf(t, title, own...)
}

// chartOf is the same for classes of the model.
func (nb *Notebook) chartOf(t *trail, title string, classes ...int) report.Curves {
	c := report.Curves{Title: title, XLabel: "step", Percent: true}
	for _, k := range classes {
		s := report.Series{Name: nb.label(k)}
		for _, p := range t.probs {
			s.Y = append(s.Y, p[k])
		}
		c.Series = append(c.Series, s)
	}
	return c
}

// away pushes a picture one step of 0.9 away from each class in turn.
func (nb *Notebook) away(ctx context.Context, x *tensor.Tensor, classes ...int) (*tensor.Tensor, error) {
	for _, k := range classes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		g, err := nb.gradient(x, k)
		if err != nil {
			return nil, err
		}
		x = stepped(x, g, -0.9)
	}
	return x, nil
}

// beforeAfter adds both pictures to an experiment and returns their probabilities.
func (nb *Notebook) beforeAfter(e *report.Experiment, x, y *tensor.Tensor) (before, after []float64, err error) {
	before, after = nb.probs(x), nb.probs(y)
	a, err := nb.tile(x, before)
	if err != nil {
		return nil, nil, err
	}
	b, err := nb.tile(y, after)
	if err != nil {
		return nil, nil, err
	}
	change, err := report.PerturbationImage(y, x, 50)
	if err != nil {
		return nil, nil, err
	}
	e.Figures = append(e.Figures, report.Figure{ID: "change", Tiles: []report.Tile{a, {ID: "change", Picture: change, Title: "the change, times 50"}, b}})
	return before, after, nil
}

func (nb *Notebook) fun(ctx context.Context, e *report.Experiment) error {
	notCat := func(class int) bool { return class < firstCat || class > lastCat }
	cats := []int{285, 281, 282}
	if !nb.imageNet {
		kitten := nb.class(tigerCat)
		notCat, cats = func(class int) bool { return class != kitten }, []int{kitten, kitten, kitten}
	}
	const catNote, canNote = "alike if no longer a cat, great cats included", "alike if no longer a garbage can"
	can := nb.class(garbageCan)
	parts := []report.Part{
		{Name: "kitten", Run: func() error { return nb.pushed(ctx, e, "fun.kitten", "caffe_example_cat", cats, notCat, catNote) }},
		{Name: "garbage can", Run: func() error {
			return nb.pushed(ctx, e, "fun.can", "ashcan", []int{can}, func(class int) bool { return class != can }, canNote)
		}},
	}
	switch {
	case nb.Own != nil:
		parts = []report.Part{{Name: "your picture", Run: func() error { return nb.pushedOwn(ctx, e, "fun.own", 3) }}}
	case nb.imageNet: // the sketchbook has one kind of cat
		parts = append([]report.Part{{Name: "cat", Run: func() error { return nb.pushed(ctx, e, "fun.cat", "Egyptian_cat", cats, notCat, catNote) }}}, parts...)
	}
	return e.Parts(append(parts, report.Part{Name: "panda to vulture", Run: func() error { return nb.pandaToVulture(ctx, e) }})...)
}

// pushed steps a photo away from classes and records its class then.
func (nb *Notebook) pushed(
	ctx context.Context, e *report.Experiment, id, photo string, classes []int, alike func(class int) bool,
	note string,
) error {
	x, file, err := nb.photo(photo)
	if err != nil {
		return err
	}
	y, err := nb.away(ctx, x, classes...)
	if err != nil {
		return err
	}
	before, after, err := nb.beforeAfter(e, x, y)
	if err != nil {
		return err
	}
	top := nb.top(after, 2)
	behaves(e, id, words(nb.top(before, 1))+" → "+words(top), alike(top[0].Class), file+"; "+note, file)
	return nil
}

// pushedOwn steps the reader's picture away from its top class, several times.
func (nb *Notebook) pushedOwn(ctx context.Context, e *report.Experiment, id string, times int) error {
	x, file, err := nb.photo("")
	if err != nil {
		return err
	}
	y, first := x, nb.top(nb.probs(x), 1)
	seen := []string{words(first)}
	for range times {
		if y, err = nb.away(ctx, y, nb.top(nb.probs(y), 1)[0].Class); err != nil {
			return err
		}
		seen = append(seen, words(nb.top(nb.probs(y), 1)))
	}
	if _, _, err := nb.beforeAfter(e, x, y); err != nil {
		return err
	}
	behaves(e, id, strings.Join(seen, " → "), nb.top(nb.probs(y), 1)[0].Class != first[0].Class, file+"; alike if taken for something else", file)
	return nil
}

// vultures returns the panda's ways to vulture: steps become larger until one way gets there.
func (nb *Notebook) vultures(ctx context.Context) ([]*trail, error) {
	if nb.ways != nil {
		return nb.ways, nil
	}
	x, file, err := nb.photo("giant_panda")
	if err != nil {
		return nil, err
	}
	goal := nb.class(vulture)
	var ways []*trail
	for _, levels := range pandaSteps {
		t, err := nb.walk(ctx, x, goal, true, 99, levels)
		if err != nil {
			return nil, err
		}
		t.file, t.levels = file, levels
		ways = append(ways, t)
		if t.tops[len(t.tops)-1] == goal {
			break
		}
	}
	nb.ways = ways
	return ways, nil
}

func (nb *Notebook) pandaToVulture(ctx context.Context, e *report.Experiment) error {
	ways, err := nb.vultures(ctx)
	if err != nil {
		return err
	}
	for _, t := range ways {
		size, most := fmt.Sprintf("%.3f", t.levels), fmt.Sprintf("%.2g", 99*t.levels)
		last := t.probs[len(t.probs)-1]
		behaves(e, "fun.vulture", words(nb.top(last, 2)), nb.top(last, 1)[0].Class == nb.class(vulture),
			fmt.Sprintf("%s; steps of %s, no pixel moves by more than %s levels", t.file, size, most), t.file, size, most)
	}
	t := ways[len(ways)-1]
	if _, _, err = nb.beforeAfter(e, t.start, t.end); err != nil {
		return err
	}
	chart := nb.chart(t, "From panda to vulture", panda, vulture, ostrich)
	if nb.Own != nil {
		chart = nb.chartOf(t, "From your picture to vulture", t.tops[0], nb.class(vulture))
	}
	e.Figures = append(e.Figures, report.Figure{ID: "curves", Drawing: chart}, report.Figure{ID: "path", Drawing: nb.path(t)})
	return nil
}

// pandaSteps are the step sizes that are tried on the panda, in levels: the article's, and larger
// ones, since the network may be surer of another photo than of the article's.
var pandaSteps = []float64{0.9 / 100, 1.8 / 100, 2.7 / 100, 5.4 / 100, 10.8 / 100}

// path draws the top classes along a trail.
func (nb *Notebook) path(t *trail) report.PathStrip {
	s := report.PathStrip{Title: "What the network saw, step by step", Last: len(t.tops) - 1}
	for i, k := range t.tops {
		s.Steps = append(s.Steps, report.PathStep{Step: i, Class: k, Label: nb.label(k)})
	}
	s.Steps = report.Takeovers(s.Steps)
	return s
}
