package attack

import (
	"context"
	"fmt"

	"hoodwink/tensor"
)

// Pictures attacks the pictures of a batch x (N,C,H,W) within eps, each with the goal that goal
// returns for its position, which is its index too. It returns the best pictures found, in a batch
// like x, and their verdicts. The error of a picture is an error of all.
func Pictures(
	ctx context.Context, m Model, a Attack, th Threat, o Options, x *tensor.Tensor, eps float64, goal func(i int) Goal,
) (*tensor.Tensor, []*Verdict, error) {
	examples := make([]Example, x.Batch())
	for i := range examples {
		examples[i] = Example{X: x.Image(i), Index: uint64(i), Goal: goal(i), Eps: eps}
	}
	verdicts, err := Run(ctx, m, a, th, o, examples...)
	if err != nil {
		return nil, nil, err
	}
	found := tensor.New(x.Shape...)
	for i, v := range verdicts {
		if v.Err != nil {
			return nil, nil, fmt.Errorf("%s: picture %d: %w", a.Info().Name, i, v.Err)
		}
		copy(found.Image(i), v.X)
	}
	return found, verdicts, nil
}
