package nn

import (
	"math"
	"math/rand/v2"
	"testing"
)

// onnxCoordinate is the table of coordinate_transformation_mode in the specification of
// ONNX's Resize, operator set 11: x_resized to x_original.
func onnxCoordinate(mode Coordinates, resized, scale float64, original, length int) float64 {
	switch mode {
	case HalfPixel:
		return (resized+0.5)/scale - 0.5
	case PyTorchHalfPixel:
		if length > 1 {
			return (resized+0.5)/scale - 0.5
		}
		return 0
	case AlignCorners:
		if length == 1 {
			return 0
		}
		return resized * float64(original-1) / float64(length-1)
	}
	return resized / scale
}

// onnxRound is its nearest_mode.
func onnxRound(mode Rounding, x float64) int {
	low := math.Floor(x)
	middle := x-low == 0.5
	switch {
	case mode == RoundFloor, mode == RoundPreferFloor && middle:
		return int(low)
	case mode == RoundCeil, mode == RoundPreferCeil && middle:
		return int(math.Ceil(x))
	}
	return int(math.Round(x))
}

// TestResizeAgainstDefinition: values, and gradients as the adjoint, for all modes and
// shapes of few factors. Scales are exact, so that the definition is.
func TestResizeAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(34, 1))
	scales := []float32{0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4}
	for range 600 {
		in := []int{2, 1 + r.IntN(3), 4 + r.IntN(9), 4 + r.IntN(9)}
		l := &Resize{Linear: r.IntN(2) == 0, Coordinates: Coordinates(r.IntN(4)), Nearest: Rounding(r.IntN(4))}
		var scale [2]float64
		out := [2]int{}
		for side, n := range in[2:] {
			if r.IntN(2) == 0 {
				l.Size[side] = 1 + r.IntN(20)
				out[side], scale[side] = l.Size[side], float64(l.Size[side])/float64(n)
				continue
			}
			l.Scale[side] = scales[r.IntN(len(scales))]
			scale[side] = float64(l.Scale[side])
			out[side] = int(math.Floor(float64(n) * scale[side]))
		}
		h := newBench(t, l, [][]int{in}, 2)
		fill(r, h.x, normal)
		dy := h.cotangents(r)
		y, dx := h.run(dy)
		want := make([]float64, h.x[0].Len())
		each([]int{in[0], in[1], out[0], out[1]}, func(at []int) {
			i := flat([]int{in[0], in[1], out[0], out[1]}, at)
			var v float64
			for _, p := range l.onnxWeights(0, at[2], in[2], out[0], scale[0]) {
				for _, q := range l.onnxWeights(1, at[3], in[3], out[1], scale[1]) {
					k := flat(in, []int{at[0], at[1], p.place, q.place})
					v += p.weight * q.weight * float64(h.x[0].Data[k])
					want[k] += p.weight * q.weight * float64(dy[0][i])
				}
			}
			if !(math.Abs(float64(y[0][i])-v) <= 1e-5) {
				t.Fatalf("%+v of %v: value at %v is %g, want %g", l, in, at, y[0][i], v)
			}
		})
		for i, w := range want {
			if !(math.Abs(float64(dx[0][i])-w) <= 1e-4) {
				t.Fatalf("%+v of %v: gradient %d is %g, want %g", l, in, i, dx[0][i], w)
			}
		}
	}
}

type weighted struct {
	place  int
	weight float64
}

// onnxWeights are the places an output place is made of along one side; those outside are
// the nearest inside. Coordinates are rounded far below what tells places apart, since
// scales like 7/5 have no exact quotients.
func (l *Resize) onnxWeights(side, i, n, m int, scale float64) []weighted {
	x := onnxCoordinate(l.Coordinates, float64(i), scale, n, m)
	x = math.Round(x*1e9) / 1e9
	inside := func(k int) int { return min(max(k, 0), n-1) }
	if !l.Linear {
		return []weighted{{inside(onnxRound(l.Nearest, x)), 1}}
	}
	low := math.Floor(x)
	return []weighted{{inside(int(low)), 1 - (x - low)}, {inside(int(low) + 1), x - low}}
}

// TestResizeExamples has results from the examples of the specification.
func TestResizeExamples(t *testing.T) {
	for name, c := range map[string]struct {
		l    Resize
		h, w int // of 1, 2, 3 and so on
		want []float32
	}{
		"nearest, larger": {Resize{Scale: [2]float32{2, 3}}, 2, 2,
			[]float32{1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4}},
		"nearest, smaller": {Resize{Scale: [2]float32{0.6, 0.6}}, 2, 4, []float32{1, 3}},
		"linear, larger": {Resize{Scale: [2]float32{2, 2}, Linear: true}, 2, 2,
			[]float32{1, 1.25, 1.75, 2, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3, 3.25, 3.75, 4}},
		"linear, smaller": {Resize{Scale: [2]float32{0.6, 0.6}, Linear: true}, 2, 4, []float32{2.6666665, 4.3333331}},
		"linear, corners": {Resize{Scale: [2]float32{2, 2}, Linear: true, Coordinates: AlignCorners}, 2, 2,
			[]float32{1, 4. / 3, 5. / 3, 2, 5. / 3, 2, 7. / 3, 8. / 3, 7. / 3, 8. / 3, 3, 10. / 3, 3, 10. / 3, 11. / 3, 4}},
		"a third":              {Resize{Scale: [2]float32{1, 1. / 3}, Coordinates: Asymmetric, Nearest: RoundFloor}, 1, 9, []float32{1, 4, 7}},
		"five thirds":          {Resize{Scale: [2]float32{1, 5. / 3}, Coordinates: Asymmetric, Nearest: RoundFloor}, 1, 3, []float32{1, 1, 2, 2, 3}},
		"six of ten":           {Resize{Size: [2]int{1, 6}, Coordinates: Asymmetric, Nearest: RoundFloor}, 1, 10, []float32{1, 2, 4, 6, 7, 9}},
		"one, as PyTorch does": {Resize{Size: [2]int{1, 1}, Coordinates: PyTorchHalfPixel, Linear: true}, 3, 3, []float32{1}},
		"one":                  {Resize{Size: [2]int{1, 1}, Linear: true}, 3, 3, []float32{5}},
	} {
		h := newBench(t, &c.l, [][]int{{1, 1, c.h, c.w}}, 1)
		for i := range h.x[0].Data {
			h.x[0].Data[i] = float32(i + 1)
		}
		y := h.forward()[0]
		if len(y.Data) != len(c.want) {
			t.Errorf("%s: shape %v, want %d values", name, y.Shape, len(c.want))
			continue
		}
		for i, v := range y.Data {
			if !(math.Abs(float64(v-c.want[i])) <= 1e-6) {
				t.Errorf("%s: %v, want %v", name, y.Data, c.want)
				break
			}
		}
	}
}
