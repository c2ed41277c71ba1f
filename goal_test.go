package hoodwink

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/internal/advice"
	"hoodwink/internal/testnet"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// colours opens a network whose logits are products of a picture's mean colour with
// weights, then whatever layers follow, as an ONNX file.
func colours(t *testing.T, weights [][3]float32, labels string, then ...nn.Layer) *model.Model {
	t.Helper()
	dir := t.TempDir()
	testnet.Put(t, dir, map[string]string{"my.onnx": string(testnet.ONNX(testnet.Colours(weights, then...))), "labels.txt": labels,
		"hoodwink.yaml": "name: colours\nweights: my.onnx\nlabels: labels.txt\npreprocess: {preset: raw}\n"})
	m, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// colour writes a picture of one colour.
func colour(t *testing.T, r, g, b float32) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "colour.png")
	if err := preprocess.WritePNG(path, testnet.Colour(r, g, b), nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// settled attacks as settings say.
func settled(t *testing.T, m *model.Model, picture string, s Settings) *FoolResult {
	t.Helper()
	r, err := s.Request(m)
	if err != nil {
		t.Fatal(err)
	}
	r.Input, r.Output = picture, filepath.Join(t.TempDir(), "out.png")
	res, err := Fool(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

var warmColours = [][3]float32{{8, -4, 0}, {6, -3, 0}, {-8, 8, 0}}

// TestFoolLabels switches labels on and off by themselves. For a red picture the sigmoids
// are 0.99966, 0.99753 and 0.00034.
func TestFoolLabels(t *testing.T) {
	m := colours(t, warmColours, "red\nwarm\ngreen\n", &nn.Sigmoid{})
	picture := colour(t, 1, 0, 0)
	for _, c := range []struct {
		name    string
		s       Settings
		success bool
		after   func(p []float64) bool
	}{
		{"on", Settings{As: "green", Eps: "0.8"}, true, func(p []float64) bool { return p[2] > 0.5 }},
		{"on, though others stay likelier", Settings{As: "green", Eps: "0.51", Steps: 400}, true, func(p []float64) bool { return p[2] > 0.5 && p[0] > p[2] && p[1] > p[2] }},
		{"on, surely", Settings{As: "green", Eps: "0.9", Prob: 0.99}, true, func(p []float64) bool { return p[2] >= 0.99 }},
		{"on, too surely", Settings{As: "green", Eps: "0.51", Prob: 0.9}, false, func(p []float64) bool { return p[2] < 0.9 }},
		{"off", Settings{Not: []string{"red"}, Eps: "0.9"}, true, func(p []float64) bool { return p[0] < 0.5 }},
		{"both off", Settings{Not: []string{"red", "warm"}, Eps: "0.9"}, true, func(p []float64) bool { return p[0] < 0.5 && p[1] < 0.5 }},
		{"not enough", Settings{Not: []string{"red"}, Eps: "0.2"}, false, func(p []float64) bool { return p[0] > 0.5 }},
		{"margin", Settings{As: "green", Eps: "0.8", Loss: "margin"}, true, func(p []float64) bool { return p[2] > 0.5 }},
		{"prob", Settings{As: "green", Eps: "0.8", Loss: "prob"}, true, func(p []float64) bool { return p[2] > 0.5 }},
		{"L2", Settings{As: "green", Eps: "9", Norm: "l2"}, true, func(p []float64) bool { return p[2] > 0.5 }},
	} {
		res := settled(t, m, picture, c.s)
		p := make([]float64, 3)
		for _, top := range res.Top {
			p[top.Class] = top.Prob
		}
		if res.SuccessFile != c.success || !c.after(p) || !res.MultiLabel || len(res.Path) != 0 {
			t.Errorf("%s: success %v, %v", c.name, res.SuccessFile, p)
		}
		if before := res.Before[0]; before.Label != "red" || !(math.Abs(before.Prob-0.999665) < 1e-6) {
			t.Errorf("%s: before %+v", c.name, before)
		}
		goal := p[res.Target]
		if c.name == "both off" {
			goal = max(p[0], p[1])
		}
		if !(math.Abs(res.ProbFile-goal) < 1e-12) {
			t.Errorf("%s: the goal has %v, told %v", c.name, goal, res.ProbFile)
		}
		dir := t.TempDir()
		if err := res.WritePictures(dir); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		page := filepath.Join(dir, "run.html")
		if err := res.WritePage(page, ""); err != nil {
			t.Fatal(err)
		}
		html, err := os.ReadFile(page)
		if err != nil || !strings.Contains(string(html), "each label by itself") || strings.Contains(string(html), "calls it") {
			t.Errorf("%s: the page speaks of classes: %v", c.name, err)
		}
	}
}

// TestFoolOneSigmoid: one output is two classes, and all goes as with two logits.
func TestFoolOneSigmoid(t *testing.T) {
	for _, then := range [][]nn.Layer{{&nn.Sigmoid{}}, nil, {&nn.Unary{Op: nn.HardSigmoid, A: 0.05, B: 0.5}}} {
		m := colours(t, [][3]float32{{8, -8, 0}}, "dog\n", then...)
		res := settled(t, m, colour(t, 1, 0, 0), Settings{As: "not dog", Eps: "0.8", Prob: 0.55})
		if !res.SuccessFile || res.MultiLabel || res.Top[0].Label != "not dog" || res.Before[0].Label != "dog" || len(res.Path) != 2 || !(res.ProbFile >= 0.55) {
			t.Errorf("%v: %+v", then, res.Fool)
		}
	}
}

// TestFoolRoundedProbabilities: where the file's probabilities are in steps of 1/255 and
// end in no softmax, there is a gradient, and the record has what the file gives.
func TestFoolRoundedProbabilities(t *testing.T) {
	b := &nn.Quantize{Scale: []float32{1. / 255}, Zero: []float32{0}, High: 255}
	m := colours(t, [][3]float32{{9, 1, 0}, {1, 9, 0}, {0, 0, 9}}, "red\ngreen\nblue\n", &nn.Unary{Op: nn.Softplus}, &nn.LpNorm{P: 1, Axis: 1}, b)
	if m.Outputs != model.Probabilities {
		t.Fatalf("outputs %s, notes %v", m.Outputs, m.Notes)
	}
	res := settled(t, m, colour(t, 1, 0, 0), Settings{As: "green", Eps: "0.8"})
	if steps := res.ProbFile * 255; !res.SuccessFile || res.Steps == 0 || !(math.Abs(steps-math.Round(steps)) < 1e-4) {
		t.Errorf("%+v", res.Fool)
	}
}

// TestGradientOfLabels: the losses are of a label's own logits, 0 and z. For z = 6 red - 3
// green, that of the sigmoid by a pixel's red is p(1-p) 6/64.
func TestGradientOfLabels(t *testing.T) {
	m := colours(t, warmColours, "red\nwarm\ngreen\n", &nn.Sigmoid{})
	x := tensor.New(1, 3, 8, 8)
	for i := range 64 {
		x.Data[i] = 0.25
	}
	g, err := Gradient(m, x, 1, attack.Probability, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := 1 / (1 + math.Exp(-1.5))
	if !(math.Abs(g.Prob-p) < 1e-7) || !(math.Abs(float64(g.Pixels.Data[0])-p*(1-p)*6/64) < 1e-8) || !(math.Abs(g.Value-p) < 1e-7) {
		t.Errorf("probability %v, loss %v, gradient %v", g.Prob, g.Value, g.Pixels.Data[0])
	}
}

// TestGoalsOfTheWrongKind are refused.
func TestGoalsOfTheWrongKind(t *testing.T) {
	labels := colours(t, warmColours, "red\nwarm\ngreen\n", &nn.Sigmoid{})
	classes := colours(t, warmColours, "red\nwarm\ngreen\n", &nn.Softmax{Axis: 1})
	for m, c := range map[*model.Model]attack.Goal{labels: attack.Targeted{Class: 1}, classes: attack.Labels{On: []int{1}}} {
		if _, err := Fool(context.Background(), FoolRequest{Model: m, Input: colour(t, 1, 0, 0), Output: filepath.Join(t.TempDir(), "o.png"), Criterion: c, Eps: 0.1}); err == nil {
			t.Errorf("%T goes for %s", c, m.Outputs)
		}
	}
	if _, err := ReadLinear(labels); err == nil || !strings.Contains(err.Error(), "on or off by itself") {
		t.Errorf("labels as a linear classifier: %v", err)
	}
}

// TestFindLabels: a label is found by its own probability, and several by the likeliest.
func TestFindLabels(t *testing.T) {
	m := colours(t, warmColours, "red\nwarm\ngreen\n", &nn.Sigmoid{})
	picture := colour(t, 1, 0, 0)
	x := OpenIndex(t.TempDir(), m)
	for range 2 { // the second time from the index
		res, err := x.Find(context.Background(), filepath.Dir(picture), []int{0, 1}, 0.5, preprocess.Limits{}, 1, nil)
		if err != nil || len(res.Matches) != 1 || !(math.Abs(res.Matches[0].Prob-0.999665) < 1e-6) || len(res.Matches[0].Class) != 2 {
			t.Errorf("%+v, %v", res, err)
		}
	}
}

// TestNotFinite: where a network gives NaN, at first or on the way, no result is made of it,
// and the error names the model and the picture.
func TestNotFinite(t *testing.T) {
	m := colours(t, [][3]float32{{1, -1, 0}, {0, 0, 1}}, "red\nblue\n", &nn.Unary{Op: nn.Sqrt})
	check := func(what string, err error, wants ...string) {
		t.Helper()
		var own *model.NotFiniteError
		if !errors.As(err, &own) || !strings.Contains(advice.Of(err), "hoodwink models check colours") {
			t.Errorf("%s: %v, hint %q", what, err, advice.Of(err))
		}
		for _, w := range append(wants, `model "colours"`, "NaN") {
			if err != nil && !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v does not say %q", what, err, w)
			}
		}
	}
	good, bad := colour(t, 1, 0, 0.2), colour(t, 0, 1, 0.2)
	fool := func(picture string) error {
		_, err := Fool(context.Background(), FoolRequest{Model: m, Input: picture, Output: filepath.Join(t.TempDir(), "o.png"),
			Criterion: attack.Misclassification{Classes: []int{0}}, Attack: attacks.FGSM{}, Eps: 0.9})
		return err
	}
	check("the picture itself", fool(bad), bad)
	check("on the way", fool(good), good, "after 1 steps")
	pic, err := preprocess.ReadFile(bad, preprocess.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Gradient(m, pic.Pixels, 0, attack.Probability, 1)
	check("gradient", err)
	_, err = Gradient(m, pic.Pixels, -1, attack.Probability, 1)
	check("gradient of the top class", err)
	_, err = ReadLinear(m)
	check("linear", err)
	x := OpenIndex(t.TempDir(), m)
	res, err := x.Find(context.Background(), filepath.Dir(bad), []int{0}, 0, preprocess.Limits{}, 1, nil)
	if err != nil || res.NotFinite != 1 || !strings.Contains(res.Unreadable[bad], "NaN") || len(res.Matches) != 0 {
		t.Errorf("find: %+v, %v", res, err)
	}
}
