package article_test

import (
	"context"
	"image/color"
	"slices"
	"strings"
	"testing"

	"hoodwink/article"
	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
)

func open(t *testing.T, name string) *model.Model {
	t.Helper()
	m, err := store.Open(name, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestSketchbook does the experiments on drawings: each measures what Figures names, and
// draws something.
func TestSketchbook(t *testing.T) {
	nb, err := article.NewNotebook(open(t, store.Embedded), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"predict", "black", "gradient", "gradient-picture", "one-step", "ten-steps", "fun", "sign", "away", "dog"} {
		t.Run(id, func(t *testing.T) {
			e, err := nb.Experiment(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			check(t, id, e)
		})
	}
}

func check(t *testing.T, id string, e *report.Experiment) {
	t.Helper()
	known := article.Figures(id)
	measured := 0
	for _, r := range e.Rows {
		t.Logf("%-22s | %s | %s | %s | %s", r.ID, r.Published, r.Measured, r.Verdict, r.Note)
		i := slices.IndexFunc(known, func(f article.Figure) bool { return f.ID == r.ID })
		if i < 0 || known[i].Text != r.Published || known[i].Name != r.Name {
			t.Errorf("row %q is no figure of the experiment", r.ID)
		}
		if r.Verdict != report.Skipped && r.Measured != "" {
			measured++
		}
	}
	if measured == 0 {
		t.Error("nothing was measured")
	}
	if len(e.Figures) == 0 && id != "gradient" {
		t.Error("nothing is shown")
	}
}

func TestLogistic(t *testing.T) {
	e, err := article.Logistic(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check(t, "logistic", e)
	for _, r := range e.Rows {
		if r.Verdict != report.Match {
			t.Errorf("%s: %s, published %s", r.ID, r.Measured, r.Published)
		}
	}
}

func TestHardened(t *testing.T) {
	e, err := article.Hardened(t.Context(), open(t, store.Embedded), open(t, store.Embedded+"-hardened"), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "hardened", e)
	if last := e.Rows[len(e.Rows)-1]; last.Verdict != report.BehaviourReproduced {
		t.Errorf("the hardened network is not harder to fool: %s", last.Measured)
	}
}

func TestTemplates(t *testing.T) {
	epochs := 0
	l, err := article.TrainTemplates(t.Context(), 600, func(epoch, of int) { epochs = of })
	if err != nil || epochs == 0 {
		t.Fatal(err, epochs)
	}
	e, err := article.Templates(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "templates", e)
	if !strings.Contains(e.Rows[0].ID, "granny") || e.Rows[0].Verdict != report.BehaviourReproduced {
		t.Errorf("Granny Smith is not green: %s", e.Rows[0].Measured)
	}
}

// TestOwnPicture: the reader's picture plays all parts.
func TestOwnPicture(t *testing.T) {
	nb, err := article.NewNotebook(open(t, store.Embedded), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	vulture, err := dataset.Draw(1, 3, 100)
	if err != nil {
		t.Fatal(err)
	}
	nb.Own = &article.Own{Name: "mine.png", Pixels: vulture}
	for _, id := range []string{"predict", "fun", "sign", "away", "dog"} {
		e, err := nb.Experiment(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		check(t, id, e)
	}
}

// TestGrayNetwork: with a network that takes gray, pictures and gradients have one channel throughout.
func TestGrayNetwork(t *testing.T) {
	const side = 16
	w := tensor.New(len(dataset.SketchClasses()), side*side)
	for i := range w.Data {
		w.Data[i] = float32((i*7919)%101-50) / 400
	}
	b := nn.NewBuilder("gray")
	b.Input("x", 1, side, side)
	b.Add("fc", &nn.InnerProduct{Weights: w}, []string{"x"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	spec := preprocess.Spec{Width: side, Height: side, Resize: preprocess.Stretch, Antialias: true, Order: "gray", Scale: 1}
	m, err := model.New("gray", net, spec, dataset.SketchClasses())
	if err != nil {
		t.Fatal(err)
	}
	nb, err := article.NewNotebook(m, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	vulture, err := dataset.Draw(1, 3, 100)
	if err != nil {
		t.Fatal(err)
	}
	nb.Own = &article.Own{Name: "mine.png", Pixels: vulture}
	for _, id := range []string{"predict", "black", "gradient", "gradient-picture", "one-step", "ten-steps", "fun", "sign", "away", "dog"} {
		e, err := nb.Experiment(t.Context(), id)
		if err != nil {
			t.Fatal(id, err)
		}
		check(t, id, e)
		for _, f := range e.Figures {
			for _, tile := range f.Tiles {
				if c := color.NRGBAModel.Convert(tile.Picture.At(90, 70)).(color.NRGBA); c.R != c.G || c.R != c.B {
					t.Errorf("%s, %q: %v", id, tile.Title, c)
				}
			}
			if f.Listing != "" && !strings.HasPrefix(f.Listing, "gray, top left corner") {
				t.Errorf("%s lists %q", id, f.Listing[:20])
			}
		}
	}
}

func TestCancelled(t *testing.T) {
	nb, err := article.NewNotebook(open(t, store.Embedded), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := nb.Experiment(ctx, "fun"); err == nil {
		t.Error("an experiment went on without anybody")
	}
	if _, err := nb.Experiment(t.Context(), "nothing"); err == nil {
		t.Error("there is an experiment called nothing")
	}
}
