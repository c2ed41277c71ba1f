package kernel

import "math"

// faint is too small to matter in any moment. A moment that decays for long would otherwise become
// subnormal, and some processors are a hundred times slower with subnormal numbers.
const faint = 0x1p-100

// Moment computes m[i] = b*m[i] + c*g[i], each operation rounded to float32. Results smaller than
// faint become 0.
func Moment(m, g []float32, b, c float32) { elementwise.moment(m[:len(g)], g, b, c) }

// SquareMoment computes s[i] = b*s[i] + c*(g[i]*g[i]), or 0 as Moment does.
func SquareMoment(s, g []float32, b, c float32) { elementwise.squareMoment(s[:len(g)], g, b, c) }

// AdamStep computes w[i] = keep*w[i] - step*m[i]/(sqrt(s[i]*unbias)+eps).
func AdamStep(w, m, s []float32, keep, step, unbias, eps float32) {
	elementwise.adamStep(w[:len(s)], m[:len(s)], s, keep, step, unbias, eps)
}

func momentGeneric(m, g []float32, b, c float32) {
	for i, v := range g {
		m[i] = audible(float32(b*m[i]) + float32(c*v))
	}
}

func audible(v float32) float32 {
	if v < faint && v > -faint {
		return 0
	}
	return v
}

func squareMomentGeneric(s, g []float32, b, c float32) {
	for i, v := range g {
		s[i] = audible(float32(b*s[i]) + float32(c*float32(v*v)))
	}
}

// adamStepGeneric takes the square root in float64, which rounds to the same float32.
func adamStepGeneric(w, m, s []float32, keep, step, unbias, eps float32) {
	for i, v := range s {
		deviation := float32(math.Sqrt(float64(float32(v*unbias)))) + eps
		w[i] = float32(keep*w[i]) - float32(step*m[i])/deviation
	}
}
