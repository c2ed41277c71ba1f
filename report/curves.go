package report

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Curves is a line plot: the probabilities of some classes over the steps of an attack, or any
// other y(x). Where there is room every line has its name at its end.
type Curves struct {
	Title  string
	XLabel string
	YLabel string

	// Percent says that Y holds probabilities in [0,1]. They are drawn on an axis from
	// 0 to 100 %, and the last value of every series is written beside its name.
	Percent bool

	// Falling says that all lines fall from where they begin: there they need no names.
	Falling bool

	Series []Series
	Marks  []Mark
	Dots   []Dot
}

// A Series is one line. Points that are not finite, or beyond 1e100, leave a gap.
type Series struct {
	Name string    // empty for a line that needs none
	X    []float64 // nil means 0, 1, 2, ...
	Y    []float64
}

// A Mark is a vertical line with a word, such as the step at which the picture fooled.
type Mark struct {
	X     float64
	Label string
}

// A Dot is a point of a line with words beside it, above and to the left, where a rising line
// leaves room.
type Dot struct {
	X, Y  float64
	Label string
}

const (
	maxSeries = 24
	maxPoints = 1 << 20
)

// Sigmoid returns the graph of S(t) = 1/(1+exp(-t)), which turns the score of a logistic regression
// into a probability, for t from -6 to 6.
func Sigmoid() Curves { return sigmoid(6) }

// SigmoidWith returns the graph of S(t) with dots at some scores, each label followed by the
// probability. The graph is wide enough for all of them.
func SigmoidWith(dots ...Dot) Curves {
	extent := 6.
	for _, d := range dots {
		if drawable(d.X) {
			extent = max(extent, 1.15*math.Abs(d.X))
		}
	}
	c := sigmoid(extent)
	c.Percent, c.Marks, c.Series[0].Name = true, nil, ""
	for _, d := range dots {
		d.Y = 1 / (1 + math.Exp(-d.X))
		d.Label = strings.TrimSpace(d.Label + " " + percent(d.Y))
		c.Dots = append(c.Dots, d)
	}
	return c
}

func sigmoid(extent float64) Curves {
	var s Series
	for i := -120; i <= 120; i++ {
		t := extent * float64(i) / 120
		s.X = append(s.X, t)
		s.Y = append(s.Y, 1/(1+math.Exp(-t)))
	}
	s.Name = "S(t)"
	return Curves{
		Title:  "S(t) = 1 / (1 + exp(−t))",
		XLabel: "t",
		Series: []Series{s},
		Marks:  []Mark{{X: 0, Label: "S(0) = 0.5"}},
	}
}

// drawable reports whether v has a place on an axis whose length is still finite.
func drawable(v float64) bool { return math.Abs(v) <= 1e100 }

// at returns point i of the series.
func (s Series) at(i int) (x, y float64) {
	x = float64(i)
	if s.X != nil {
		x = s.X[i]
	}
	return x, s.Y[i]
}

// end returns the last point that can be drawn.
func (s Series) end() (x, y float64, ok bool) {
	for i := len(s.Y) - 1; i >= 0; i-- {
		if x, y = s.at(i); drawable(x) && drawable(y) {
			return x, y, true
		}
	}
	return 0, 0, false
}

// runs returns the contiguous stretches of finite points.
func (s Series) runs() []plotter.XYs {
	var runs []plotter.XYs
	var run plotter.XYs
	for i := range s.Y {
		x, y := s.at(i)
		if drawable(x) && drawable(y) {
			run = append(run, plotter.XY{X: x, Y: y})
		} else if run != nil {
			runs, run = append(runs, run), nil
		}
	}
	if run != nil {
		runs = append(runs, run)
	}
	return runs
}

func (c Curves) check() error {
	if len(c.Series) == 0 {
		return fmt.Errorf("report: curves %q have no series", c.Title)
	}
	if len(c.Series) > maxSeries {
		return fmt.Errorf("report: curves %q have %d series, more than %d cannot be told apart", c.Title, len(c.Series), maxSeries)
	}
	for _, s := range c.Series {
		if s.X != nil && len(s.X) != len(s.Y) {
			return fmt.Errorf("report: series %q has %d x and %d y values", s.Name, len(s.X), len(s.Y))
		}
		if len(s.Y) > maxPoints {
			return fmt.Errorf("report: series %q has %d points, the limit is %d", s.Name, len(s.Y), maxPoints)
		}
	}
	return nil
}

func (c Curves) describe() string {
	var b strings.Builder
	b.WriteString(oneLine(c.Title))
	for i, s := range c.Series {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		if s.Name == "" {
			continue
		}
		b.WriteString(sep + oneLine(s.Name))
		if x, y, ok := s.end(); ok && c.Percent {
			fmt.Fprintf(&b, " %s at %g", percent(y), x)
		}
	}
	for _, d := range c.Dots {
		fmt.Fprintf(&b, "; %s at %s", oneLine(d.Label), shortNumber(d.X))
	}
	return b.String()
}

func (c Curves) size(narrow bool) (w, h vg.Length) {
	if narrow {
		return 340, 250 + vg.Length(len(c.legend(340)))*legendLine
	}
	return 820, max(380, 100+vg.Length(len(c.Series))*labelLine)
}

// ranges returns the ranges of the axes. With Percent the y axis always covers 0 to 100 %.
func (c Curves) ranges() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax = math.Inf(1), math.Inf(-1)
	ymin, ymax = xmin, xmax
	for _, s := range c.Series {
		for i := range s.Y {
			x, y := s.at(i)
			if drawable(x) && drawable(y) {
				xmin, xmax = min(xmin, x), max(xmax, x)
				ymin, ymax = min(ymin, y), max(ymax, y)
			}
		}
	}
	if xmin > xmax {
		xmin, xmax, ymin, ymax = 0, 1, 0, 1
	}
	if c.Percent {
		ymin, ymax = 0, 1
	}
	xmin, xmax = widen(xmin, xmax)
	ymin, ymax = widen(ymin, ymax)
	return xmin, xmax, ymin, ymax
}

// countsSteps reports whether all x are numbers of steps.
func (c Curves) countsSteps() bool {
	for _, s := range c.Series {
		if s.X != nil {
			return false
		}
	}
	return true
}

// widen makes an interval long enough for an axis.
func widen(lo, hi float64) (float64, float64) {
	if size := math.Max(math.Abs(lo), math.Abs(hi)); !(hi-lo > 1e-9*size) {
		pad := max(size/10, 1e-9)
		if size == 0 {
			pad = 1
		}
		return lo - pad, hi + pad
	}
	return lo, hi
}

func (c Curves) draw(dc draw.Canvas, narrow bool) {
	xmin, xmax, ymin, ymax := c.ranges()
	ticks := 8
	if narrow {
		ticks = 5
	}
	xTicks, yTicks := niceTicks(xmin, xmax, ticks), percentTicks
	if c.countsSteps() {
		xTicks = wholeTicks(xmin, xmax, ticks)
	}
	if !c.Percent {
		ymin, ymax = niceRange(ymin, ymax, 5)
		yTicks = niceTicks(ymin, ymax, 5)
	}

	c.heading(&dc)
	if narrow {
		c.drawLegend(&dc)
	}
	dc.Max.Y -= 12
	if len(c.Marks) > 0 {
		dc.Max.Y -= noteSize
	}

	p := plot.New()
	p.BackgroundColor = nil
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = xmin, xmax, ymin, ymax
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		x, y := axis.Tick.Label.XAlign, axis.Tick.Label.YAlign
		axis.Tick.Label = noteType()
		axis.Tick.Label.XAlign, axis.Tick.Label.YAlign = x, y
		axis.Label.TextStyle = noteType()
		axis.Label.TextStyle.XAlign = draw.XCenter
		axis.Label.Padding = 6
		axis.Padding = 0
		axis.LineStyle = line(0.75, ruleColor)
		axis.Tick.LineStyle = line(0.75, ruleColor)
		axis.Tick.Length = 5
	}
	p.X.Tick.Label.YAlign -= 0.2 // clear of the tick
	p.Y.LineStyle = line(0, ruleColor)
	p.X.Label.Text = oneLine(c.XLabel)
	p.X.Tick.Marker = plot.ConstantTicks(xTicks)
	p.Y.Tick.Marker = plot.ConstantTicks(yTicks)
	p.Add(rules(yTicks), marks(c.Marks), lines(c.Series), dots(c.Dots))

	if narrow {
		dc.Max.X -= 10
		p.Draw(dc)
		return
	}
	labels := c.labels()
	area := draw.Crop(dc, 0, -labelSpace(labels), 0, 0)
	p.Draw(area)
	data := p.DataCanvas(area)
	drawLabels(dc, p, data, labels)
	c.drawPeaks(data, p)
}

// heading draws the title, and below it the name of the y axis, where it is horizontal and easy to
// read. It reserves their room on the canvas.
func (c Curves) heading(dc *draw.Canvas) {
	for _, part := range []struct {
		text string
		sty  text.Style
	}{{c.Title, titleType()}, {c.YLabel, noteType()}} {
		if s := oneLine(part.text); s != "" {
			dc.Max.Y -= part.sty.Font.Size
			write(*dc, part.sty, draw.XLeft, vg.Point{X: dc.Min.X, Y: dc.Max.Y}, shorten(s, part.sty, dc.Size().X))
			dc.Max.Y -= 5
		}
	}
}

// rules draws the horizontal grid lines.
type rules []plot.Tick

func (r rules) Plot(dc draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&dc)
	for _, t := range r {
		dc.StrokeLine2(line(0.75, ruleColor), dc.Min.X, y(t.Value), dc.Max.X, y(t.Value))
	}
}

// marks draws vertical dashed lines with their words at the top.
type marks []Mark

func (m marks) Plot(dc draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&dc)
	dashed := line(0.75, mutedColor)
	dashed.Dashes = []vg.Length{2, 2}
	sty := noteType()
	for _, mark := range m {
		if !(mark.X >= p.X.Min && mark.X <= p.X.Max) {
			continue
		}
		at := x(mark.X)
		dc.StrokeLine2(dashed, at, dc.Min.Y, at, dc.Max.Y+4)
		label := oneLine(mark.Label)
		width := sty.Width(label)
		left := min(max(at-width/2, dc.Min.X), dc.Max.X-width)
		write(dc, sty, draw.XLeft, vg.Point{X: left, Y: dc.Max.Y + 7}, label)
	}
}

// lines draws the series, the first one on top.
type lines []Series

func (l lines) Plot(dc draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&dc)
	for i := len(l) - 1; i >= 0; i-- {
		sty := l.style(i)
		for _, run := range l[i].runs() {
			pts := make([]vg.Point, len(run))
			for j, q := range run {
				pts[j] = vg.Point{X: x(q.X), Y: y(q.Y)}
			}
			if len(pts) == 1 {
				dc.DrawGlyph(draw.GlyphStyle{Color: sty.Color, Radius: 2, Shape: draw.CircleGlyph{}}, pts[0])
				continue
			}
			clipped := dc.ClipLinesXY(pts)
			dc.StrokeLines(sty, clipped...)
		}
	}
}

// style returns the line style of series i: its colour, and dashes once the colours repeat.
func (l lines) style(i int) draw.LineStyle {
	sty := line(2, lineColor(i))
	if round := i / len(lineColors); round > 0 {
		sty.Dashes = []vg.Length{vg.Length(6 / round), 3}
	}
	return sty
}

func lineColor(i int) color.Color { return lineColors[i%len(lineColors)] }
