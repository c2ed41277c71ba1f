package model

import (
	"math"
	"slices"

	"hoodwink/tensor"
)

// An evidence is what a network's results on synthetic pictures say about their meaning.
type evidence struct {
	unit    bool    // all lie in [0,1]
	still   bool    // they hardly change, not even when the input is driven to extremes, and are not 0 and 1
	bounded bool    // they stay there when the input is driven to extremes, and are not still
	sums    bool    // they add up to 1, within their rounding
	step    float64 // if probabilities are rounded: the step of which all are multiples; 0 if there is no such step
	least   float64 // the probability that a result of 0 may stand for, in single precision or rounded
}

// outputs returns the kind of outputs that the evidence suggests.
func (e evidence) outputs(single bool) Outputs {
	switch {
	case single && e.unit && e.bounded:
		return Sigmoid
	case single:
		return SigmoidLogits
	case e.sums:
		return Probabilities
	case e.unit && e.bounded:
		return Sigmoid
	}
	return Logits
}

// see collects the evidence. If brief, it stops when the first result shows that they are not
// probabilities.
func (m *Model) see(brief bool) (evidence, error) {
	if brief {
		p, err := m.AtModel().Predictor(0)
		if err != nil {
			return evidence{}, err
		}
		out, err := p.raw(m.trial(0))
		if err != nil || !inUnit(out, maxStep) {
			return evidence{}, err
		}
	}
	results, driven, err := m.tried()
	if err != nil {
		return evidence{}, err
	}
	return weigh(results, driven), nil
}

// weigh examines results, and those for inputs driven to extremes.
func weigh(results, driven [][]float32) evidence {
	all := slices.Concat(slices.Concat(results, driven)...)
	e := evidence{step: stepOf(all), least: leastProb}
	switch {
	case e.step > 0:
		e.least = e.step / 4
	case slices.Contains(slices.Concat(results...), 0):
		e.least = 1e-6 // rounded somehow, but the network can tell a probability that small from 0
		for _, p := range all {
			if p > 0 {
				e.least = min(e.least, float64(p)/4)
			}
		}
	}
	slack := max(e.step, 1e-6)
	in := func(out []float32) bool { return inUnit(out, slack) }
	if e.unit = every(results, in); !e.unit {
		return evidence{least: leastProb}
	}
	between := slices.ContainsFunc(all, func(p float32) bool { return p != 0 && p != 1 })
	e.still = between && spread(slices.Concat(results, driven)) <= leastSpread
	e.bounded = len(driven) > 0 && every(driven, in) && !e.still
	// A division by a sum gives zeros where the sum underflows.
	driven = slices.DeleteFunc(slices.Clone(driven), func(out []float32) bool { return tensor.Linf(out) == 0 })
	e.sums = len(results[0]) > 1 && sumToOne(slices.Concat(results, driven), e.step)
	return e
}

// leastSpread is how much a result must differ between inputs to count as evidence.
const leastSpread = 0.05

// every reports whether f holds for every row.
func every(rows [][]float32, f func([]float32) bool) bool {
	return !slices.ContainsFunc(rows, func(r []float32) bool { return !f(r) })
}

// spread returns the largest difference of one result between rows.
func spread(rows [][]float32) float64 {
	var most float64
	for k := range rows[0] {
		lo, hi := rows[0][k], rows[0][k]
		for _, r := range rows {
			lo, hi = min(lo, r[k]), max(hi, r[k])
		}
		most = max(most, float64(hi)-float64(lo))
	}
	return most
}

func inUnit(v []float32, slack float64) bool {
	return !slices.ContainsFunc(v, func(p float32) bool { return !(p >= -1e-6 && float64(p) <= 1+slack) })
}

// sumToOne reports whether every row adds up to 1, except for rounding to steps (0 if there are
// none) and to few binary digits.
//
// A value that was rounded to the nearest step is up to half a step above the true one; 0 is never
// above it. A value that was cut off is up to a step below. A thousand values may lose most of
// their sum this way, but not always: for an input driven to extremes one class has it all, while
// sigmoids are 1 for many labels or none.
func sumToOne(rows [][]float32, step float64) bool {
	const slack = 1e-3
	digits := slack
	if step == 0 {
		digits += relativeRounding(slices.Concat(rows...))
	}
	var most float64
	for _, row := range rows {
		var sum, above float64
		for _, p := range row {
			if !(p >= -1e-6) {
				return false
			}
			sum += float64(p)
			if p > 0 {
				above += step / 2
			}
		}
		if !(sum <= 1+digits+above) || !(sum >= 1-digits-step*float64(len(row))) {
			return false
		}
		most = max(most, sum)
	}
	return most >= 0.5
}

// relativeRounding returns the largest relative rounding error of the values, if all have fewer
// binary digits than a float32; otherwise 0.
func relativeRounding(v []float32) float64 {
	zeros := 23
	for _, p := range v {
		if p != 0 {
			for bits := math.Float32bits(p); zeros > 0 && bits&(1<<zeros-1) != 0; {
				zeros--
			}
		}
	}
	if zeros < 8 {
		return 0
	}
	return math.Ldexp(1, zeros-24)
}

// The steps that are considered: from those of 16 bits to tenths.
const (
	minStep = 1. / (1 << 17)
	maxStep = 0.1001
)

// stepOf returns the largest step of which all values in [0,1] are multiples, except for the
// rounding of float32; 0 if there is none between minStep and maxStep. Values that are not rounded
// have none: among a dozen of them, some are not multiples.
func stepOf(values []float32) float64 {
	v := make([]float64, 0, len(values))
	for _, p := range values {
		if p > 1e-9 {
			v = append(v, float64(p))
		}
	}
	slices.Sort(v)
	v = slices.CompactFunc(v, func(a, b float64) bool { return math.Abs(b-a) < 3e-7 })
	if len(v) < 3 {
		return 0
	}
	least := v[0]
	for i := range v[1:] {
		least = min(least, v[i+1]-v[i])
	}
	for parts := 1.; parts <= 8; parts++ { // the least difference may be several steps
		if least/parts < minStep*0.9 {
			break
		}
		switch step := multiples(v, least/parts); {
		case step > maxStep:
			return 0
		case step >= minStep*0.99:
			return step
		}
	}
	return 0
}

// multiples returns the step near the given one of which all values, sorted, are multiples; 0 if
// there is none. Each value determines the step more exactly than smaller ones.
func multiples(v []float64, step float64) float64 {
	known := 0. // the multiple from which the step was computed
	for _, p := range v {
		n := math.Round(p / step)
		if n < 1 || math.Abs(p/step-n) > 0.05 {
			return 0
		}
		if n > known {
			step, known = p/n, n
		}
	}
	return step
}
