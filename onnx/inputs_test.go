package onnx

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestInputs: whatever shape an input has, the network's is that of a picture, and the
// result that of the same weights behind a plain one.
func TestInputs(t *testing.T) {
	dense := func(values int, dims ...any) *testModel {
		return &testModel{
			nodes:  []testNode{{op: "Reshape", in: []string{"x", "s"}, out: []string{"r"}}, {op: "MatMul", in: []string{"r", "v"}, out: []string{"y"}}},
			inits:  []testTensor{ints("s", 1, values), weights("v", values, 5)},
			inputs: []testInput{{name: "x", dims: dims}}, outputs: []string{"y"},
		}
	}
	size := func(o Options, h, w int) Options { o.Height, o.Width = h, w; return o }
	for _, tc := range []struct {
		name    string
		dims    []any
		options Options
		want    []int
		note    string
	}{
		{"plain", []any{"n", 1, 8, 8}, Options{}, []int{1, 8, 8}, ""},
		{"channels last", []any{"n", 8, 8, 1}, Options{}, []int{8, 8, 1}, ""},
		{"colour", []any{"n", 3, 8, 8}, Options{}, []int{3, 8, 8}, ""},
		{"colour last", []any{"n", 8, 8, 3}, Options{}, []int{8, 8, 3}, ""},
		{"gray", []any{"n", 8, 8}, Options{}, []int{1, 8, 8}, ""},
		{"not square", []any{"n", 6, 9}, Options{}, []int{1, 6, 9}, ""},
		{"gray, one", []any{1, 8, 8}, Options{}, []int{1, 8, 8}, ""},
		{"gray without batch", []any{8, 8}, Options{}, []int{1, 8, 8}, ""},
		{"gray without batch, not square", []any{9, 8}, Options{}, []int{1, 9, 8}, ""},
		{"gray without batch, last", []any{8, 8, 1}, Options{}, []int{8, 8, 1}, ""},
		{"colour without batch", []any{3, 8, 8}, Options{}, []int{3, 8, 8}, ""},
		{"colour without batch, last", []any{8, 9, 3}, Options{}, []int{8, 9, 3}, ""},
		{"row", []any{"n", 64}, Options{}, []int{1, 8, 8}, "pictures of 8x8 pixels"},
		{"row without batch", []any{64}, Options{}, []int{1, 8, 8}, "pictures of 8x8 pixels"},
		{"row in the middle", []any{"n", 1, 64}, Options{}, []int{1, 8, 8}, "pictures of 8x8 pixels"},
		{"row first", []any{"n", 64, 1}, Options{}, []int{1, 8, 8}, "pictures of 8x8 pixels"},
		{"row of a size", []any{"n", 64}, size(Options{}, 4, 16), []int{1, 4, 16}, ""},
		{"small row of a size", []any{"n", 4}, size(Options{}, 2, 2), []int{1, 2, 2}, ""},
		{"row in colour", []any{"n", 192}, size(Options{ChannelsFirst: true}, 8, 8), []int{3, 8, 8}, ""},
		{"row in colour, last", []any{"n", 192}, size(Options{ChannelsLast: true}, 8, 8), []int{8, 8, 3}, ""},
		{"row of any length", []any{"n", "d"}, size(Options{Channels: 1}, 8, 8), []int{1, 8, 8}, ""},
		{"pixels in a row", []any{"n", 3, 64}, Options{}, []int{3, 8, 8}, "pictures in colour of 8x8 pixels"},
		{"pixels in a row, last", []any{"n", 64, 3}, Options{}, []int{8, 8, 3}, "pictures in colour of 8x8 pixels"},
		{"five axes", []any{"n", 1, 3, 8, 8}, Options{}, []int{3, 8, 8}, ""},
		{"any size", []any{"n", 3, "h", "w"}, size(Options{}, 6, 8), []int{3, 6, 8}, ""},
		{"any height", []any{"n", 3, "h", 8}, size(Options{}, 6, 8), []int{3, 6, 8}, ""},
		{"any size, last", []any{"n", "h", "w", 3}, size(Options{}, 6, 8), []int{6, 8, 3}, ""},
		{"anything", []any{"n", "c", "h", "w"}, size(Options{}, 6, 8), []int{3, 6, 8}, "assuming 3"},
		{"anything gray", []any{"n", "c", "h", "w"}, size(Options{Channels: 1}, 6, 8), []int{1, 6, 8}, ""},
		{"anything, last", []any{"n", "h", "w", "c"}, size(Options{Channels: 3, ChannelsLast: true}, 6, 8), []int{6, 8, 3}, ""},
		{"gray of any size", []any{"n", "h", "w"}, size(Options{}, 6, 8), []int{1, 6, 8}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			values := tc.want[0] * tc.want[1] * tc.want[2]
			m := read(t, dense(values, tc.dims...))
			m.Options = tc.options
			m.Options.Pictures = true
			net, err := m.Build()
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(net.InputShape(), tc.want) {
				t.Fatalf("input %v, want %v", net.InputShape(), tc.want)
			}
			if got := strings.Join(m.Notes, "\n"); !strings.Contains(got, tc.note) || (tc.note == "") != (got == "") {
				t.Errorf("notes %q, want %q in them", got, tc.note)
			}
			x := make([]float32, values)
			for i := range x {
				x[i] = float32(i%7) / 7
			}
			_, ref := build(t, dense(values, "n", values))
			if got, want := forward(t, net, x...), forward(t, ref, x...); !slices.Equal(got, want) {
				t.Errorf("result %v, want %v", got, want)
			}
		})
	}
	for _, tc := range []struct {
		name    string
		dims    []any
		options Options
		asks    Question
		want    string
	}{
		{"colour in a row", []any{"n", 192}, Options{}, AsksColour, "as many values as a square picture in colour"},
		{"layout", []any{"n", 192}, size(Options{}, 8, 8), AsksLayout, "(NHWC) or not (NCHW)"},
		{"no square", []any{"n", 99}, Options{}, AsksColour, "nothing says of what pictures"},
		{"four measurements", []any{"n", 4}, Options{}, AsksColour, "nothing says of what pictures"},
		{"another size", []any{"n", 64}, size(Options{}, 7, 9), AsksColour, "a row of 64 values: pictures of 9x7 pixels have 63, in colour 189"},
		{"any size", []any{"n", 3, "h", "w"}, Options{}, AsksSize, "(n,3,h,w), which is not of a fixed size"},
		{"half a size", []any{"n", 3, "h", "w"}, size(Options{}, 8, 0), AsksSize, "not of a fixed size"},
		{"any length", []any{"n", "d"}, Options{}, AsksColour, "nothing says of what pictures"},
		{"one value", []any{"n", 1}, Options{}, "", "not a picture"},
		{"a film", []any{"n", 3, 16, 8, 8}, Options{}, "", "pictures of 1 or 3 channels"},
		{"huge", []any{"n", 3, "h", "w"}, size(Options{}, 1<<40, 1<<40), "", "a side is 1 to"},
		{"large", []any{"n", 3, "h", "w"}, size(Options{}, 1<<15, 1<<15), "", "too large"},
	} {
		m := read(t, dense(192, tc.dims...))
		m.Options = tc.options
		m.Options.Pictures = true
		_, err := m.Build()
		var e *Error
		if !errors.As(err, &e) || e.Asks != tc.asks || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q in it", tc.name, err, tc.want)
		}
	}
}

// TestChannelsOfConvolution: the first convolution says how many channels there are.
func TestChannelsOfConvolution(t *testing.T) {
	m := small()
	m.inits[0] = weights("w", 4, 1, 3, 3)
	m.inputs[0].dims = []any{"n", "c", "h", "w"}
	f := read(t, m)
	f.Options = Options{Pictures: true, Height: 9, Width: 8}
	if net, err := f.Build(); err != nil || !slices.Equal(net.InputShape(), []int{1, 9, 8}) || len(f.Notes) > 0 {
		t.Errorf("input %v, notes %q, error %v", net.InputShape(), f.Notes, err)
	}
}

// TestSeveralInputs: one is the picture, others are not used, have values in the file, or
// are settings of training.
func TestSeveralInputs(t *testing.T) {
	with := func(op, result string, in ...testInput) *testModel {
		m := small()
		m.nodes = append(m.nodes, testNode{op: op, in: []string{"y", in[0].name}, out: []string{"z"}})
		m.inputs = append(in, m.inputs...)
		m.outputs = []string{result}
		return m
	}
	_, plain := build(t, small())
	x := make([]float32, 3*8*8)
	for i := range x {
		x[i] = float32(i%7) / 7
	}
	given := with("Mul", "z", out("temperature", 1))
	given.inits = append(given.inits, floats("temperature", []int{1}, 2))
	flag := with("Where", "z", testInput{name: "is_training", typ: typeBool})
	flag.nodes[2].in = []string{"is_training", "double", "y"}
	flag.inits = append(flag.inits, floats("double", nil, 2))
	for _, tc := range []struct {
		name  string
		m     *testModel
		scale float32
		note  string
	}{
		{"not used", with("Mul", "y", out("mask", "n", 4, 1, 1)), 1, ""},
		{"in the file", given, 2, ""},
		{"kept in dropout", with("Div", "z", out("keep_prob")), 1, `"keep_prob" is a setting: it is taken to be 1`},
		{"rate of dropout", with("Add", "z", out("dropout_rate", 1)), 1, `"dropout_rate" is a setting: it is taken to be 0`},
		{"training", flag, 1, `"is_training" is a setting: it is taken to be 0`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, net := build(t, tc.m)
			if got := strings.Join(m.Notes, "\n"); !strings.Contains(got, tc.note) || (tc.note == "") != (got == "") {
				t.Errorf("notes %q, want %q in them", got, tc.note)
			}
			want := slices.Clone(forward(t, plain, x...))
			for i := range want {
				want[i] *= tc.scale
			}
			if got := forward(t, net, x...); !slices.Equal(got, want) {
				t.Errorf("result %v, want %v", got, want)
			}
		})
	}
	for _, tc := range []struct {
		m    *testModel
		want string
	}{
		{with("Mul", "z", out("mask", "n", 4)), `besides the picture "image" (batch,3,8,8) the graph needs "mask" (n,4)`},
		{with("Mul", "z", out("gain", 1)), `needs "gain" (1)`},
		{with("Mul", "z", out("image2", 1, 3, 8, 8)), `the graph needs the inputs "image2" (1,3,8,8), "image" (batch,3,8,8), but one picture`},
	} {
		if _, err := read(t, tc.m).Build(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error %v, want %q in it", err, tc.want)
		}
	}
}
