package article

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"hoodwink/report"
	"hoodwink/tensor"
)

// Classes that the experiments name.
const (
	imageNetClasses = 1000

	ostrich, vulture   = 9, 23
	firstDog, lastDog  = 151, 268
	firstCat, lastCat  = 281, 293 // house cats and the great ones
	tigerCat           = 282
	panda              = 388
	garbageCan         = 412
	bathTowel          = 434
	paperTowel         = 700
	showerCurtain      = 794
	tennisBall         = 852
	velvet             = 885
	windowScreen, wool = 904, 911
)

// A quoted figure is a class with its published probability in percent.
type quoted struct {
	class   int
	percent float64
}

func (nb *Notebook) predict(_ context.Context, e *report.Experiment) error {
	var tiles []report.Tile
	for _, p := range []struct{ word, role string }{
		{"caffe_example_cat", "Caffe's cat"},
		{"Pembroke", "the dog"},
		{"bathing_cap", "the Queen's part: somebody in a bathing cap"},
	} {
		x, file, err := nb.photo(p.word)
		if err != nil {
			return err
		}
		probs := nb.probs(x)
		top := nb.top(probs, 3)
		if p.word == "caffe_example_cat" {
			e.Must("Caffe's cat.jpg is a tiger cat (282)", 36.6, 100*probs[tigerCat], 1)
			r := report.Row{Name: "top class of Caffe's cat.jpg", Published: "282 tiger cat", Measured: fmt.Sprintf("%d %s", top[0].Class, top[0].Label), Verdict: report.Match}
			if top[0].Class != tigerCat {
				r.Verdict = report.MustMatchFailed
			}
			e.Rows = append(e.Rows, r)
		} else {
			e.Rows = append(e.Rows, report.Row{Name: p.role, Measured: words(top), Verdict: report.Recorded, Note: file})
		}
		tile, err := nb.tile(x, probs)
		if err != nil {
			return err
		}
		tiles = append(tiles, tile)
	}
	e.Figures = append(e.Figures, report.Figure{Tiles: tiles})
	return nil
}

func (nb *Notebook) blackPicture(_ context.Context, e *report.Experiment) error {
	probs := nb.probs(nb.black())
	for _, q := range []quoted{{velvet, 27.38}, {showerCurtain, 6.40}, {wool, 6.19}, {paperTowel, 4.67}, {windowScreen, 4.39}} {
		e.Must(nb.label(q.class), q.percent, 100*probs[q.class], 0.01)
	}
	e.Figures = append(e.Figures, report.Figure{Rankings: []report.Ranking{{Title: "The black picture", Predictions: nb.top(probs, 5)}}})
	return nil
}

// The black picture's gradient when ties in max-pooling go to the first maximum, and
// how far from it another summation may be.
const (
	gradientSum       = 0.2019
	gradientTolerance = 0.002
)

func (nb *Notebook) gradientOfOutcome(_ context.Context, e *report.Experiment) error {
	g, err := nb.gradient(nb.black(), paperTowel)
	if err != nil {
		return err
	}
	sum := tensor.L1(g.Data)
	r := report.Row{Name: "sum of gradient times its sign", Published: "0.2112", Measured: fmt.Sprintf("%.4f", sum), Verdict: report.Match,
		Note: fmt.Sprintf("%.4f ± %.3f with ties going to the first maximum", gradientSum, gradientTolerance)}
	if !(math.Abs(sum-gradientSum) <= gradientTolerance) {
		r.Verdict = report.MustMatchFailed
	}
	e.Rows = append(e.Rows, r)
	rng := rand.New(rand.NewPCG(2015, 12))
	var dots []string
	largest := 0.0
	for range 5 {
		var dot float64
		for _, v := range g.Data {
			if rng.IntN(2) == 0 {
				dot -= float64(v)
			}
		}
		dots = append(dots, fmt.Sprintf("%.4f", dot))
		largest = math.Max(largest, math.Abs(dot))
	}
	e.Behaves("the same gradient times a random direction of -1 and 0", "about 0.004", strings.Join(dots, ", "), largest < sum/10,
		"five directions; alike if less than a tenth of the sum above")
	return nil
}

func (nb *Notebook) gradientPicture(_ context.Context, e *report.Experiment) error {
	g, err := nb.gradient(nb.black(), paperTowel)
	if err != nil {
		return err
	}
	img, err := report.GradientImage(g)
	if err != nil {
		return err
	}
	e.Rows = append(e.Rows, report.Row{Name: "98th percentile of the gradient's magnitude", Measured: fmt.Sprintf("%.3g", report.GradientScale(g)), Verdict: report.Recorded, Note: "for pixels in 0..255"})
	e.Figures = append(e.Figures, report.Figure{Tiles: []report.Tile{{Picture: img, Title: "Gradient of paper towel", Detail: "at the black picture"}}})
	return nil
}

func (nb *Notebook) oneStep(_ context.Context, e *report.Experiment) error {
	g, err := nb.gradient(nb.black(), paperTowel)
	if err != nil {
		return err
	}
	step := stepped(nb.black(), g, 0.9)
	exact, whole := nb.probs(step), nb.probs(rounded(step))
	e.Must("paper towel after black + 0.9 sign", 16, 100*exact[paperTowel], 1.5)
	for _, q := range []quoted{{velvet, 60.17}, {paperTowel, 14.55}, {showerCurtain, 7.07}, {wool, 5.99}, {bathTowel, 2.13}} {
		e.Must(nb.label(q.class)+", rounded", q.percent, 100*whole[q.class], 1.5)
	}
	e.Figures = append(e.Figures, report.Figure{Rankings: []report.Ranking{
		{Title: "black", Predictions: nb.top(nb.probs(nb.black()), 5)},
		{Title: "black + 0.9 sign(gradient)", Predictions: nb.top(exact, 5)},
		{Title: "the same, rounded", Predictions: nb.top(whole, 5)},
	}})
	return nil
}

func (nb *Notebook) tenSteps(ctx context.Context, e *report.Experiment) error {
	t, err := nb.walk(ctx, nb.black(), paperTowel, true, 9, 0.1)
	if err != nil {
		return err
	}
	last := t.probs[len(t.probs)-1]
	e.Behaves("after 9 steps of 0.1", "paper towel 89.98, wool 2.41", words(nb.top(last, 2)), last[paperTowel] > 0.8,
		"alike if paper towel has more than 80 %: the way depends on how ties in max-pooling are broken")
	for _, curve := range []struct {
		class     int
		published []float64
	}{
		{paperTowel, []float64{.04, .04, .05, .07, .11, .22, .41, .69, .90}},
		{velvet, []float64{.30, .34, .38, .48, .40, .38, .21, .08, .02}},
	} {
		var ours, theirs []string
		worst := 0.0
		for i, p := range curve.published {
			ours, theirs = append(ours, fmt.Sprintf("%.2f", t.probs[i+1][curve.class])), append(theirs, fmt.Sprintf("%.2f", p))
			worst = math.Max(worst, math.Abs(p-t.probs[i+1][curve.class]))
		}
		e.Behaves(nb.label(curve.class)+" over the steps", strings.Join(theirs, " "), strings.Join(ours, " "), worst <= 0.1,
			"read off the article's plot; alike if within 0.1")
	}
	chart := nb.chart(t, "From velvet to paper towel", paperTowel, velvet, wool, showerCurtain)
	times, err := report.Amplify(clipped(t.end), 50)
	if err != nil {
		return err
	}
	e.Figures = append(e.Figures, report.Figure{Drawing: chart},
		report.Figure{Tiles: []report.Tile{{Picture: times, Title: "The picture, times 50", Detail: "negative pixels shown black"}}, Listing: listing(t.end)})
	return nil
}

// listing prints the first pixel values of a picture in levels, as the notebook does.
func listing(x *tensor.Tensor) string {
	var b strings.Builder
	w := x.Shape[3]
	b.WriteString("red, top left corner, in levels of 0..255\n")
	for r := range 4 {
		for c := range 8 {
			fmt.Fprintf(&b, "%6.2f", 255*x.Data[r*w+c])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// clipped returns x limited to what a screen can show.
func clipped(x *tensor.Tensor) *tensor.Tensor {
	y := x.Clone()
	tensor.Clamp(y.Data, 0, 1)
	return y
}
