package paper

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hoodwink/report"
	"hoodwink/tensor"
)

// filtersShown is how many filters of a network are drawn.
const filtersShown = 24

func (s *Study) filters(ctx context.Context, e *report.Experiment) error {
	plain, err := s.plainMaxout(ctx)
	if err != nil {
		return err
	}
	hard, err := s.hardenedMaxout(ctx)
	if err != nil {
		return err
	}
	var middle, local []float64 // in percent, of both networks
	for i, c := range []*classified{plain, hard} {
		filters := firstLayer(c)
		var shares []float64
		for _, f := range filters {
			shares = append(shares, spreadOf(f))
		}
		middle, local = append(middle, 100*median(shares)), append(local, 100*quantile(shares, 0.25))
		var tiles []report.Tile
		for j := range filtersShown {
			f := filters[j*len(filters)/filtersShown]
			img, err := report.GradientImage(tensor.FromSlice(f, 1, side, side))
			if err != nil {
				return err
			}
			tiles = append(tiles, report.Tile{Picture: img})
		}
		e.Figures = append(e.Figures, report.Figure{Small: true, Title: [2]string{"Without adversarial training", "With adversarial training"}[i], Tiles: tiles,
			Caption: fmt.Sprintf("Every %dth of the first layer's %d filters, the strongest first; gray is a weight of zero.", len(filters)/filtersShown, len(filters))})
	}
	both := func(v []float64) string { return fmt.Sprintf("%.1f %% → %.1f %%", v[0], v[1]) }
	e.Behaves("pixels that hold 90 % of a filter's energy, median", "much more localised", both(middle), middle[1] < middle[0],
		"of 784 pixels; without and with adversarial training; alike if fewer")
	e.Record("the same, lower quartile", "", both(local), "")
	return nil
}

// firstLayer returns the filters of a maxout network (784 weights each), the strongest first.
func firstLayer(c *classified) [][]float32 {
	w := c.first
	filters := make([][]float32, w.Batch())
	for i := range filters {
		filters[i] = w.Image(i)
	}
	slices.SortStableFunc(filters, func(a, b []float32) int { return cmp.Compare(tensor.L2(b), tensor.L2(a)) })
	return filters
}

// spreadOf returns the share of a filter's weights that hold 90 % of its energy.
func spreadOf(w []float32) float64 {
	var energy []float64
	var sum float64
	for _, v := range w {
		energy = append(energy, float64(v)*float64(v))
		sum += float64(v) * float64(v)
	}
	slices.Sort(energy)
	n, held := 0, 0.0
	for n < len(energy) && held < 0.9*sum {
		n++
		held += energy[len(energy)-n]
	}
	return float64(n) / float64(len(energy))
}
