package model

import "math"

// A reading computes logits from a network's results.
type reading struct {
	// Probabilities, whose logarithms are taken, or Sigmoid, whose log-odds are; "" leaves the results as they are
	from   Outputs
	single bool    // there is only one result z: the logits are 0 and z
	least  float64 // the probability that stands for 0
	most   float64 // for log-odds, what 1-p is taken as if p is 1
}

// Bounds that keep logarithms and their derivatives finite: rounding never brings a float32 closer
// to 0, or to 1.
const (
	leastProb = 1e-30
	leastRest = 3e-8
)

// probabilities makes it a reading of probabilities; least is what 0 may stand for.
func (r *reading) probabilities(from Outputs, least float64) {
	r.from, r.least, r.most = from, least, math.Max(least, leastRest)
}

// plain reports whether the network's results are the logits.
func (r *reading) plain() bool { return r.from == "" && !r.single }

// logit returns the logit of one result, and its derivative.
func (r *reading) logit(v float32) (z, slope float64) {
	p := float64(v)
	switch r.from {
	case Probabilities:
		p = math.Max(p, r.least)
		return math.Log(p), 1 / p
	case Sigmoid:
		on, off := math.Max(p, r.least), math.Max(1-p, r.most)
		return math.Log(on / off), 1/on + 1/off
	}
	return p, 1
}

// forward computes logits (N,K) from results (N,K), or (N,2) from (N,1). Without single, dst may be
// raw.
func (r *reading) forward(dst, raw []float32) {
	for i, v := range raw {
		z, _ := r.logit(v)
		if r.single {
			dst[2*i], dst[2*i+1] = 0, float32(z)
		} else {
			dst[i] = float32(z)
		}
	}
}

// backward computes the gradient with respect to results from the gradient with respect to logits.
func (r *reading) backward(dst, dlogits, raw []float32) {
	for i, v := range raw {
		d := dlogits[i]
		if r.single {
			d = dlogits[2*i+1]
		}
		_, slope := r.logit(v)
		dst[i] = float32(float64(d) * slope)
	}
}

// Logarithms reports whether logits are logarithms of the probabilities in the model's files, which
// after rounding may not add up to 1.
func (m *Model) Logarithms() bool { return m.form.from == Probabilities }

// Probs computes the probabilities (K) of logits (K): their softmax, or the sigmoid of each if
// every label is on or off by itself. If the model's files give probabilities, the result is those,
// which after rounding may not add up to 1.
func (m *Model) Probs(dst []float64, logits []float32) {
	switch {
	case m.form.from == Probabilities:
		for k, z := range logits {
			dst[k] = math.Exp(float64(z))
			if dst[k] <= m.form.least*1.0001 {
				dst[k] = 0
			}
		}
		return
	case m.MultiLabel():
		for k, z := range logits {
			dst[k] = 1 / (1 + math.Exp(-float64(z)))
		}
	default:
		softmax(dst, logits)
	}
	if m.form.from == Sigmoid {
		for k, p := range dst {
			switch {
			case p <= m.form.least*1.0001:
				dst[k] = 0
			case 1-p <= m.form.most*1.0001:
				dst[k] = 1
			}
		}
	}
}

func softmax(dst []float64, logits []float32) {
	peak, sum := math.Inf(-1), 0.0
	for _, v := range logits {
		peak = math.Max(peak, float64(v))
	}
	for k, v := range logits {
		dst[k] = math.Exp(float64(v) - peak)
		sum += dst[k]
	}
	for k := range logits {
		dst[k] /= sum
	}
}
