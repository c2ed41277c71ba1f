package article

import (
	"fmt"
	"math"

	"hoodwink/report"
)

// A Figure is a published figure: of the article, or of an experiment that extends it.
type Figure struct {
	ID         string // of the row that measures it: "black.velvet"
	Experiment string
	Name       string // what is measured
	Text       string // as published; "" if nothing was published and ours stands alone

	class   int     // of ImageNet, if the figure is the probability of a class
	percent float64 // that probability
}

// figures are all of them, in the order of the experiments.
var figures = []Figure{
	{ID: "predict.cat", Name: "Caffe's cat.jpg is a tiger cat (282)", percent: 36.6},
	{ID: "predict.top", Name: "top class of Caffe's cat.jpg", Text: "282 tiger cat"},
	{ID: "predict.dog", Name: "the dog", Text: "corgi 42.77"},
	{ID: "predict.cap", Name: "the Queen's part: somebody in a bathing cap", Text: "shower cap"},
	{ID: "predict.own", Name: "your picture"},

	{ID: "black.velvet", Name: "velvet", class: velvet, percent: 27.38},
	{ID: "black.shower-curtain", Name: "shower curtain", class: showerCurtain, percent: 6.40},
	{ID: "black.wool", Name: "wool", class: wool, percent: 6.19},
	{ID: "black.paper-towel", Name: "paper towel", class: paperTowel, percent: 4.67},
	{ID: "black.window-screen", Name: "window screen", class: windowScreen, percent: 4.39},

	{ID: "gradient.sum", Name: "sum of gradient times its sign", Text: "0.2112"},
	{ID: "gradient.random", Name: "the same gradient times a random direction of -1 and 0", Text: "about 0.004"},
	{ID: "gradient-picture.scale", Name: "98th percentile of the gradient's magnitude"},

	{ID: "one-step.exact", Name: "paper towel after black + 0.9 sign", class: paperTowel, percent: 16},
	{ID: "one-step.velvet", Name: "velvet, rounded", class: velvet, percent: 60.17},
	{ID: "one-step.paper-towel", Name: "paper towel, rounded", class: paperTowel, percent: 14.55},
	{ID: "one-step.shower-curtain", Name: "shower curtain, rounded", class: showerCurtain, percent: 7.07},
	{ID: "one-step.wool", Name: "wool, rounded", class: wool, percent: 5.99},
	{ID: "one-step.bath-towel", Name: "bath towel, rounded", class: bathTowel, percent: 2.13},

	{ID: "ten-steps.end", Name: "after 9 steps of 0.1", Text: "paper towel 89.98, wool 2.41"},
	{ID: "ten-steps.paper-towel", Name: "paper towel over the steps", Text: "0.04 0.04 0.05 0.07 0.11 0.22 0.41 0.69 0.90"},
	{ID: "ten-steps.velvet", Name: "velvet over the steps", Text: "0.30 0.34 0.38 0.48 0.40 0.38 0.21 0.08 0.02"},
	{ID: "ten-steps.larger", Name: "9 steps, as large as it takes"},

	{ID: "fun.cat", Name: "cat, away from 285, 281 and 282", Text: "bath towel 50, paper towel 11 (was Egyptian cat 35)"},
	{ID: "fun.kitten", Name: "kitten (Caffe's cat), away from 285, 281 and 282", Text: "bath towel 50, paper towel 11 (was Egyptian cat 35)"},
	{ID: "fun.can", Name: "garbage can, one step away", Text: "water jug 25, cocktail shaker 15 (was garbage can 40)"},
	{ID: "fun.own", Name: "your picture, three steps away from what it is taken for"},
	{ID: "fun.vulture", Name: "panda to vulture, 99 steps", Text: "vulture 98.9 with steps of 0.009"},

	{ID: "linear.granny-smith", Name: "Granny Smith's weights", Text: "green"},
	{ID: "linear.menu", Name: "a menu's weights", Text: "white"},
	{ID: "linear.flip", Name: "linear: smallest change of every pixel that turns the panda into a vulture"},
	{ID: "linear.clean", Name: "logistic regression, 3 or 7: error on clean digits", Text: "1.6 (the paper's)"},
	{ID: "linear.attacked", Name: "the same after 0.25 along the signs of its weights", Text: "99 (the paper's)"},

	{ID: "sign.sign", Name: "the class after 0.9 against the sign of its gradient", Text: "a lot"},
	{ID: "sign.random", Name: "the class after 0.9 in a random direction of signs", Text: "almost nothing"},

	{ID: "away.before", Name: "the panda", Text: "giant panda 99.57, lesser panda 0.10, ring-tailed lemur 0.05"},
	{ID: "away.once", Name: "panda - 0.9 sign(gradient of panda)", Text: "weasel 25.94, polecat 21.93, black-footed ferret 21.88"},
	{ID: "away.twice", Name: "the same step once more"},
	{ID: "away.larger", Name: "one step, as large as it takes"},

	{ID: "dog.away", Name: "away from 263, 162, 264 and 167", Text: "still a dog (was corgi 42.77)"},
	{ID: "dog.ball", Name: "one step towards tennis ball", Text: "still a dog"},
	{ID: "dog.larger", Name: "one step away from dog, as large as it takes"},
	{ID: "dog.way", Name: "the panda's way to vulture", Text: "through ostrich"},

	{ID: "harness.plain", Name: "plain training: error on clean digits, and after FGSM 0.25"},
	{ID: "harness.hardened", Name: "adversarial training: error on clean digits, and after FGSM 0.25"},
	{ID: "harness.harder", Name: "adversarial training makes it harder to fool", Text: "yes"},

	{ID: "logistic.before", Name: "ten numbers: probability of class 1", percent: 5},
	{ID: "logistic.after", Name: "the same with 0.5 along the signs of the weights", percent: 88},

	{ID: "templates.granny-smith", Name: "Granny Smith's weights", Text: "green"},
	{ID: "templates.menu", Name: "a menu's weights", Text: "white"},
	{ID: "templates.accuracy", Name: "fresh drawings that are named correctly"},
	{ID: "templates.flip", Name: "smallest change of every pixel that turns the drawn panda into a vulture"},

	{ID: "hardened.clean", Name: "fresh drawings misread: plain, hardened"},
	{ID: "hardened.attacked", Name: "the same after PGD of 8/255: plain, hardened"},
	{ID: "hardened.harder", Name: "adversarial training makes it harder to fool", Text: "yes"},
}

func init() {
	for i := range figures {
		f := &figures[i]
		if f.percent > 0 {
			f.Text = report.Points(f.percent)
		}
		for j, r := range f.ID {
			if r == '.' {
				f.Experiment = f.ID[:j]
			}
		}
	}
}

// Figures returns the figures of an experiment, in the order of its rows.
func Figures(experiment string) []Figure {
	var out []Figure
	for _, f := range figures {
		if f.Experiment == experiment {
			out = append(out, f)
		}
	}
	return out
}

// figure returns the figure of a row.
func figure(id string) Figure {
	for _, f := range figures {
		if f.ID == id {
			return f
		}
	}
	panic("article: no figure " + id)
}

// must adds the figures of an experiment that are probabilities and that measured has. They must be
// within tolerance points. For another network than the article's they are only recorded.
func (nb *Notebook) must(e *report.Experiment, tolerance float64, probs []float64, ids ...string) {
	for _, id := range ids {
		f := figure(id)
		k := nb.class(f.class)
		switch {
		case k < 0:
			add(e, id, report.Row{Verdict: report.Skipped, Note: nb.Model.Name + " has no such class"})
		case nb.held():
			add(e, id, within(f.percent, 100*probs[k], tolerance))
		default:
			add(e, id, report.Row{Measured: report.Points(100 * probs[k]), Verdict: report.Recorded, Note: "another network"})
		}
	}
}

// within returns the row of a figure in percent that must be within tolerance points.
func within(published, measured, tolerance float64) report.Row {
	r := report.Row{Measured: report.Points(measured), Verdict: report.Match, Note: fmt.Sprintf("within %g points", tolerance), Values: []string{fmt.Sprint(tolerance)}}
	if !(math.Abs(published-measured) <= tolerance) {
		r.Verdict = report.MustMatchFailed
	}
	return r
}

// behaves adds a figure that cannot equal the published one: it must only behave alike, as note
// says. values are the values in the note.
func behaves(e *report.Experiment, id, measured string, alike bool, note string, values ...string) {
	r := report.Row{Measured: measured, Verdict: report.Recorded, Note: note, Values: values}
	if alike {
		r.Verdict = report.BehaviourReproduced
	}
	add(e, id, r)
}

// record adds a figure without any demand.
func record(e *report.Experiment, id, measured, note string, values ...string) {
	add(e, id, report.Row{Measured: measured, Verdict: report.Recorded, Note: note, Values: values})
}

// add adds a row with the name and the published figure of id.
func add(e *report.Experiment, id string, r report.Row) {
	f := figure(id)
	r.ID, r.Name, r.Published = id, f.Name, f.Text
	e.Rows = append(e.Rows, r)
}
