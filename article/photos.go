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

// chart draws the probabilities of classes over a trail.
func (nb *Notebook) chart(t *trail, title string, classes ...int) report.Curves {
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
func (nb *Notebook) away(x *tensor.Tensor, classes ...int) (*tensor.Tensor, error) {
	for _, k := range classes {
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
	e.Figures = append(e.Figures, report.Figure{Tiles: []report.Tile{a, {Picture: change, Title: "the change, times 50"}, b}})
	return before, after, nil
}

func (nb *Notebook) fun(ctx context.Context, e *report.Experiment) error {
	return e.Parts(
		report.Part{Name: "cat", Run: func() error {
			return nb.pushed(e, "cat, away from 285, 281 and 282", "Egyptian_cat", []int{285, 281, 282}, "bath towel 50, paper towel 11 (was Egyptian cat 35)",
				func(class int) bool { return class < firstCat || class > lastCat }, "alike if no longer a cat, great cats included")
		}},
		report.Part{Name: "kitten", Run: func() error {
			return nb.pushed(e, "kitten (Caffe's cat), away from 285, 281 and 282", "caffe_example_cat", []int{285, 281, 282}, "bath towel 50, paper towel 11 (was Egyptian cat 35)",
				func(class int) bool { return class < firstCat || class > lastCat }, "alike if no longer a cat, great cats included")
		}},
		report.Part{Name: "garbage can", Run: func() error {
			return nb.pushed(e, "garbage can, one step away", "ashcan", []int{garbageCan}, "water jug 25, cocktail shaker 15 (was garbage can 40)",
				func(class int) bool { return class != garbageCan }, "alike if no longer a garbage can")
		}},
		report.Part{Name: "panda to vulture", Run: func() error { return nb.pandaToVulture(ctx, e) }})
}

// pushed steps a photo away from classes and records what it is taken for then.
func (nb *Notebook) pushed(e *report.Experiment, name, word string, classes []int, published string, alike func(class int) bool, note string) error {
	x, file, err := nb.photo(word)
	if err != nil {
		return err
	}
	y, err := nb.away(x, classes...)
	if err != nil {
		return err
	}
	before, after, err := nb.beforeAfter(e, x, y)
	if err != nil {
		return err
	}
	top := nb.top(after, 2)
	e.Behaves(name, published, words(top)+" (was "+words(nb.top(before, 1))+")", alike(top[0].Class), file+"; "+note)
	return nil
}

func (nb *Notebook) pandaToVulture(ctx context.Context, e *report.Experiment) error {
	x, file, err := nb.photo("giant_panda")
	if err != nil {
		return err
	}
	for _, levels := range pandaSteps {
		t, err := nb.walk(ctx, x, vulture, true, 99, levels)
		if err != nil {
			return err
		}
		nb.vulture = t
		last := t.probs[len(t.probs)-1]
		there := nb.top(last, 1)[0].Class == vulture
		e.Behaves(fmt.Sprintf("panda to vulture, 99 steps of %.3f", levels), "vulture 98.9 with steps of 0.009", words(nb.top(last, 2)), there,
			fmt.Sprintf("%s; no pixel moves by more than %.2g levels", file, 99*levels))
		if there {
			break
		}
	}
	if _, _, err = nb.beforeAfter(e, x, nb.vulture.end); err != nil {
		return err
	}
	e.Figures = append(e.Figures, report.Figure{Drawing: nb.chart(nb.vulture, "From panda to vulture", panda, vulture, ostrich)}, report.Figure{Drawing: nb.path(nb.vulture)})
	return nil
}

// pandaSteps are the step sizes that are tried on the panda, in levels: the article's
// and larger ones, since another photo may be surer of itself than hers was.
var pandaSteps = []float64{0.9 / 100, 1.8 / 100, 2.7 / 100}

// path draws the top classes along a trail.
func (nb *Notebook) path(t *trail) report.PathStrip {
	s := report.PathStrip{Title: "What the network saw, step by step", Last: len(t.tops) - 1}
	for i, k := range t.tops {
		s.Steps = append(s.Steps, report.PathStep{Step: i, Class: k, Label: nb.label(k)})
	}
	s.Steps = report.Takeovers(s.Steps)
	return s
}

func (nb *Notebook) signDirection(_ context.Context, e *report.Experiment) error {
	x, file, err := nb.photo("caffe_example_cat")
	if err != nil {
		return err
	}
	g, err := nb.gradient(x, tigerCat)
	if err != nil {
		return err
	}
	start := nb.probs(x)[tigerCat]
	sign := nb.probs(stepped(x, g, -0.9))[tigerCat]
	rng := rand.New(rand.NewPCG(1412, 6572))
	var random []float64
	for range 5 {
		d := tensor.New(x.Shape...)
		for i := range d.Data {
			d.Data[i] = float32(2*rng.IntN(2) - 1)
		}
		random = append(random, nb.probs(stepped(x, d, 0.9))[tigerCat])
	}
	largest := 0.0
	var shown []string
	for _, p := range random {
		largest = max(largest, max(p-start, start-p))
		shown = append(shown, report.Points(100*p))
	}
	e.Behaves("tiger cat after 0.9 against the sign of its gradient", "a lot", fmt.Sprintf("%s, was %s", report.Points(100*sign), report.Points(100*start)), start-sign > 0.1, file)
	e.Behaves("tiger cat after 0.9 in a random direction of signs", "almost nothing", strings.Join(shown, ", "), largest < (start-sign)/4,
		"five directions; alike if none changes a quarter as much")
	return nil
}

func (nb *Notebook) awayFromPanda(_ context.Context, e *report.Experiment) error {
	x, file, err := nb.photo("giant_panda")
	if err != nil {
		return err
	}
	y, err := nb.away(x, panda)
	if err != nil {
		return err
	}
	before, after, err := nb.beforeAfter(e, x, y)
	if err != nil {
		return err
	}
	e.Rows = append(e.Rows, report.Row{Name: "the panda", Published: "giant panda 99.57, lesser panda 0.10, ring-tailed lemur 0.05", Measured: words(nb.top(before, 3)), Verdict: report.Recorded, Note: file})
	e.Behaves("panda - 0.9 sign(gradient of panda)", "weasel 25.94, polecat 21.93, black-footed ferret 21.88", words(nb.top(after, 3)),
		nb.top(after, 1)[0].Class != panda, "alike if no longer a panda")
	if y, err = nb.away(y, panda); err != nil {
		return err
	}
	after = nb.probs(y)
	e.Behaves("the same step once more", "", words(nb.top(after, 3)), nb.top(after, 1)[0].Class != panda, "alike if no longer a panda")
	return nil
}

func (nb *Notebook) dog(_ context.Context, e *report.Experiment) error {
	x, file, err := nb.photo("Pembroke")
	if err != nil {
		return err
	}
	y := x
	seen := []string{nb.label(nb.top(nb.probs(x), 1)[0].Class)}
	for _, k := range []int{263, 162, 264, 167} {
		if y, err = nb.away(y, k); err != nil {
			return err
		}
		seen = append(seen, nb.label(nb.top(nb.probs(y), 1)[0].Class))
	}
	_, after, err := nb.beforeAfter(e, x, y)
	if err != nil {
		return err
	}
	e.Behaves("away from 263, 162, 264 and 167", "still a dog (was corgi 42.77)", words(nb.top(after, 2))+"; on the way "+strings.Join(seen, " → "),
		isDog(nb.top(after, 1)[0].Class), file+"; alike if still a dog")
	return e.Parts(
		report.Part{Name: "towards tennis ball", Run: func() error { return nb.towardsBall(e, x) }},
		report.Part{Name: "the panda's way to vulture", Run: func() error { return nb.pandasWay(e) }})
}

func isDog(class int) bool { return class >= firstDog && class <= lastDog }

func (nb *Notebook) towardsBall(e *report.Experiment, x *tensor.Tensor) error {
	g, err := nb.gradient(x, tennisBall)
	if err != nil {
		return err
	}
	ball := nb.probs(stepped(x, g, 0.9))
	e.Behaves("one step towards tennis ball", "still a dog", words(nb.top(ball, 2)), isDog(nb.top(ball, 1)[0].Class), "")
	return nil
}

func (nb *Notebook) pandasWay(e *report.Experiment) error {
	if nb.vulture == nil {
		return report.Missing{What: "way of the panda: experiment 7 did not find its photo"}
	}
	var names []string
	through := false
	for _, s := range nb.path(nb.vulture).Steps {
		names = append(names, s.Label)
		through = through || s.Class == ostrich
	}
	most := 0.0
	for _, p := range nb.vulture.probs {
		most = max(most, p[ostrich])
	}
	e.Behaves("the panda's way to vulture", "through ostrich", fmt.Sprintf("%s; ostrich at most %s", strings.Join(names, " → "), report.Points(100*most)), through,
		"alike if ostrich is the top class for a while")
	e.Figures = append(e.Figures, report.Figure{Drawing: nb.path(nb.vulture)})
	return nil
}
