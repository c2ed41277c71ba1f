package attack

import (
	"math"

	"hoodwink/tensor"
)

// A query is a picture about which a trial asks.
type query struct {
	t         *Trial
	x         []float32
	loss      Loss
	candidate bool        // it may become the result; otherwise it is a neighbour, or a sample
	g         []float32   // where its gradient goes; nil if none is wanted
	classes   []int       // whose logits' gradients are wanted
	jacobian  [][]float32 // where these go
	key       uint64
	drawn     []float32 // the gradient of a sample

	z           []float32 // its logits
	exact       []float64 // gradient of the loss with respect to them
	value       float64   // of the loss
	scale       float64   // g is the gradient times scale
	met, halted bool
	pull        bool // its gradient is computed
}

// prepare returns n rows for a question, made when they are first needed.
func (t *Trial) prepare(n int, l Loss) []*query {
	for len(t.rows) < n {
		t.rows = append(t.rows, &query{t: t, z: make([]float32, t.K), exact: make([]float64, t.K)})
	}
	for i, r := range t.rows[:n] {
		*r = query{t: t, loss: t.loss(l), drawn: r.drawn, z: r.z, exact: r.exact, scale: 1, key: t.key(i)}
	}
	return t.rows[:n]
}

// key returns the key of the random numbers of a model for row i of the next question: a hash, so
// that no two questions of a run share luck.
func (t *Trial) key(i int) uint64 {
	h := t.options.Seed
	for _, v := range [...]uint64{t.example.Index, uint64(len(t.v.Stages)), uint64(t.v.Forwards), uint64(i)} {
		h += v + 0x9e3779b97f4a7c15 // splitmix64
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// sample returns the row's own memory for the gradient of a sample.
func (r *query) sample() []float32 {
	if r.drawn == nil {
		r.drawn = r.t.New()
	}
	return r.drawn
}

// answer takes the logits of a row.
func (r *query) answer(logits []float32) {
	t := r.t
	t.v.Forwards++
	if t.v.Err != nil { // of another row
		return
	}
	if k, ok := tensor.Finite(logits); !ok {
		t.Fail(NotFinite("after %d steps the model's logit of class %d is %g", t.v.Steps, k, logits[k]))
		return
	}
	copy(r.z, logits)
	t.example.Goal.Direct(&t.direction, r.z)
	if err := r.loss.Check(t.K, &t.direction); err != nil {
		t.Fail(err)
		return
	}
	r.value = r.loss.Eval(r.exact, r.z, &t.direction)
	if r.candidate {
		r.met, r.halted = t.rate(r.x, r.z, r.value)
	}
	if r.g != nil && !r.halted {
		r.pull = true
		t.v.Backwards++
	}
	t.v.Backwards += len(r.classes)
}

// gradients returns the number of gradients that a question about rows may cost.
func gradients(rows []*query) (n int) {
	for _, r := range rows {
		if r.g != nil {
			n++
		}
		n += len(r.classes)
	}
	return n
}

// cotangent writes exact, multiplied by a power of two, to dst and returns that power. It brings
// the largest magnitude into [1,2), so that the gradient of a probability of 1e-30 does not vanish
// in the float32 arithmetic of a model.
func cotangent(dst []float32, exact []float64) float64 {
	var largest float64
	for _, d := range exact {
		largest = math.Max(largest, math.Abs(d))
	}
	exponent := 0
	if largest > 0 {
		exponent = -math.Ilogb(largest)
	}
	for k, d := range exact {
		dst[k] = float32(math.Ldexp(d, exponent))
	}
	return math.Ldexp(1, exponent)
}

// unscale computes dst = grad / scale.
func unscale(dst, grad []float32, scale float64) {
	for i, g := range grad {
		dst[i] = float32(float64(g) / scale)
	}
}
