package preprocess

import (
	"math"
	"slices"
	"testing"

	"hoodwink/internal/gradcheck"
	"hoodwink/tensor"
)

// TestAdjointDotProduct: <Ax,y> = <x,A^T y>, where A is Forward without its offset.
func TestAdjointDotProduct(t *testing.T) {
	forEach(t, func(t *testing.T, s Spec, h, w int) {
		s.Mean = nil
		p := bind(t, s, 2, h, w)
		x, y := random(1, p.InShape()...), random(2, p.OutShape()...)
		ax, aty := tensor.New(p.OutShape()...), tensor.New(p.InShape()...)
		tensor.AddScaled(y.Data, -1, slices.Repeat([]float32{0.5}, y.Len()))
		aty.Data[0] = 99 // must be overwritten
		p.Forward(ax, x)
		p.Adjoint(aty, y)
		left, right := tensor.Dot(ax.Data, y.Data), tensor.Dot(x.Data, aty.Data)
		if diff := math.Abs(left - right); !(diff <= 1e-6*tensor.L2(ax.Data)*tensor.L2(y.Data)) {
			t.Errorf("<Ax,y> = %.9g, <x,A^Ty> = %.9g", left, right)
		}
	})
}

// TestAdjointEveryEntry compares the matrices of both directions entry by entry.
func TestAdjointEveryEntry(t *testing.T) {
	for _, s := range specs(t, 4, 3) {
		s.Mean = nil
		for _, hw := range [][2]int{{1, 1}, {3, 4}, {2, 5}, {7, 3}, {9, 10}, {8, 4}, {3, 9}} {
			p := bind(t, s, 1, hw[0], hw[1])
			x, y := tensor.New(p.InShape()...), tensor.New(p.OutShape()...)
			a := make([][]float32, x.Len())
			for j := range a {
				x.Data[j] = 1
				p.Forward(y, x)
				a[j] = slices.Clone(y.Data)
				x.Data[j] = 0
			}
			clear(y.Data)
			for i := range y.Data {
				y.Data[i] = 1
				p.Adjoint(x, y)
				for j, got := range x.Data {
					if want := a[j][i]; !(math.Abs(float64(got-want)) <= 1e-6*float64(s.Scale/slices.Min(append(s.Std, 1)))) {
						t.Fatalf("%s %v: entry (%d,%d) is %g forward and %g in the adjoint", s.Preset, hw, i, j, want, got)
					}
				}
				y.Data[i] = 0
			}
		}
	}
}

func TestGradientAgainstDifferences(t *testing.T) {
	forEach(t, func(t *testing.T, s Spec, h, w int) {
		if h*w > 300 {
			return // TestAdjointDotProduct covers the large ones
		}
		p := bind(t, s, 1, h, w)
		x, dx := random(3, p.InShape()...), tensor.New(p.InShape()...)
		weights, y := random(4, p.OutShape()...), tensor.New(p.OutShape()...)
		p.Adjoint(dx, weights)
		loss := func() float64 { p.Forward(y, x); return tensor.Dot(weights.Data, y.Data) }
		worst := gradcheck.Check(x, dx.Data, loss, gradcheck.Options{Step: 0.1, Coordinates: 10, Directions: 3})
		if !(worst.Err <= 1e-4) {
			t.Error(worst)
		}
	})
}
