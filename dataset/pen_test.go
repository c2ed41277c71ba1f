package dataset

import (
	"math"
	"math/rand/v2"
	"testing"
)

// unitPen draws on a canvas whose pixels are its units, lit from the left.
func unitPen(size int) *pen {
	return newPen(newCanvas(size), rand.New(rand.NewPCG(1, 1)), placement{xx: 1, yy: 1}, point{-1, 0})
}

func (c *canvas) red(x, y int) float64 { return c.pix[3*(y*c.size+x)] }

// A pixel takes the share of the paint that the shape covers of it.
func TestFillCoverage(t *testing.T) {
	p := unitPen(8)
	p.fill(rect(1.25, 2, 4.5, 5.75), sheer(ink{r: 1}, 0.5))
	for _, c := range []struct {
		x, y int
		want float64
	}{{0, 3, 0}, {1, 3, 0.375}, {2, 3, 0.5}, {4, 3, 0.25}, {5, 3, 0}, {2, 1, 0}, {2, 5, 0.375}, {4, 5, 0.1875}, {2, 6, 0}} {
		if got := p.red(c.x, c.y); !(math.Abs(got-c.want) < 1e-3) {
			t.Errorf("pixel (%d,%d) is %.4f, want %.4f", c.x, c.y, got, c.want)
		}
	}
}

// What lies over an edge, far outside, or in no area at all is cut off without harm.
func TestFillOutside(t *testing.T) {
	p := unitPen(8)
	p.fill(rect(-1e9, -1e9, 1e9, 1e9), flat(ink{r: 1}))
	p.fill(rect(9, 9, 20, 20), flat(ink{}))
	p.fill(nil, flat(ink{}))
	p.fill(points(3, 3), ball(ink{}, 1))
	p.line(points(2, 2, 2, 2), 0, flat(ink{}))
	p.hair(point{4, 4}, point{4, 4}, 1, flat(ink{}))
	for i := range 64 {
		if got := p.red(i%8, i/8); !(math.Abs(got-1) < 1e-3) {
			t.Fatalf("pixel (%d,%d) is %.4f, want 1", i%8, i/8, got)
		}
	}
}

func TestInsideClips(t *testing.T) {
	p := unitPen(8)
	p.inside(rect(2, 2, 4.5, 6), func() { p.fill(rect(0, 0, 8, 8), flat(ink{r: 1})) })
	p.fill(rect(7, 7, 8, 8), flat(ink{r: 1}))
	for _, c := range []struct {
		x, y int
		want float64
	}{{1, 3, 0}, {2, 3, 1}, {4, 3, 0.5}, {5, 3, 0}, {3, 6, 0}, {7, 7, 1}} {
		if got := p.red(c.x, c.y); !(math.Abs(got-c.want) < 1e-3) {
			t.Errorf("pixel (%d,%d) is %.4f, want %.4f", c.x, c.y, got, c.want)
		}
	}
}

// A ball is bright on the side of the light, however the pen is turned or mirrored.
func TestBallFacesTheLight(t *testing.T) {
	for _, angle := range []float64{0, 1, 2.5, -2} {
		for _, mirror := range []float64{-1, 1} {
			p := unitPen(32)
			p.at(16, 16, angle, mirror, 1).fill(circle(0, 0, 14), ball(ink{0.5, 0.5, 0.5}, 0.5))
			if left, right := p.red(5, 16), p.red(27, 16); !(left > right+0.2) {
				t.Errorf("turned by %v, mirrored %v: %.3f towards the light, %.3f away from it", angle, mirror, left, right)
			}
		}
	}
}

func TestPathHolds(t *testing.T) {
	notched := points(0, 0, 4, 0, 4, 4, 2, 1, 0, 4)
	for _, c := range []struct {
		q    point
		want bool
	}{{point{1, 1}, true}, {point{2, 0.5}, true}, {point{2, 3}, false}, {point{3.8, 3}, true}, {point{5, 1}, false}, {point{-1, 2}, false}} {
		if got := notched.holds(c.q); got != c.want {
			t.Errorf("holds(%v) = %v", c.q, got)
		}
	}
}
