package nn

import (
	"math"
	"testing"
)

// TestUnaryAgainstDefinition compares functions and slopes with float64, NaN and the
// kinks among the values.
func TestUnaryAgainstDefinition(t *testing.T) {
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	step := func(on bool, a, b float64) float64 {
		if on {
			return a
		}
		return b
	}
	x := []float32{-40, -3.5, -3, -2, -1, -0.5, -0.01, 0.01, 0.5, 1, 2, 3, 3.5, 6, 7, 40}
	for op, c := range map[Unary]struct{ f, slope func(x float64) float64 }{
		{Op: Clip, A: -1, B: 6}:                    {func(x float64) float64 { return min(max(x, -1), 6) }, func(x float64) float64 { return step(x >= -1 && x <= 6, 1, 0) }},
		{Op: Clip, A: float32(math.Inf(-1)), B: 2}: {func(x float64) float64 { return min(x, 2) }, func(x float64) float64 { return step(x <= 2, 1, 0) }},
		{Op: Selu, A: 1.5, B: 2}:                   {func(x float64) float64 { return step(x > 0, 2*x, 3*math.Expm1(x)) }, func(x float64) float64 { return step(x > 0, 2, 3*math.Exp(x)) }},
		{Op: Celu, A: 2}:                           {func(x float64) float64 { return max(0, x) + min(0, 2*math.Expm1(x/2)) }, func(x float64) float64 { return step(x > 0, 1, math.Exp(x/2)) }},
		{Op: ThresholdedRelu, A: 1}:                {func(x float64) float64 { return step(x > 1, x, 0) }, func(x float64) float64 { return step(x > 1, 1, 0) }},
		{Op: HardSigmoid, A: 0.25, B: 0.5}:         {func(x float64) float64 { return min(max(x/4+0.5, 0), 1) }, func(x float64) float64 { return step(math.Abs(x) < 2, 0.25, 0) }},
		{Op: HardSwish}:                            {func(x float64) float64 { return x * min(max(x+3, 0), 6) / 6 }, func(x float64) float64 { return step(x > 3, 1, step(x < -3, 0, x/3+0.5)) }},
		{Op: Softplus}:                             {func(x float64) float64 { return math.Log1p(math.Exp(x)) }, sigmoid},
		{Op: Softsign}:                             {func(x float64) float64 { return x / (1 + math.Abs(x)) }, func(x float64) float64 { return 1 / math.Pow(1+math.Abs(x), 2) }},
		{Op: Erf}:                                  {math.Erf, func(x float64) float64 { return 2 / math.Sqrt(math.Pi) * math.Exp(-x*x) }},
		{Op: Exp}:                                  {math.Exp, math.Exp},
		{Op: Abs}:                                  {math.Abs, func(x float64) float64 { return step(x > 0, 1, -1) }},
		{Op: Neg}:                                  {func(x float64) float64 { return -x }, func(float64) float64 { return -1 }},
		{Op: Sin}:                                  {math.Sin, math.Cos},
		{Op: Cos}:                                  {math.Cos, func(x float64) float64 { return -math.Sin(x) }},
		{Op: Reciprocal}:                           {func(x float64) float64 { return 1 / x }, func(x float64) float64 { return -1 / x / x }},
		{Op: Log}:                                  {math.Log, func(x float64) float64 { return 1 / x }},
		{Op: Sign}:                                 {func(x float64) float64 { return step(x > 0, 1, -1) }, func(float64) float64 { return 0 }},
		{Op: IsInf, A: 1, B: 1}:                    {func(x float64) float64 { return 0 }, func(float64) float64 { return 0 }},
		{Op: Sqrt}:                                 {math.Sqrt, func(x float64) float64 { return 0.5 / math.Sqrt(x) }},
		{Op: Mish}: {func(x float64) float64 { return x * math.Tanh(math.Log1p(math.Exp(x))) }, func(x float64) float64 {
			s := math.Tanh(math.Log1p(math.Exp(x)))
			return s + x*(1-s*s)*sigmoid(x)
		}},
	} {
		b := newBench(t, &op, [][]int{{1, len(x)}}, 1)
		copy(b.x[0].Data, x)
		ones := make([]float32, len(x))
		for i := range ones {
			ones[i] = 1
		}
		y, dx := b.run([][]float32{ones})
		for i, v := range x {
			for _, p := range [][2]float64{{float64(y[0][i]), c.f(float64(v))}, {float64(dx[0][i]), c.slope(float64(v))}} {
				if diff := math.Abs(p[0] - p[1]); !(diff <= 2e-6*(1+math.Abs(p[1])) || p[0] != p[0] && p[1] != p[1] || float32(p[0]) == float32(p[1])) {
					t.Errorf("%s of %g: %g, want %g", op.Kind(), v, p[0], p[1])
				}
			}
		}
	}
}

// TestUnaryKeepsNaN: every function does that does not ask for it.
func TestUnaryKeepsNaN(t *testing.T) {
	for op := range unaryNames {
		if UnaryOp(op) >= IsNaN {
			continue
		}
		b := newBench(t, &Unary{Op: UnaryOp(op), A: 1, B: 2}, [][]int{{1, 3}}, 1)
		b.x[0].Data[1] = nan32
		if v := b.forward()[0].Data[1]; v == v {
			t.Errorf("%s of NaN is %g", unaryNames[op], v)
		}
	}
}

// valueWise makes a layer of one value after the other.
func (w *wish) valueWise() Layer {
	switch w.byte() % 5 {
	case 0:
		return &Sigmoid{}
	case 1:
		return &Round{Mode: RoundMode(w.int())}
	case 2:
		return &DynamicQuantize{Axis: w.int()}
	case 3:
		return &Unary{Op: UnaryOp(w.int()), A: w.float(), B: w.float()}
	}
	return &Quantize{Scale: w.floats(), Zero: w.floats(), Axis: w.int(), Low: w.float(), High: w.float(), Integers: w.flag()}
}
