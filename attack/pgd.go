package attack

import (
	"cmp"
	"context"
)

// PGD is projected gradient descent from a random point of the ball of radius Eps, with restarts
// from other random points for the pictures that still resist. The original is judged before the
// first of them: a picture that needs no change gets none.
//
// Paper: Madry, Makelov, Schmidt, Tsipras, Vladu, "Towards Deep Learning Models Resistant to
// Adversarial Attacks", arXiv:1706.06083. Norm: Linf (the paper's), L2.
//
// The default step is Eps/30 for Linf, which is the paper's 0.01 for an eps of 0.3, and Eps/40 for
// L2. If there are fewer steps than by default, they are larger, so that together they still cover
// 4/3 Eps or 5/4 Eps.
type PGD struct {
	Steps         int     // at most, per restart; 0 means 40 for Linf and 50 for L2
	StepSize      float64 // in pixel units of [0,1]; 0 means the default
	Restarts      int     // number of starting points; 0 means 1
	NoRandomStart bool    // start from the original; Eps may be infinite then
	Loss          Loss
}

// Name implements Attack.
func (PGD) Name() string { return "pgd" }

// Run implements Attack.
func (a PGD) Run(ctx context.Context, p *Problem) (*Result, error) {
	d := descent{name: a.Name(), restarts: cmp.Or(a.Restarts, 1), random: !a.NoRandomStart, loss: a.Loss}
	if p.Norm == L2 {
		d.steps = cmp.Or(a.Steps, 50)
		d.stepSize = derived(a.StepSize, 5.0/4, p.Eps, 50, d.steps)
	} else {
		d.steps = cmp.Or(a.Steps, 40)
		d.stepSize = derived(a.StepSize, 4.0/3, p.Eps, 40, d.steps)
	}
	return d.run(ctx, p)
}
