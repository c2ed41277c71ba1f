package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// broadcastIndex returns where place i of an output has its value in an operand.
func broadcastIndex(i int, out, operand []int) int {
	at, size := 0, 1
	for back := 1; back <= len(out); back++ {
		d := out[len(out)-back]
		c := i % d
		i /= d
		if back <= len(operand) {
			if n := operand[len(operand)-back]; n > 1 {
				at += c * size
				size *= n
			}
		}
	}
	return at
}

// TestBinaryAgainstDefinition: all operations, place by place, on shapes drawn at random,
// with an input or a constant on either side.
func TestBinaryAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(60, 1))
	f := map[BinaryOp]func(a, b float64) (y, da, db float64){
		Add: func(a, b float64) (y, da, db float64) { return a + b, 1, 1 },
		Sub: func(a, b float64) (y, da, db float64) { return a - b, 1, -1 },
		Mul: func(a, b float64) (y, da, db float64) { return a * b, b, a },
		Div: func(a, b float64) (y, da, db float64) { return a / b, 1 / b, -a / b / b },
		Pow: func(a, b float64) (y, da, db float64) {
			return math.Pow(a, b), b * math.Pow(a, b-1), math.Pow(a, b) * math.Log(a)
		},
		Min: func(a, b float64) (y, da, db float64) {
			switch {
			case a == b:
				return a, 0.5, 0.5
			case a < b:
				return a, 1, 0
			}
			return b, 0, 1
		},
		Maximum: func(a, b float64) (y, da, db float64) {
			switch {
			case a == b:
				return a, 0.5, 0.5
			case a > b:
				return a, 1, 0
			}
			return b, 0, 1
		},
	}
	step := func(is func(a, b float64) bool) func(a, b float64) (y, da, db float64) {
		return func(a, b float64) (y, da, db float64) {
			if is(a, b) {
				return 1, 0, 0
			}
			return 0, 0, 0
		}
	}
	f[Keep] = func(a, b float64) (y, da, db float64) { // the second operand is positive here
		return a, 1, 0
	}
	f[Drop] = func(a, b float64) (y, da, db float64) { return 0, 0, 0 }
	f[Less] = step(func(a, b float64) bool { return a < b })
	f[LessOrEqual] = step(func(a, b float64) bool { return a <= b })
	f[Greater] = step(func(a, b float64) bool { return a > b })
	f[GreaterOrEqual] = step(func(a, b float64) bool { return a >= b })
	f[Equal] = step(func(a, b float64) bool { return a == b })
	f[And] = step(func(a, b float64) bool { return true })
	f[Or] = f[And]
	f[Xor] = step(func(a, b float64) bool { return false })
	f[Mod] = func(a, b float64) (y, da, db float64) { return math.Mod(a, b), 1, -math.Floor(a / b) }
	f[Fmod] = f[Mod]
	for trial := range 800 {
		out := make([]int, 1+r.IntN(5))
		for i := range out {
			out[i] = 1 + r.IntN(4)
		}
		if trial%50 == 0 {
			out[len(out)-1] = 3000 // more than a chunk
		}
		cut := func() []int {
			s := slices.Clone(out[r.IntN(len(out)):])
			for i := range s {
				if r.IntN(3) == 0 {
					s[i] = 1
				}
			}
			return s
		}
		shapes := [2][]int{cut(), cut()}
		out, err := broadcastShape(shapes[0], shapes[1])
		if err != nil {
			t.Fatal(err)
		}
		op := BinaryOp(r.IntN(len(binaryNames)))
		operands := [2]*tensor.Tensor{randomTensor(r, shapes[0]...), randomTensor(r, shapes[1]...)}
		for _, o := range operands {
			for i := range o.Data {
				o.Data[i] = 0.25 * float32(1+r.IntN(8)) // ties are frequent
			}
		}
		l, inputs := &Binary{Op: op}, operands[:]
		switch r.IntN(3) {
		case 0:
			l.Const, inputs = operands[1], operands[:1]
		case 1:
			l.Const, l.ConstFirst, inputs = operands[0], true, operands[1:]
		}
		var in [][]int
		for _, o := range inputs {
			in = append(in, o.Shape)
		}
		b := newBench(t, l, in, 2)
		for i, o := range inputs {
			copy(b.x[i].Data, o.Data)
		}
		if !tensor.SameShape(b.b.Out[0].Shape, out) {
			t.Fatalf("%v and %v make %v, want %v", shapes[0], shapes[1], b.b.Out[0].Shape, out)
		}
		dy := b.cotangents(r)
		y, dx := b.run(dy)
		var want [2][]float64
		for k, o := range operands {
			want[k] = make([]float64, o.Len())
		}
		name := fmt.Sprintf("%s of %v and %v, constant %v, first %v", l.Kind(), shapes[0], shapes[1], l.Const != nil, l.ConstFirst)
		for i, d := range dy[0] {
			p, q := broadcastIndex(i, out, shapes[0]), broadcastIndex(i, out, shapes[1])
			v, da, db := f[op](float64(operands[0].Data[p]), float64(operands[1].Data[q]))
			if diff := math.Abs(float64(y[0][i]) - v); !(diff <= 1e-6*(1+math.Abs(v))) {
				t.Fatalf("%s: value %d is %g, want %g", name, i, y[0][i], v)
			}
			want[0][p] += float64(d) * da
			want[1][q] += float64(d) * db
		}
		first := 0
		if l.ConstFirst {
			first = 1
		}
		for k, d := range dx {
			for i, v := range d {
				if w := want[first+k][i]; !(math.Abs(float64(v)-w) <= 1e-5*(10+math.Abs(w))) {
					t.Fatalf("%s: gradient %d of input %d is %g, want %g", name, i, k, v, w)
				}
			}
		}
	}
}

// TestElementwiseRefuses: operands that do not fit together, and values that are not numbers.
func TestElementwiseRefuses(t *testing.T) {
	inf := float32(math.Inf(1))
	for name, c := range map[string]struct {
		l    Layer
		in   [][]int
		says string
	}{
		"Unary":              {&Unary{Op: 99}, copies(1, 1, 2), "unknown operation 99"},
		"Unary below":        {&Unary{Op: -1}, copies(1, 1, 2), "unknown operation -1"},
		"Clip":               {&Unary{Op: Clip, A: nan32}, copies(1, 1, 2), "limits of NaN and 0"},
		"Celu":               {&Unary{Op: Celu}, copies(1, 1, 2), "parameter of 0"},
		"Selu":               {&Unary{Op: Selu, A: inf}, copies(1, 1, 2), "parameter of +Inf"},
		"Unary of two":       {&Unary{Op: Exp}, copies(2, 1, 2), "takes 1 input"},
		"Binary":             {&Binary{Op: 99}, copies(2, 1, 2), "unknown operation 99"},
		"Binary of one":      {&Binary{}, copies(1, 1, 2), "takes 2 input"},
		"Binary of three":    {&Binary{Const: claim(1)}, copies(2, 1, 2), "takes 1 input"},
		"Binary shapes":      {&Binary{}, [][]int{{1, 2, 3}, {2, 2}}, "got [1 2 3] and [2 2]"},
		"Binary constant":    {&Binary{Const: claim(2, 0)}, copies(1, 2, 1), "constant of shape [2 0]"},
		"Binary overflow":    {&Binary{}, [][]int{{1 << 20, 1}, {1, 1 << 20}}, "want positive dimensions"},
		"Reduce":             {&Reduce{Op: 9}, copies(1, 1, 2), "unknown operation 9"},
		"Reduce axis":        {&Reduce{Axes: []int{2}}, copies(1, 1, 2), "axis 2 is not one of"},
		"Reduce twice":       {&Reduce{Axes: []int{1, -1}}, copies(1, 1, 2), "axis -1 of shape [1 2] twice"},
		"Quantize":           {&Quantize{Scale: []float32{0}, Zero: []float32{0}}, copies(1, 1, 2), "scale of 0"},
		"Round":              {&Round{Mode: 4}, copies(1, 1, 2), "unknown mode 4"},
		"DynamicQuantize":    {&DynamicQuantize{Axis: 2}, copies(1, 1, 2), "axis 2"},
		"Quantize without":   {&Quantize{Axis: 1}, copies(1, 1, 2), "has 0 scales and 0 zeros"},
		"Quantize zeros":     {&Quantize{Scale: []float32{1}}, copies(1, 1, 2), "has 1 scales and 0 zeros"},
		"Quantize by axis":   {&Quantize{Scale: []float32{1, 1, 1}, Zero: []float32{1, 1, 1}, Axis: 1}, copies(1, 1, 2), "has 3 scales"},
		"Quantize limit":     {&Quantize{Scale: []float32{1}, Zero: []float32{0}, High: inf}, copies(1, 1, 2), "limit of +Inf"},
		"Softmax beyond":     {&Softmax{Axis: -3}, copies(1, 1, 2), "axis -3 is not one of"},
		"Softmax of nothing": {&Softmax{}, nil, "takes 1 input"},
	} {
		if _, err := c.l.OutShapes(c.in); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.says)
		}
	}
}

// TestWhatMixes: layers say when axis 0 is not the batch.
func TestWhatMixes(t *testing.T) {
	for i, c := range []struct {
		l    Mixer
		in   [][]int
		want bool
	}{
		{&Binary{}, [][]int{{1, 2, 3}, {1, 1, 3}}, false},
		{&Binary{}, [][]int{{1, 2, 3}, {1, 3}}, true},
		{&Binary{}, [][]int{{4, 2}, {1, 2}}, true},
		{&Binary{Const: claim(3)}, copies(1, 1, 2, 3), false},
		{&Binary{Const: claim(1, 2, 3)}, copies(1, 1, 2, 3), false},
		{&Binary{Const: claim(4, 2, 3)}, copies(1, 1, 2, 3), true},
		{&Binary{Const: claim(4, 2, 3)}, copies(1, 4, 2, 3), false},
		{&Binary{Const: claim(1, 1, 2, 3)}, copies(1, 1, 2, 3), true},
		{&Reduce{Axes: []int{1}}, copies(1, 1, 2), false},
		{&Reduce{Axes: []int{-2}}, copies(1, 1, 2), true},
		{&Reduce{}, copies(1, 1, 2), true},
		{&Softmax{Axis: 1}, copies(1, 1, 2), false},
		{&Softmax{Axis: -2}, copies(1, 1, 2), true},
		{&Quantize{Scale: []float32{1}}, copies(1, 1, 2), false},
		{&DynamicQuantize{}, copies(1, 2, 2), true},
		{&DynamicQuantize{Axis: 1}, copies(1, 1, 2), false},
		{&Quantize{Scale: []float32{1, 2}}, copies(1, 2, 2), true},
	} {
		if got := c.l.Mixes(c.in); got != c.want {
			t.Errorf("case %d: %v on %v mixes: %v", i, c.l, c.in, got)
		}
	}
}

// combined makes a layer that combines values.
func (w *wish) combined() Layer {
	switch w.byte() % 3 {
	case 0:
		return &Eltwise{Op: EltwiseOp(w.int()), Coeff: w.floats()}
	case 1:
		return &Reduce{Op: ReduceOp(w.int()), Axes: w.ints(), KeepDims: w.flag()}
	}
	l := &Binary{Op: BinaryOp(w.int()), ConstFirst: w.flag()}
	if s := w.ints(); w.flag() {
		l.Const = claim(s...)
		if n, ok := tensor.CheckedSize(s, 1<<14); ok {
			l.Const.Data = make([]float32, n)
		}
	}
	return l
}
