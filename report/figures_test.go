package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/plot/cmpimg"

	"hoodwink/report"
)

func ExampleCurves() {
	c := report.Curves{
		Title: "How sure the network is", XLabel: "step", YLabel: "probability", Percent: true,
		Series: walk(100),
		Marks:  []report.Mark{{X: 54, Label: "fooled"}},
	}
	if err := report.WriteDrawing("testdata/curves.png", c); err != nil {
		fmt.Println(err)
	}
}

func ExampleCurves_values() {
	c := report.Curves{
		Title: "Loss", XLabel: "epoch", YLabel: "cross-entropy",
		Series: []report.Series{
			{Name: "clean", Y: []float64{2.3, 1.2, 0.8, math.NaN(), 0.3, 0.25}},
			{Name: "adversarial", X: []float64{0, 2, 5}, Y: []float64{2.3, 1.8, -0.4}},
		},
	}
	if err := report.WriteDrawing("testdata/values.png", c); err != nil {
		fmt.Println(err)
	}
}

func ExampleSigmoid() {
	if err := report.WriteDrawing("testdata/sigmoid.png", report.Sigmoid()); err != nil {
		fmt.Println(err)
	}
}

func ExampleSigmoidWith() {
	c := report.SigmoidWith(report.Dot{X: -3, Label: "before"}, report.Dot{X: 2, Label: "after"})
	c.XLabel = "score"
	if err := report.WriteDrawing("testdata/score.png", c); err != nil {
		fmt.Println(err)
	}
}

func ExamplePathStrip() {
	p := report.PathStrip{Title: "The class on top", Steps: pandaPath(), Last: 99, Key: []string{"giant panda", "vulture", "ostrich"}}
	if err := report.WriteDrawing("testdata/path.png", p); err != nil {
		fmt.Println(err)
	}
}

func ExampleMontage() {
	orig, adv := scene(48, 64)
	m := report.Montage{
		Title: "Three pictures", Columns: 2, Side: 192,
		Tiles: []report.Tile{
			{Picture: mustPicture(report.Picture(orig)), Title: "Original", Detail: "giant panda, 99.6 %"},
			{Picture: mustPicture(report.PerturbationImage(adv, orig, 50)), Title: "Perturbation × 50", Detail: "at most 2/255"},
			{Picture: mustPicture(report.Picture(adv)), Title: "Adversarial, with a caption that is too long", Detail: "vulture, 98.9 %"},
		},
	}
	if err := m.WritePNG("testdata/montage.png"); err != nil {
		fmt.Println(err)
	}
}

func TestGolden(t *testing.T) {
	for name, example := range map[string]func(){
		"curves.png": ExampleCurves, "values.png": ExampleCurves_values, "sigmoid.png": ExampleSigmoid, "score.png": ExampleSigmoidWith,
		"path.png": ExamplePathStrip, "montage.png": ExampleMontage,
	} {
		t.Run(name, func(t *testing.T) {
			cmpimg.CheckPlotApprox(example, t, 0.05, name)
		})
	}
}

// hostile is a name that would break a document or a line if it were not taken care of.
const hostile = "<script>alert('x')</script> & \"#0072B2\"\n\x00\x1b[31m \xff font-family:Liberation Sans;"

func drawings() map[string]report.Drawing {
	nan, inf := math.NaN(), math.Inf(1)
	many := report.Curves{Percent: true}
	for range 24 {
		many.Series = append(many.Series, report.Series{Name: strings.Repeat("long name ", 20), Y: []float64{0, 0.5, 0.5}})
	}
	long := report.PathStrip{Last: 10000}
	for i := range 3000 {
		long.Steps = append(long.Steps, report.PathStep{Step: 3 * i, Class: i % 70, Label: fmt.Sprint("class ", i%70)})
	}
	return map[string]report.Drawing{
		"walk":     report.Curves{Percent: true, Series: walk(200), Marks: []report.Mark{{X: nan, Label: "x"}, {X: -5, Label: "x"}, {X: 40, Label: "here"}}},
		"nan":      report.Curves{Series: []report.Series{{Name: "a", Y: []float64{nan, inf, -inf}}, {Name: "b"}}},
		"percent":  report.Curves{Percent: true, Series: []report.Series{{Y: []float64{nan, 2, -1, 0.5, inf, 0.1}}}},
		"point":    report.Curves{Series: []report.Series{{Name: "one", Y: []float64{3}}}},
		"flat":     report.Curves{Series: []report.Series{{Name: "flat", Y: []float64{1e9, 1e9, 1e9}}}},
		"tiny":     report.Curves{Series: []report.Series{{Name: "tiny", Y: []float64{1e-300, 2e-300}}}},
		"huge":     report.Curves{Series: []report.Series{{Name: "huge", Y: []float64{-math.MaxFloat64, math.MaxFloat64}, X: []float64{-math.MaxFloat64, math.MaxFloat64}}}},
		"close":    report.Curves{Series: []report.Series{{Name: "close", Y: []float64{1, 1 + 1e-15}}}},
		"many":     many,
		"hostile":  report.Curves{Title: hostile, XLabel: hostile, YLabel: hostile, Series: []report.Series{{Name: hostile, Y: []float64{1, 2}}}, Marks: []report.Mark{{X: 0.5, Label: hostile}}},
		"sigmoid":  report.Sigmoid(),
		"score":    report.SigmoidWith(report.Dot{X: -900, Label: hostile}, report.Dot{X: nan, Label: "nowhere"}, report.Dot{X: inf}, report.Dot{X: 0, Label: strings.Repeat("long ", 200)}),
		"path":     report.PathStrip{Steps: pandaPath(), Last: 99},
		"one":      report.PathStrip{Steps: []report.PathStep{{Step: 0, Class: 1, Label: "one"}}},
		"longpath": long,
		"evilpath": report.PathStrip{Title: hostile, Steps: []report.PathStep{{Label: hostile}}, Last: 3},
	}
}

// Every drawing becomes a document that a strict parser reads, and the same one each
// time, also when many are drawn at once.
func TestDrawingsAreWellFormedAndDeterministic(t *testing.T) {
	for name, d := range drawings() {
		t.Run(name, func(t *testing.T) {
			var svgs [3]bytes.Buffer
			var wg sync.WaitGroup
			for i := range svgs {
				wg.Go(func() {
					if err := report.EncodeSVG(&svgs[i], d); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			wellFormed(t, svgs[0].String(), true)
			for _, bad := range []string{"NaN", "Inf", "<script"} {
				if strings.Contains(svgs[0].String(), bad) {
					t.Errorf("the SVG contains %q", bad)
				}
			}
			for i := 1; i < len(svgs); i++ {
				if !bytes.Equal(svgs[i].Bytes(), svgs[0].Bytes()) {
					t.Error("two SVGs of the same drawing differ")
				}
			}
		})
	}
}

func TestPNGsAreDeterministic(t *testing.T) {
	for _, name := range []string{"nan", "huge", "evilpath"} {
		var pngs [2]bytes.Buffer
		var wg sync.WaitGroup
		for i := range pngs {
			wg.Go(func() {
				if err := report.EncodePNG(&pngs[i], drawings()[name]); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if !bytes.Equal(pngs[0].Bytes(), pngs[1].Bytes()) {
			t.Errorf("%s: two PNGs of the same drawing differ", name)
		}
	}
}

func wellFormed(t *testing.T, doc string, strict bool) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(doc))
	if !strict {
		d.Strict, d.AutoClose, d.Entity = false, []string{"meta", "img"}, xml.HTMLEntity
	}
	var open []string
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch e := tok.(type) {
		case xml.StartElement:
			open = append(open, e.Name.Local)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != e.Name.Local {
				t.Fatalf("</%s> closes %v", e.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("never closed: %v", open)
	}
}

// A label that spells a colour or a font keeps its words.
func TestLabelsAreNotRestyled(t *testing.T) {
	var b bytes.Buffer
	c := report.Curves{Series: []report.Series{{Name: "#0072B2 font-family:Liberation Sans;", Y: []float64{1, 2}}}}
	if err := report.EncodeSVG(&b, c); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), ">#0072B2 font-family:Liberation Sans;</text>") {
		t.Error("the label does not stand in the SVG as it was given")
	}
	if !strings.Contains(b.String(), "Arial") {
		t.Error("no stand-in is named for readers without Liberation Sans")
	}
}

func TestDrawingErrors(t *testing.T) {
	dir := t.TempDir()
	for name, d := range map[string]report.Drawing{
		"no series": report.Curves{},
		"lengths":   report.Curves{Series: []report.Series{{X: []float64{1}, Y: []float64{1, 2}}}},
		"too many":  report.Curves{Series: make([]report.Series, 25)},
		"no steps":  report.PathStrip{},
		"order":     report.PathStrip{Steps: []report.PathStep{{Step: 3}, {Step: 3, Class: 1}}},
	} {
		for _, ext := range []string{".svg", ".png"} {
			path := filepath.Join(dir, "x"+ext)
			if err := report.WriteDrawing(path, d); err == nil || !strings.HasPrefix(err.Error(), "report: ") {
				t.Errorf("%s%s: got error %v", name, ext, err)
			}
		}
	}
	if err := report.WriteDrawing(filepath.Join(dir, "x.gif"), report.Sigmoid()); err == nil || !strings.Contains(err.Error(), ".svg or .png") {
		t.Errorf("x.gif: got error %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("%d files were left behind", len(files))
	}
}

func BenchmarkCurves(b *testing.B) {
	c := report.Curves{Title: "How sure", Percent: true, Series: walk(200)}
	b.Run("svg", func(b *testing.B) {
		for b.Loop() {
			if err := report.EncodeSVG(io.Discard, c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("png", func(b *testing.B) {
		for b.Loop() {
			if err := report.EncodePNG(io.Discard, c); err != nil {
				b.Fatal(err)
			}
		}
	})
}
