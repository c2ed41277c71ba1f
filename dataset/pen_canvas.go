package dataset

import (
	"math"

	"github.com/golang/freetype/raster"
	"golang.org/x/image/math/fixed"
)

// A canvas holds a picture while it is drawn. Corners are snapped to 1/64 of a pixel; coverage is
// then exact, in integers. Colours are sums of products without fused rounding. So the last bits in
// which machines differ decide nothing.
type canvas struct {
	size  int
	pix   []float64 // (size,size,3), RGB in [0,1]
	clip  []uint16  // coverage by which everything is multiplied, (size,size); nil means all
	spare []uint16
	edges *raster.Rasterizer
	glaze glaze
}

func newCanvas(size int) *canvas {
	r := raster.NewRasterizer(size, size)
	r.UseNonZeroWinding = true
	return &canvas{size: size, pix: make([]float64, 3*size*size), edges: r}
}

// trace makes a path, placed by m, the current path of the canvas.
func (c *canvas) trace(shape path, m placement) {
	c.edges.Clear()
	if len(shape) == 0 {
		return
	}
	far := 64 * 3 * float64(c.size)
	snap := func(q point) fixed.Point26_6 {
		q = m.apply(q)
		return fixed.Point26_6{
			X: fixed.Int26_6(math.Floor(min(max(64*q.x, -far), far) + 0.5)),
			Y: fixed.Int26_6(math.Floor(min(max(64*q.y, -far), far) + 0.5)),
		}
	}
	first := snap(shape[0])
	c.edges.Start(first)
	for _, q := range shape[1:] {
		c.edges.Add1(snap(q))
	}
	c.edges.Add1(first)
}

// cover paints the current path.
func (c *canvas) cover(g glaze) {
	c.glaze = g
	c.edges.Rasterize(c)
}

// Paint implements raster.Painter: it lays the current glaze on spans of pixels.
func (c *canvas) Paint(spans []raster.Span, _ bool) {
	g := &c.glaze
	for _, s := range spans {
		y := float64(s.Y) + 0.5
		row := c.pix[3*s.Y*c.size : 3*(s.Y+1)*c.size]
		for x := s.X0; x < s.X1; x++ {
			share := float64(s.Alpha) / 0xffff
			if c.clip != nil {
				mask := c.clip[s.Y*c.size+x]
				if mask == 0 {
					continue
				}
				share *= float64(mask) / 0xffff
			}
			colour, alpha := g.at(float64(x)+0.5, y)
			alpha *= share
			q := row[3*x : 3*x+3 : 3*x+3]
			q[0] += float64((colour.r - q[0]) * alpha)
			q[1] += float64((colour.g - q[1]) * alpha)
			q[2] += float64((colour.b - q[2]) * alpha)
		}
	}
}

// stencil clips all that follows to the current path.
func (c *canvas) stencil() {
	if c.spare == nil {
		c.spare = make([]uint16, c.size*c.size)
	}
	clear(c.spare)
	c.edges.Rasterize(raster.PainterFunc(func(spans []raster.Span, _ bool) {
		for _, s := range spans {
			row := c.spare[s.Y*c.size : (s.Y+1)*c.size]
			for x := s.X0; x < s.X1; x++ {
				row[x] = uint16(s.Alpha)
			}
		}
	}))
	c.clip = c.spare
}

// unstencil ends the clipping.
func (c *canvas) unstencil() { c.clip = nil }
