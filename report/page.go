package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/png"
	"io"
	"math"
	"strconv"

	"golang.org/x/image/draw"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/wording"
)

// A Setting is one row of a table of settings.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Ranking is a list of classes with their probabilities, drawn with bars.
type Ranking struct {
	Title       string       `json:"title"`
	Predictions []Prediction `json:"predictions"`
}

// pagePixels is the longest side that a page shows without reducing the picture.
const pagePixels = 1024

var (
	//go:embed page.css
	pageCSS string
	//go:embed parts.html
	partsHTML string
	//go:embed run.html
	runHTML string
	//go:embed article.html
	articleHTML string
	//go:embed linear.html
	linearHTML string
	//go:embed sheet.html
	sheetHTML string
	//go:embed bench.html
	benchHTML string

	runTemplate     = parsePage("run", runHTML)
	articleTemplate = parsePage("article", articleHTML)
	linearTemplate  = parsePage("linear", linearHTML)
	sheetTemplate   = parsePage("sheet", sheetHTML)
	benchTemplate   = parsePage("bench", benchHTML)
)

func parsePage(name, text string) *template.Template {
	t := template.New(name).Funcs(template.FuncMap{
		"css":     func() template.CSS { return template.CSS(pageCSS) },
		"picture": embed,
		"drawing": embedDrawing,
		"percent": percent,
		"width":   func(p float64) string { return strconv.FormatFloat(100*clip01(p), 'f', 2, 64) + "%" },
		"shade":   func(p float64) string { return strconv.FormatFloat(70*clip01(p), 'f', 0, 64) + "%" },
		"levels":  levels,
		"number":  shortNumber,
		"isNil":   func(img image.Image) bool { return img == nil },
	})
	template.Must(t.Parse(partsHTML))
	return template.Must(t.Parse(text))
}

func clip01(p float64) float64 {
	if !(p > 0) {
		return 0
	}
	return min(p, 1)
}

// execute renders a page to memory first: a template that fails writes nothing.
func execute(w io.Writer, t *template.Template, data any) error {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return fmt.Errorf("report: cannot make the page: %w", err)
	}
	_, err := io.WriteString(w, wording.Text(b.String()))
	return err
}

func writePage(path string, t *template.Template, data any) error {
	return atomicfile.Write(path, func(w io.Writer) error { return execute(w, t, data) })
}

// An embedded is a picture as a page holds it.
type embedded struct {
	Src           template.URL
	Width, Height int // as displayed
	Pixelated     bool
	Reduced       string // a remark if the picture is displayed smaller than it is
	Alt           string
}

// embed encodes a picture for a page. Large ones are reduced: if exact is set by keeping every k-th
// pixel, which keeps the strength of a perturbation, otherwise by averaging.
func embed(img image.Image, alt string, exact bool) (embedded, error) {
	if err := checkImage(img); err != nil {
		return embedded{}, err
	}
	b := img.Bounds()
	e := embedded{Width: b.Dx(), Height: b.Dy(), Alt: oneLine(alt)}
	longer := max(e.Width, e.Height)
	switch {
	case longer > pagePixels && exact:
		w, h := max(1, e.Width*pagePixels/longer), max(1, e.Height*pagePixels/longer)
		small := image.NewRGBA(image.Rect(0, 0, w, h))
		draw.NearestNeighbor.Scale(small, small.Bounds(), img, b, draw.Src, nil)
		img = small
	case longer > pagePixels:
		img = Fit(img, pagePixels)
	case longer <= 128:
		// The browser repeats pixels, so that the file stays small.
		k := 256 / longer
		e.Pixelated, e.Width, e.Height = true, k*e.Width, k*e.Height
	}
	if longer > pagePixels {
		e.Reduced = fmt.Sprintf("%d × %d, shown reduced", b.Dx(), b.Dy())
		e.Width, e.Height = img.Bounds().Dx(), img.Bounds().Dy()
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return embedded{}, err
	}
	e.Src = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(buf.Bytes()))
	return e, nil
}

// embedDrawing returns a figure twice, for a wide and for a narrow column; the style sheet shows
// one of them.
func embedDrawing(d Drawing) (template.HTML, error) {
	wide, err := Inline(d, false)
	if err != nil {
		return "", err
	}
	narrow, err := Inline(d, true)
	return wide + narrow, err
}

// levels writes a size in pixel units of [0,1] as a fraction of 255.
func levels(v float64) string {
	n := 255 * v
	switch {
	case math.IsInf(v, 1):
		return "no limit"
	case !finite(v):
		return "–"
	case math.Abs(n-math.Round(n)) < 1e-4:
		return fmt.Sprintf("%.0f/255", n)
	}
	return shortNumber(n) + "/255"
}

// shortNumber formats a number with four significant digits.
func shortNumber(v float64) string {
	if math.IsInf(v, 1) {
		return "no limit"
	}
	if !finite(v) {
		return "–"
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// grouped writes an integer with its digits in groups of three.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
