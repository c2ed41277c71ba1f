package attack

import "context"

// FGSM is the fast gradient sign method: one step of length Eps along the
// direction of steepest ascent.
//
// Paper: Goodfellow, Shlens, Szegedy, "Explaining and Harnessing Adversarial
// Examples", arXiv:1412.6572. Norm: Linf (the paper's), L2. Eps must be finite.
// Too weak for most targets.
type FGSM struct {
	Loss Loss
}

// Name implements Attack.
func (FGSM) Name() string { return "fgsm" }

// Run implements Attack.
func (a FGSM) Run(ctx context.Context, p *Problem) (*Result, error) {
	return descent{name: a.Name(), steps: 1, stepSize: p.Eps, restarts: 1, loss: a.Loss}.run(ctx, p)
}
