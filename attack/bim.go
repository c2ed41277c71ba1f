package attack

import (
	"cmp"
	"context"
)

// BIM is the basic iterative method, also called iterative FGSM: small steps from
// the original, each followed by a projection onto the ball of radius Eps.
//
// Paper: Kurakin, Goodfellow, Bengio, "Adversarial examples in the physical
// world", arXiv:1607.02533. Norm: Linf (the paper's), L2.
type BIM struct {
	Steps    int     // at most; 0 means 10
	StepSize float64 // in pixel units of [0,1]; 0 means Eps/5, and for fewer than 10 steps 2 Eps/Steps
	Loss     Loss
}

// Name implements Attack.
func (BIM) Name() string { return "bim" }

// Run implements Attack.
func (a BIM) Run(ctx context.Context, p *Problem) (*Result, error) {
	d := descent{name: a.Name(), restarts: 1, loss: a.Loss}
	d.steps = cmp.Or(a.Steps, 10)
	d.stepSize = derived(a.StepSize, 2, p.Eps, 10, d.steps)
	return d.run(ctx, p)
}
