package paper

import (
	"context"
	"fmt"
	"math"

	"hoodwink/report"
	"hoodwink/tensor"
)

// The way along the line: sizes from -lineReach to lineReach.
const (
	lineReach = 10.0
	linePer   = 50 // sizes per unit
	lineDigit = 4  // the paper's
)

func (s *Study) line(ctx context.Context, e *report.Experiment) error {
	c, err := s.plainMaxout(ctx)
	if err != nil {
		return err
	}
	x, err := s.wellRead(ctx, c.classifier)
	if err != nil {
		return err
	}
	far, err := fgsm(ctx, c.classifier, x, []int{lineDigit}, 1, exact)
	if err != nil {
		return err
	}
	const n = int(2*lineReach*linePer) + 1
	var sizes []float64
	way := tensor.New(n, 1, side, side)
	for i := range n {
		eps := float64(i)/linePer - lineReach
		sizes = append(sizes, eps)
		for j, v := range x.Data {
			way.Image(i)[j] = v + float32(eps)*float32(far.Data[j]-v)
		}
	}
	logits := make([][]float64, classes)
	var top []int
	err = inBatches(ctx, c.batch(), way, func(at int, batch *tensor.Tensor) error {
		z := c.model.Forward(batch)
		for i := range min(c.batch(), n-at) {
			for k, v := range z.Image(i) {
				logits[k] = append(logits[k], float64(v))
			}
			top = append(top, tensor.Argmax(z.Image(i)))
		}
		return nil
	})
	if err != nil {
		return err
	}
	zero, last := n/2, n-1
	lo, hi := zero, zero
	for lo > 0 && top[lo-1] == lineDigit {
		lo--
	}
	for hi < last && top[hi+1] == lineDigit {
		hi++
	}
	steady := last
	for steady > 0 && top[steady-1] == top[last] {
		steady--
	}
	worst := 1.0
	for _, z := range logits {
		worst = math.Min(worst, straightness(sizes[zero:], z[zero:]))
	}
	e.Behaves("where the digit is read correctly", "near zero", fmt.Sprintf("from %.2f to %.2f", sizes[lo], sizes[hi]), sizes[hi] < 1, "not clipped; alike if it ends below 1")
	e.Behaves("the same wrong digit from which size on", "over a wide region", fmt.Sprintf("a %d from %.2f to %g", top[last], sizes[steady], lineReach), top[last] != lineDigit && sizes[steady] < lineReach/2, "alike if on half of the line or more")
	e.Behaves("how straight the ten logits are from 0 to 10: the smallest R²", "conspicuously piecewise linear", fmt.Sprintf("%.3f", worst), worst > 0.9, "alike if above 0.9")
	var series []report.Series
	for k := range logits {
		series = append(series, report.Series{Name: fmt.Sprint(k), X: sizes, Y: logits[k]})
	}
	// The digit itself and what it becomes come first, in the strongest colours.
	series[0], series[lineDigit] = series[lineDigit], series[0]
	e.Figures = append(e.Figures,
		report.Figure{Drawing: report.Curves{Title: "The logits of a four along the sign of its gradient", XLabel: "size of the perturbation, in units of white", YLabel: "logit", Series: series,
			Marks: []report.Mark{{X: 0, Label: "the digit"}}}},
		report.Figure{Drawing: report.Curves{Title: "The same near the digit", XLabel: "size of the perturbation, in units of white", YLabel: "logit", Series: near(series, zero-linePer/2, zero+linePer/2),
			Marks: []report.Mark{{X: 0, Label: "the digit"}, {X: Eps, Label: fmt.Sprint(Eps)}}}})
	var tiles []report.Tile
	for _, eps := range []float64{-1, -0.5, -0.25, 0, 0.1, 0.25, 0.5, 1} {
		i := zero + int(math.Round(eps*linePer))
		img, err := report.Picture(digit(way, i))
		if err != nil {
			return err
		}
		tiles = append(tiles, report.Tile{Picture: img, Title: fmt.Sprintf("a %d", top[i]), Detail: fmt.Sprintf("%+.2f", sizes[i])})
	}
	e.Figures = append(e.Figures, report.Figure{Small: true, Tiles: tiles, Caption: "On the way, clipped to what a screen can show."})
	return nil
}

// near cuts series down to the points from lo to hi.
func near(series []report.Series, lo, hi int) []report.Series {
	var out []report.Series
	for _, s := range series {
		out = append(out, report.Series{Name: s.Name, X: s.X[lo : hi+1], Y: s.Y[lo : hi+1]})
	}
	return out
}

// wellRead returns the first four of the test set that a classifier reads correctly.
func (s *Study) wellRead(ctx context.Context, c classifier) (*tensor.Tensor, error) {
	m, err := measure(ctx, c, s.Test.Images, s.Test.Labels, nil)
	if err != nil {
		return nil, err
	}
	for i, k := range s.Test.Labels {
		if k == lineDigit && m.taken[i] == lineDigit {
			return tensor.FromSlice(s.Test.Images.Image(i), 1, 1, side, side), nil
		}
	}
	return nil, report.Missing{What: fmt.Sprintf("%d that %s reads as one", lineDigit, c.name)}
}

// straightness returns the share of the variance of y that a straight line explains.
func straightness(x, y []float64) float64 {
	n := float64(len(x))
	var mx, my float64
	for i := range x {
		mx += x[i] / n
		my += y[i] / n
	}
	var xx, yy, xy float64
	for i := range x {
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
		xy += (x[i] - mx) * (y[i] - my)
	}
	if xx == 0 || yy == 0 {
		return 1
	}
	return xy * xy / (xx * yy)
}
