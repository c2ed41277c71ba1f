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
	firstCat, lastCat  = 281, 293 // house cats and the great cats
	tigerCat           = 282
	pembroke           = 263
	panda              = 388
	garbageCan         = 412
	bathTowel          = 434
	paperTowel         = 700
	showerCurtain      = 794
	tennisBall         = 852
	velvet             = 885
	windowScreen, wool = 904, 911
)

func (nb *Notebook) predict(_ context.Context, e *report.Experiment) error {
	parts := []struct{ word, id string }{{"caffe_example_cat", "predict.top"}, {"Pembroke", "predict.dog"}, {"bathing_cap", "predict.cap"}}
	if nb.Own != nil {
		parts = parts[:1]
		parts[0].id = "predict.own"
	}
	var tiles []report.Tile
	var rankings []report.Ranking
	for _, p := range parts {
		x, file, err := nb.photo(p.word)
		if err != nil {
			return err
		}
		probs := nb.probs(x)
		top := nb.top(probs, 3)
		if p.id == "predict.top" && nb.held() {
			add(e, "predict.cat", within(figure("predict.cat").percent, 100*probs[tigerCat], 1))
			r := report.Row{Measured: fmt.Sprintf("%d %s", top[0].Class, top[0].Label), Verdict: report.Match}
			if top[0].Class != tigerCat {
				r.Verdict = report.MustMatchFailed
			}
			add(e, p.id, r)
		} else {
			record(e, p.id, words(top), file, file)
		}
		tile, err := nb.tile(x, probs)
		if err != nil {
			return err
		}
		tiles = append(tiles, tile)
		rankings = append(rankings, report.Ranking{Title: top[0].Label, Predictions: nb.top(probs, 5)})
	}
	e.Figures = append(e.Figures, report.Figure{Tiles: tiles, Rankings: rankings})
	return nil
}

func (nb *Notebook) blackPicture(_ context.Context, e *report.Experiment) error {
	probs := nb.probs(nb.black())
	nb.must(e, 0.01, probs, "black.velvet", "black.shower-curtain", "black.wool", "black.paper-towel", "black.window-screen")
	tile, err := nb.tile(nb.black(), probs)
	if err != nil {
		return err
	}
	e.Figures = append(e.Figures, report.Figure{ID: "black", Tiles: []report.Tile{tile}, Rankings: []report.Ranking{{Title: "The black picture", Predictions: nb.top(probs, 5)}}})
	return nil
}

// The black picture's gradient, when ties in max-pooling go to the first maximum, and how far from
// it another order of summation may be.
const (
	gradientSum       = 0.2019
	gradientTolerance = 0.002
)

func (nb *Notebook) gradientOfOutcome(_ context.Context, e *report.Experiment) error {
	g, err := nb.gradient(nb.black(), nb.class(paperTowel))
	if err != nil {
		return err
	}
	sum := tensor.L1(g.Data)
	r := report.Row{Measured: fmt.Sprintf("%.4g", sum), Verdict: report.Recorded, Note: "another network"}
	if nb.held() {
		r = report.Row{Measured: fmt.Sprintf("%.4f", sum), Verdict: report.Match,
			Note: fmt.Sprintf("%.4f ± %.3f with ties going to the first maximum", gradientSum, gradientTolerance), Values: []string{fmt.Sprint(gradientSum), fmt.Sprint(gradientTolerance)}}
		if !(math.Abs(sum-gradientSum) <= gradientTolerance) {
			r.Verdict = report.MustMatchFailed
		}
	}
	add(e, "gradient.sum", r)
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
		if sum > 0.01 {
			dots = append(dots, fmt.Sprintf("%.4f", dot))
		} else {
			dots = append(dots, fmt.Sprintf("%.2g", dot))
		}
		largest = math.Max(largest, math.Abs(dot))
	}
	behaves(e, "gradient.random", strings.Join(dots, ", "), largest < sum/10,
		"five directions; alike if less than a tenth of the sum above")
	return nil
}

func (nb *Notebook) gradientPicture(_ context.Context, e *report.Experiment) error {
	g, err := nb.gradient(nb.black(), nb.class(paperTowel))
	if err != nil {
		return err
	}
	img, err := report.GradientImage(g)
	if err != nil {
		return err
	}
	record(e, "gradient-picture.scale", fmt.Sprintf("%.3g", report.GradientScale(g)), "for pixels in 0..255")
	e.Figures = append(e.Figures, report.Figure{Tiles: []report.Tile{{ID: "gradient", Picture: img, Title: "Gradient of paper towel", Detail: "at the black picture"}}})
	return nil
}

func (nb *Notebook) oneStep(_ context.Context, e *report.Experiment) error {
	g, err := nb.gradient(nb.black(), nb.class(paperTowel))
	if err != nil {
		return err
	}
	step := stepped(nb.black(), g, 0.9)
	exact, whole := nb.probs(step), nb.probs(rounded(step))
	nb.must(e, 1.5, exact, "one-step.exact")
	nb.must(e, 1.5, whole, "one-step.velvet", "one-step.paper-towel", "one-step.shower-curtain", "one-step.wool", "one-step.bath-towel")
	tile, err := nb.tile(step, exact)
	if err != nil {
		return err
	}
	times, err := report.Amplify(clipped(step), 50)
	if err != nil {
		return err
	}
	e.Figures = append(e.Figures, report.Figure{ID: "one-step", Tiles: []report.Tile{tile, {ID: "times", Picture: times, Title: "The picture, times 50", Detail: "negative pixels shown black"}}, Rankings: []report.Ranking{
		{Title: "black", Predictions: nb.top(nb.probs(nb.black()), 5)},
		{Title: "black + 0.9 sign(gradient)", Predictions: nb.top(exact, 5)},
		{Title: "the same, rounded", Predictions: nb.top(whole, 5)},
	}})
	return nil
}

func (nb *Notebook) tenSteps(ctx context.Context, e *report.Experiment) error {
	towel := nb.class(paperTowel)
	t, err := nb.walk(ctx, nb.black(), towel, true, 9, 0.1)
	if err != nil {
		return err
	}
	last := t.probs[len(t.probs)-1]
	behaves(e, "ten-steps.end", words(nb.top(last, 2)), last[towel] > 0.8,
		"alike if paper towel has more than 80 %: the way depends on how ties in max-pooling are broken")
	for _, curve := range []struct {
		id        string
		class     int
		published []float64
	}{
		{"ten-steps.paper-towel", towel, []float64{.04, .04, .05, .07, .11, .22, .41, .69, .90}},
		{"ten-steps.velvet", nb.class(velvet), []float64{.30, .34, .38, .48, .40, .38, .21, .08, .02}},
	} {
		var ours []string
		worst := 0.0
		for i, p := range curve.published {
			ours = append(ours, fmt.Sprintf("%.2f", t.probs[i+1][curve.class]))
			worst = math.Max(worst, math.Abs(p-t.probs[i+1][curve.class]))
		}
		behaves(e, curve.id, strings.Join(ours, " "), worst <= 0.1, "read off the article's plot; alike if within 0.1")
	}
	if !nb.imageNet {
		levels := 0.1
		for ; t.tops[len(t.tops)-1] != towel && levels < mostLevels; levels *= 2 {
			if t, err = nb.walk(ctx, nb.black(), towel, true, 9, 2*levels); err != nil {
				return err
			}
		}
		last = t.probs[len(t.probs)-1]
		record(e, "ten-steps.larger", fmt.Sprintf("%.3g: %s", levels, words(nb.top(last, 2))), "size of a step in levels of 255")
	}
	chart := nb.chart(t, "From velvet to paper towel", paperTowel, velvet, wool, showerCurtain)
	times, err := report.Amplify(clipped(t.end), 50)
	if err != nil {
		return err
	}
	e.Figures = append(e.Figures, report.Figure{ID: "curves", Drawing: chart},
		report.Figure{Tiles: []report.Tile{{ID: "times", Picture: times, Title: "The picture, times 50", Detail: "negative pixels shown black"}}, Listing: listing(t.end)})
	return nil
}

// listing prints the first pixel values of a picture in levels, as the notebook does.
func listing(x *tensor.Tensor) string {
	var b strings.Builder
	w, first := x.Shape[3], "red"
	if x.Shape[1] == 1 {
		first = "gray"
	}
	b.WriteString(first + ", top left corner, in levels of 0..255\n")
	for r := range 4 {
		for c := range 8 {
			fmt.Fprintf(&b, "%8.2f", 255*x.Data[r*w+c])
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
