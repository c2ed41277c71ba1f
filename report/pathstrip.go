package report

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// PathStrip shows the top classes of a picture during an attack: stairs with a row for each class
// and a bar for every stretch of steps in which it was on top.
type PathStrip struct {
	Title string
	Steps []PathStep // ascending steps; see Takeovers
	Last  int        // the last step, where the last bar ends

	// Key lists labels that get their colours first, in the order of a figure beside this one, so
	// that a class has the same colour in both.
	Key []string
}

const (
	stripRows             = 24
	stripRow    vg.Length = 24
	stripBar    vg.Length = 12
	stripTop    vg.Length = 32
	stripBottom vg.Length = 36
)

// A span is a stretch of steps in which one class was on top.
type span struct{ row, from, to int }

// rows returns the labels in order of their first step, and the spans.
func (p PathStrip) rows() (labels []string, spans []span) {
	row := map[int]int{}
	for i, s := range p.Steps {
		if i > 0 && p.Steps[i-1].Class == s.Class {
			spans[len(spans)-1].to = p.until(i)
			continue
		}
		r, seen := row[s.Class]
		if !seen {
			r = len(labels)
			row[s.Class] = r
			labels = append(labels, oneLine(s.Label))
		}
		spans = append(spans, span{row: r, from: s.Step, to: p.until(i)})
	}
	if len(labels) > stripRows {
		rest := len(labels) - (stripRows - 1)
		labels = append(labels[:stripRows-1:stripRows-1], fmt.Sprintf("%d more classes", rest))
		for i := range spans {
			spans[i].row = min(spans[i].row, stripRows-1)
		}
	}
	return labels, spans
}

// until returns the step at which entry i ends.
func (p PathStrip) until(i int) int {
	if i+1 < len(p.Steps) {
		return p.Steps[i+1].Step
	}
	return max(p.Last, p.Steps[i].Step) + 1
}

func (p PathStrip) check() error {
	if len(p.Steps) == 0 {
		return fmt.Errorf("report: path %q has no steps", p.Title)
	}
	if len(p.Steps) > maxPoints {
		return fmt.Errorf("report: path %q has %d steps, the limit is %d", p.Title, len(p.Steps), maxPoints)
	}
	for i := 1; i < len(p.Steps); i++ {
		if p.Steps[i].Step <= p.Steps[i-1].Step {
			return fmt.Errorf("report: path %q goes from step %d to step %d, want ascending steps", p.Title, p.Steps[i-1].Step, p.Steps[i].Step)
		}
	}
	return nil
}

func (p PathStrip) describe() string {
	var names []string
	for _, s := range Takeovers(p.Steps) {
		if len(names) == stripRows {
			names = append(names, "…")
			break
		}
		names = append(names, fmt.Sprintf("%s from step %d", oneLine(s.Label), s.Step))
	}
	title := oneLine(p.Title)
	if title != "" {
		title += ": "
	}
	return title + strings.Join(names, ", ")
}

func (p PathStrip) size(narrow bool) (w, h vg.Length) {
	labels, _ := p.rows()
	n := vg.Length(len(labels))
	w, h = 820, n*stripRow+stripBottom
	if narrow {
		w, h = 340, n*2*stripRow+stripBottom
	}
	if oneLine(p.Title) != "" {
		h += stripTop
	}
	return w, h
}

func (p PathStrip) draw(dc draw.Canvas, narrow bool) {
	if title := oneLine(p.Title); title != "" {
		sty := titleType()
		write(dc, sty, draw.XLeft, vg.Point{X: dc.Min.X, Y: dc.Max.Y - titleSize}, shorten(title, sty, dc.Size().X))
		dc.Max.Y -= stripTop
	}
	labels, spans := p.rows()
	name, note := nameType(), noteType()
	pitch, left, ticks := stripRow, vg.Length(0), 8
	if narrow {
		pitch, left, ticks = 2*stripRow, 4, 5
	} else {
		for _, l := range labels {
			left = max(left, name.Width(shorten(l, name, labelWidth))+16)
		}
	}
	first, last := spans[0].from, spans[len(spans)-1].to
	x0, x1 := dc.Min.X+left, dc.Max.X-10
	at := func(step int) vg.Length {
		return x0 + (x1-x0)*vg.Length(step-first)/vg.Length(last-first)
	}
	// The middle of a row's bar; in a narrow column the name stands above it.
	middle := func(row int) vg.Length { return dc.Max.Y - pitch*vg.Length(row+1) + stripRow/2 }

	foot := dc.Min.Y + stripBottom
	for _, t := range wholeTicks(float64(first), float64(max(last-1, first+1)), ticks) {
		x := at(int(t.Value))
		dc.StrokeLine2(line(0.75, ruleColor), x, foot-5, x, dc.Max.Y)
		write(dc, note, draw.XCenter, vg.Point{X: x, Y: foot - 16}, t.Label)
	}
	write(dc, note, draw.XCenter, vg.Point{X: (x0 + x1) / 2, Y: foot - 33}, "step")

	for i := 1; i < len(spans); i++ {
		x, from, to := at(spans[i].from), middle(spans[i-1].row), middle(spans[i].row)
		edge := vg.Length(stripBar) / 2
		if from < to {
			edge = -edge
		}
		dc.StrokeLine2(line(1, mutedColor), x, from-edge, x, to+edge)
	}
	for _, s := range spans {
		y := middle(s.row)
		a, b := at(s.from)-0.5, max(at(s.to), at(s.from)+1)+0.5
		dc.FillPolygon(lineColor(p.colour(labels, s.row)), []vg.Point{
			{X: a, Y: y - stripBar/2}, {X: b, Y: y - stripBar/2}, {X: b, Y: y + stripBar/2}, {X: a, Y: y + stripBar/2},
		})
	}
	for r, l := range labels {
		if narrow {
			write(dc, name, draw.XLeft, vg.Point{X: x0, Y: middle(r) + stripBar/2 + 5}, shorten(l, name, x1-x0))
		} else {
			writeBeside(dc, name, vg.Point{X: dc.Min.X, Y: middle(r)}, shorten(l, name, labelWidth))
		}
	}
}

// colour returns the index of a row's colour: that of its label in Key, or the next one that Key
// does not use.
func (p PathStrip) colour(labels []string, row int) int {
	free := len(p.Key)
	for r, l := range labels {
		i := slices.Index(p.Key, l)
		if i < 0 {
			i = free
			free++
		}
		if r == row {
			return i
		}
	}
	return free
}
