package onnx

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/internal/gradcheck"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// An array is what the definitions of operators in these tests work on.
type array struct {
	shape []int
	data  []float64
}

// generate returns the array with f of its indices for values.
func generate(shape []int, f func(at []int) float64) array {
	a := array{shape, make([]float64, tensor.Size(shape))}
	at := make([]int, len(shape))
	for i := range a.data {
		a.data[i] = f(at)
		for k := len(at) - 1; k >= 0; k-- {
			if at[k]++; at[k] < shape[k] {
				break
			}
			at[k] = 0
		}
	}
	return a
}

// at returns a value; indices along axes of length 1 do not count, nor do those of axes
// that the array lacks in front.
func (a array) at(at ...int) float64 {
	at = at[len(at)-len(a.shape):]
	p := 0
	for k, i := range at {
		if a.shape[k] == 1 {
			i = 0
		}
		p = p*a.shape[k] + i
	}
	return a.data[p]
}

// padded is at with zero outside.
func (a array) padded(outside float64, at ...int) float64 {
	for k, i := range at {
		if i < 0 || i >= a.shape[k] {
			return outside
		}
	}
	return a.at(at...)
}

// An opCase is a network of a few nodes, from x to y, and its definition.
type opCase struct {
	name   string
	opset  int
	nodes  []testNode
	inits  []testTensor
	shape  []int
	lo, hi float64 // range of x; default -1 to 1
	want   func(x array) array
	kind   string // of the layers that are expected, if that matters
	flat   bool   // the gradient is not that of differences
}

func node(op string, a attrs, in ...string) []testNode {
	return []testNode{{op: op, in: in, out: []string{"y"}, attrs: a}}
}

// weights returns reproducible values in [-1, 1].
func weights(name string, shape ...int) testTensor {
	rng := rand.New(rand.NewPCG(uint64(len(name)), uint64(tensor.Size(shape))))
	t := testTensor{name: name, shape: shape}
	for range tensor.Size(shape) {
		t.f = append(t.f, float64(float32(2*rng.Float64()-1)))
	}
	return t
}

func (t testTensor) array() array { return array{t.shape, t.f} }

func (c *opCase) model() *testModel {
	dims := []any{"batch"}
	for _, d := range c.shape[1:] {
		dims = append(dims, d)
	}
	return &testModel{opset: c.opset, nodes: append(slices.Clone(c.nodes), testNode{op: "Flatten", in: []string{"y"}, out: []string{"out"}, attrs: attrs{"axis": 0}}),
		inits: c.inits, inputs: []testInput{{name: "x", dims: dims}}, outputs: []string{"out"}}
}

// check compares the network with its definition, its gradient with differences, and a
// batch with its examples.
func (c *opCase) check(t *testing.T) {
	m := c.model()
	net, err := read(t, m).Build()
	if err != nil {
		t.Fatal(err)
	}
	if c.kind != "" {
		got := ""
		for _, r := range net.Table() {
			if r.Kind != "View" {
				got += r.Kind + " "
			}
		}
		if got != c.kind+" " {
			t.Errorf("layers %s, want %s", got, c.kind)
		}
	}
	m.outputs = []string{"y"}
	_, y, err := read(t, m).lower()
	if err != nil {
		t.Fatal(err)
	}
	s, err := net.NewSession(nn.SessionOptions{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if c.lo == c.hi {
		c.lo, c.hi = -1, 1
	}
	rng := rand.New(rand.NewPCG(1, 2))
	x := array{c.shape, make([]float64, tensor.Size(c.shape))}
	fill := func() {
		// A lattice keeps values apart from each other, and from kinks at 0.
		n := float64(len(x.data))
		for i, p := range rng.Perm(len(x.data)) {
			x.data[i] = float64(float32(c.lo + (c.hi-c.lo)*(float64(p)+.37)/n))
		}
	}
	fill()
	for i, v := range x.data {
		s.Input().Data[i] = float32(v)
	}
	m.outputs = []string{"out"}
	keepCase(t, fmt.Sprintf("op_%s_%d", strings.ReplaceAll(c.name, "/", " over "), c.opset), m.encode(), s.Input().Clone(), s.Forward().Clone())
	want := c.want(x)
	if !slices.Equal(y.shape, want.shape) {
		t.Fatalf("shape %v, want %v", y.shape, want.shape)
	}
	got := slices.Clone(s.Forward().Data)
	for i, v := range got {
		if d := math.Abs(float64(v) - want.data[i]); !(d <= 2e-5*math.Max(1, math.Abs(want.data[i]))) {
			t.Fatalf("value %d of %d is %g, want %g", i, len(got), v, want.data[i])
		}
	}
	cotangent := tensor.New(1, len(got))
	for i := range cotangent.Data {
		cotangent.Data[i] = float32(rng.NormFloat64())
	}
	grad := slices.Clone(s.Backward(cotangent).Data)
	if !c.flat {
		loss := func() float64 { return tensor.Dot(cotangent.Data, s.Forward().Data) }
		if r := gradcheck.Check(s.Input(), grad, loss, gradcheck.Options{Step: 1e-3}); !(r.Err <= 1e-2) {
			t.Error(r)
		}
	}
	c.checkBatch(t, net, x, got, grad, cotangent)
}

// checkBatch runs the example as the second of a batch.
func (c *opCase) checkBatch(t *testing.T, net *nn.Network, x array, want, grad []float32, cotangent *tensor.Tensor) {
	s, err := net.NewSession(nn.SessionOptions{Batch: 2, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range x.data {
		s.Input().Image(0)[i], s.Input().Image(1)[i] = float32(c.lo+c.hi)/2+.01, float32(v)
	}
	if got := s.Forward().Image(1); !slices.Equal(got, want) {
		t.Fatalf("in a batch the result is %v, want %v", got, want)
	}
	d := tensor.New(2, len(want))
	copy(d.Image(1), cotangent.Data)
	if got := s.Backward(d).Image(1); largest(got, grad) > 1e-5 {
		t.Errorf("in a batch the gradient differs by %g", largest(got, grad))
	}
}

func TestOperators(t *testing.T) {
	for _, list := range [][]opCase{unaryCases(), arithmeticCases(), spatialCases(), normCases(), movementCases(), productCases(), patternCases(), composedCases()} {
		for _, c := range list {
			name := c.name
			if c.opset > 0 {
				name += fmt.Sprintf("-%d", c.opset)
			}
			t.Run(name, c.check)
		}
	}
}

// each is the definition of an operator on single values.
func each(f func(v float64) float64) func(array) array {
	return func(x array) array {
		out := array{x.shape, make([]float64, len(x.data))}
		for i, v := range x.data {
			out.data[i] = f(v)
		}
		return out
	}
}

func sigmoid(v float64) float64 { return 1 / (1 + math.Exp(-v)) }

func softplus(v float64) float64 { return math.Log1p(math.Exp(v)) }

func gelu(v float64) float64 { return v / 2 * (1 + math.Erf(v/math.Sqrt2)) }

func geluTanh(v float64) float64 {
	return v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
}

func hardSwish(v float64) float64 { return v * math.Min(math.Max(v+3, 0), 6) / 6 }

func unaryCases() []opCase {
	var list []opCase
	add := func(name string, a attrs, lo, hi float64, f func(float64) float64) {
		list = append(list, opCase{name: name, nodes: node(name, a, "x"), shape: []int{1, 3, 4}, lo: lo, hi: hi, want: each(f)})
	}
	slope := func(below float64) func(float64) float64 {
		return func(v float64) float64 {
			if v < 0 {
				return below * v
			}
			return v
		}
	}
	add("Relu", nil, -1, 1, slope(0))
	add("LeakyRelu", nil, -1, 1, slope(.01))
	add("LeakyRelu", attrs{"alpha": float32(.25)}, -1, 1, slope(.25))
	add("Elu", attrs{"alpha": float32(.5)}, -1, 1, func(v float64) float64 { return math.Max(v, 0) + .5*math.Expm1(math.Min(v, 0)) })
	add("Selu", nil, -1, 1, func(v float64) float64 {
		return 1.0507009873554805 * (math.Max(v, 0) + 1.6732632423543772*math.Expm1(math.Min(v, 0)))
	})
	add("Celu", attrs{"alpha": float32(2)}, -1, 1, func(v float64) float64 { return math.Max(v, 0) + math.Min(0, 2*math.Expm1(v/2)) })
	add("ThresholdedRelu", attrs{"alpha": float32(.5)}, -1, 1, func(v float64) float64 {
		if v > .5 {
			return v
		}
		return 0
	})
	// Something behind it, for a sigmoid at the end is left out.
	list = append(list, opCase{name: "Sigmoid", nodes: chain([]string{"z", "Sigmoid", "x"}, []string{"y", "Neg", "z"}), shape: []int{1, 3, 4}, lo: -3, hi: 3,
		want: each(func(v float64) float64 { return -sigmoid(v) })})
	add("HardSigmoid", attrs{"alpha": float32(.5), "beta": float32(.25)}, -2, 2, func(v float64) float64 { return math.Min(math.Max(.5*v+.25, 0), 1) })
	add("HardSigmoid", nil, -4, 4, func(v float64) float64 { return math.Min(math.Max(.2*v+.5, 0), 1) })
	add("HardSwish", nil, -4, 4, hardSwish)
	add("Tanh", nil, -2, 2, math.Tanh)
	add("Softplus", nil, -2, 2, softplus)
	add("Softsign", nil, -2, 2, func(v float64) float64 { return v / (1 + math.Abs(v)) })
	add("Erf", nil, -2, 2, math.Erf)
	add("Exp", nil, -2, 2, math.Exp)
	add("Log", nil, .5, 2, math.Log)
	add("Sqrt", nil, .5, 2, math.Sqrt)
	add("Reciprocal", nil, .5, 2, func(v float64) float64 { return 1 / v })
	add("Abs", nil, -1, 1, math.Abs)
	add("Neg", nil, -1, 1, func(v float64) float64 { return -v })
	add("Sin", nil, -2, 2, math.Sin)
	add("Cos", nil, -2, 2, math.Cos)
	add("Identity", nil, -1, 1, func(v float64) float64 { return v })
	add("Dropout", nil, -1, 1, func(v float64) float64 { return v })
	for i := range list { // a network needs a layer
		if op := list[i].nodes[0].op; op == "Identity" || op == "Dropout" {
			list[i].nodes = []testNode{{op: op, in: []string{"x"}, out: []string{"z"}}, {op: "Neg", in: []string{"z"}, out: []string{"y"}}}
			list[i].want = each(func(v float64) float64 { return -v })
			list[i].kind = "Neg"
		}
	}
	list = append(list,
		opCase{name: "Mish", opset: 18, nodes: node("Mish", nil, "x"), shape: []int{1, 5}, want: each(func(v float64) float64 { return v * math.Tanh(softplus(v)) })},
		opCase{name: "Gelu", opset: 20, nodes: node("Gelu", nil, "x"), shape: []int{1, 5}, want: each(gelu)},
		opCase{name: "Gelu tanh", opset: 20, nodes: node("Gelu", attrs{"approximate": "tanh"}, "x"), shape: []int{1, 5}, want: each(geluTanh)},
		opCase{name: "Clip", opset: 10, nodes: node("Clip", attrs{"min": float32(-.5), "max": float32(.25)}, "x"), shape: []int{1, 9},
			want: each(func(v float64) float64 { return math.Min(math.Max(v, -.5), .25) })},
		opCase{name: "Clip", opset: 11, nodes: node("Clip", nil, "x", "", "hi"), inits: []testTensor{floats("hi", nil, .25)}, shape: []int{1, 9},
			want: each(func(v float64) float64 { return math.Min(v, .25) })},
		opCase{name: "Clip to Relu", nodes: node("Clip", nil, "x", "lo"), inits: []testTensor{floats("lo", nil, 0)}, shape: []int{1, 9},
			want: each(func(v float64) float64 { return math.Max(v, 0) }), kind: "ReLU"},
		opCase{name: "PRelu", nodes: node("PRelu", nil, "x", "w"), inits: []testTensor{weights("w", 3, 1, 1)}, shape: []int{1, 3, 2, 2}, want: func(x array) array {
			w := weights("w", 3, 1, 1).array()
			return generate(x.shape, func(at []int) float64 {
				v := x.at(at...)
				if v < 0 {
					v *= w.at(at...)
				}
				return v
			})
		}},
		opCase{name: "PRelu of pixels", nodes: node("PRelu", nil, "x", "w"), inits: []testTensor{weights("w", 2, 2)}, shape: []int{1, 3, 2, 2}, want: func(x array) array {
			w := weights("w", 2, 2).array()
			return generate(x.shape, func(at []int) float64 {
				v := x.at(at...)
				if v < 0 {
					v *= w.at(at...)
				}
				return v
			})
		}},
		opCase{name: "Cast", nodes: []testNode{{op: "Cast", in: []string{"x"}, out: []string{"h"}, attrs: attrs{"to": 10}}, {op: "Relu", in: []string{"h"}, out: []string{"y"}}},
			shape: []int{1, 4}, want: each(slope(0)), kind: "ReLU"},
	)
	return list
}

// pairwise is the definition of an operator on two arrays that are broadcast.
func pairwise(a, b array, f func(a, b float64) float64) array {
	shape, _ := broadcastShape(a.shape, b.shape)
	return generate(shape, func(at []int) float64 { return f(a.at(at...), b.at(at...)) })
}

func arithmeticCases() []opCase {
	var list []opCase
	ops := map[string]func(a, b float64) float64{
		"Add": func(a, b float64) float64 { return a + b },
		"Sub": func(a, b float64) float64 { return a - b },
		"Mul": func(a, b float64) float64 { return a * b },
		"Div": func(a, b float64) float64 { return a / b },
		"Pow": math.Pow,
		"Min": math.Min,
		"Max": math.Max,
	}
	constants := []testTensor{floats("w", nil, .75), weights("w", 3, 1, 1), weights("w", 4), weights("w", 1, 3, 2, 4), weights("w", 2, 1)}
	for _, op := range []string{"Add", "Sub", "Mul", "Div", "Pow", "Min", "Max"} {
		f := ops[op]
		for _, w := range constants {
			w.f = slices.Clone(w.f)
			for i, v := range w.f { // positive, and not the values of the lattice
				w.f[i] = float64(float32(math.Abs(v) + .5003))
			}
			list = append(list,
				opCase{name: fmt.Sprint(op, w.shape), nodes: node(op, nil, "x", "w"), inits: []testTensor{w}, shape: []int{1, 3, 2, 4}, lo: .6, hi: 2,
					want: func(x array) array { return pairwise(x, w.array(), f) }},
				opCase{name: fmt.Sprint(op, w.shape, " first"), nodes: node(op, nil, "w", "x"), inits: []testTensor{w}, shape: []int{1, 3, 2, 4}, lo: .6, hi: 2,
					want: func(x array) array { return pairwise(w.array(), x, f) }})
		}
		list = append(list,
			opCase{name: op + " of more axes", nodes: node(op, nil, "x", "w"), inits: []testTensor{floats("w", []int{2, 1, 1}, .7, 2.1)}, shape: []int{1, 3}, lo: .6, hi: 2,
				want: func(x array) array { return pairwise(x, array{[]int{2, 1, 1}, []float64{.7, 2.1}}, f) }},
			opCase{name: op + " of two", nodes: []testNode{
				{op: "Slice", in: []string{"x", "0", "2", "1"}, out: []string{"a"}}, {op: "Slice", in: []string{"x", "2", "4", "1"}, out: []string{"b"}},
				{op: op, in: []string{"a", "b"}, out: []string{"y"}}},
				inits: []testTensor{ints("0", 0), ints("2", 2), ints("4", 4), ints("1", 1)}, shape: []int{1, 4, 3}, lo: .6, hi: 2,
				want: func(x array) array {
					return generate([]int{1, 2, 3}, func(at []int) float64 { return f(x.at(0, at[1], at[2]), x.at(0, at[1]+2, at[2])) })
				}},
			opCase{name: op + " of a value and its mean", nodes: []testNode{
				{op: "ReduceMean", in: []string{"x"}, out: []string{"m"}, attrs: attrs{"axes": []int{2, 3}, "keepdims": 0}},
				{op: "Unsqueeze", in: []string{"m", "23"}, out: []string{"n"}}, {op: op, in: []string{"x", "n"}, out: []string{"y"}}},
				inits: []testTensor{ints("23", 2, 3)}, shape: []int{1, 3, 2, 2}, lo: .6, hi: 2,
				want: func(x array) array {
					return generate(x.shape, func(at []int) float64 {
						m := (x.at(0, at[1], 0, 0) + x.at(0, at[1], 0, 1) + x.at(0, at[1], 1, 0) + x.at(0, at[1], 1, 1)) / 4
						return f(x.at(at...), m)
					})
				}})
	}
	variadic := func(op string, f func(a, b, c float64) float64) {
		list = append(list, opCase{name: op, nodes: []testNode{{op: "Neg", in: []string{"x"}, out: []string{"n"}}, {op: op, in: []string{"x", "n", "w"}, out: []string{"y"}}},
			inits: []testTensor{floats("w", []int{3}, .1, -.2, .3)}, shape: []int{1, 2, 3}, want: func(x array) array {
				return generate(x.shape, func(at []int) float64 {
					return f(x.at(at...), -x.at(at...), []float64{.1, -.2, .3}[at[2]])
				})
			}})
	}
	variadic("Sum", func(a, b, c float64) float64 { return a + b + c })
	variadic("Mean", func(a, b, c float64) float64 { return (a + b + c) / 3 })
	variadic("Max", func(a, b, c float64) float64 { return max(a, b, c) })
	variadic("Min", func(a, b, c float64) float64 { return min(a, b, c) })
	list = append(list,
		opCase{name: "Sum of one shape", nodes: node("Sum", nil, "x", "x", "x"), shape: []int{1, 4}, want: each(func(v float64) float64 { return 3 * v }), kind: "Eltwise"},
		opCase{name: "Pow 2", nodes: node("Pow", nil, "x", "w"), inits: []testTensor{ints("w", 2)}, shape: []int{1, 4}, want: each(func(v float64) float64 { return v * v }), kind: "Power"},
		opCase{name: "Where", nodes: node("Where", nil, "c", "x", "w"), inits: []testTensor{{name: "c", typ: typeBool, shape: []int{3}, f: []float64{1, 0, 1}}, floats("w", nil, -3)},
			shape: []int{1, 2, 3}, want: func(x array) array {
				return generate(x.shape, func(at []int) float64 {
					if at[2] == 1 {
						return -3
					}
					return x.at(at...)
				})
			}},
		opCase{name: "Where of two", nodes: []testNode{{op: "Neg", in: []string{"x"}, out: []string{"n"}}, {op: "Where", in: []string{"c", "x", "n"}, out: []string{"y"}}},
			inits: []testTensor{{name: "c", typ: typeBool, shape: []int{3}, f: []float64{1, 0, 1}}}, shape: []int{1, 2, 3}, want: func(x array) array {
				return generate(x.shape, func(at []int) float64 {
					if at[2] == 1 {
						return -x.at(at...)
					}
					return x.at(at...)
				})
			}},
		opCase{name: "Trilu", nodes: node("Trilu", attrs{"upper": 0}, "x"), shape: []int{1, 3, 4}, want: func(x array) array {
			return generate(x.shape, func(at []int) float64 {
				if at[2] > at[1] {
					return 0
				}
				return x.at(at...)
			})
		}},
	)
	return append(list, reduceCases()...)
}

func reduceCases() []opCase {
	var list []opCase
	ops := map[string]func(v []float64) float64{
		"ReduceSum":       sum,
		"ReduceMean":      func(v []float64) float64 { return sum(v) / float64(len(v)) },
		"ReduceMax":       slices.Max[[]float64],
		"ReduceMin":       slices.Min[[]float64],
		"ReduceL1":        func(v []float64) float64 { return sum(mapped(v, math.Abs)) },
		"ReduceL2":        func(v []float64) float64 { return math.Sqrt(sum(mapped(v, square))) },
		"ReduceSumSquare": func(v []float64) float64 { return sum(mapped(v, square)) },
		"ReduceLogSum":    func(v []float64) float64 { return math.Log(sum(v)) },
	}
	for op, f := range ops {
		lo := -1.0
		if op == "ReduceLogSum" {
			lo = .5
		}
		for _, axes := range [][]int{{2, 3}, {-1}, {1, 3}, {1}, {0, 1, 2, 3}} {
			for _, keep := range []int{0, 1} {
				a := attrs{"axes": axes, "keepdims": keep}
				c := opCase{name: fmt.Sprint(op, axes, keep), opset: 12, nodes: node(op, a, "x"), shape: []int{1, 3, 2, 4}, lo: lo, hi: 1.5, want: func(x array) array {
					return reduced(x, axes, keep == 1, f)
				}}
				list = append(list, c)
			}
		}
		list = append(list, opCase{name: op, opset: 18, nodes: node(op, attrs{"keepdims": 0}, "x", "a"), inits: []testTensor{ints("a", 1)}, shape: []int{1, 3, 2}, lo: lo, hi: 1.5,
			want: func(x array) array { return reduced(x, []int{1}, false, f) }})
	}
	return list
}

func sum(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s
}

func square(v float64) float64 { return v * v }

func mapped(v []float64, f func(float64) float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = f(x)
	}
	return out
}

// reduced is the definition of the Reduce operators.
func reduced(x array, axes []int, keep bool, f func([]float64) float64) array {
	full := slices.Clone(x.shape)
	var short []int
	for a, d := range x.shape {
		if slices.Contains(axes, a) || slices.Contains(axes, a-len(x.shape)) {
			full[a] = 1
		} else {
			short = append(short, d)
		}
	}
	out := generate(full, func(at []int) float64 {
		var v []float64
		generate(x.shape, func(in []int) float64 {
			for a, i := range in {
				if full[a] > 1 && at[a] != i {
					return 0
				}
			}
			v = append(v, x.at(in...))
			return 0
		})
		return f(v)
	})
	if !keep {
		out.shape = short
	}
	return out
}
