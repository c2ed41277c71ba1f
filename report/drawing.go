package report

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"image"
	"image/png"
	"io"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/wording"
)

// A Drawing is a figure made of lines and words: [Curves] or [PathStrip].
type Drawing interface {
	// check returns an error if the figure cannot be drawn.
	check() error

	// size returns the size of the figure in points, for a wide or a narrow column.
	size(narrow bool) (w, h vg.Length)

	// draw draws the figure on all of c, without a background.
	draw(c draw.Canvas, narrow bool)

	// describe says in a sentence what the figure shows, for readers who cannot see it.
	describe() string
}

// EncodeSVG writes d as an SVG document on white paper. Text stays text, in Liberation
// Sans or a face of the same widths.
func EncodeSVG(w io.Writer, d Drawing) error {
	c, err := svg(d, false, true)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, inStyles(c, plainFonts))
	return err
}

// EncodePNG writes d as a PNG on white paper, at two pixels a point.
func EncodePNG(w io.Writer, d Drawing) error {
	if err := d.check(); err != nil {
		return err
	}
	width, height := d.size(false)
	c := vgimg.NewWith(vgimg.UseWH(width+2*margin, height+2*margin), vgimg.UseDPI(144))
	d.draw(draw.Crop(draw.New(c), margin, -margin, margin, -margin), false)
	return png.Encode(w, c.Image())
}

// WriteDrawing writes d to a file whose name ends in .svg or .png.
func WriteDrawing(path string, d Drawing) error {
	var encode func(io.Writer, Drawing) error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg":
		encode = EncodeSVG
	case ".png":
		encode = EncodePNG
	default:
		return fmt.Errorf("report: cannot draw %s: the name must end in .svg or .png", path)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return encode(w, d) })
}

// WriteImage writes a picture as PNG.
func WriteImage(path string, img image.Image) error {
	if err := checkImage(img); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return png.Encode(w, img) })
}

func checkImage(img image.Image) error {
	if img == nil || img.Bounds().Empty() {
		return fmt.Errorf("report: an empty picture cannot be written")
	}
	return nil
}

// margin is the white border of a figure in a file of its own; a page has margins already.
const margin vg.Length = 20

// svg draws d and returns the document as vgsvg writes it.
func svg(d Drawing, narrow, paper bool) (string, error) {
	if err := d.check(); err != nil {
		return "", err
	}
	width, height := d.size(narrow)
	if paper {
		width, height = width+2*margin, height+2*margin
	}
	c := vgsvg.New(width, height)
	dc := draw.New(c)
	if paper {
		dc.SetColor(paperColor)
		dc.Fill(dc.Rectangle.Path())
		dc = draw.Crop(dc, margin, -margin, margin, -margin)
	}
	d.draw(dc, narrow)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return "", err
	}
	return wording.Text(b.String()), nil
}

// Inline returns d as an SVG element for a page with the variables of this package's style sheet
// (--ink, --muted, --rule, --paper, --line0...): without prologue and background, and as wide as
// its column. A page needs two, one of class "wide" and one of class "narrow".
func Inline(d Drawing, narrow bool) (template.HTML, error) {
	doc, err := svg(d, narrow, false)
	if err != nil {
		return "", err
	}
	doc = inStyles(doc, pageColors)
	start := strings.Index(doc, "<svg")
	end := start + strings.Index(doc[start:], ">") + 1
	w, h := d.size(narrow)
	class := "wide"
	if narrow {
		class = "narrow"
	}
	open := fmt.Sprintf(`<svg class="%s" viewBox="0 0 %g %g" role="img" aria-label="%s">`,
		class, w.Points(), h.Points(), html.EscapeString(wording.Text(d.describe())))
	return template.HTML(open + strings.TrimSpace(doc[end:])), nil
}

// inStyles applies r to the style attributes of an SVG document and to nothing else, since a label
// may contain the name of a colour. Quotes in text are escaped, so the search is exact.
func inStyles(doc string, r *strings.Replacer) string {
	const open = `style="`
	var b strings.Builder
	for {
		i := strings.Index(doc, open)
		if i < 0 {
			b.WriteString(doc)
			return b.String()
		}
		i += len(open)
		b.WriteString(doc[:i])
		doc = doc[i:]
		j := strings.IndexByte(doc, '"')
		b.WriteString(r.Replace(doc[:j]))
		doc = doc[j:]
	}
}
