package attack

import (
	"fmt"
	"math"

	"hoodwink/tensor"
)

// Gradient returns the loss of one picture x (1,C,H,W) for a set of classes, all different, its
// logits (K), and the gradient of the loss with respect to the pixels (1,C,H,W). The results belong
// to the caller.
func Gradient(
	m Model, x *tensor.Tensor, loss Loss, classes ...int,
) (value float64, logits []float32, grad *tensor.Tensor, err error) {
	check := func(k int) error { return checkClasses(classes, k) }
	return gradient(m, x, loss, check, func(dlogits []float64, logits []float32) float64 { return loss.Eval(dlogits, logits, classes) })
}

// GoalGradient is [Gradient] of the function that an attack climbs to meet a criterion.
func GoalGradient(
	m Model, x *tensor.Tensor, loss Loss, c Criterion,
) (value float64, logits []float32, grad *tensor.Tensor, err error) {
	classes, toward := c.Goal()
	return gradient(m, x, loss, c.Check, func(dlogits []float64, logits []float32) float64 {
		return loss.climb(dlogits, logits, c, classes, toward)
	})
}

// gradient differentiates eval, a function of logits, with respect to the pixels.
func gradient(
	m Model, x *tensor.Tensor, loss Loss, check func(k int) error,
	eval func(dlogits []float64, logits []float32) float64,
) (value float64, logits []float32, grad *tensor.Tensor, err error) {
	if loss < 0 || int(loss) >= len(lossNames) {
		return 0, nil, nil, fmt.Errorf("gradient: unknown loss %v", loss)
	}
	if want := m.InputShape(); !tensor.SameShape(x.Shape, want) || len(want) == 0 || want[0] != 1 {
		return 0, nil, nil, fmt.Errorf("gradient: the picture has shape %v and the model takes %v: want one picture and a model of batch 1", x.Shape, want)
	}
	out := m.Forward(x)
	if err := checkLogits(out, 1); err != nil {
		return 0, nil, nil, fmt.Errorf("gradient: %w", err)
	}
	logits = append(logits, out.Data...)
	if k, ok := tensor.Finite(logits); !ok {
		return 0, nil, nil, NotFinite("gradient: the model's logit of class %d is %g", k, logits[k])
	}
	if err := check(len(logits)); err != nil {
		return 0, nil, nil, fmt.Errorf("gradient: %w", err)
	}
	exact := make([]float64, len(logits))
	value = eval(exact, logits)
	dlogits := tensor.New(1, len(logits))
	scale := cotangent(dlogits.Data, exact)
	scaled := m.Backward(dlogits)
	grad = tensor.New(x.Shape...)
	unscale(grad.Data, scaled.Data, scale)
	if i, ok := tensor.Finite(grad.Data); !ok {
		return 0, nil, nil, NotFinite("gradient: at value %d it is %g", i, grad.Data[i])
	}
	return value, logits, grad, nil
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

// Unbounded returns m without bounds on its pixels: the article's notebook, too, does not clip.
func Unbounded(m Model) Model {
	if c, ok := m.(classCounter); ok {
		return struct {
			unbounded
			classCounter
		}{unbounded{m}, c}
	}
	return unbounded{m}
}

// classCounter is an optional method of a model. With it, classes are checked before the first
// Forward.
type classCounter interface{ Classes() int }

type unbounded struct{ Model }

func (unbounded) Bounds() (lo, hi float32) {
	return float32(math.Inf(-1)), float32(math.Inf(1))
}
