package report

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"golang.org/x/image/font"
	_ "gonum.org/v1/plot" // registers the Liberation fonts
	plotfont "gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"hoodwink/internal/wording"
)

// The colours of a figure on paper. None is pure black: vgsvg leaves it out of its styles, and then
// a dark page could not replace it.
var (
	inkColor   = rgb(0x1d1d1f)
	mutedColor = rgb(0x6b6b70)
	ruleColor  = rgb(0xe3e3e6)
	paperColor = rgb(0xffffff)
)

// lineColors tell series apart, also for readers with a colour vision deficiency: the palette of
// Okabe and Ito ("Color Universal Design", 2008), in an order that puts the most different colours
// first. Its yellow is replaced because it is hardly visible on white.
var lineColors = []color.RGBA{
	rgb(0x0072b2), rgb(0xd55e00), rgb(0x009e73), rgb(0xcc79a7),
	rgb(0xe69f00), rgb(0x56b4e9), rgb(0x6a51a3), rgb(0x8a8a8f),
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 255}
}

func hexName(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

const (
	liberationFamily = "font-family:Liberation Sans;"
	fontStack        = "font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"
)

// plainFonts names stand-ins of equal widths for readers without Liberation Sans.
var plainFonts = strings.NewReplacer(liberationFamily, fontStack)

// pageColors replaces the colours by the variables of a page's style sheet.
var pageColors = func() *strings.Replacer {
	pairs := []string{
		liberationFamily, fontStack,
		hexName(inkColor), "var(--ink)",
		hexName(mutedColor), "var(--muted)",
		hexName(ruleColor), "var(--rule)",
		hexName(paperColor), "var(--paper)",
	}
	for i, c := range lineColors {
		pairs = append(pairs, hexName(c), fmt.Sprintf("var(--line%d)", i))
	}
	return strings.NewReplacer(pairs...)
}()

// typeface returns a text style in the sans-serif font that gonum/plot contains.
func typeface(size float64, bold bool, c color.Color) text.Style {
	f := plotfont.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(size)}
	if bold {
		f.Weight = font.WeightBold
	}
	return text.Style{
		Color:   c,
		Font:    f,
		XAlign:  draw.XLeft,
		YAlign:  draw.YBottom,
		Handler: text.Plain{Fonts: plotfont.DefaultCache},
	}
}

// The sizes of type in a figure, in points.
const (
	titleSize = 15
	nameSize  = 12
	noteSize  = 11
)

// titleType is the style of titles. The styles of other words follow.
func titleType() text.Style { return typeface(titleSize, true, inkColor) }
func nameType() text.Style  { return typeface(nameSize, false, inkColor) }
func valueType() text.Style { return typeface(nameSize, false, mutedColor) }
func noteType() text.Style  { return typeface(noteSize, false, mutedColor) }

// write puts s on the baseline at pt, starting there, around it or ending there.
func write(dc draw.Canvas, sty text.Style, x draw.XAlignment, pt vg.Point, s string) {
	sty.XAlign, sty.YAlign = x, draw.YBottom
	// gonum/plot draws the baseline this much too high.
	pt.Y -= sty.Font.Size - sty.FontExtents().Ascent
	dc.FillText(sty, pt, s)
}

// writeBeside writes s to the right of pt, vertically centred on it.
func writeBeside(dc draw.Canvas, sty text.Style, pt vg.Point, s string) {
	pt.Y -= 0.35 * sty.Font.Size
	write(dc, sty, draw.XLeft, pt, s)
}

// line returns the style of a stroke.
func line(width float64, c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Points(width)}
}

// oneLine makes a name fit to be drawn, in one line.
func oneLine(s string) string { return strings.Join(strings.Fields(wording.Printable(s)), " ") }

// shorten cuts s, with an ellipsis, to the width given.
func shorten(s string, sty text.Style, width vg.Length) string {
	if sty.Width(s) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		cut := strings.TrimRight(string(runes[:n]), " ") + "…"
		if sty.Width(cut) <= width {
			return cut
		}
	}
	return "…"
}

// percent formats a probability in [0,1] with two significant digits, and never as "100 %" if it is
// less than 1 or as "0 %" if it is not zero.
func percent(p float64) string {
	v := 100 * p
	switch {
	case !finite(v):
		return "–"
	case v == 0 || v == 100:
		return fmt.Sprintf("%.0f\u00a0%%", v)
	case v > 99.9 && v < 100:
		return fmt.Sprintf("%.2f\u00a0%%", math.Floor(v*100)/100)
	case v > 0 && v < 0.01:
		return "<\u00a00.01\u00a0%"
	case v < 1:
		return fmt.Sprintf("%.2f\u00a0%%", v)
	}
	return fmt.Sprintf("%.1f\u00a0%%", v)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
