package article

import (
	"context"
	"fmt"
	"math/rand/v2"
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

// pushed steps a photo away from classes and records what it is taken for then.
func (nb *Notebook) pushed(ctx context.Context, e *report.Experiment, id, photo string, classes []int, alike func(class int) bool, note string) error {
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

// pushedOwn steps the reader's picture away from whatever it is taken for, some times.
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

// vultures are the panda's ways to vulture, by larger and larger steps until one gets
// there.
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

// pandaSteps are the step sizes that are tried on the panda, in levels: the article's
// and larger ones, since another photo may be surer of itself than hers was.
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

// directions is how many random ones are compared with the sign of the gradient.
const directions = 5

func (nb *Notebook) signDirection(ctx context.Context, e *report.Experiment) error {
	x, file, class, err := nb.subject("caffe_example_cat", tigerCat)
	if err != nil {
		return err
	}
	g, err := nb.gradient(x, class)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(1412, 6572))
	ways := []*tensor.Tensor{g}
	for range directions {
		d := tensor.New(x.Shape...)
		for i := range d.Data {
			d.Data[i] = float32(2*rng.IntN(2) - 1)
		}
		ways = append(ways, d)
	}
	start := nb.probs(x)[class]
	c := report.Curves{Title: "Against the sign of the gradient, and in random directions", XLabel: "size of the step, in levels of 255", YLabel: nb.label(class), Percent: true}
	after := make([]float64, len(ways)) // the article's step
	for i, d := range ways {
		s := report.Series{X: []float64{0}, Y: []float64{start}}
		if i < 2 {
			s.Name = [2]string{"sign of the gradient", fmt.Sprintf("%d random directions", directions)}[i]
		}
		for _, levels := range signSteps {
			if err := ctx.Err(); err != nil {
				return err
			}
			signed := levels
			if i == 0 {
				signed = -levels
			}
			p := nb.probs(stepped(x, d, signed))[class]
			s.X, s.Y = append(s.X, levels), append(s.Y, p)
			if levels == 0.9 {
				after[i] = p
			}
		}
		c.Series = append(c.Series, s)
	}
	largest := 0.0
	var shown []string
	for _, p := range after[1:] {
		largest = max(largest, max(p-start, start-p))
		shown = append(shown, report.Points(100*p))
	}
	behaves(e, "sign.sign", fmt.Sprintf("%s: %s → %s", nb.label(class), report.Points(100*start), report.Points(100*after[0])), start-after[0] > 0.1, file+"; alike if it loses 10 points", file)
	behaves(e, "sign.random", strings.Join(shown, ", "), largest < (start-after[0])/4, "five directions; alike if none changes a quarter as much")
	tile, err := nb.tile(x, nb.probs(x))
	if err != nil {
		return err
	}
	e.Figures = append(e.Figures, report.Figure{Tiles: []report.Tile{tile}}, report.Figure{ID: "sign", Drawing: c})
	return nil
}

// signSteps are the sizes of step that are compared, in levels; 0.9 is the article's.
var signSteps = []float64{0.3, 0.6, 0.9, 1.5, 2, 3, 4, 6, 8}

func (nb *Notebook) awayFromPanda(ctx context.Context, e *report.Experiment) error {
	x, file, class, err := nb.subject("giant_panda", panda)
	if err != nil {
		return err
	}
	y, err := nb.away(ctx, x, class)
	if err != nil {
		return err
	}
	before, after, err := nb.beforeAfter(e, x, y)
	if err != nil {
		return err
	}
	record(e, "away.before", words(nb.top(before, 3)), file, file)
	left := func(probs []float64) bool { return nb.top(probs, 1)[0].Class != class }
	const note = "alike if no longer what it was"
	behaves(e, "away.once", words(nb.top(after, 3)), left(after), note)
	if y, err = nb.away(ctx, y, class); err != nil {
		return err
	}
	twice := nb.probs(y)
	behaves(e, "away.twice", words(nb.top(twice, 3)), left(twice), note)
	if nb.asPublished() || left(after) {
		return nil
	}
	return nb.larger(ctx, e, "away.larger", x, class)
}

// larger records the first step against the gradient of a class, doubled again and again,
// that changes what a picture is taken for.
func (nb *Notebook) larger(ctx context.Context, e *report.Experiment, id string, x *tensor.Tensor, class int) error {
	levels, y, err := nb.outOf(ctx, x, class)
	if err != nil {
		return err
	}
	if levels == 0 {
		record(e, id, nb.label(class), fmt.Sprintf("still so after %d levels", mostLevels), fmt.Sprint(mostLevels))
		return nil
	}
	_, after, err := nb.beforeAfter(e, x, y)
	if err != nil {
		return err
	}
	record(e, id, fmt.Sprintf("%.3g: %s", levels, words(nb.top(after, 2))), "size of the step in levels of 255")
	return nil
}

func (nb *Notebook) dog(ctx context.Context, e *report.Experiment) error {
	x, file, class, err := nb.subject("Pembroke", pembroke)
	if err != nil {
		return err
	}
	y, seen := x, []string{nb.label(nb.top(nb.probs(x), 1)[0].Class)}
	for _, k := range []int{263, 162, 264, 167} {
		if !nb.asPublished() { // whatever it is then
			k = nb.top(nb.probs(y), 1)[0].Class
		}
		if y, err = nb.away(ctx, y, k); err != nil {
			return err
		}
		seen = append(seen, nb.label(nb.top(nb.probs(y), 1)[0].Class))
	}
	_, after, err := nb.beforeAfter(e, x, y)
	if err != nil {
		return err
	}
	still := nb.isDog
	if nb.Own != nil && !still(class) {
		still = func(int) bool { return false } // there is no dog to stay one
	}
	top := nb.top(after, 1)[0].Class
	behaves(e, "dog.away", words(nb.top(after, 2))+"; "+strings.Join(seen, " → "), still(top), file+"; alike if still a dog", file)
	parts := []report.Part{{Name: "towards tennis ball", Run: func() error { return nb.towardsBall(e, x, still) }}}
	if !nb.imageNet && still(top) {
		parts = append(parts, report.Part{Name: "larger steps", Run: func() error { return nb.larger(ctx, e, "dog.larger", x, class) }})
	}
	if nb.Own == nil {
		parts = append(parts, report.Part{Name: "the panda's way to vulture", Run: func() error { return nb.pandasWay(ctx, e) }})
	}
	return e.Parts(parts...)
}

func (nb *Notebook) isDog(class int) bool {
	if !nb.imageNet {
		return class == nb.class(pembroke)
	}
	return class >= firstDog && class <= lastDog
}

func (nb *Notebook) towardsBall(e *report.Experiment, x *tensor.Tensor, still func(class int) bool) error {
	g, err := nb.gradient(x, nb.class(tennisBall))
	if err != nil {
		return err
	}
	ball := nb.probs(stepped(x, g, 0.9))
	behaves(e, "dog.ball", words(nb.top(ball, 2)), still(nb.top(ball, 1)[0].Class), "")
	return nil
}

func (nb *Notebook) pandasWay(ctx context.Context, e *report.Experiment) error {
	ways, err := nb.vultures(ctx)
	if err != nil {
		return err
	}
	t, bird := ways[len(ways)-1], nb.class(ostrich)
	var names []string
	through := false
	for _, s := range nb.path(t).Steps {
		names = append(names, s.Label)
		through = through || s.Class == bird
	}
	most := 0.0
	for _, p := range t.probs {
		most = max(most, p[bird])
	}
	behaves(e, "dog.way", strings.Join(names, " → "), through,
		fmt.Sprintf("alike if ostrich is the top class for a while; it has at most %s", report.Points(100*most)), report.Points(100*most))
	e.Figures = append(e.Figures, report.Figure{ID: "path", Drawing: nb.path(t)})
	return nil
}
