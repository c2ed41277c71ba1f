package hoodwink

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"slices"

	"hoodwink/attack"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
)

// A canvas is a picture of which only the pixels that a model reads are attacked: of a photo, a resize
// without antialiasing reads few. The others cannot change what the model sees.
type canvas struct {
	reads preprocess.Reads
	team  *tensor.Team
	x     *tensor.Tensor // the picture (1,C,H,W)
	mask  *tensor.Tensor // (1,1,H,W), or nil
	now   *tensor.Tensor // with whole steps, the latest one's picture; nil if x is read whole
	grad  *tensor.Tensor // and its gradient

	lengths []int // of what memory lists, while a run waits
}

func newCanvas(reads preprocess.Reads, x, mask *tensor.Tensor, r *FoolRequest) *canvas {
	c := &canvas{reads: reads, team: tensor.NewTeam(r.Threads), x: x, mask: mask}
	if r.Whole && r.Observe != nil && !reads.All() {
		c.now, c.grad = x.Clone(), tensor.New(x.Shape...)
	}
	return c
}

// gather returns the pixels of planes that are read: all of them, or a copy of some.
func (c *canvas) gather(planes *tensor.Tensor) []float32 {
	switch {
	case planes == nil:
		return nil
	case c.reads.All():
		return planes.Data
	}
	h, w := c.reads.Size()
	some := make([]float32, planes.Shape[1]*h*w)
	c.reads.Gather(c.team, some, planes.Data)
	return some
}

// scatter returns the picture with other pixels where it is read.
func (c *canvas) scatter(v []float32) *tensor.Tensor {
	if c.reads.All() {
		return tensor.FromSlice(v, c.x.Shape...)
	}
	y := c.x.Clone()
	c.reads.Scatter(c.team, y.Data, v)
	return y
}

// whole returns a step with all pixels, if that is asked for.
func (c *canvas) whole(s attack.Step) attack.Step {
	if c.now == nil {
		return s
	}
	c.reads.Scatter(c.team, c.now.Data, s.Pixels)
	s.Pixels = c.now.Data
	if s.Grad != nil {
		c.reads.Scatter(c.team, c.grad.Data, s.Grad)
		s.Grad = c.grad.Data
	}
	return s
}

// gradient draws a gradient of the pixels that are read, as large as the picture: the others are gray.
func (c *canvas) gradient(g []float32) *image.RGBA {
	h, w := c.reads.Size()
	part, err := report.GradientImage(tensor.FromSlice(g, 1, len(g)/(h*w), h, w))
	if err != nil || c.reads.All() {
		return part
	}
	whole := image.NewRGBA(image.Rect(0, 0, c.reads.Width, c.reads.Height))
	draw.Draw(whole, whole.Rect, image.NewUniform(color.Gray{Y: 128}), image.Point{}, draw.Src)
	for y := range h {
		for x := range w {
			whole.SetRGBA(at(c.reads.Cols, x), at(c.reads.Rows, y), part.RGBAAt(x, y))
		}
	}
	return whole
}

// at returns element i of a list in which nil means all.
func at(list []int, i int) int {
	if list == nil {
		return i
	}
	return list[i]
}

// attack attacks the pixels that are read. If ctx ends, the verdict is Interrupted.
func (c *canvas) attack(
	ctx context.Context, m attack.Model, a attack.Attack, th attack.Threat, o attack.Options, e attack.Example,
) (v *attack.Verdict, err error) {
	once := func(yield func(attack.Example) bool) { // nobody keeps the pixels: a run that waits gives them away
		e := e
		e.X, e.Mask = c.gather(c.x), c.gather(c.mask)
		yield(e)
	}
	for got, err := range attack.Examples(ctx, m, a, th, o, once) {
		if got != nil {
			v = got
		}
		if err != nil && (v == nil || ctx.Err() == nil) {
			return nil, err
		}
	}
	return v, nil
}

// memory lists the slices that a run that waits can do without.
func (c *canvas) memory() []*[]float32 {
	return slices.Collect(func(yield func(*[]float32) bool) {
		for _, t := range []*tensor.Tensor{c.x, c.mask, c.now, c.grad} {
			if t != nil && !yield(&t.Data) {
				return
			}
		}
	})
}
