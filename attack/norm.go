package attack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"hoodwink/internal/names"
	"hoodwink/tensor"
)

// A Norm says how the size of a perturbation is measured: over all values of one picture, in pixel
// units of [0,1].
//
// All that an attack needs to know about a norm is a method in this file. So a new norm is one more
// case in each.
type Norm int

// The norms.
const (
	Linf Norm = iota // the largest change of any value
	L2               // the Euclidean length of the change
)

var normNames = [...]string{Linf: "linf", L2: "l2"}

// String returns the name ParseNorm understands: "linf", "l2".
func (n Norm) String() string { return names.Of(int(n), normNames[:], "Norm") }

// ParseNorm returns the norm of a name, "linf" or "l2" in any case.
func ParseNorm(name string) (Norm, error) {
	i, err := parseName(name, normNames[:], "norm")
	return Norm(i), err
}

// Distance returns the norm of a-b, computed in float64.
func (n Norm) Distance(a, b []float32) float64 {
	var s float64
	switch n {
	case L2:
		for i, v := range a {
			d := float64(v) - float64(b[i])
			s += d * d
		}
		return math.Sqrt(s)
	default:
		for i, v := range a {
			s = math.Max(s, math.Abs(float64(v)-float64(b[i])))
		}
		return s
	}
}

// Ascent computes the direction of steepest ascent: the dst of norm 1 that
// maximises <dst, grad>. That is sign(grad) for Linf and grad/||grad|| for L2.
// The direction of a zero gradient is zero.
func (n Norm) Ascent(dst, grad []float32) {
	at := n.ascent(grad)
	for i, g := range grad {
		dst[i] = at(g)
	}
}

// ascent is Ascent as a function of a gradient's values.
func (n Norm) ascent(grad []float32) func(g float32) float32 {
	if n == L2 {
		norm := tensor.L2(grad)
		return func(g float32) float32 {
			if norm == 0 {
				return 0
			}
			return float32(float64(g) / norm)
		}
	}
	return func(g float32) float32 {
		if g == 0 {
			return 0
		}
		return float32(math.Copysign(1, float64(g)))
	}
}

// project moves v to the nearest point of the ball of radius eps around x. The Distance of the
// result never exceeds eps, not even by a rounding error, since values are rounded towards x.
func (n Norm) project(v, x []float32, eps float64) {
	switch {
	case eps == 0:
		copy(v, x)
	case math.IsInf(eps, 1):
	case n == L2:
		for d := n.Distance(v, x); d > eps; d = n.Distance(v, x) {
			scale := eps / d * (1 - 1e-12)
			for i, o := range x {
				v[i] = towards(o, scale*(float64(v[i])-float64(o)))
			}
		}
	default:
		for i, o := range x {
			if d := float64(v[i]) - float64(o); d > eps {
				v[i] = towards(o, eps)
			} else if d < -eps {
				v[i] = towards(o, -eps)
			}
		}
	}
}

// towards returns x+d as float32, rounded towards x.
func towards(x float32, d float64) float32 {
	v := float32(float64(x) + d)
	if math.Abs(float64(v)-float64(x)) > math.Abs(d) {
		v = math.Nextafter32(v, x)
	}
	return v
}

// random draws v uniformly from the ball of radius eps around x.
func (n Norm) random(v, x []float32, eps float64, rng *rand.Rand) {
	switch n {
	case L2:
		for i := range v {
			v[i] = float32(rng.NormFloat64())
		}
		scale := eps * math.Pow(rng.Float64(), 1/float64(len(v)))
		if norm := tensor.L2(v); norm > 0 {
			scale /= norm
		}
		for i, o := range x {
			v[i] = float32(float64(o) + float64(scale*float64(v[i])))
		}
	default:
		for i, o := range x {
			v[i] = float32(float64(o) + float64(eps*(2*rng.Float64()-1)))
		}
	}
}

// parseName returns the index of name in a list, ignoring case.
func parseName(name string, list []string, kind string) (int, error) {
	if i := names.Index(name, list); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("unknown %s %q: want one of %s", kind, name, strings.Join(list, ", "))
}
