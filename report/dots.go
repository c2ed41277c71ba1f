package report

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// dots draws points with their words, on top of all lines.
type dots []Dot

const dotRadius vg.Length = 4.5

func (d dots) Plot(dc draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&dc)
	sty := nameType()
	for _, dot := range d {
		if !drawable(dot.X) || !drawable(dot.Y) {
			continue
		}
		at := vg.Point{X: x(dot.X), Y: y(dot.Y)}
		dc.DrawGlyph(draw.GlyphStyle{Color: paperColor, Radius: dotRadius + 1.5, Shape: draw.CircleGlyph{}}, at)
		dc.DrawGlyph(draw.GlyphStyle{Color: lineColor(1), Radius: dotRadius, Shape: draw.CircleGlyph{}}, at)
		label := shorten(oneLine(dot.Label), sty, dc.Size().X)
		left := max(at.X+dotRadius-sty.Width(label), dc.Min.X+2)
		write(dc, sty, draw.XLeft, vg.Point{X: left, Y: at.Y + dotRadius + 5}, label)
	}
}
