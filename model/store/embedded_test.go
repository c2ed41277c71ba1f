package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/tensor"
	"hoodwink/train"
)

// book holds drawings that the networks were neither trained on nor chosen by.
var book = dataset.Sketchbook{Seed: 1000}

// embedded lists the networks that are part of the program.
var embedded = []string{store.Embedded, store.Embedded + "-hardened"}

func openEmbedded(t *testing.T, name string) *model.Model {
	t.Helper()
	m, err := store.Open(name, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEmbeddedFiles(t *testing.T) {
	for _, name := range embedded {
		total := 0
		for _, file := range []string{"model.onnx", "hoodwink.yaml", "labels.txt"} {
			data, err := os.ReadFile(filepath.Join(name, file))
			if err != nil {
				t.Fatal(err)
			}
			total += len(data)
			if file == "labels.txt" && string(data) != strings.Join(dataset.SketchClasses(), "\n")+"\n" {
				t.Errorf("%s: labels.txt does not list the sketchbook's classes: %q", name, data)
			}
		}
		if total > 1<<20 {
			t.Errorf("%s has %d bytes, want at most 1 MiB", name, total)
		}
		m := openEmbedded(t, name)
		if want := []int{3, 64, 64}; !slices.Equal(m.Network.InputShape(), want) {
			t.Errorf("%s: input shape %v, want %v", name, m.Network.InputShape(), want)
		}
		if m.Name != name || m.Labels.Len() != len(dataset.SketchClasses()) || len(m.Notes) > 0 {
			t.Errorf("%s: called %s, %d classes, notes %q", name, m.Name, m.Labels.Len(), m.Notes)
		}
		v, err := store.Verify(name, store.Options{})
		if err != nil || v.Verdict != store.Official || len(v.Want) == 0 {
			t.Errorf("%s: verification %+v, %v", name, v, err)
		}
	}
}

// Under PGD within 8/255, the hardened network is right on at least 40 of 100 drawings
// more than the plain one.
func TestHardened(t *testing.T) {
	test := dataset.NewDrawings(book, 5000, 96, false)
	pgd := attacks.PGD{Steps: 20, StepSize: 2.0 / 255}
	var robust []float64
	for _, name := range embedded {
		r, err := train.Attacked(t.Context(), openEmbedded(t, name).Network, test, train.AttackOptions{Attack: pgd, Eps: 8.0 / 255, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %+v", name, r)
		robust = append(robust, r.Robust)
	}
	if !(robust[1] >= robust[0]+0.4) {
		t.Errorf("robust accuracy %.3f and hardened %.3f, want 0.4 more", robust[0], robust[1])
	}
}

// Fresh drawings are recognised, in the network's size and four times as large.
func TestEmbeddedRecogniseFreshDrawings(t *testing.T) {
	recognises(t, openEmbedded(t, store.Embedded), 0.98)
	recognises(t, openEmbedded(t, store.Embedded+"-hardened"), 0.92)
}

// recognises checks that the share of fresh drawings is recognised, and of no class much less.
func recognises(t *testing.T, m *model.Model, share float64) {
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
		t.Logf("%s, %d pixels: %.1f %% of %d right, per class of %d: %v", m.Name, c.size, 100*float64(sum)/float64(c.n), c.n, each, right)
		if !(float64(sum) >= share*float64(c.n)) {
			t.Errorf("%s, %d pixels: %d of %d drawings recognised, want %g %%", m.Name, c.size, sum, c.n, 100*share)
		}
		for k, r := range right {
			if !(float64(r) >= (share-0.2)*float64(each)) {
				t.Errorf("%s, %d pixels: %d of %d recognised as %s", m.Name, c.size, r, each, m.Labels.Class(k).Label)
			}
		}
	}
}

// A drawn panda becomes a vulture within 8 of 255 levels, and stays one as 8-bit pixels.
func TestDrawnPandaBecomesVulture(t *testing.T) {
	m := openEmbedded(t, store.Embedded)
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
			goal := attack.Targeted{Class: vulture.Index, Prob: 0.6}
			const eps = 8.0 / 255
			bim := attacks.BIM{Steps: 40, StepSize: 1.0 / 255}
			found, v, err := attack.Pictures(
				t.Context(), cl, bim, attack.Threat{Levels: 256}, attack.Options{}, x, eps, func(int) attack.Goal { return goal })
			if err != nil {
				t.Fatal(err)
			}
			distance := attack.Linf.Distance(found.Data, x.Data, 3)
			top := m.Top(cl.Forward(found).Data, 1)[0]
			t.Logf("%d pixels, seed %d: %s %.1f %% after %d steps, %.1f of 255 levels", size, seed, top.Label, 100*top.Prob, v[0].Steps, 255*distance)
			if !v[0].Success || top.Index != vulture.Index || !(top.Prob >= 0.6) || !(distance <= eps+1e-6) {
				t.Errorf("%d pixels, seed %d: the panda did not become a vulture within %.1f of 255 levels", size, seed, 255*eps)
			}
		}
	}
}
