package hoodwink

import (
	"fmt"
	"math"
	"strings"

	"hoodwink/report"
	"hoodwink/tensor"
)

// Sigmoid returns the graph that turns a score into a probability, with the input before and after
// the step.
func (res *LinearResult) Sigmoid() report.Curves {
	c := report.SigmoidWith(report.Dot{X: res.ScoreBefore, Label: "before"}, report.Dot{X: res.ScoreAfter, Label: "after"})
	c.Title = fmt.Sprintf("From score to probability: %s rather than %s", res.To.Label, res.From.Label)
	c.XLabel = fmt.Sprintf("score: the logit of %s less that of %s", res.To.Label, res.From.Label)
	return c
}

// Chart returns the score over the size of the step: along the signs of the weights, and along the
// random signs that raise it and lower it most.
func (res *LinearResult) Chart() report.Curves {
	d := res.Directions
	unit, x := "", d.Eps
	if res.Output != "" {
		unit, x = ", in levels of 255", make([]float64, len(d.Eps))
		for i, e := range d.Eps {
			x[i] = 255 * e
		}
	}
	low, high := d.RandomRange()
	c := report.Curves{
		Title:  "Random signs, and the signs of the weights",
		XLabel: "change of every value" + unit,
		YLabel: fmt.Sprintf("score: the logit of %s less that of %s", res.To.Label, res.From.Label),
		Series: []report.Series{{Name: "signs of the weights", X: x, Y: d.Sign}},
	}
	// If the limits stop hardly any value, they need no line of their own.
	if last := len(x) - 1; d.Sign[last]-d.Limited[last] > 0.02*(d.Sign[last]-d.Sign[0]) {
		c.Series = append(c.Series, report.Series{Name: "the same, within 0 and 1", X: x, Y: d.Limited})
	}
	c.Series = append(c.Series,
		report.Series{Name: fmt.Sprintf("random signs, highest of %d", len(d.Random)), X: x, Y: high},
		report.Series{Name: "random signs, lowest", X: x, Y: low})
	for i, v := range d.Limited {
		if i > 0 && v >= 0 && d.Limited[i-1] < 0 {
			at := x[i-1] + (x[i]-x[i-1])*d.Limited[i-1]/(d.Limited[i-1]-v)
			c.Marks = []report.Mark{{X: at, Label: fmt.Sprintf("%.3g: ahead of %s", at, res.From.Label)}}
		}
	}
	return c
}

// isPicture reports whether the input can be drawn.
func (res *LinearResult) isPicture() bool {
	s := res.Original.Shape
	return len(s) == 3 && (s[0] == 1 || s[0] == 3)
}

// times returns the factor by which the change is enlarged to be visible: its largest values then
// come close to black and white.
func (res *LinearResult) times() float64 {
	return math.Max(1, math.Min(50, math.Floor(0.35/max(res.Linf, 1e-6))))
}

// Pictures returns the original, the change enlarged, and the result; then what the two classes
// look for, and the difference of their weights. For an input that is not a picture it returns
// none.
func (res *LinearResult) Pictures() ([]report.Tile, error) {
	if !res.isPicture() {
		return nil, nil
	}
	original, err := report.Picture(res.Original)
	if err != nil {
		return nil, err
	}
	change, err := report.PerturbationImage(res.Adversarial, res.Original, float32(res.times()))
	if err != nil {
		return nil, err
	}
	became, err := report.Picture(res.Adversarial)
	if err != nil {
		return nil, err
	}
	shown := "change"
	if t := res.times(); t > 1 {
		shown = fmt.Sprintf("change, shown × %.0f", t)
	}
	tiles := []report.Tile{
		{Picture: original, Title: res.From.Label, Detail: fmt.Sprintf("%.2f %%", 100*res.From.Prob)},
		{Picture: change, Title: shown, Detail: fmt.Sprintf("%.3g of 255 levels", 255*res.Linf)},
		{Picture: became, Title: res.After[0].Label, Detail: fmt.Sprintf("%.2f %%", 100*res.After[0].Prob)},
	}
	weights, err := Templates(res.linear, res.names)
	if err != nil {
		return nil, err
	}
	w := tensor.New(res.Original.Shape...)
	res.linear.Difference(w.Data, res.From.Class, res.To.Class)
	img, err := report.GradientImage(w)
	if err != nil {
		return nil, err
	}
	for _, k := range []int{res.From.Class, res.To.Class} {
		weights[k].Title = "what speaks for " + weights[k].Title
		tiles = append(tiles, weights[k])
	}
	return append(tiles, report.Tile{Picture: img, Title: "their difference, w", Detail: "where it is bright, more light changes its mind"}), nil
}

// Montage returns the pictures on one sheet.
func (res *LinearResult) Montage() (report.Montage, error) {
	tiles, err := res.Pictures()
	return report.Montage{Tiles: tiles, Columns: 3, Side: 280}, err
}

// Page returns all of it as one page. command is the command that makes it again.
func (res *LinearResult) Page(command string) (*report.LinearPage, error) {
	tiles, err := res.Pictures()
	if err != nil {
		return nil, err
	}
	p := &report.LinearPage{LinearFool: res.LinearFool, Sigmoid: res.Sigmoid(), Directions: res.Chart(), Command: command}
	if tiles != nil {
		p.Original, p.Perturbation, p.Adversarial, p.Times, p.Weights = tiles[0].Picture, tiles[1].Picture, tiles[2].Picture, res.times(), tiles[3:]
	}
	return p, nil
}

// Table returns the smallest changes as lines of text.
func (res *LinearResult) Table() string {
	var b strings.Builder
	for _, s := range res.Smallest {
		method := s.Method
		if s.Limits {
			method += ", within 0 and 1"
		}
		became, work := "", ""
		if s.Label != "" {
			became = "→ " + s.Label
		}
		if s.Backwards > 0 {
			work = fmt.Sprintf("%d gradients", s.Backwards)
		}
		b.WriteString(strings.TrimRight(fmt.Sprintf("    %-5s %-28s %-12s %-18s %s", s.Norm, method, res.Words(s), became, work), " ") + "\n")
	}
	return b.String()
}
