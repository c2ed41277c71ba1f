package nn

import (
	"fmt"
	"math"
	"slices"

	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// Resize changes the height and the width of pictures, or the last two axes of any input, as ONNX's
// Resize does without a region of interest. Along each of the two axes, an output place maps to a
// coordinate among the input's places. Its value is that of the nearest place, or interpolated
// linearly between the two around it. Beyond the first and last places their values continue.
type Resize struct {
	Scale       [2]float32 // ratio of output to input places; unused if Size is set
	Size        [2]int     // output places, or 0: the input's times Scale, rounded down
	Linear      bool
	Coordinates Coordinates
	Nearest     Rounding // unless Linear
}

// Coordinates says which coordinate among n input places output place i of m maps to. The scale is
// m/n, or the given one.
type Coordinates int

// The coordinate transformation modes.
const (
	HalfPixel        Coordinates = iota // (i+0.5)/scale - 0.5
	PyTorchHalfPixel                    // the same, 0 if m is 1
	AlignCorners                        // i*(n-1)/(m-1), 0 if m is 1; m is an integer even if a scale is given
	Asymmetric                          // i/scale
)

// A Rounding says which place is nearest to a coordinate.
type Rounding int

// The roundings.
const (
	RoundPreferFloor Rounding = iota // half-way between two places, the lower
	RoundPreferCeil                  // half-way between two places, the higher
	RoundFloor                       // never above the coordinate
	RoundCeil                        // never below it
)

// Kind implements Layer.
func (l *Resize) Kind() string { return "Resize" }

// Reads implements Layer: the derivative is the weights.
func (l *Resize) Reads() Reads { return Reads{} }

// OutShapes implements Layer: (N,...,H,W), of which H and W change.
func (l *Resize) OutShapes(in [][]int) ([][]int, error) {
	if err := checkInputs(in, 1, 3); err != nil {
		return nil, err
	}
	if l.Coordinates < HalfPixel || l.Coordinates > Asymmetric || l.Nearest < RoundPreferFloor || l.Nearest > RoundCeil {
		return nil, fmt.Errorf("has coordinates of mode %d and rounding of mode %d: unknown", l.Coordinates, l.Nearest)
	}
	out := slices.Clone(in[0])
	sides := out[len(out)-2:]
	for i, n := range sides {
		switch m := float32(n) * l.Scale[i]; {
		case l.Size[i] > 0:
			sides[i] = l.Size[i]
		case l.Size[i] < 0 || !(m >= 1 && m <= maxValueSize):
			return nil, fmt.Errorf("has scales %v and sizes %v, got input of shape %v: want at least one place left", l.Scale, l.Size, in[0])
		default:
			sides[i] = int(m)
		}
	}
	return oneShape(out)
}

// coordinate returns the coordinate among n places of output place i of m, along side 0 or 1. The
// quotient is rounded to float32, as scales are: a scale of 1/3 must make 1 of 3.
func (l *Resize) coordinate(side, i, n, m int) float64 {
	scale := float64(l.Scale[side])
	if l.Size[side] > 0 {
		scale = float64(m) / float64(n)
	}
	at := func(x float64) float64 { return float64(float32(x / scale)) }
	switch {
	case l.Coordinates == Asymmetric:
		return at(float64(i))
	case l.Coordinates == HalfPixel || l.Coordinates == PyTorchHalfPixel && m > 1:
		return at(float64(i)+0.5) - 0.5
	case l.Coordinates == AlignCorners && m > 1:
		return float64(float32(float64(i) * float64(n-1) / float64(m-1)))
	}
	return 0
}

// nearest returns the mapping of a side of n places to one of m.
func (l *Resize) nearest(side, n, m int) mapping {
	to := make(mapping, m)
	for i := range to {
		x := l.coordinate(side, i, n, m)
		switch l.Nearest {
		case RoundPreferFloor:
			x = math.Ceil(x - 0.5)
		case RoundPreferCeil:
			x = math.Floor(x + 0.5)
		case RoundFloor:
			x = math.Floor(x)
		case RoundCeil:
			x = math.Ceil(x)
		}
		to[i] = int32(min(max(x, 0), float64(n-1)))
	}
	return to
}

// A blend is an output place between two input places.
type blend struct {
	low, high   int32
	wlow, whigh float32
}

// blends returns the output places of a side when n places become m.
func (l *Resize) blends(side, n, m int) []blend {
	to := make([]blend, m)
	for i := range to {
		x := min(max(l.coordinate(side, i, n, m), 0), float64(n-1))
		low := math.Floor(x)
		to[i] = blend{int32(low), int32(min(low+1, float64(n-1))), float32(1 - (x - low)), float32(x - low)}
	}
	return to
}

// Bind implements Layer. A task is some planes. Values are interpolated along rows
// first, then between rows.
func (l *Resize) Bind(b *Binding) Op {
	in, out := b.In[0].Shape, b.Out[0].Shape
	k := len(in) - 2
	h, w, oh, ow := in[k], in[k+1], out[k], out[k+1]
	planes := tensor.Size(in[:k])
	if !l.Linear {
		return bindMappings(b, []int{planes, h, w}, []mapping{nil, l.nearest(0, h, oh), l.nearest(1, w, ow)}, 0)
	}
	rows, cols := l.blends(0, h, oh), l.blends(1, w, ow)
	x, y := b.In[0].Data, b.Out[0].Data
	op := Op{Forward: overPlanes(b.Team, planes, oh*ow, func(_, p int) {
		from := x[p*h*w : (p+1)*h*w]
		for i, r := range rows {
			to := y[(p*oh+i)*ow : (p*oh+i+1)*ow]
			low, high := from[int(r.low)*w:int(r.low+1)*w], from[int(r.high)*w:int(r.high+1)*w]
			for j, c := range cols {
				top := float32(c.wlow*low[c.low]) + float32(c.whigh*low[c.high])
				bottom := float32(c.wlow*high[c.low]) + float32(c.whigh*high[c.high])
				to[j] = float32(r.wlow*top) + float32(r.whigh*bottom)
			}
		}
	})}
	if b.WantsGrad() {
		dx, dy := b.DIn[0].Data, b.DOut[0].Data
		op.Backward = overPlanes(b.Team, planes, oh*ow, func(_, p int) {
			to := dx[p*h*w : (p+1)*h*w]
			for i, r := range rows {
				low, high := to[int(r.low)*w:int(r.low+1)*w], to[int(r.high)*w:int(r.high+1)*w]
				for j, c := range cols {
					g := dy[(p*oh+i)*ow+j]
					top, bottom := float32(r.wlow*g), float32(r.whigh*g)
					low[c.low] += float32(c.wlow * top)
					low[c.high] += float32(c.whigh * top)
					high[c.low] += float32(c.wlow * bottom)
					high[c.high] += float32(c.whigh * bottom)
				}
			}
		})
	}
	return op
}

// Work implements graph.Worker.
func (l *Resize) Work(in [][]int, u graph.Use) (w graph.Work) {
	out, err := l.OutShapes(in)
	if err != nil {
		return w
	}
	k := len(in[0]) - 2
	if l.Linear {
		const blendBytes = 16
		w.Tables = blendBytes * int64(out[0][k]+out[0][k+1])
		return w
	}
	join := func(s []int) []int { return []int{tensor.Size(s[:k]), s[k], s[k+1]} }
	w.Tables = mappingTables(join(in[0]), join(out[0]), func(axis int) bool { return axis > 0 }, u.Backward)
	return w
}
