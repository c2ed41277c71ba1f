package attack

import (
	"context"
	"fmt"
	"math"

	"hoodwink/tensor"
)

// A Least is the smallest perturbation with which an attack was seen to succeed.
type Least struct {
	X         *tensor.Tensor // the picture (1,C,H,W)
	Logits    []float32      // its logits (K)
	Size      float64        // its Distance from the original; +Inf if the attack never succeeded, and then X is nil
	Eps       float64        // the budget with which it was found
	Forwards  int            // over all runs
	Backwards int

	// ZeroGradients is the sum of Outcome.ZeroGradients over all runs. An attack that never
	// succeeded and had some may have failed because it had no gradient.
	ZeroGradients int
}

// The interval of budgets in which Smallest searches first, in pixel units of [0,1], and how often
// it may multiply the upper end by 4.
const (
	smallestStart = 1. / 64
	smallestGrow  = 16
)

// Smallest looks for the smallest Eps with which an attack succeeds on a problem of one picture;
// the problem's own Eps is not read. It runs the attack with budgets that grow fourfold until it
// succeeds, and then halves the interval until the relative difference of its ends is at most
// tolerance, which must be in (0,1). An attack with a random start, say, may succeed with a budget
// and fail with a larger one; then the result is still an upper bound.
//
// A picture that meets the criterion unchanged has size 0. When ctx ends, the smallest found so far
// is returned together with ctx.Err().
func Smallest(ctx context.Context, a LoopAttack, p Problem, tolerance float64) (Least, error) {
	least := Least{Size: math.Inf(1)}
	if n := len(p.Criteria); n != 1 {
		return least, fmt.Errorf("attack: the smallest perturbation of %d pictures: want one picture", n)
	}
	if !(tolerance > 0 && tolerance < 1) {
		return least, fmt.Errorf("attack: a tolerance of %g: want one between 0 and 1", tolerance)
	}
	try := func(eps float64) (bool, error) {
		p.Eps = eps
		r, err := a.Run(ctx, &p)
		if r == nil || err != nil && ctx.Err() == nil {
			return false, err
		}
		o := r.Images[0]
		least.Forwards, least.Backwards = least.Forwards+o.Forwards, least.Backwards+o.Backwards
		least.ZeroGradients += o.ZeroGradients
		if size := p.Norm.Distance(r.X.Data, p.X.Data, p.ball(0).Channels); o.Success && size < least.Size {
			least.X, least.Logits, least.Size, least.Eps = r.X, o.Logits, size, eps
		}
		return o.Success, err
	}
	if ok, err := try(0); ok || err != nil {
		return least, err
	}
	lo, hi := 0., smallestStart
	for grown := 0; ; grown++ {
		ok, err := try(hi)
		if err != nil {
			return least, err
		}
		if ok {
			break
		}
		if grown == smallestGrow {
			return least, nil
		}
		lo, hi = hi, 4*hi
	}
	for hi-lo > tolerance*hi {
		middle := (lo + hi) / 2
		ok, err := try(middle)
		if err != nil {
			return least, err
		}
		if ok {
			hi = middle
		} else {
			lo = middle
		}
	}
	return least, nil
}
