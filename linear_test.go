package hoodwink_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/cmpimg"

	"hoodwink"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
	"hoodwink/train"
)

// waves is a linear classifier of pictures (c,8,8) whose weights are all different.
func waves(c int) *train.Linear {
	l := &train.Linear{Weights: tensor.New(3, c, 8, 8), Bias: []float32{0.1, -0.2, 0.3}}
	for i := range l.Weights.Data {
		k, y, x := i/(c*64), i/8%8, i%8
		l.Weights.Data[i] = float32(math.Sin(float64(1+i/64%c)*float64(x*(k+1))/4) + math.Cos(float64(y+3*k)/2))
	}
	return l
}

// written is the classifier as a model that was written and read back.
func written(t *testing.T, l *train.Linear, spec preprocess.Spec) *model.Model {
	t.Helper()
	net, err := l.Network()
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New("waves", net, spec, []string{"one", "two", "three"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := m.Export(filepath.Join(dir, "waves.onnx"), model.ExportOptions{}); err != nil {
		t.Fatal(err)
	}
	if m, err = store.Open(dir, store.Options{}); err != nil {
		t.Fatal(err)
	}
	return m
}

func specOf(c int) preprocess.Spec {
	s := preprocess.Spec{Preset: "raw", Width: 8, Height: 8, Resize: preprocess.Stretch, Antialias: true, Order: "RGB", Scale: 1}
	if c == 1 {
		s.Order = "gray"
	}
	return s
}

// What is read out of a model's file are its weights, in the units of pixels: with the
// order of colours, the scale, the mean and the deviation of the contract in them.
func TestReadLinear(t *testing.T) {
	for _, c := range []int{1, 3} {
		want := waves(c)
		got, err := hoodwink.ReadLinear(written(t, want, specOf(c)))
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want.Weights.Data {
			if !(math.Abs(float64(got.Weights.Data[i]-w)) <= 1e-6) {
				t.Fatalf("%d channels: weight %d is %g, want %g", c, i, got.Weights.Data[i], w)
			}
		}
	}
	l, spec := waves(3), specOf(3)
	spec.Order, spec.Scale, spec.Mean, spec.Std = "BGR", 255, []float32{100, 110, 120}, []float32{2, 3, 4}
	m := written(t, l, spec)
	got, err := hoodwink.ReadLinear(m)
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.New(1, 3, 8, 8)
	for i := range x.Data {
		x.Data[i] = float32(i%17) / 16
	}
	p, err := m.Predictor(1)
	if err != nil {
		t.Fatal(err)
	}
	want, err := p.Pixels(x)
	if err != nil {
		t.Fatal(err)
	}
	logits := make([]float32, 3)
	got.Logits(logits, x.Data)
	for k, z := range logits {
		if !(math.Abs(float64(z-want[k])) <= 1e-4*(1+math.Abs(float64(want[k])))) {
			t.Errorf("logit %d is %g by the weights and %g by the model", k, z, want[k])
		}
	}
	sketch, err := store.Open(store.Embedded, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hoodwink.ReadLinear(sketch); !errors.Is(err, train.ErrNotLinear) {
		t.Errorf("the embedded network is read as linear: %v", err)
	}
}

func TestTemplatesGolden(t *testing.T) {
	cmpimg.CheckPlotApprox(func() {
		var tiles []report.Tile
		for _, c := range []int{1, 3} {
			more, err := hoodwink.Templates(waves(c), []string{"one", "two", "three"})
			if err != nil {
				t.Fatal(err)
			}
			tiles = append(tiles, more...)
		}
		if err := (report.Montage{Tiles: tiles, Columns: 3, Side: 96}).WritePNG("testdata/templates.png"); err != nil {
			t.Fatal(err)
		}
	}, t, 0.02, "templates.png")
	if _, err := hoodwink.Templates(waves(1), []string{"one"}); err == nil {
		t.Error("one name for three classes is not refused")
	}
}

// Templates do not change with what all classes share, and are black and white opposites
// for two classes.
func TestTemplatesOfTwo(t *testing.T) {
	l := &train.Linear{Weights: tensor.New(2, 1, 1, 2), Bias: make([]float32, 2)}
	copy(l.Weights.Image(1), []float32{2, -2})
	tiles, err := hoodwink.Templates(l, []string{"no", "yes"})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []uint32{0, 0xffff} {
		if r, _, _, _ := tiles[k].Picture.At(0, 0).RGBA(); r != want {
			t.Errorf("class %d: first weight is drawn as %d, want %d", k, r, want)
		}
		if r, _, _, _ := tiles[k].Picture.At(1, 0).RGBA(); r != 0xffff-want {
			t.Errorf("class %d: second weight is drawn as %d, want %d", k, r, 0xffff-want)
		}
	}
}

// TestReadLinearIsExact: the weights that are read are those of the file to the last bit, of gray networks too, which
// are asked in their one channel.
func TestReadLinearIsExact(t *testing.T) {
	for _, c := range []int{1, 3} {
		want := waves(c)
		got, err := hoodwink.ReadLinear(written(t, want, specOf(c)))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Weights.Shape, want.Weights.Shape) || !slices.Equal(got.Weights.Data, want.Weights.Data) || !slices.Equal(got.Bias, want.Bias) {
			t.Errorf("%d channels: the weights are not those of the file", c)
		}
	}
}

func TestFoolLinear(t *testing.T) {
	for _, c := range []int{1, 3} {
		m := written(t, waves(c), specOf(c))
		l, err := hoodwink.ReadLinear(m)
		if err != nil {
			t.Fatal(err)
		}
		x := tensor.New(c, 8, 8)
		for i := range x.Data {
			x.Data[i] = float32(40+(i*37)%160) / 255
		}
		r := hoodwink.LinearRequest{Linear: l, Names: []string{"one", "two", "three"}, X: x, Hi: 1, Seed: 3, Model: m, Output: filepath.Join(t.TempDir(), "fooled.png")}
		res, err := hoodwink.FoolLinear(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		if !res.SuccessFile || res.After[0].Class != res.To.Class || !(res.ScoreBefore < 0 && res.ScoreAfter > 0) {
			t.Errorf("%d channels: %s → %s, score %g → %g", c, res.From.Label, res.After[0].Label, res.ScoreBefore, res.ScoreAfter)
		}
		if levels := 255 * res.Eps; levels != math.Round(levels) || !(res.Linf <= res.Eps+1e-9) {
			t.Errorf("%d channels: eps %g of 255, change %g", c, levels, 255*res.Linf)
		}
		closed := map[string]float64{}
		for _, s := range res.Smallest {
			if s.Method == report.ClosedForm {
				if s.Limits {
					closed[s.Norm] = s.Size
				}
				continue
			}
			if !(s.Size >= closed[s.Norm]*(1-1e-4)) || s.Method == "bim" && !(s.Size <= 1.01*closed[s.Norm]) {
				t.Errorf("%d channels: %s in %s finds %g, closed form %g", c, s.Method, s.Norm, s.Size, closed[s.Norm])
			}
		}
		if len(res.Smallest) != 8 {
			t.Errorf("%d smallest changes", len(res.Smallest))
		}
		if tiles, err := res.Pictures(); err != nil || len(tiles) != 6 {
			t.Errorf("%d pictures, %v", len(tiles), err)
		}
		page, err := res.Page("hoodwink linear fool")
		if err != nil {
			t.Fatal(err)
		}
		if err := page.Write(filepath.Join(t.TempDir(), "index.html")); err != nil {
			t.Error(err)
		}
		if s := res.Table(); strings.Count(s, "\n") != 8 || !strings.Contains(s, "/255") {
			t.Errorf("table:\n%s", s)
		}
		first, err := os.ReadFile(r.Output)
		if err != nil {
			t.Fatal(err)
		}
		r.Threads = 2
		if _, err := hoodwink.FoolLinear(context.Background(), r); err != nil {
			t.Fatal(err)
		}
		if kind := first[25]; (kind == 0) != (c == 1) { // 0 is gray
			t.Errorf("%d channels: a PNG of colour type %d", c, kind)
		}
		if again, _ := os.ReadFile(r.Output); string(again) != string(first) {
			t.Error("another number of threads writes another file")
		}
	}
}

// The ten numbers of the article: 5 % become 88 %.
func TestFoolLinearToy(t *testing.T) {
	l, x := train.Example()
	res, err := hoodwink.FoolLinear(context.Background(), hoodwink.LinearRequest{Linear: l, Names: []string{"no", "yes"}, X: tensor.FromSlice(x, len(x)), Eps: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	if p, q := res.To.Prob, res.After[0].Prob; !(math.Abs(p-0.0474) < 1e-4 && math.Abs(q-0.8808) < 1e-4) {
		t.Errorf("probability %.4f → %.4f", p, q)
	}
	if res.SuccessFile || len(res.Smallest) != 6 || !(math.Abs(res.Smallest[0].Size-0.3) < 1e-9) {
		t.Errorf("record %+v", res.LinearFool)
	}
	if tiles, err := res.Pictures(); tiles != nil || err != nil {
		t.Errorf("ten numbers are drawn as %d pictures, %v", len(tiles), err)
	}
}

func TestFoolLinearRefuses(t *testing.T) {
	l, x := train.Example()
	two, zero, nine := tensor.FromSlice(x, len(x)), 0, 9
	black, flat := tensor.New(2), &train.Linear{Weights: tensor.FromSlice([]float32{0, 0, -1, -1}, 2, 2), Bias: []float32{0, -1}}
	for name, r := range map[string]hoodwink.LinearRequest{
		"names":    {Linear: l, Names: []string{"no"}, X: two},
		"values":   {Linear: l, Names: []string{"no", "yes"}, X: tensor.New(3)},
		"the same": {Linear: l, Names: []string{"no", "yes"}, X: two, To: &zero},
		"outside":  {Linear: l, Names: []string{"no", "yes"}, X: two, To: &nine},
		"negative": {Linear: l, Names: []string{"no", "yes"}, X: two, Eps: -1},
		"NaN":      {Linear: l, Names: []string{"no", "yes"}, X: two, Eps: math.NaN()},
		"no way":   {Linear: flat, Names: []string{"no", "yes"}, X: black, Lo: 0, Hi: 1},
	} {
		if _, err := hoodwink.FoolLinear(context.Background(), r); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := hoodwink.FoolLinear(ctx, hoodwink.LinearRequest{Linear: l, Names: []string{"no", "yes"}, X: two}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
