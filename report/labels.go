package report

import (
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	labelLine  vg.Length = 17  // distance of the names of two lines
	labelLead  vg.Length = 22  // from the plot to the names
	labelWidth vg.Length = 210 // maximum
	legendLine vg.Length = 18
	legendDash vg.Length = 14
)

// A label names a line at its end.
type label struct {
	series      int
	name, value string
	x, y        float64 // the end of the line, in the plot's coordinates
	at          vg.Length
}

// labels returns a label for every series that has a name and can be drawn.
func (c Curves) labels() []label {
	name := nameType()
	var labels []label
	for i, s := range c.Series {
		x, y, ok := s.end()
		if !ok || s.Name == "" {
			continue
		}
		l := label{series: i, x: x, y: y}
		if c.Percent {
			l.value = percent(y)
		}
		l.name = shorten(oneLine(s.Name), name, labelWidth-name.Width(l.value)-6)
		labels = append(labels, l)
	}
	return labels
}

func labelSpace(labels []label) vg.Length {
	sty := nameType()
	var w vg.Length
	for _, l := range labels {
		w = max(w, sty.Width(l.name)+sty.Width(l.value)+6)
	}
	return labelLead + w + 2
}

// drawLabels writes the names to the right of the plot, each as near to the end of its
// line as its neighbours allow, with a thin lead in the colour of the line.
func drawLabels(dc draw.Canvas, p *plot.Plot, data draw.Canvas, labels []label) {
	x, y := p.Transforms(&data)
	wanted := make([]vg.Length, len(labels))
	slices.SortStableFunc(labels, func(a, b label) int {
		switch {
		case a.y < b.y:
			return -1
		case a.y > b.y:
			return 1
		}
		return b.series - a.series
	})
	for i, l := range labels {
		wanted[i] = y(l.y)
	}
	spread(wanted, labelLine, data.Min.Y, data.Max.Y)

	name := nameType()
	value := valueType()
	for i, l := range labels {
		from := vg.Point{X: x(l.x), Y: y(l.y)}
		at := wanted[i]
		edge := data.Max.X
		lead := []vg.Point{from, {X: max(from.X, edge) + 4, Y: from.Y}, {X: edge + labelLead - 8, Y: at}, {X: edge + labelLead - 4, Y: at}}
		dc.StrokeLines(line(1, lineColor(l.series)), lead)
		writeBeside(dc, name, vg.Point{X: edge + labelLead, Y: at}, l.name)
		writeBeside(dc, value, vg.Point{X: edge + labelLead + name.Width(l.name) + 6, Y: at}, l.value)
	}
}

// spread moves ascending positions as little as is necessary to keep them gap apart and, if they
// fit at all, inside [lo, hi].
func spread(at []vg.Length, gap, lo, hi vg.Length) {
	// Positions less than gap apart merge into a block around their mean; blocks that
	// then touch merge again.
	type block struct {
		sum vg.Length // sum of the positions wanted for the first member
		n   int
	}
	start := func(b block) vg.Length {
		first := b.sum / vg.Length(b.n)
		return max(lo, min(first, hi-vg.Length(b.n-1)*gap))
	}
	var blocks []block
	for _, v := range at {
		blocks = append(blocks, block{sum: v, n: 1})
		for n := len(blocks); n > 1; n = len(blocks) {
			a, b := blocks[n-2], blocks[n-1]
			if start(a)+vg.Length(a.n)*gap <= start(b) {
				break
			}
			// Member k of a block wants the first member k gaps below itself.
			blocks[n-2] = block{sum: a.sum + b.sum - vg.Length(a.n*b.n)*gap, n: a.n + b.n}
			blocks = blocks[:n-1]
		}
	}
	i := 0
	for _, b := range blocks {
		for k := range b.n {
			at[i] = start(b) + vg.Length(k)*gap
			i++
		}
	}
}

// legend breaks the names of the series into lines no wider than width.
func (c Curves) legend(width vg.Length) [][]label {
	sty := nameType()
	var rows [][]label
	var x vg.Length
	for i, s := range c.Series {
		if s.Name == "" {
			continue
		}
		l := label{series: i, name: shorten(oneLine(s.Name), sty, width-legendDash-70)}
		if _, y, ok := s.end(); ok && c.Percent {
			l.value = percent(y)
		}
		w := legendDash + 5 + sty.Width(l.name) + 5 + sty.Width(l.value) + 14
		if len(rows) == 0 || x+w-14 > width {
			rows, x = append(rows, nil), 0
		}
		l.at = x
		rows[len(rows)-1] = append(rows[len(rows)-1], l)
		x += w
	}
	return rows
}

// drawLegend writes the names above the plot and reserves their room on the canvas.
func (c Curves) drawLegend(dc *draw.Canvas) {
	name := nameType()
	value := valueType()
	for _, row := range c.legend(dc.Size().X) {
		dc.Max.Y -= legendLine
		for _, l := range row {
			x, y := dc.Min.X+l.at, dc.Max.Y+legendLine/2
			dc.StrokeLine2(lines(c.Series).style(l.series), x, y, x+legendDash, y)
			writeBeside(*dc, name, vg.Point{X: x + legendDash + 5, Y: y}, l.name)
			writeBeside(*dc, value, vg.Point{X: x + legendDash + 10 + name.Width(l.name), Y: y}, l.value)
		}
	}
}
