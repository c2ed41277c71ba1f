package model

import (
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// Outputs says what the results of a model's files are.
type Outputs string

const (
	// Logits are unnormalised scores: their softmax is the probabilities.
	Logits Outputs = "logits"

	// Probabilities are at least 0 and add up to 1. If they come out of a softmax, a
	// model has the logits before it; else the logarithms of the probabilities serve as
	// logits, log(p + 1e-30).
	Probabilities Outputs = "probabilities"
)

// leastProb keeps logarithms and their derivatives finite. Added to p it is without
// effect on probabilities above 1e-22 or so.
const leastProb = 1e-30

// logProbs replaces probabilities by logarithms.
func logProbs(dst, probs []float32) {
	for i, p := range probs {
		if p < 0 {
			p = 0 // rounding
		}
		dst[i] = float32(math.Log(float64(p) + leastProb))
	}
}

// logProbsBackward computes the gradient with respect to probabilities from that with
// respect to their logarithms.
func logProbsBackward(dst, dlogs, probs []float32) {
	for i, p := range probs {
		dst[i] = float32(float64(dlogs[i]) / (math.Max(float64(p), 0) + leastProb))
	}
}

// readOutputs finds out what the network gives. Where nothing says it, that of an ONNX
// file is tried out.
func (s source) readOutputs(m *Model) error {
	m.Outputs = s.outputs
	if m.softmax {
		m.Outputs = Probabilities
	}
	if m.Outputs == "" && alone(s.weights) {
		sums, err := m.sumsToOne(2)
		if err != nil {
			return err
		}
		if sums {
			m.Outputs = Probabilities
			m.Notes = append(m.Notes, fmt.Sprintf("the results of %s are probabilities, it seems: their logarithms serve as logits", s.name))
		}
	}
	if m.Outputs == "" {
		m.Outputs = Logits
	}
	m.logs = m.Outputs == Probabilities && !m.softmax
	return nil
}

// sumsToOne reports whether the network's results for up to n pictures are
// probabilities. It stops at the first that are not.
func (m *Model) sumsToOne(n int) (bool, error) {
	p, err := m.AtModel().Predictor(0)
	if err != nil {
		return false, err
	}
	for i := range n {
		out, err := p.raw(m.trial(i))
		if err != nil {
			return false, err
		}
		if !areProbabilities(out) {
			return false, nil
		}
	}
	return true, nil
}

func areProbabilities(v []float32) bool {
	var sum float64
	for _, p := range v {
		if !(p >= -1e-6) {
			return false
		}
		sum += float64(p)
	}
	return math.Abs(sum-1) <= 1e-3
}

// trial returns picture i of a series to try a network on, (1,3,H,W), at the size of the
// network's input: black, then by turns smooth colours and bright strokes on black,
// with some noise, so that no two values are equal.
func (m *Model) trial(i int) *tensor.Tensor {
	h, w := m.Spec.Height, m.Spec.Width
	x := tensor.New(1, 3, h, w)
	if i == 0 {
		return x
	}
	rng := rand.New(rand.NewPCG(uint64(i), 7))
	fill := func(colour func(c int, u, v float64) float64) {
		for k := range x.Data {
			c, y, z := k/(h*w), k/w%h, k%w
			x.Data[k] = float32(min(max(colour(c, float64(z)/float64(w), float64(y)/float64(h)), 0), 1))
		}
	}
	if i%2 == 0 {
		// A closed curve around the centre, of random shape and slant.
		bend, turn, wide := 2+4*rng.Float64(), 6*rng.Float64(), 0.03+0.03*rng.Float64()
		fill(func(c int, u, v float64) float64 {
			u, v = u-0.5, v-0.5
			radius := 0.28 + 0.1*math.Sin(bend*math.Atan2(v, u)+turn)
			off := (math.Hypot(u, v) - radius) / wide
			return 1.2*math.Exp(-off*off) + 0.05*rng.Float64()
		})
		return x
	}
	var base, slope, phase, tilt [3]float64
	for c := range 3 {
		base[c], slope[c], phase[c], tilt[c] = rng.Float64(), 6*rng.Float64(), 6*rng.Float64(), 4*(rng.Float64()-0.5)
	}
	fill(func(c int, u, v float64) float64 {
		return base[c] + 0.5*math.Sin(2*math.Pi*slope[c]*u*v+phase[c]+tilt[c]*(u-v)) + 0.1*rng.NormFloat64()
	})
	return x
}
