package onnx

import (
	"math"
	"slices"
	"testing"

	"hoodwink/internal/pb"
)

// TestFold works constants out.
func TestFold(t *testing.T) {
	bools := func(name string, v ...float64) testTensor {
		return testTensor{name: name, typ: typeBool, shape: []int{len(v)}, f: v}
	}
	inf := math.Inf(1)
	m23 := floats("m", []int{2, 3}, 1, 2, 3, 4, 5, 6)
	for _, tc := range []struct {
		name  string
		opset int
		op    string
		attrs attrs
		in    []testTensor
		shape []int
		want  []float64
	}{
		{"Shape", 0, "Shape", nil, []testTensor{m23}, []int{2}, []float64{2, 3}},
		{"Shape of a part", 0, "Shape", attrs{"start": -1}, []testTensor{m23}, []int{1}, []float64{3}},
		{"Size", 0, "Size", nil, []testTensor{m23}, nil, []float64{6}},
		{"Constant float", 0, "Constant", attrs{"value_float": float32(.5)}, nil, nil, []float64{.5}},
		{"Constant floats", 0, "Constant", attrs{"value_floats": []float32{1, 2}}, nil, []int{2}, []float64{1, 2}},
		{"Constant int", 0, "Constant", attrs{"value_int": -7}, nil, nil, []float64{-7}},
		{"Constant ints", 0, "Constant", attrs{"value_ints": []int{3, 1 << 40}}, nil, []int{2}, []float64{3, 1 << 40}},
		{"Constant tensor", 0, "Constant", attrs{"value": m23}, nil, []int{2, 3}, m23.f},
		{"ConstantOfShape", 0, "ConstantOfShape", attrs{"value": ints("", 7)}, []testTensor{ints("a", 2, 1)}, []int{2, 1}, []float64{7, 7}},
		{"ConstantOfShape zeros", 0, "ConstantOfShape", nil, []testTensor{ints("a", 3)}, []int{3}, []float64{0, 0, 0}},
		{"ConstantOfShape empty", 0, "ConstantOfShape", nil, []testTensor{ints("a", 0, 5)}, []int{0, 5}, nil},
		{"Range", 0, "Range", nil, []testTensor{ints("a", 5), ints("b", 0), ints("c", -2)}, []int{3}, []float64{5, 3, 1}},
		{"Range of floats", 0, "Range", nil, []testTensor{floats("a", nil, 0), floats("b", nil, 1), floats("c", nil, .25)}, []int{4}, []float64{0, .25, .5, .75}},
		{"Range of nothing", 0, "Range", nil, []testTensor{ints("a", 5), ints("b", 0), ints("c", 2)}, []int{0}, nil},
		{"Gather", 0, "Gather", attrs{"axis": 1}, []testTensor{m23, ints("i", 2, -3)}, []int{2, 2}, []float64{3, 1, 6, 4}},
		{"GatherElements", 0, "GatherElements", attrs{"axis": 1}, []testTensor{m23, {name: "i", typ: typeInt64, shape: []int{2, 2}, f: []float64{2, 0, -2, 1}}}, []int{2, 2}, []float64{3, 1, 5, 5}},
		{"Slice", 0, "Slice", nil, []testTensor{m23, ints("a", -1), ints("b", math.MinInt64), ints("c", 1), ints("d", -2)}, []int{2, 2}, []float64{3, 1, 6, 4}},
		{"Slice of nothing", 0, "Slice", nil, []testTensor{m23, ints("a", 5), ints("b", 9), ints("c", 1)}, []int{2, 0}, nil},
		{"Concat", 0, "Concat", attrs{"axis": 1}, []testTensor{m23, floats("n", []int{2, 1}, 8, 9)}, []int{2, 4}, []float64{1, 2, 3, 8, 4, 5, 6, 9}},
		{"Transpose", 0, "Transpose", nil, []testTensor{m23}, []int{3, 2}, []float64{1, 4, 2, 5, 3, 6}},
		{"Reshape", 0, "Reshape", nil, []testTensor{m23, ints("s", -1, 2)}, []int{3, 2}, m23.f},
		{"Reshape to zero", 0, "Reshape", attrs{"allowzero": 1}, []testTensor{floats("m", []int{0, 3}), ints("s", 3, 0)}, []int{3, 0}, nil},
		{"Squeeze", 0, "Squeeze", nil, []testTensor{ints("a", 4)}, nil, []float64{4}},
		{"Unsqueeze", 0, "Unsqueeze", nil, []testTensor{{name: "a", typ: typeInt64, f: []float64{4}}, ints("b", 0)}, []int{1}, []float64{4}},
		{"Flatten", 0, "Flatten", nil, []testTensor{m23}, []int{2, 3}, m23.f},
		{"Expand", 0, "Expand", nil, []testTensor{ints("a", 1, 2), ints("s", 2, 1)}, []int{2, 2}, []float64{1, 2, 1, 2}},
		{"Tile", 0, "Tile", nil, []testTensor{m23, ints("r", 1, 2)}, []int{2, 6}, []float64{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}},
		{"Where", 0, "Where", nil, []testTensor{bools("c", 1, 0, 1), m23, floats("z", nil, 0)}, []int{2, 3}, []float64{1, 0, 3, 4, 0, 6}},
		{"NonZero", 0, "NonZero", nil, []testTensor{floats("m", []int{2, 2}, 1, 0, 0, 2)}, []int{2, 2}, []float64{0, 1, 0, 1}},
		{"OneHot", 0, "OneHot", attrs{"axis": 0}, []testTensor{ints("i", 1, -3, 7), ints("d", 3), floats("v", []int{2}, .5, 2)},
			[]int{3, 3}, []float64{.5, 2, .5, 2, .5, .5, .5, .5, .5}},
		{"OneHot at the end", 0, "OneHot", nil, []testTensor{ints("i", 0, 2), ints("d", 3), ints("v", 4, 9)}, []int{2, 3}, []float64{9, 4, 4, 4, 4, 9}},
		{"OneHot of nothing", 0, "OneHot", nil, []testTensor{ints("i", 0, 2), ints("d", 0), ints("v", 4, 9)}, []int{2, 0}, nil},
		{"EyeLike", 0, "EyeLike", attrs{"k": -1}, []testTensor{m23}, []int{2, 3}, []float64{0, 0, 0, 1, 0, 0}},
		{"EyeLike of integers", 0, "EyeLike", attrs{"dtype": 7, "k": 2}, []testTensor{m23}, []int{2, 3}, []float64{0, 0, 1, 0, 0, 0}},
		{"TopK", 0, "TopK", attrs{"axis": 0}, []testTensor{floats("m", []int{3, 2}, 1, 7, 5, 7, 3, 9), ints("k", 2)}, []int{2, 2}, []float64{5, 9, 3, 7}},
		{"TopK smallest", 0, "TopK", attrs{"largest": 0}, []testTensor{m23, ints("k", 1)}, []int{2, 1}, []float64{1, 4}},
		{"TopK of none", 0, "TopK", nil, []testTensor{m23, ints("k", 0)}, []int{2, 0}, nil},
		{"BitShift", 0, "BitShift", attrs{"direction": "RIGHT"}, []testTensor{ints("a", 16, 4, 1), ints("b", 1)}, []int{3}, []float64{8, 2, 0}},
		{"BitShift keeps the sign", 0, "BitShift", attrs{"direction": "RIGHT"}, []testTensor{ints("a", -16, -1, -5), ints("b", 2, 70, -1)}, []int{3}, []float64{-4, -1, -1}},
		{"BitShift to the left", 0, "BitShift", attrs{"direction": "LEFT"}, []testTensor{ints("a", 16, 4, 1), ints("b", 1, 2, 70)}, []int{3}, []float64{32, 16, 0}},
		{"BitwiseAnd", 0, "BitwiseAnd", nil, []testTensor{ints("a", 12, 5), ints("b", 10)}, []int{2}, []float64{8, 0}},
		{"BitwiseOr", 0, "BitwiseOr", nil, []testTensor{ints("a", 12, 5), ints("b", 10)}, []int{2}, []float64{14, 15}},
		{"BitwiseXor", 0, "BitwiseXor", nil, []testTensor{ints("a", 12, 5), ints("b", 10)}, []int{2}, []float64{6, 15}},
		{"BitwiseNot", 0, "BitwiseNot", nil, []testTensor{ints("a", 12, -1)}, []int{2}, []float64{-13, 0}},
		{"ScatterND", 0, "ScatterND", nil, []testTensor{m23, {name: "i", typ: typeInt64, shape: []int{1, 1}, f: []float64{-1}}, floats("u", []int{1, 3}, 7, 8, 9)}, []int{2, 3}, []float64{1, 2, 3, 7, 8, 9}},
		{"Pad", 0, "Pad", nil, []testTensor{m23, ints("p", 0, 1, 1, 0), floats("v", nil, 9)}, []int{3, 4}, []float64{9, 1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9}},
		{"Pad reflected", 0, "Pad", attrs{"mode": "reflect"}, []testTensor{m23, ints("p", 0, 1, 0, 0)}, []int{2, 4}, []float64{2, 1, 2, 3, 5, 4, 5, 6}},
		{"BatchNormalization in training", 0, "BatchNormalization", attrs{"training_mode": 1, "epsilon": float32(3)}, []testTensor{floats("x", []int{1, 2, 2}, 1, 3, 4, 2), floats("s", []int{2}, 1, 2), floats("b", []int{2}, 0, .5), floats("m", []int{2}, 0, 0), floats("v", []int{2}, 1, 1)},
			[]int{1, 2, 2}, []float64{-.5, .5, 1.5, -.5}},
		{"LayerNormalization", 0, "LayerNormalization", attrs{"epsilon": float32(3)}, []testTensor{floats("x", []int{1, 2}, 1, 3), floats("s", []int{2}, 1, 2)}, []int{1, 2}, []float64{-.5, 1}},
		{"Conv", 0, "Conv", nil, []testTensor{floats("x", []int{1, 1, 2, 3}, 1, 2, 3, 4, 5, 6), floats("w", []int{1, 1, 2, 2}, 1, 1, 1, 1)}, []int{1, 1, 1, 2}, []float64{12, 16}},
		{"Gemm", 0, "Gemm", nil, []testTensor{m23, floats("n", []int{3, 1}, 1, 1, 1), floats("c", nil, 1)}, []int{2, 1}, []float64{7, 16}},
		{"GatherND", 0, "GatherND", nil, []testTensor{m23, {name: "i", typ: typeInt64, shape: []int{2, 2}, f: []float64{0, -1, 1, 0}}}, []int{2}, []float64{3, 4}},
		{"ScatterElements of integers", 0, "ScatterElements", nil, []testTensor{ints("d", 1, 2, 3), ints("i", 2, 0), ints("u", 8, 9)}, []int{3}, []float64{9, 2, 8}},
		{"Resize", 0, "Resize", attrs{"mode": "cubic", "coordinate_transformation_mode": "align_corners"}, []testTensor{m23, floats("r", []int{0}), floats("e", []int{0}), ints("s", 3, 3)}, []int{3, 3}, []float64{1, 2, 3, 2.5, 3.5, 4.5, 4, 5, 6}},
		{"ArgMax of the last", 0, "ArgMax", attrs{"axis": 1, "select_last_index": 1, "keepdims": 0}, []testTensor{floats("m", []int{2, 3}, 1, 3, 3, 9, 0, 1)}, []int{2}, []float64{2, 0}},
		{"CumSum turned", 0, "CumSum", attrs{"reverse": 1, "exclusive": 1}, []testTensor{m23, ints("a", 1)}, []int{2, 3}, []float64{5, 3, 0, 11, 6, 0}},
		{"Trilu", 0, "Trilu", nil, []testTensor{m23}, []int{2, 3}, []float64{1, 2, 3, 0, 5, 6}},
		{"CumSum", 0, "CumSum", nil, []testTensor{m23, ints("a", 1)}, []int{2, 3}, []float64{1, 3, 6, 4, 9, 15}},
		{"ArgMax", 0, "ArgMax", attrs{"axis": 1, "keepdims": 0}, []testTensor{floats("m", []int{2, 3}, 1, 3, 3, 9, 0, 1)}, []int{2}, []float64{1, 0}},
		{"ArgMin", 0, "ArgMin", attrs{"axis": 0}, []testTensor{m23}, []int{1, 3}, []float64{0, 0, 0}},
		{"Cast to int", 0, "Cast", attrs{"to": 7}, []testTensor{floats("a", []int{4}, 1.9, -1.9, inf, math.NaN())}, []int{4}, []float64{1, -1, math.MaxInt64, 0}},
		{"Cast to bool", 0, "Cast", attrs{"to": 9}, []testTensor{floats("a", []int{3}, .5, 0, -2)}, []int{3}, []float64{1, 0, 1}},
		{"Cast to uint8", 0, "Cast", attrs{"to": 2}, []testTensor{ints("a", 257, -1)}, []int{2}, []float64{1, 255}},
		{"CastLike", 0, "CastLike", nil, []testTensor{ints("a", 2), m23}, []int{1}, []float64{2}},
		{"Add", 0, "Add", nil, []testTensor{ints("a", 1, 2), ints("b", 10)}, []int{2}, []float64{11, 12}},
		{"Div rounds to zero", 0, "Div", nil, []testTensor{ints("a", 7, -7), ints("b", 2)}, []int{2}, []float64{3, -3}},
		{"Div of floats", 0, "Div", nil, []testTensor{floats("a", []int{2}, 7, -7), floats("b", nil, 2)}, []int{2}, []float64{3.5, -3.5}},
		{"Mod", 0, "Mod", nil, []testTensor{ints("a", 7, -7), ints("b", 3)}, []int{2}, []float64{1, 2}},
		{"Mod like C", 0, "Mod", attrs{"fmod": 1}, []testTensor{ints("a", 7, -7), ints("b", 3)}, []int{2}, []float64{1, -1}},
		{"Pow", 0, "Pow", nil, []testTensor{ints("a", 3), ints("b", 4)}, []int{1}, []float64{81}},
		{"Min", 0, "Min", nil, []testTensor{ints("a", 3), ints("b", 4), ints("c", 2)}, []int{1}, []float64{2}},
		{"Sum", 0, "Sum", nil, []testTensor{floats("a", nil, 3), floats("b", nil, 4)}, nil, []float64{7}},
		{"Floor", 0, "Floor", nil, []testTensor{floats("a", []int{2}, 1.5, -1.5)}, []int{2}, []float64{1, -2}},
		{"Ceil", 0, "Ceil", nil, []testTensor{floats("a", []int{2}, 1.5, -1.5)}, []int{2}, []float64{2, -1}},
		{"Round", 0, "Round", nil, []testTensor{floats("a", []int{2}, 1.5, 2.5)}, []int{2}, []float64{2, 2}},
		{"Sqrt", 0, "Sqrt", nil, []testTensor{floats("a", []int{1}, 9)}, []int{1}, []float64{3}},
		{"Neg of integers", 0, "Neg", nil, []testTensor{ints("a", 9)}, []int{1}, []float64{-9}},
		{"Not", 0, "Not", nil, []testTensor{bools("a", 1, 0)}, []int{2}, []float64{0, 1}},
		{"And", 0, "And", nil, []testTensor{bools("a", 1, 0), bools("b", 1, 1)}, []int{2}, []float64{1, 0}},
		{"Or", 0, "Or", nil, []testTensor{bools("a", 1, 0), bools("b", 0, 0)}, []int{2}, []float64{1, 0}},
		{"Equal", 0, "Equal", nil, []testTensor{ints("a", 1, 2), ints("b", 2)}, []int{2}, []float64{0, 1}},
		{"Less", 0, "Less", nil, []testTensor{ints("a", 1, 2), ints("b", 2)}, []int{2}, []float64{1, 0}},
		{"GreaterOrEqual", 0, "GreaterOrEqual", nil, []testTensor{floats("a", []int{2}, 1, 2), floats("b", nil, 2)}, []int{2}, []float64{0, 1}},
		{"Clip", 0, "Clip", nil, []testTensor{ints("a", 1, 5), ints("lo", 2), ints("hi", 4)}, []int{2}, []float64{2, 4}},
		{"ReduceProd", 0, "ReduceProd", attrs{"keepdims": 0}, []testTensor{ints("a", 2, 3, 4)}, nil, []float64{24}},
		{"ReduceSum", 0, "ReduceSum", nil, []testTensor{m23, ints("a", 0)}, []int{1, 3}, []float64{5, 7, 9}},
		{"ReduceMean", 13, "ReduceMean", attrs{"axes": []int{-1}, "keepdims": 0}, []testTensor{m23}, []int{2}, []float64{2, 5}},
		{"ReduceMax of nothing", 18, "ReduceMax", attrs{"noop_with_empty_axes": 1}, []testTensor{m23}, []int{2, 3}, m23.f},
		{"DequantizeLinear", 0, "DequantizeLinear", attrs{"axis": 0}, []testTensor{{name: "q", typ: typeInt8, shape: []int{2, 2}, f: []float64{-128, 0, 1, 127}}, floats("s", []int{2}, .5, 2), {name: "z", typ: typeInt8, shape: []int{2}, f: []float64{0, 1}}},
			[]int{2, 2}, []float64{-64, 0, 0, 252}},
		{"QuantizeLinear", 0, "QuantizeLinear", nil, []testTensor{floats("x", []int{4}, -1, .25, .75, 300), floats("s", nil, .5)}, []int{4}, []float64{0, 0, 2, 255}},
		// By their layers:
		{"MatMul", 0, "MatMul", nil, []testTensor{m23, floats("w", []int{3, 1}, 1, 0, 2)}, []int{2, 1}, []float64{7, 16}},
		{"Relu", 0, "Relu", nil, []testTensor{floats("a", []int{2}, -1, 2)}, []int{2}, []float64{0, 2}},
		{"Conv", 0, "Conv", nil, []testTensor{floats("x", []int{1, 1, 1, 3}, 1, 2, 3), floats("w", []int{1, 1, 1, 2}, 10, 1)}, []int{1, 1, 1, 2}, []float64{12, 23}},
		{"Gelu of a scalar", 20, "Gelu", nil, []testTensor{floats("x", nil, 0)}, nil, []float64{0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var names []string
			for _, in := range tc.in {
				names = append(names, in.name)
			}
			m := &testModel{opset: tc.opset, nodes: []testNode{{op: tc.op, in: names, out: []string{"y"}, attrs: tc.attrs}}, inits: tc.in,
				inputs: []testInput{{name: "image", dims: []any{"N", 3}}}, outputs: []string{"y"}}
			c := foldedOutput(t, read(t, m))
			if !slices.Equal(c.shape, tc.shape) || c.len() != len(tc.want) {
				t.Fatalf("shape %v, want %v", c.shape, tc.shape)
			}
			for i, v := range tc.want {
				if got := c.at(i); got != v && math.Abs(got-v) > 1e-6 {
					t.Errorf("value %d is %g, want %g", i, got, v)
				}
			}
		})
	}
}

// foldedOutput lowers a model whose output is known.
func foldedOutput(t *testing.T, m *Model) *constant {
	t.Helper()
	l := &lowering{model: m}
	in, err := m.pictureOf(m.graph.inputs[0])
	if err != nil {
		t.Fatal(err)
	}
	var sc *scope
	func() {
		defer recovered(&err)
		sc = l.start(in, map[string]*value{}, 1)
		l.run(&m.graph.body, m.graph.results(), sc)
	}()
	if err != nil {
		t.Fatal(err)
	}
	out := sc.lookup(m.graph.outputs[0].name)
	if len(l.unsupported) > 0 || out == nil || out.known == nil {
		t.Fatalf("the output is not known: %v", l.unsupported)
	}
	return out.known
}

// TestElementTypes reads weights of every type, raw and typed.
func TestElementTypes(t *testing.T) {
	for typ, values := range map[elemType][]float64{
		typeFloat: {1.5, -2, 0}, typeDouble: {1.5, -2, 0}, typeFloat16: {1.5, -2, 0}, typeBfloat16: {1.5, -2, 0},
		typeInt8: {1, -128, 127}, typeUint8: {1, 255, 0}, typeInt16: {1, -32768, 5}, typeUint16: {1, 65535, 0},
		typeInt32: {1, math.MinInt32, 5}, typeUint32: {1, math.MaxUint32, 0}, typeInt64: {1, -1 << 40, 5}, typeUint64: {1, 1 << 40, 0}, typeBool: {1, 0, 1},
	} {
		raw := testTensor{name: "w", typ: typ, shape: []int{3}, f: values}
		typed := pb.AppendInt(pb.AppendInt(pb.AppendText(nil, 8, "w"), 1, 3), 2, int64(typ))
		for _, v := range values {
			switch num := typ.typedIn(); num {
			case floatData:
				typed = pb.AppendFloat(typed, num, float32(v))
			case doubleData:
				typed = pb.AppendMessage(typed, num, appendValue(nil, typeDouble, v)) // packed
			default:
				b := appendValue(nil, typ, v)
				n := int64(0)
				for i, x := range b {
					n |= int64(x) << (8 * i)
				}
				if !typ.floating() {
					n = int64(v)
				}
				typed = pb.AppendInt(typed, num, n)
			}
		}
		late := pb.AppendMessage(nil, 9, rawBytes(raw)) // values before their type
		late = pb.AppendInt(pb.AppendInt(pb.AppendText(late, 8, "w"), 1, 3), 2, int64(typ))
		for i, enc := range [][]byte{raw.encode(), typed, late} {
			g := pb.AppendMessage(nil, 5, enc)
			m, err := Read(newReader(pb.AppendMessage(pb.AppendMessage(nil, 8, pb.AppendInt(nil, 2, 17)), 7, g)), "")
			if err != nil {
				t.Fatalf("%s, encoding %d: %v", typ, i, err)
			}
			c := m.graph.inits[0].value
			for k, v := range values {
				if c.len() != 3 || c.at(k) != v || c.typ != typ {
					t.Errorf("%s, encoding %d: value %d of %d is %v, want %v", typ, i, k, c.len(), c.at(k), v)
				}
			}
		}
	}
}

func rawBytes(t testTensor) []byte {
	var b []byte
	for _, v := range t.f {
		b = appendValue(b, t.typ, v)
	}
	return b
}

func TestHalfPrecision(t *testing.T) {
	for h, want := range map[uint16]float64{
		0x0001: math.Pow(2, -24), 0x03ff: 1023 * math.Pow(2, -24), 0x0400: math.Pow(2, -14), 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1), 0x8000: 0,
	} {
		if got := float64(fromFloat16(h)); got != want {
			t.Errorf("%#x is %g, want %g", h, got, want)
		}
	}
	if v := fromFloat16(0x7e00); v == v {
		t.Error("NaN is lost")
	}
	if !math.Signbit(float64(fromFloat16(0x8000))) {
		t.Error("-0 is lost")
	}
}
