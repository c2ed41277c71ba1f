package sketch_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/tensor"
)

// book holds drawings that the network was neither trained on nor chosen by.
var book = dataset.Sketchbook{Seed: 1000}

func open(t *testing.T) *model.Model {
	t.Helper()
	m, err := model.Open("sketch", model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFiles(t *testing.T) {
	total := 0
	for _, name := range []string{"deploy.prototxt", "sketch.caffemodel", "labels.txt"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		total += len(data)
		if name == "labels.txt" && string(data) != strings.Join(dataset.SketchClasses(), "\n")+"\n" {
			t.Errorf("labels.txt does not list the sketchbook's classes: %q", data)
		}
	}
	if total > 300<<10 {
		t.Errorf("the files have %d bytes together, want at most 300 KiB", total)
	}
	m := open(t)
	if want := []int{3, 64, 64}; !slices.Equal(m.Network.InputShape(), want) {
		t.Errorf("input shape %v, want %v", m.Network.InputShape(), want)
	}
	if m.Labels.Len() != len(dataset.SketchClasses()) || len(m.Notes) > 0 {
		t.Errorf("%d classes, notes %q", m.Labels.Len(), m.Notes)
	}
}

func TestVerifies(t *testing.T) {
	v, err := model.Verify("sketch", model.Options{})
	if err != nil || v.Verdict != model.Official || len(v.Want) == 0 {
		t.Errorf("verification %+v, %v", v, err)
	}
}

// Fresh drawings are recognised, in the network's size and four times as large.
func TestRecognisesFreshDrawings(t *testing.T) {
	m := open(t)
	for _, c := range []struct{ size, n int }{{dataset.SketchSize, 800}, {256, 240}} {
		const batch = 20
		cl, err := m.Classifier(batch, c.size, c.size, model.ClassifierOptions{ForwardOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		of := dataset.Sketchbook{Seed: book.Seed, Size: c.size}
		x, labels := tensor.New(batch, 3, c.size, c.size), make([]int, batch)
		right := make([]int, m.Labels.Len())
		sum := 0
		for i := 0; i < c.n; i += batch {
			if err := of.Batch(x, labels, uint64(i)); err != nil {
				t.Fatal(err)
			}
			logits := cl.Forward(x)
			for n, k := range labels {
				if tensor.Argmax(logits.Image(n)) == k {
					right[k]++
					sum++
				}
			}
		}
		each := c.n / len(right)
		t.Logf("%d pixels: %.1f %% of %d right, per class of %d: %v", c.size, 100*float64(sum)/float64(c.n), c.n, each, right)
		if !(float64(sum) >= 0.95*float64(c.n)) {
			t.Errorf("%d pixels: %d of %d drawings recognised, want 95 %%", c.size, sum, c.n)
		}
		for k, r := range right {
			if !(float64(r) >= 0.85*float64(each)) {
				t.Errorf("%d pixels: %d of %d recognised as %s, want 85 %%", c.size, r, each, m.Labels.Class(k).Label)
			}
		}
	}
}

// A drawn panda becomes a vulture within 8 of 255 levels, and stays one as 8-bit pixels.
func TestPandaBecomesVulture(t *testing.T) {
	m := open(t)
	panda, err := m.Labels.Resolve("giant panda")
	if err != nil {
		t.Fatal(err)
	}
	vulture, err := m.Labels.Resolve("vulture")
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{dataset.SketchSize, 256} {
		cl, err := m.Classifier(1, size, size, model.ClassifierOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(5) {
			x, err := dataset.Draw(panda.Index, seed, size)
			if err != nil {
				t.Fatal(err)
			}
			if top := tensor.Argmax(cl.Forward(x).Data); top != panda.Index {
				t.Errorf("%d pixels, seed %d: the panda is taken for class %d", size, seed, top)
				continue
			}
			goal := attack.Targeted{Class: vulture.Index, Prob: 0.9}
			const eps = 8.0 / 255
			r, err := attack.BIM{Steps: 40, StepSize: 1.0 / 255}.Run(context.Background(), &attack.Problem{
				Model: cl, X: x, Criteria: []attack.Criterion{goal}, Norm: attack.Linf, Eps: eps, Levels: 256})
			if err != nil {
				t.Fatal(err)
			}
			distance := attack.Linf.Distance(r.X.Data, x.Data)
			top := m.Top(cl.Forward(r.X).Data, 1)[0]
			t.Logf("%d pixels, seed %d: %s %.1f %% after %d steps, %.1f of 255 levels", size, seed, top.Label, 100*top.Prob, r.Images[0].Steps, 255*distance)
			if !r.Images[0].Success || top.Index != vulture.Index || !(top.Prob >= 0.9) || !(distance <= eps+1e-6) {
				t.Errorf("%d pixels, seed %d: the panda did not become a vulture within %.1f of 255 levels", size, seed, 255*eps)
			}
		}
	}
}
