package train

import (
	"cmp"
	"math"
	"slices"

	"hoodwink/attack"
	"hoodwink/tensor"
)

// A Flip is the smallest change of an input that makes a linear classifier undecided between its
// class and another one. Any larger change in that direction fools it.
type Flip struct {
	From, To int       // classes
	Size     float64   // of Delta, in the norm that was asked for; +Inf if there is none
	Delta    []float32 // what to add to the input; nil if there is none
}

// Margin returns z_a - z_b, by which class a is preferred to class b, in float64.
func (l *Linear) Margin(x []float32, a, b int) float64 {
	sum := float64(l.Bias[a]) - float64(l.Bias[b])
	wa, wb := l.Weights.Image(a), l.Weights.Image(b)
	for i, v := range x {
		sum += float64((float64(wa[i]) - float64(wb[i])) * float64(v))
	}
	return sum
}

// Difference writes w_to - w_from to dst: the direction from one class to another.
func (l *Linear) Difference(dst []float32, from, to int) {
	a, b := l.Weights.Image(from), l.Weights.Image(to)
	for i := range dst {
		dst[i] = b[i] - a[i]
	}
}

// Flip returns the smallest change, in the norm, that makes a linear classifier undecided between
// class from and class to, in closed form. With f = z_from - z_to >= 0 and w = w_to - w_from it is
//
//	L2    f / ||w||_2   along w
//	Linf  f / ||w||_1   along sign(w)
//	L1    f / max |w|   at the value with the largest weight
//	L0    1             there
//
// as in Goodfellow, Shlens, Szegedy, "Explaining and Harnessing Adversarial Examples",
// arXiv:1412.6572, and Moosavi-Dezfooli, Fawzi, Frossard, "DeepFool", arXiv:1511.04599. Where
// values must stay between lo and hi, those that reach a limit stop and the others go on. Then the
// change is clip(x + t d) - x in L2 and Linf, for the same direction d, where t is the root of a
// piecewise linear function. In L1 the values go to their limits one after the other, from the
// largest weight down, and in L0 pixels (or values) do, from the largest gain down. That too is the
// exact minimum. Infinite limits are no limits.
//
// x must lie between lo and hi. If class to is already preferred, the change is zero. If no change
// is enough, because of the limits or because the weights are equal, the size is +Inf.
func (l *Linear) Flip(x []float32, from, to int, norm attack.Norm, lo, hi float32) Flip {
	p := push{x: x, w: make([]float32, len(x)), lo: float64(lo), hi: float64(hi), channels: 1}
	if s := l.Weights.Shape; len(s) == 4 {
		p.channels = s[1]
	}
	l.Difference(p.w, from, to)
	f := Flip{From: from, To: to, Size: math.Inf(1)}
	if p.margin = l.Margin(x, from, to); p.margin <= 0 {
		f.Size, f.Delta = 0, make([]float32, len(x))
		return f
	}
	d := make([]float32, len(x))
	if size, ok := shortest[norm](&p, d); ok {
		f.Size, f.Delta = size, d
	}
	return f
}

// root returns the t at which <w, clip(x + t d) - x> is margin, for d of the same signs as w. The
// function never decreases. It is linear between the points at which a value reaches its limit.
func root(x, w, d []float32, margin, lo, hi float64) (t float64, ok bool) {
	type stop struct{ t, slope float64 } // where a value stops, and its part of the slope until there
	var stops []stop
	for i, v := range x {
		limit := hi
		if d[i] < 0 {
			limit = lo
		}
		if at := (limit - float64(v)) / float64(d[i]); w[i] != 0 && d[i] != 0 && at > 0 {
			stops = append(stops, stop{at, float64(w[i]) * float64(d[i])})
		}
	}
	slices.SortFunc(stops, func(a, b stop) int { return cmp.Compare(a.t, b.t) })
	slopes := make([]float64, len(stops)+1) // of the values that have not stopped before stop i
	for i := len(stops) - 1; i >= 0; i-- {
		slopes[i] = slopes[i+1] + stops[i].slope
	}
	for i, s := range stops {
		gain := slopes[i] * (s.t - t)
		if gain >= margin {
			return t + margin/slopes[i], true
		}
		t, margin = s.t, margin-gain
	}
	return 0, false
}

// Nearest returns the smallest of the Flips from one class to all others: the smallest change that
// takes the input out of its class.
func (l *Linear) Nearest(x []float32, from int, norm attack.Norm, lo, hi float32) Flip {
	best := Flip{From: from, To: from, Size: math.Inf(1)}
	for to := range l.Classes() {
		if to == from {
			continue
		}
		if f := l.Flip(x, from, to, norm, lo, hi); best.To == from || f.Size < best.Size {
			best = f
		}
	}
	return best
}

// Robust returns the share of a batch (N,...) that is classified as labelled and stays so if every
// value changes by at most eps, between lo and hi. It is exact; attacks give upper bounds.
func (l *Linear) Robust(x *tensor.Tensor, labels []int, eps float64, lo, hi float32) float64 {
	held := 0
	for n, top := range l.Predict(x) {
		if top == labels[n] && l.withstands(x.Image(n), top, eps, float64(lo), float64(hi)) {
			held++
		}
	}
	return float64(held) / float64(len(labels))
}

// withstands reports whether no change of Linf norm eps makes another class as preferred as class
// from. For each class the change is eps along the signs, as far as the limits allow.
func (l *Linear) withstands(x []float32, from int, eps, lo, hi float64) bool {
	a := l.Weights.Image(from)
	for to := range l.Classes() {
		margin := l.Margin(x, from, to)
		for i, b := range l.Weights.Image(to) {
			room := float64(x[i]) - lo
			w := float64(a[i]) - float64(b)
			if w < 0 {
				room = hi - float64(x[i])
			}
			margin -= float64(math.Abs(w) * min(eps, room))
		}
		if to != from && margin <= 0 {
			return false
		}
	}
	return true
}
