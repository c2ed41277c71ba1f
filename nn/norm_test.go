package nn

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// TestNormsAgainstDefinition: in float64, value by value. same says which values of an
// example are normalised together, place where their scale is.
func TestNormsAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 1))
	const eps = 1e-3
	some := func(n int) []float32 { return randomTensor(r, n).Data }
	for name, c := range map[string]struct {
		layer       Layer
		in          []int
		same, place func(at []int) int
	}{
		"LayerNorm": {
			layer: &LayerNorm{Axis: 2, Eps: eps, Scale: some(20), Bias: some(20)}, in: []int{2, 3, 4, 5},
			same:  func(at []int) int { return at[0]*3 + at[1] },
			place: func(at []int) int { return at[2]*5 + at[3] },
		},
		"LayerNorm of long rows": {
			layer: &LayerNorm{Axis: -1, Eps: eps, Scale: some(5000), Bias: some(5000)}, in: []int{2, 3, 5000},
			same:  func(at []int) int { return at[0]*3 + at[1] },
			place: func(at []int) int { return at[2] },
		},
		"GroupNorm": {
			layer: &GroupNorm{Groups: 2, Eps: eps, Scale: some(6), Bias: some(6)}, in: []int{2, 6, 23, 24},
			same:  func(at []int) int { return at[0]*2 + at[1]/3 },
			place: func(at []int) int { return at[1] },
		},
		"InstanceNorm": {
			layer: &GroupNorm{Groups: 6, Eps: eps, Scale: some(6), Bias: some(6)}, in: []int{2, 6, 2, 3},
			same:  func(at []int) int { return at[0]*6 + at[1] },
			place: func(at []int) int { return at[1] },
		},
	} {
		var scale, bias []float32
		switch l := c.layer.(type) {
		case *LayerNorm:
			scale, bias = l.Scale, l.Bias
		case *GroupNorm:
			scale, bias = l.Scale, l.Bias
		}
		b := newBench(t, c.layer, [][]int{c.in}, 2)
		fill(r, b.x, normal)
		x, y := b.x[0].Data, b.forward()[0].Data
		n, sum, squares := map[int]float64{}, map[int]float64{}, map[int]float64{}
		each(c.in, func(at []int) {
			v := float64(x[flat(c.in, at)])
			n[c.same(at)]++
			sum[c.same(at)] += v
			squares[c.same(at)] += v * v
		})
		each(c.in, func(at []int) {
			s, i := c.same(at), flat(c.in, at)
			mean := sum[s] / n[s]
			z := (float64(x[i]) - mean) / math.Sqrt(squares[s]/n[s]-mean*mean+eps)
			want := z*float64(scale[c.place(at)]) + float64(bias[c.place(at)])
			if diff := math.Abs(float64(y[i]) - want); !(diff <= 3e-6*(1+math.Abs(want))) {
				t.Fatalf("%s: value at %v is %g, want %g", name, at, y[i], want)
			}
		})
	}
}

// TestLpNorm: vectors along any axis have length 1, and those of zeros stay, with a
// gradient of 0.
func TestLpNorm(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 2))
	for axis := range 3 {
		for p := 1; p <= 2; p++ {
			shape := []int{3, 4, 5}
			b := newBench(t, &LpNorm{Axis: axis, P: p}, [][]int{shape}, 1)
			fill(r, b.x, normal)
			zero := func(at []int) bool { return at[(axis+1)%3] == 1 && at[(axis+2)%3] == 2 }
			each(shape, func(at []int) {
				if zero(at) {
					b.x[0].Data[flat(shape, at)] = 0
				}
			})
			y, dx := b.run(b.cotangents(r))
			lengths := map[[2]int]float64{}
			each(shape, func(at []int) {
				i := flat(shape, at)
				if zero(at) && (y[0][i] != 0 || dx[0][i] != 0) {
					t.Fatalf("axis %d, P %d: a vector of zeros becomes %g with the gradient %g", axis, p, y[0][i], dx[0][i])
				}
				if x := b.x[0].Data[i]; x*y[0][i] < 0 {
					t.Fatalf("axis %d, P %d: %g becomes %g", axis, p, x, y[0][i])
				}
				lengths[[2]int{at[(axis+1)%3], at[(axis+2)%3]}] += math.Pow(math.Abs(float64(y[0][i])), float64(p))
			})
			for k, s := range lengths {
				if k != [2]int{1, 2} && !(math.Abs(s-1) <= 1e-6) {
					t.Errorf("axis %d, P %d: a vector has length %g", axis, p, s)
				}
			}
		}
	}
}

// TestNormsMix: layers that normalise over axis 0 say so.
func TestNormsMix(t *testing.T) {
	in := [][]int{{1, 3, 4}}
	for _, c := range []struct {
		l    Mixer
		want bool
	}{
		{&LayerNorm{Axis: 0}, true}, {&LayerNorm{Axis: -3}, true}, {&LayerNorm{Axis: 1}, false}, {&LayerNorm{Axis: 7}, false},
		{&LpNorm{Axis: 0}, true}, {&LpNorm{Axis: -1}, false}, {&LpNorm{Axis: -4}, false},
	} {
		if got := c.l.Mixes(in); got != c.want {
			t.Errorf("%+v mixes: %t, want %t", c.l, got, c.want)
		}
	}
}

// TestNormsRefuse: one clear error that says what is wrong, and no panic.
func TestNormsRefuse(t *testing.T) {
	const huge = 1 << 62
	one := func(s ...int) [][]int { return [][]int{s} }
	w := tensor.New(4, 3, 2, 2)
	for name, c := range map[string]struct {
		l    Layer
		in   [][]int
		says string
	}{
		"LayerNorm axis":         {&LayerNorm{Axis: 2}, one(1, 2), "axis 2 is not one of the 2 axes"},
		"LayerNorm low axis":     {&LayerNorm{Axis: -huge}, one(1, 2), "is not one of"},
		"LayerNorm epsilon":      {&LayerNorm{Axis: 1, Eps: -1}, one(1, 2), "epsilon of -1"},
		"LayerNorm NaN":          {&LayerNorm{Axis: 1, Eps: nan32}, one(1, 2), "NaN"},
		"LayerNorm scales":       {&LayerNorm{Axis: 1, Scale: make([]float32, 2)}, one(1, 2, 2), "2 scales and 0 biases for the axes from 1 on of shape [1 2 2]: want 4"},
		"LayerNorm biases":       {&LayerNorm{Axis: 2, Bias: make([]float32, 4)}, one(1, 2, 2), "want 2 of each"},
		"LayerNorm inputs":       {&LayerNorm{}, nil, "takes 1 input"},
		"GroupNorm groups":       {&GroupNorm{Groups: 4}, one(1, 6, 2), "4 groups, which do not divide the 6 channels"},
		"GroupNorm no groups":    {&GroupNorm{}, one(1, 6, 2), "0 groups"},
		"GroupNorm scales":       {&GroupNorm{Groups: 1, Scale: make([]float32, 5)}, one(1, 6, 2), "want 6 of each"},
		"GroupNorm epsilon":      {&GroupNorm{Groups: 1, Eps: -1}, one(1, 6, 2), "epsilon"},
		"GroupNorm input":        {&GroupNorm{Groups: 1}, one(6), "at least 2 dimensions"},
		"LpNorm P":               {&LpNorm{P: 3}, one(1, 2), "P of 3"},
		"LpNorm axis":            {&LpNorm{P: 2, Axis: 2}, one(1, 2), "axis 2"},
		"ConvTranspose weights":  {&ConvTranspose{}, one(1, 4, 5, 5), "has no weights"},
		"ConvTranspose negative": {&ConvTranspose{Weights: claim(4, -3, 2, 2)}, one(1, 4, 5, 5), "want positive"},
		"ConvTranspose input":    {&ConvTranspose{Weights: w}, one(1, 4, 5), "at least 4 dimensions"},
		"ConvTranspose 5 axes":   {&ConvTranspose{Weights: w}, one(1, 4, 5, 5, 5), "(N,C,H,W)"},
		"ConvTranspose channels": {&ConvTranspose{Weights: w}, one(1, 3, 5, 5), "weights for 4 channels in 1 group(s)"},
		"ConvTranspose groups":   {&ConvTranspose{Weights: w, Groups: 3}, one(1, 4, 5, 5), "in 3 group(s)"},
		"ConvTranspose biases":   {&ConvTranspose{Weights: w, Groups: 2, Bias: make([]float32, 3)}, one(1, 4, 5, 5), "3 biases for 6 outputs"},
		"ConvTranspose stride":   {&ConvTranspose{Weights: w, Stride: [2]int{-1, 1}}, one(1, 4, 5, 5), "stride -1"},
		"ConvTranspose padding":  {&ConvTranspose{Weights: w, Pad: [4]int{0, 0, 0, huge}}, one(1, 4, 5, 5), "out of range"},
		"ConvTranspose nothing":  {&ConvTranspose{Weights: w, Pad: [4]int{3, 3, 3, 3}}, one(1, 4, 5, 5), "want positive dimensions"},
		"ConvTranspose more":     {&ConvTranspose{Weights: w, OutputPad: [2]int{1, 0}}, one(1, 4, 5, 5), "output padding of 1"},
		"ConvTranspose size":     {&ConvTranspose{Weights: w, Stride: [2]int{1 << 20, 1 << 20}}, one(1, 4, 5, 5), "want positive dimensions of at most"},
		"ConvTranspose work":     {&ConvTranspose{Weights: claim(4096, 4096, 16, 16)}, one(1, 4096, 64, 64), "exceed"},
		"ConvTranspose margin":   {&ConvTranspose{Weights: claim(1, 1, 1, 1<<20), Pad: [4]int{0, 1 << 19, 0, 1 << 19}}, one(1, 1, 64, 1024), "exceeds"},
	} {
		out, err := c.l.OutShapes(c.in)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, error %v; want one that says %q", name, out, err, c.says)
		}
	}
	if _, err := (&ConvTranspose{Weights: claim(1024, 512, 2, 2), Stride: [2]int{2, 2}}).OutShapes(one(1, 1024, 32, 32)); err != nil {
		t.Errorf("ConvTranspose as in U-Net: %v", err)
	}
}
