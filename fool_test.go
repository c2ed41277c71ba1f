package hoodwink

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/preprocess"
)

// sketch opens the embedded network and draws one of its classes into a file.
func sketch(t *testing.T, class string) (m *model.Model, picture string) {
	t.Helper()
	m, err := store.Open("sketchbook", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.Labels.Resolve(class)
	if err != nil {
		t.Fatal(err)
	}
	x, err := dataset.Draw(c.Index, 1, 200)
	if err != nil {
		t.Fatal(err)
	}
	picture = filepath.Join(t.TempDir(), "picture.png")
	if err := preprocess.WritePNG(picture, x, nil); err != nil {
		t.Fatal(err)
	}
	return m, picture
}

// TestPandaBecomesVulture is the main promise on the real network and a real photo:
// the file, read back, is a vulture; no pixel moved by more than two levels; and the
// bytes do not depend on the number of threads.
func TestPandaBecomesVulture(t *testing.T) {
	models, data := os.Getenv("HOODWINK_MODELS"), os.Getenv("HOODWINK_DATA")
	if models == "" || data == "" {
		t.Skip("HOODWINK_MODELS and HOODWINK_DATA are not set: the real GoogLeNet and photos are not tried")
	}
	m, err := store.Open("googlenet", store.Options{Dir: models})
	if err != nil {
		t.Fatal(err)
	}
	input := filepath.Join(data, "images", "n02510455_giant_panda.JPEG")
	var first []byte
	for threads := 1; threads <= 2; threads++ {
		output := filepath.Join(t.TempDir(), "vulture.png")
		res, err := Fool(context.Background(), FoolRequest{
			Model: m, Input: input, Output: output, Threads: threads,
			Criterion: attack.Targeted{Class: 23}, Until: attack.Targeted{Class: 23, Prob: 0.95},
			Attack: attacks.BIM{Steps: 100}, Eps: 2. / 255,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d threads: vulture %.4f in the file, %d steps, %.1f s", threads, res.ProbFile, res.Steps, res.Seconds)
		if !res.SuccessFile || res.Top[0].Class != 23 || !(res.ProbFile >= 0.95) {
			t.Errorf("%d threads: the file is %v with %.4f", threads, res.Top[0].Label, res.ProbFile)
		}
		if before := res.Before[0]; before.Class != 388 || res.Path[0].Class != 388 {
			t.Errorf("the photo is %v, path %v, want a giant panda at first", before, res.Path)
		}
		farthest := farthestLevel(t, input, output)
		if farthest > 2 || res.Linf > 2./255 {
			t.Errorf("a pixel moved by %d levels, reported %g", farthest, res.Linf)
		}
		b, err := os.ReadFile(output)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b
		} else if !bytes.Equal(first, b) {
			t.Error("two threads wrote other bytes than one")
		}
	}
}

// farthestLevel compares two picture files by their 8-bit samples.
func farthestLevel(t *testing.T, a, b string) int {
	t.Helper()
	x, err := preprocess.ReadFile(a, preprocess.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	y, err := preprocess.ReadFile(b, preprocess.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	farthest := 0
	for i, v := range x.Pixels.Data {
		d := int(preprocess.Level(v)) - int(preprocess.Level(y.Pixels.Data[i]))
		farthest = max(farthest, d, -d)
	}
	return farthest
}

func TestFoolWritesWhatItReports(t *testing.T) {
	m, picture := sketch(t, "giant panda")
	vulture, err := m.Labels.Resolve("vulture")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]FoolRequest{
		"towards":  {Criterion: attack.Targeted{Class: vulture.Index}, Eps: 12. / 255},
		"away":     {Criterion: attack.Misclassification{Classes: []int{0}}, Eps: 12. / 255, Attack: attacks.BIM{Steps: 50}},
		"at model": {Criterion: attack.Targeted{Class: vulture.Index}, Eps: 12. / 255, AtModel: true},
		"L2":       {Criterion: attack.Misclassification{Classes: []int{0}}, Norm: attack.L2, Eps: 12, Attack: attacks.BIM{Steps: 50}},
	} {
		t.Run(name, func(t *testing.T) {
			if r.Norm == attack.Linf && name != "away" {
				r.Attack = attacks.PGD{Steps: 100}
			}
			r.Model, r.Input, r.Output, r.Seed, r.Version = m, picture, filepath.Join(t.TempDir(), "out.png"), 5, "test"
			res, err := Fool(context.Background(), r)
			if err != nil {
				t.Fatal(err)
			}
			pic, err := preprocess.ReadFile(r.Output, preprocess.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := m.Predictor(1)
			if err != nil {
				t.Fatal(err)
			}
			top, err := p.Classify(pic, 1)
			if err != nil {
				t.Fatal(err)
			}
			if top[0].Index != res.Top[0].Class || top[0].Prob != res.Top[0].Prob {
				t.Errorf("the file is %v, the report says %v", top[0], res.Top[0])
			}
			if !res.SuccessFile {
				t.Errorf("not fooled: %+v", res.Fool)
			}
			size := res.Linf
			if r.Norm == attack.L2 {
				size = res.L2
			}
			if !(size <= r.Eps) {
				t.Errorf("the change measures %g, allowed is %g", size, r.Eps)
			}
			if h, _ := pic.Size(); r.AtModel != (h == m.Spec.Height) {
				t.Errorf("AtModel %v, the file is %d pixels high", r.AtModel, h)
			}
			f, err := os.Open(r.Output)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			texts, err := preprocess.ReadText(f)
			if err != nil || len(texts) != 2 || texts[0].Value != "hoodwink test" || !strings.Contains(texts[1].Value, `"seed":5`) || !strings.Contains(texts[1].Value, m.Hash) {
				t.Errorf("provenance %v, %v", texts, err)
			}
		})
	}
}

func TestFoolInterrupted(t *testing.T) {
	m, picture := sketch(t, "giant panda")
	ctx, cancel := context.WithCancel(context.Background())
	steps := 0
	output := filepath.Join(t.TempDir(), "out.png")
	res, err := Fool(ctx, FoolRequest{
		Model: m, Input: picture, Output: output, Criterion: attack.Targeted{Class: 1}, Eps: 0.6 / 255,
		Attack: attacks.BIM{Steps: 100000, StepSize: 1e-5},
		Observe: func(attack.Step) {
			if steps++; steps == 10 {
				cancel()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !res.Interrupted || res.Steps > 12 {
		t.Errorf("interrupted %v after %d steps", res.Interrupted, res.Steps)
	}
	if _, err := os.Stat(output); err != nil {
		t.Error(err)
	}
}

func TestFoolRefuses(t *testing.T) {
	m, picture := sketch(t, "giant panda")
	dir := t.TempDir()
	out := filepath.Join(dir, "out.png")
	for name, r := range map[string]FoolRequest{
		"negative eps":  {Input: picture, Output: out, Criterion: attack.Targeted{Class: 1}, Eps: -1},
		"eps in levels": {Input: picture, Output: out, Criterion: attack.Targeted{Class: 1}, Eps: 8},
		// 200x200x3 values measure 346.4
		"eps beyond L2":  {Input: picture, Output: out, Criterion: attack.Targeted{Class: 1}, Norm: attack.L2, Eps: 350},
		"eps too small":  {Input: picture, Output: out, Criterion: attack.Targeted{Class: 1}, Eps: 0.4 / 255},
		"NaN eps":        {Input: picture, Output: out, Criterion: attack.Targeted{Class: 1}, Eps: math.NaN()},
		"class":          {Input: picture, Output: out, Criterion: attack.Targeted{Class: 1000}, Eps: 0.1},
		"missing file":   {Input: filepath.Join(dir, "none.png"), Output: out, Criterion: attack.Targeted{Class: 1}, Eps: 0.1},
		"missing folder": {Input: picture, Output: filepath.Join(dir, "none", "out.png"), Criterion: attack.Targeted{Class: 1}, Eps: 0.1},
		"itself":         {Input: picture, Output: picture, Criterion: attack.Targeted{Class: 1}, Eps: 0.1},
	} {
		r.Model = m
		if _, err := Fool(context.Background(), r); err == nil {
			t.Errorf("%s: no error", name)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: something was written", name)
		}
	}
}

func TestDistances(t *testing.T) {
	level := func(k int) float32 { return float32(k) / 255 }
	linf, l2, l0 := distances([]float32{level(3), level(7), 0.5, level(9)}, []float32{level(1), level(7), 0.5, level(12)})
	if linf != 3./255 || math.Abs(l2-math.Sqrt(13)/255) > 1e-15 || l0 != 2 {
		t.Errorf("Linf %v, L2 %v, L0 %d", linf, l2, l0)
	}
	if linf, _, _ := distances([]float32{0.5004}, []float32{0.5}); math.Abs(linf-0.0004) > 1e-7 {
		t.Errorf("a change of less than a level measures %v", linf)
	}
}

func TestCheckOutputs(t *testing.T) {
	_, picture := sketch(t, "vulture")
	dir := filepath.Dir(picture)
	link := filepath.Join(dir, "link.png")
	if err := os.Symlink(picture, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	free := filepath.Join(dir, "free.png")
	for _, c := range []struct {
		outputs []string
		ok      bool
	}{
		{[]string{free, "", filepath.Join(dir, "b.png")}, true},
		{[]string{picture}, false},
		{[]string{link}, false},
		{[]string{free, filepath.Join(dir, ".", "free.png")}, false},
		{[]string{filepath.Join(dir, "none", "x.png")}, false},
	} {
		if err := CheckOutputs([]string{picture}, c.outputs...); (err == nil) != c.ok {
			t.Errorf("%v: %v", c.outputs, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("%d files in the folder, want 2", len(left))
	}
}
