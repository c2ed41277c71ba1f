package report_test

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hoodwink/report"
)

type page interface {
	Encode(io.Writer) error
	Write(string) error
}

func render(t *testing.T, p page) string {
	t.Helper()
	var a, b bytes.Buffer
	if err := p.Encode(&a); err != nil {
		t.Fatal(err)
	}
	if err := p.Encode(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same page was written differently")
	}
	return a.String()
}

// evilRun is a page whose every word would like to be markup.
func evilRun() *report.RunPage {
	p := pandaPage()
	f := &p.Fool
	for _, s := range []*string{&f.Input, &f.Output, &f.Model, &f.ModelHash, &f.Attack, &f.At, &f.TargetLabel, &f.Norm, &f.Version, &p.Command} {
		*s = hostile
	}
	f.Before = []report.Prediction{{Label: hostile, Synset: hostile, Prob: math.NaN()}}
	f.Top = []report.Prediction{{Class: 5, Label: hostile, Prob: math.Inf(1)}}
	f.Eps, f.Linf, f.L2, f.Seconds, f.ProbFile = math.Inf(1), math.NaN(), math.NaN(), math.NaN(), math.NaN()
	f.Path = []report.PathStep{{Label: hostile}, {Step: 1, Class: 1, Label: hostile}}
	p.Settings = []report.Setting{{Name: hostile, Value: hostile}}
	p.Curves.Title = hostile
	p.Curves.Series[0].Name = hostile
	p.Curves.Series[1].Y[3] = math.NaN()
	return p
}

func evilArticle() *report.ArticlePage {
	a := articlePage()
	e := &a.Experiments[0]
	a.Title, a.Lead, a.Command = hostile, hostile, hostile
	e.Number, e.Title, e.Text = hostile, hostile, hostile
	e.Rows[0] = report.Row{Name: hostile, Published: hostile, Measured: hostile, Verdict: report.Match, Note: hostile}
	e.Figures = []report.Figure{{
		Title: hostile, Caption: hostile, Listing: hostile,
		Tiles:    []report.Tile{{Picture: image.NewGray(image.Rect(0, 0, 2, 2)), Title: hostile, Detail: hostile}},
		Drawing:  drawings()["hostile"],
		Rankings: []report.Ranking{{Title: hostile, Predictions: []report.Prediction{{Label: hostile}}}},
	}}
	return a
}

var outside = regexp.MustCompile(`(?i)https?://|@import|url\(|<script|<link|<iframe|\bon\w+="|(?:src|href)="(?:[^d#]|d[^a])`)

func TestPagesStandAlone(t *testing.T) {
	bare := &report.RunPage{Original: image.NewGray(image.Rect(0, 0, 1, 1)), Adversarial: image.NewGray(image.Rect(0, 0, 1, 1))}
	for name, p := range map[string]page{
		"run": pandaPage(), "bare run": bare, "hostile run": evilRun(),
		"article": articlePage(), "bare article": &report.ArticlePage{}, "hostile article": evilArticle(),
		"linear": linearPage(), "bare linear": &report.LinearPage{Sigmoid: report.Sigmoid(), Directions: report.Sigmoid()}, "hostile linear": evilLinear(),
		"bench": attackBench(), "bare bench": &report.AttackBench{}, "hostile bench": evilBench(),
	} {
		t.Run(name, func(t *testing.T) {
			doc := render(t, p)
			wellFormed(t, doc, false)
			if found := outside.FindString(doc); found != "" {
				t.Errorf("the page reaches outside or runs a script: %q", found)
			}
			for _, m := range regexp.MustCompile(`var\((--\w+)`).FindAllStringSubmatch(doc, -1) {
				if !strings.Contains(doc, m[1]+":") {
					t.Errorf("the style variable %s is not defined", m[1])
				}
			}
			for _, want := range []string{"<!DOCTYPE html>", `<meta charset="utf-8">`, "width=device-width", "prefers-color-scheme: dark"} {
				if !strings.Contains(doc, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
			if strings.Contains(doc, "ZgotmplZ") {
				t.Error("the template refused a value")
			}
		})
	}
}

func TestRunPageTellsTheRun(t *testing.T) {
	doc := render(t, pandaPage())
	for _, want := range []string{
		"giant panda → vulture", "The file fools the network", "98.9\u00a0%", "n01616318", "0123456789abcdef", "2/255",
		"hoodwink fool panda.jpg --as vulture --eps 2/255", "11,520", "shown × 50", `alt="original"`, "step 54", "as vulture (23)",
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	pictures := regexp.MustCompile(`src="data:image/png;base64,([^"]+)"`).FindAllStringSubmatch(doc, -1)
	if len(pictures) != 4 {
		t.Fatalf("%d pictures, want 4", len(pictures))
	}
	for i, p := range pictures {
		raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(p[1], "&#43;", "+"))
		if err != nil {
			t.Fatal(err)
		}
		img, _, err := image.Decode(bytes.NewReader(raw))
		if err != nil || img.Bounds().Dx() != 80 {
			t.Errorf("picture %d: %v", i, err)
		}
	}
}

func TestRunPageVerdicts(t *testing.T) {
	top := func(class int, label string) []report.Prediction {
		return []report.Prediction{{Class: class, Label: label, Prob: 0.6}}
	}
	for _, c := range []struct {
		fool report.Fool
		want []string
	}{
		{report.Fool{Goal: report.GoalAs, Target: 23, TargetLabel: "vulture", Before: top(388, "panda"), Top: top(388, "panda"), ProbFile: 0.2}, []string{"Not fooled.", "“vulture” has 20.0", "panda → vulture"}},
		{report.Fool{Goal: report.GoalAs, Target: 23, TargetLabel: "vulture", SuccessFloat: true, Top: top(9, "ostrich")}, []string{"the file of rounded pixels does not", "calls it “ostrich”"}},
		{report.Fool{Goal: report.GoalNot, Target: 388, TargetLabel: "panda", SuccessFile: true, Before: top(388, "panda"), Top: top(356, "weasel")}, []string{"panda → weasel", "fools the network", "not panda (388)"}},
		{report.Fool{Goal: report.GoalNot, Target: 263, Not: []int{263, 162}, Before: top(263, "corgi"), Top: top(263, "corgi")}, []string{"still corgi", "none of the classes 263 162"}},
		{report.Fool{}, []string{"A run of hoodwink", "Not fooled."}},
	} {
		dot := image.NewGray(image.Rect(0, 0, 1, 1))
		doc := render(t, &report.RunPage{Fool: c.fool, Original: dot, Adversarial: dot})
		for _, want := range c.want {
			if !strings.Contains(doc, want) {
				t.Errorf("%+v: the page lacks %q", c.fool, want)
			}
		}
	}
}

func TestLargePicturesAreReduced(t *testing.T) {
	p := pandaPage()
	p.Adversarial = image.NewGray(image.Rect(0, 0, 2000, 1000))
	p.Perturbation = p.Adversarial
	doc := render(t, p)
	for _, want := range []string{"2000 × 1000, shown reduced", `width="1024" height="512" alt="adversarial picture"`, `width="1024" height="512" alt="perturbation"`} {
		if !strings.Contains(doc, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestArticlePage(t *testing.T) {
	a := articlePage()
	doc := render(t, a)
	for _, want := range []string{"The article, on your machine", "Second paragraph.", "must-match failed", "no photo was given", `href="#e2"`, `id="e2"`, "0.0 0.9\n0.9 0.0", `<td style="--share:35%">50.0`} {
		if !strings.Contains(doc, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	failed := a.Failures()
	if len(failed) != 1 || !strings.Contains(failed[0], "wool (911): published 6.19, measured 7.31") {
		t.Errorf("failures %q", failed)
	}
	a.Experiments[1].Figures[3].Matrix.Columns = nil
	if err := a.Encode(io.Discard); err == nil || !strings.Contains(err.Error(), "2 shares for 0 columns") {
		t.Errorf("a ragged matrix: got error %v", err)
	}
	a.Experiments[0].Rows[0].Verdict = "fine"
	if err := a.Encode(io.Discard); err == nil || !strings.Contains(err.Error(), `"fine"`) {
		t.Errorf("unknown verdict: got error %v", err)
	}
}

func TestPagesAreWrittenWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "page.html")
	broken := articlePage()
	broken.Experiments[1].Figures[1].Drawing = report.Curves{}
	lost := pandaPage()
	lost.Original = nil
	for name, p := range map[string]page{"no series": broken, "no picture": lost} {
		if err := p.Write(path); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("%d files were left behind", len(files))
	}
	if err := pandaPage().Write(path); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != render(t, pandaPage()) {
		t.Errorf("the file is not the page (error %v)", err)
	}
}

func BenchmarkRunPage(b *testing.B) {
	p := pandaPage()
	for b.Loop() {
		if err := p.Encode(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
