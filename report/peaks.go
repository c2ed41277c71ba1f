package report

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawPeaks names the lines that were high during the run but end low among others: the panda at
// the start, the ostrich in the middle. If a name finds no free place near its peak, it is left
// out; it also stands at the end of its line.
func (c Curves) drawPeaks(dc draw.Canvas, p *plot.Plot) {
	if !c.Percent || c.Falling || len(c.Series) < 2 {
		return
	}
	x, y := p.Transforms(&dc)
	sty := nameType()
	var taken []vg.Rectangle
	for _, m := range c.Marks {
		if at := x(m.X); drawable(m.X) {
			taken = append(taken, vg.Rectangle{Min: vg.Point{X: at - 3, Y: dc.Min.Y}, Max: vg.Point{X: at + 3, Y: dc.Max.Y}})
		}
	}
	for i, s := range c.Series {
		px, py, ok := s.peak()
		_, last, _ := s.end()
		if !ok || py < 0.1 || last > py/2 {
			continue
		}
		name := shorten(oneLine(s.Name), sty, labelWidth)
		w, at := sty.Width(name), vg.Point{X: x(px), Y: y(py)}
		for _, left := range []vg.Point{
			{X: at.X - w/2, Y: at.Y + 6},
			{X: at.X + 8, Y: at.Y - nameSize - 6},
			{X: at.X + 8, Y: at.Y - 2*nameSize - 8},
			{X: at.X + 8, Y: at.Y},
			{X: at.X - w - 8, Y: at.Y},
		} {
			box := vg.Rectangle{Min: left, Max: left.Add(vg.Point{X: w, Y: nameSize})}
			if box.Min.X < dc.Min.X+2 || box.Max.X > dc.Max.X || box.Max.Y > dc.Max.Y || box.Min.Y < dc.Min.Y+2 ||
				slices.ContainsFunc(taken, func(r vg.Rectangle) bool { return overlap(r, box) }) ||
				c.crosses(box, x, y) {
				continue
			}
			write(dc, sty, draw.XLeft, vg.Point{X: left.X, Y: left.Y + 2}, name)
			dc.DrawGlyph(draw.GlyphStyle{Color: lineColor(i), Radius: 3, Shape: draw.CircleGlyph{}}, at)
			taken = append(taken, box)
			break
		}
	}
}

// peak returns the first highest point.
func (s Series) peak() (px, py float64, ok bool) {
	py = math.Inf(-1)
	for i := range s.Y {
		if x, y := s.at(i); drawable(x) && drawable(y) && y > py {
			px, py, ok = x, y, true
		}
	}
	return px, py, ok
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}

// crosses reports whether any line passes through the box.
func (c Curves) crosses(box vg.Rectangle, x, y func(float64) vg.Length) bool {
	for _, s := range c.Series {
		for _, run := range s.runs() {
			for j := range run {
				a := vg.Point{X: x(run[j].X), Y: y(run[j].Y)}
				b := a
				if j > 0 {
					b = vg.Point{X: x(run[j-1].X), Y: y(run[j-1].Y)}
				}
				if through(a, b, box) {
					return true
				}
			}
		}
	}
	return false
}

// through reports whether the segment from a to b meets the box, by clipping it to the box one side
// at a time.
func through(a, b vg.Point, box vg.Rectangle) bool {
	lo, hi := 0.0, 1.0
	for _, side := range [4]struct{ from, to vg.Length }{
		{a.X - box.Min.X, b.X - box.Min.X}, {box.Max.X - a.X, box.Max.X - b.X},
		{a.Y - box.Min.Y, b.Y - box.Min.Y}, {box.Max.Y - a.Y, box.Max.Y - b.Y},
	} {
		switch {
		case side.from < 0 && side.to < 0:
			return false
		case side.from < 0:
			lo = max(lo, float64(side.from/(side.from-side.to)))
		case side.to < 0:
			hi = min(hi, float64(side.from/(side.from-side.to)))
		}
	}
	return lo <= hi
}
