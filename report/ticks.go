package report

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// percentTicks divide an axis of probabilities.
var percentTicks = []plot.Tick{
	{Value: 0, Label: "0"}, {Value: 0.25, Label: "25"}, {Value: 0.5, Label: "50"},
	{Value: 0.75, Label: "75"}, {Value: 1, Label: "100\u00a0%"},
}

// niceStep returns the multiple of 1, 2 or 5 times a power of ten that divides [lo, hi]
// into at most about n parts.
func niceStep(lo, hi float64, n int) float64 {
	raw := (hi - lo) / float64(n)
	unit := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= raw*(1-1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}

// niceRange widens [lo, hi] to whole steps.
func niceRange(lo, hi float64, n int) (float64, float64) {
	step := niceStep(lo, hi, n)
	return step * math.Floor(lo/step+1e-9), step * math.Ceil(hi/step-1e-9)
}

// niceTicks divides [lo, hi] at about n multiples of 1, 2 or 5 times a power of ten.
func niceTicks(lo, hi float64, n int) []plot.Tick {
	return ticksEvery(niceStep(lo, hi, n), lo, hi)
}

// wholeTicks is niceTicks at whole numbers only.
func wholeTicks(lo, hi float64, n int) []plot.Tick {
	return ticksEvery(max(1, niceStep(lo, hi, n)), lo, hi)
}

func ticksEvery(step, lo, hi float64) []plot.Tick {
	digits := max(0, -int(math.Floor(math.Log10(step)+1e-9)))
	var ticks []plot.Tick
	first, last := math.Ceil(lo/step-1e-9), math.Floor(hi/step+1e-9)
	for k := first; k <= last; k++ {
		v := k * step
		ticks = append(ticks, plot.Tick{Value: v, Label: tickLabel(v, digits)})
	}
	if ticks == nil {
		ticks = []plot.Tick{{Value: lo, Label: tickLabel(lo, digits)}}
	}
	return ticks
}

// tickLabel writes a value with a real minus sign, and very large or small ones briefly.
func tickLabel(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if abs := math.Abs(v); digits > 5 || abs >= 1e7 {
		s = strconv.FormatFloat(v, 'g', 3, 64)
	}
	if v == 0 {
		s = "0"
	}
	return strings.ReplaceAll(s, "-", "−")
}
