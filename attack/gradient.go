package attack

import (
	"context"
	"fmt"

	"hoodwink/tensor"
)

// Gradient returns the function that attacks climb to meet a goal, at one picture x (C,H,W): its
// value, the logits (K), and its gradient with respect to the pixels (C,H,W). A nil loss is Auto.
// The results belong to the caller.
func Gradient(
	ctx context.Context, m Model, x []float32, l Loss, g Goal,
) (value float64, logits, grad []float32, err error) {
	shape, k := m.Shape(), m.Classes()
	if len(x) != tensor.Size(shape) {
		return 0, nil, nil, fmt.Errorf("gradient: the picture has %d values, and the model takes %v", len(x), shape)
	}
	if have := AccessOf(m); have < Gradients {
		return 0, nil, nil, fmt.Errorf("gradient: the model gives %v only", have)
	}
	if err := g.Check(k); err != nil {
		return 0, nil, nil, fmt.Errorf("gradient: %w", err)
	}
	out, err := m.Ask(ctx, tensor.FromSlice(x, append([]int{1}, shape...)...), []uint64{0})
	if err == nil {
		err = checkRows(out, 1, k)
	}
	if err != nil {
		return 0, nil, nil, fmt.Errorf("gradient: %w", err)
	}
	logits = append(logits, out.Data...)
	if k, ok := tensor.Finite(logits); !ok {
		return 0, nil, nil, NotFinite("gradient: the model's logit of class %d is %g", k, logits[k])
	}
	d := Direction{Clean: logits}
	g.Direct(&d, logits)
	if err := first(l).Check(k, &d); err != nil {
		return 0, nil, nil, fmt.Errorf("gradient: %w", err)
	}
	exact, dlogits := make([]float64, k), tensor.New(1, k)
	value = first(l).Eval(exact, logits, &d)
	scale := cotangent(dlogits.Data, exact)
	dx, err := m.Pull(ctx, dlogits)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("gradient: %w", err)
	}
	grad = make([]float32, len(x))
	unscale(grad, dx.Data, scale)
	if i, ok := tensor.Finite(grad); !ok {
		return 0, nil, nil, NotFinite("gradient: at value %d it is %g", i, grad[i])
	}
	return value, logits, grad, nil
}
