package nn

import "hoodwink/internal/kernel"

// Power is y = (Shift + Scale*x)^Power, value by value. No field has a default: the
// identity is Power{1, 1, 0}. If Power is 0 the result is 1 everywhere, NaN included;
// if Power or Scale is 0 the gradient is 0.
type Power struct {
	Power, Scale, Shift float32
}

// Kind implements Layer.
func (l *Power) Kind() string { return "Power" }

// Reads implements Layer: the derivative is Power*Scale*(Shift+Scale*x)^(Power-1), a
// constant if Power is 1 or the result is constant.
func (l *Power) Reads() Reads {
	return Reads{In: l.Power != 1 && l.Power != 0 && l.Scale != 0}
}

// OutShapes implements Layer: any shape, which stays.
func (l *Power) OutShapes(in [][]int) ([][]int, error) {
	if err := checkFinite("power, scale or shift", l.Power, l.Scale, l.Shift); err != nil {
		return nil, err
	}
	return sameShape(in, 1)
}

// Bind implements Layer.
func (l *Power) Bind(b *Binding) Op {
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: overBlocks(b.Team, len(x), func(lo, hi int) {
		kernel.Power(y[lo:hi], x[lo:hi], l.Power, l.Scale, l.Shift)
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		op.Backward = overBlocks(b.Team, len(x), func(lo, hi int) {
			kernel.PowerGrad(dx[lo:hi], dy[lo:hi], x[lo:hi], l.Power, l.Scale, l.Shift)
		})
	}
	return op
}
