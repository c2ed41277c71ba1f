package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hoodwink/tensor"
)

// checkMoves compares a layer that moves values with its definition: source changes the
// index of an output value, of as many axes as the output has, to that of the input value
// it is, or returns nil where it is fill.
func checkMoves(t *testing.T, l Layer, in []int, fill float32, source func(at []int) []int) {
	t.Helper()
	h := newBench(t, l, [][]int{in}, 2)
	r := rand.New(rand.NewPCG(33, 7))
	for i := range h.x[0].Data {
		h.x[0].Data[i] = float32(r.NormFloat64())
	}
	dy := h.cotangents(r)
	y, dx := h.run(dy)
	want := make([]float64, h.x[0].Len())
	shape := h.b.Out[0].Shape
	each(shape, func(at []int) {
		i := flat(shape, at)
		v := fill
		if from := source(slices.Clone(at)); from != nil {
			k := flat(in, from)
			v = h.x[0].Data[k]
			want[k] += float64(dy[0][i])
		}
		if math.Float32bits(y[0][i]) != math.Float32bits(v) {
			t.Fatalf("%s %+v of %v: value at %v is %g, want %g", l.Kind(), l, in, at, y[0][i], v)
		}
	})
	for i, w := range want {
		if !(math.Abs(float64(dx[0][i])-w) <= 1e-5*(1+math.Abs(w))) {
			t.Fatalf("%s %+v of %v: gradient %d is %g, want %g", l.Kind(), l, in, i, dx[0][i], w)
		}
	}
}

// randomShape has up to 5 axes, some of them of one place, and one that may be long.
func randomShape(r *rand.Rand) []int {
	s := make([]int, 1+r.IntN(5))
	for i := range s {
		s[i] = 1 + r.IntN(5)
	}
	s[r.IntN(len(s))] = 1 + r.IntN(40)
	return s
}

func TestTransposeAgainstDefinition(t *testing.T) {
	check := func(perm, in []int) {
		checkMoves(t, &Transpose{Perm: perm}, in, 0, func(at []int) []int {
			from := make([]int, len(at))
			for i, p := range perm {
				from[p] = at[i]
			}
			return from
		})
	}
	r := rand.New(rand.NewPCG(33, 1))
	for range 300 {
		in := randomShape(r)
		check(r.Perm(len(in)), in)
	}
	check([]int{2, 0, 3, 1, 4}, []int{1, 97, 3, 4, 64})     // ViT: heads
	check([]int{0, 1, 3, 2, 4, 5}, []int{1, 8, 7, 8, 7, 9}) // Swin: windows
	check([]int{0, 2, 3, 1}, []int{1, 96, 28, 27})          // ConvNeXt
	check([]int{0, 3, 1, 2}, []int{1, 28, 27, 96})
	check([]int{0, 3, 1, 2}, []int{1, 150, 151, 3}) // a picture
	check([]int{0, 1, 4, 2, 5, 3}, []int{1, 3, 2, 2, 20, 21})
}

func TestExpandAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 2))
	for range 100 {
		in := randomShape(r)
		to := append(randomShape(r)[:1], in...)
		for i := range in {
			if r.IntN(2) == 0 {
				in[i] = 1
			}
			if r.IntN(3) == 0 {
				to[i+1] = 1
			}
		}
		to = to[r.IntN(2+r.IntN(len(in))):]
		checkMoves(t, &Expand{Shape: to}, in, 0, func(at []int) []int {
			at = at[len(at)-len(in):]
			for i, n := range in {
				if n == 1 {
					at[i] = 0
				}
			}
			return at
		})
	}
}

func TestTileAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 3))
	for range 100 {
		in := randomShape(r)
		repeats := make([]int, len(in))
		for i := range repeats {
			repeats[i] = 1 + r.IntN(3)
		}
		checkMoves(t, &Tile{Repeats: repeats}, in, 0, func(at []int) []int {
			for i, n := range in {
				at[i] %= n
			}
			return at
		})
	}
}

func TestGatherAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 4))
	for range 200 {
		in := randomShape(r)
		axis := r.IntN(len(in))
		shape := randomShape(r)[:1]
		if r.IntN(3) == 0 {
			shape = nil
		} else if r.IntN(2) == 0 {
			shape = append(shape, 1+r.IntN(3))
		}
		indices := make([]int, tensor.Size(shape))
		for i := range indices {
			indices[i] = r.IntN(2*in[axis]) - in[axis]
		}
		checkMoves(t, &Gather{Axis: axis - len(in)*r.IntN(2), Indices: indices, IndexShape: shape}, in, 0, func(at []int) []int {
			if len(in) == 1 && shape == nil {
				at = nil
			}
			k := indices[flat(shape, at[axis:axis+len(shape)])]
			return slices.Concat(at[:axis], []int{(k + in[axis]) % in[axis]}, at[axis+len(shape):])
		})
	}
}

// TestCropAgainstDefinition writes ONNX's rule down as a loop over an axis.
func TestCropAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 5))
	ends := []int{math.MinInt, math.MaxInt, math.MinInt32, math.MaxInt32}
	taken := 0
	for range 2000 {
		in := randomShape(r)
		bound := func(n int) int {
			if r.IntN(6) == 0 {
				return ends[r.IntN(len(ends))]
			}
			return r.IntN(4*n) - 2*n
		}
		l := &Crop{Axes: r.Perm(len(in))[:r.IntN(len(in)+1)]}
		places := make([][]int, len(in))
		for axis, n := range in {
			places[axis] = identityInts(n)
		}
		empty := false
		for i, axis := range l.Axes {
			n := in[axis]
			start, end, step := bound(n), bound(n), []int{1, 1, 2, 3, -1, -2, math.MinInt, math.MaxInt}[r.IntN(8)]
			l.Starts, l.Ends, l.Steps = append(l.Starts, start), append(l.Ends, end), append(l.Steps, step)
			l.Axes[i] = axis - len(in)*r.IntN(2)
			if start < 0 {
				start += n
			}
			if end < 0 {
				end += n
			}
			places[axis] = nil
			if step > 0 {
				for k := min(max(start, 0), n); k < end && k < n; k += min(step, n) {
					places[axis] = append(places[axis], k)
				}
			} else {
				for k := min(max(start, 0), n-1); k > end && k >= 0; k += max(step, -n) {
					places[axis] = append(places[axis], k)
				}
			}
			empty = empty || len(places[axis]) == 0
		}
		if empty {
			if out, err := l.OutShapes([][]int{in}); err == nil {
				t.Fatalf("%+v makes %v of %v", l, out, in)
			}
			continue
		}
		taken++
		checkMoves(t, l, in, 0, func(at []int) []int {
			for axis := range at {
				at[axis] = places[axis][at[axis]]
			}
			return at
		})
	}
	if taken < 300 {
		t.Errorf("only %d crops leave something", taken)
	}
}

func identityInts(n int) []int {
	k := make([]int, n)
	for i := range k {
		k[i] = i
	}
	return k
}

// TestPadAgainstDefinition extends an axis value by value.
func TestPadAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(33, 6))
	fill := float32(math.Inf(-1))
	for range 400 {
		in := randomShape(r)
		l := &Pad{Mode: PadMode(r.IntN(3)), Value: fill}
		places := make([][]int, len(in))
		for axis, n := range in {
			k := identityInts(n)
			pads := [2]int{r.IntN(9) - 3, r.IntN(9) - 3}
			if n < 8 {
				pads = [2]int{max(0, pads[0]), max(0, pads[1])}
			}
			if l.Mode == PadReflect {
				most := n + min(0, pads[0]) + min(0, pads[1]) - 1
				pads = [2]int{min(pads[0], most), min(pads[1], most)}
			}
			l.Before, l.After = append(l.Before, pads[0]), append(l.After, pads[1])
			k = k[max(0, -pads[0]) : n-max(0, -pads[1])]
			inside := slices.Clone(k)
			for i := range max(0, pads[0]) {
				switch l.Mode {
				case PadConstant:
					k = slices.Insert(k, 0, -1)
				case PadReflect:
					k = slices.Insert(k, 0, inside[i+1])
				case PadEdge:
					k = slices.Insert(k, 0, inside[0])
				}
			}
			for i := range max(0, pads[1]) {
				switch l.Mode {
				case PadConstant:
					k = append(k, -1)
				case PadReflect:
					k = append(k, inside[len(inside)-2-i])
				case PadEdge:
					k = append(k, inside[len(inside)-1])
				}
			}
			places[axis] = k
		}
		checkMoves(t, l, in, fill, func(at []int) []int {
			for axis := range at {
				if at[axis] = places[axis][at[axis]]; at[axis] < 0 {
					return nil
				}
			}
			return at
		})
	}
}

func TestViewShapes(t *testing.T) {
	for _, c := range []struct {
		dims, in, want []int
		mixes          bool
	}{
		{[]int{0, -1}, []int{1, 3, 4}, []int{1, 12}, false},
		{[]int{0, -1}, []int{5, 3, 4}, []int{5, 12}, false},
		{[]int{-1, 12}, []int{5, 3, 4}, []int{5, 12}, false},
		{[]int{-1, 6}, []int{5, 3, 4}, []int{10, 6}, true},
		{[]int{1, 4, 3}, []int{1, 3, 4}, []int{1, 4, 3}, false},
		{[]int{1, 4, 3}, []int{5, 3, 4}, []int{5, 4, 3}, false}, // a batch
		{[]int{1, 60}, []int{5, 3, 4}, []int{1, 60}, true},
		{[]int{1, -1}, []int{1, 3, 4}, []int{1, 12}, true},
		{[]int{1, -1}, []int{5, 3, 4}, []int{1, 60}, true},
		{[]int{0, 0, 2, -1}, []int{1, 3, 4}, []int{1, 3, 2, 2}, false},
		{[]int{5, 12}, []int{5, 3, 4}, []int{5, 12}, true},
		{[]int{3, 1, 4}, []int{1, 3, 4}, []int{3, 1, 4}, true},
		{nil, []int{1, 1}, []int{1}, false},
	} {
		l := &View{Dims: c.dims}
		got, err := l.OutShapes([][]int{c.in})
		if err != nil || !slices.Equal(got[0], c.want) || l.Mixes([][]int{c.in}) != c.mixes {
			t.Errorf("%+v makes %v of %v, error %v, mixes %v; want %v, %v", l, got, c.in, err, l.Mixes([][]int{c.in}), c.want, c.mixes)
		}
	}
}

func TestMixes(t *testing.T) {
	const end = math.MaxInt64
	for _, c := range []struct {
		l    Mixer
		in   []int
		want bool
	}{
		{&Transpose{Perm: []int{0, 2, 1}}, []int{1, 2, 3}, false},
		{&Transpose{Perm: []int{1, 0, 2}}, []int{1, 2, 3}, true},
		{&Expand{Shape: []int{1, 5}}, []int{1, 1}, false},
		{&Expand{Shape: []int{5}}, []int{1, 1}, false},
		{&Expand{Shape: []int{2, 5}}, []int{1, 1}, true},
		{&Expand{Shape: []int{1, 1, 5}}, []int{1, 1}, true},
		{&Tile{Repeats: []int{1, 2}}, []int{1, 1}, false},
		{&Tile{Repeats: []int{2, 1}}, []int{1, 1}, true},
		{&Gather{Axis: 1, Indices: []int{0}}, []int{1, 2}, false},
		{&Gather{Axis: -2, Indices: []int{0}}, []int{1, 2}, true},
		{&Crop{Starts: []int{0}, Ends: []int{1}, Axes: []int{1}}, []int{1, 2}, false},
		{&Crop{Starts: []int{0}, Ends: []int{end}}, []int{1, 2}, false},
		{&Crop{Starts: []int{0}, Ends: []int{1}}, []int{1, 2}, true},
		{&Crop{Starts: []int{0}, Ends: []int{end}, Steps: []int{2}}, []int{1, 2}, true},
		{&Crop{Starts: []int{1, 0}, Ends: []int{2, 1}, Axes: []int{1, -2}}, []int{1, 2}, true},
		{&Pad{Before: []int{0, 1}, After: []int{0, 1}}, []int{1, 2}, false},
		{&Pad{Before: []int{0, 0}, After: []int{1, 0}}, []int{1, 2}, true},
		{&Concat{Axis: -1}, []int{1, 2}, false},
		{&Concat{Axis: -2}, []int{1, 2}, true},
	} {
		if got := c.l.Mixes([][]int{c.in}); got != c.want {
			t.Errorf("%T%+v of %v mixes: %v, want %v", c.l, c.l, c.in, got, c.want)
		}
	}
}
