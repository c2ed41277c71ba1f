package article

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"hoodwink/report"
	"hoodwink/tensor"
)

// directions is how many random directions are compared with the sign of the gradient.
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

// larger records the size of the first step against the gradient of a class that changes the top
// class of a picture; the size doubles until one does.
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
		if !nb.asPublished() { // whatever its class is then
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
