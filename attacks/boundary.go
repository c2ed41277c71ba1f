package attacks

import (
	"cmp"
	"math"
	"slices"

	"hoodwink/attack"
)

// A boundary is the function of the logits that attacks of minimum norm linearise: it is positive where
// the goal is met, and how far it is from that otherwise. It is the margin; where a probability is
// asked for, it is the log-odds less those that are wanted, if these are farther away.
type boundary struct {
	toward int     // with classes that are to be left, the class that is to win; -1: any
	prob   float64 // with a class to be reached, the probability that it must have
}

// boundaryOf returns the boundary of a trial's goal.
func boundaryOf(t *attack.Trial) boundary {
	b := boundary{toward: -1}
	switch g := t.Goal().(type) {
	case attack.Targeted:
		b.prob = g.Prob
	case attack.Labels:
		b.prob = g.Prob
	}
	return b
}

// String implements attack.Loss.
func (boundary) String() string { return attack.Margin.String() }

// Check implements attack.Loss.
func (boundary) Check(k int, d *attack.Direction) error { return attack.Margin.Check(k, d) }

// Eval implements attack.Loss.
func (b boundary) Eval(dlogits []float64, logits []float32, d *attack.Direction) float64 {
	value := attack.Margin.Eval(dlogits, logits, d)
	wanted := math.Log(b.prob) - math.Log1p(-min(b.prob, 1-1e-15))
	switch {
	case b.toward >= 0:
		clear(dlogits)
		source := likeliest(logits, d.Away)
		dlogits[b.toward], dlogits[source] = 1, -1
		return float64(logits[b.toward]) - float64(logits[source])
	case b.prob == 0:
		return value
	case d.Labels: // the margin is the log-odds of a label
		return min(value, value-wanted)
	}
	odds := value
	if p := attack.LogProbability.Eval(dlogits, logits, d); p < 0 {
		odds = p - math.Log(-math.Expm1(p))
	}
	if odds-wanted >= value {
		return attack.Margin.Eval(dlogits, logits, d)
	}
	for k := range dlogits { // from those of log P to those of the log-odds
		dlogits[k] *= 1 + math.Exp(odds)
	}
	return odds - wanted
}

// likeliest returns that of classes which has the largest logit.
func likeliest(logits []float32, classes []int) int {
	best := classes[0]
	for _, k := range classes {
		if logits[k] > logits[best] {
			best = k
		}
	}
	return best
}

// rivals returns up to n classes that a picture may become when it leaves others, the likeliest first.
func rivals(logits []float32, away []int, n int) []int {
	var list []int
	for k := range logits {
		if !slices.Contains(away, k) {
			list = append(list, k)
		}
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(logits[b], logits[a]) })
	return list[:min(n, len(list))]
}
