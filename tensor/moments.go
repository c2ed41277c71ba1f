package tensor

import "hoodwink/internal/kernel"

// The functions of this file are the steps of optimisers on the values of a weight tensor. Every
// operation is rounded to float32, including square roots and quotients.

// Moment computes m[i] = b*m[i] + c*g[i], a running mean of g if b+c is 1.
func Moment(m []float32, b, c float32, g []float32) { kernel.Moment(m, g, b, c) }

// SquareMoment computes s[i] = b*s[i] + c*(g[i]*g[i]).
func SquareMoment(s []float32, b, c float32, g []float32) { kernel.SquareMoment(s, g, b, c) }

// AdamStep computes w[i] = keep*w[i] - step*m[i]/(sqrt(s[i]*unbias)+eps): the step of Adam for
// weights w, with the running means m of the gradient and s of its square.
func AdamStep(w, m, s []float32, keep, step, unbias, eps float32) {
	kernel.AdamStep(w, m, s, keep, step, unbias, eps)
}
