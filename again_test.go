package hoodwink

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model/store"
	"hoodwink/preprocess"
)

// made writes an adversarial picture and returns the request that makes it again.
func made(t *testing.T, change func(*FoolRequest)) AgainRequest {
	t.Helper()
	m, picture := sketch(t, "giant panda")
	r := FoolRequest{
		Model: m, Input: picture, Output: filepath.Join(t.TempDir(), "made.png"), Version: "7", Seed: 3,
		Criterion: attack.Targeted{Class: 1}, Until: attack.Targeted{Class: 1, Prob: 0.9}, Attack: attacks.PGD{Steps: 9}, Eps: 20. / 255,
	}
	if change != nil {
		change(&r)
	}
	if _, err := Fool(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return AgainRequest{File: r.Output, Model: m, Input: picture}
}

// same makes a picture again and reports whether it has the same bytes.
func same(t *testing.T, r AgainRequest) (*Repeat, bool) {
	t.Helper()
	before, err := os.ReadFile(r.File)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Again(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if res.Same != (len(res.Differs) == 0) {
		t.Errorf("same %v, differences %v", res.Same, res.Differs)
	}
	if after, _ := os.ReadFile(r.File); string(after) != string(before) {
		t.Error("the file was changed")
	}
	return res, res.Same
}

// TestAgain: a picture is made again from its own record, to the same bytes: whatever the attack, and whatever
// its original is called now.
func TestAgain(t *testing.T) {
	mask := func() *preprocess.Picture {
		_, picture := sketch(t, "giant panda")
		m, err := preprocess.ReadFile(picture, preprocess.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range m.Pixels.Data {
			m.Pixels.Data[i] = float32(i / 100 % 2)
		}
		return m
	}
	for name, change := range map[string]func(*FoolRequest){
		"pgd":      nil,
		"l2":       func(r *FoolRequest) { r.Norm, r.Eps, r.Attack = attack.L2, 3, attacks.BIM{Steps: 5} },
		"at model": func(r *FoolRequest) { r.AtModel = true },
		"smallest": func(r *FoolRequest) {
			r.NotOwn, r.Until, r.Attack = true, nil, attacks.Smallest{Base: attacks.BIM{Steps: 4}}
		},
		"mask": func(r *FoolRequest) { r.Mask = mask() },
	} {
		r := made(t, change)
		if name == "mask" {
			if res, ok := same(t, r); ok || !strings.Contains(res.Differs[0], "mask") {
				t.Errorf("without its mask: %v", res.Differs)
			}
			r.Mask = mask()
		}
		if res, ok := same(t, r); !ok {
			t.Errorf("%s: %v", name, res.Differs)
		}
		moved := filepath.Join(t.TempDir(), "other name.png")
		data, _ := os.ReadFile(r.Input)
		if err := os.WriteFile(moved, data, 0o644); err != nil {
			t.Fatal(err)
		}
		r.Input, r.Output = moved, filepath.Join(t.TempDir(), "again.png")
		if res, ok := same(t, r); !ok || res.Output != r.Output {
			t.Errorf("%s: %+v", name, res)
		}
		a, _ := os.ReadFile(r.File)
		b, _ := os.ReadFile(r.Output)
		if string(a) != string(b) {
			t.Errorf("%s: what was written has other bytes", name)
		}
	}
}

// TestAgainDiffers: what is not as it was is said.
func TestAgainDiffers(t *testing.T) {
	r := made(t, nil)
	rec, err := ReadRecord(r.File)
	if err != nil {
		t.Fatal(err)
	}
	pic, err := preprocess.ReadFile(r.File, preprocess.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	write := func(change func()) {
		t.Helper()
		change()
		if err := preprocess.WritePNG(r.File, pic.Pixels, rec.texts()); err != nil {
			t.Fatal(err)
		}
	}
	want := func(words string) {
		t.Helper()
		if res, ok := same(t, r); ok || !strings.Contains(strings.Join(res.Differs, "; "), words) {
			t.Errorf("%v, want %s", res.Differs, words)
		}
	}
	write(func() { pic.Pixels.Data[7] = 1 - pic.Pixels.Data[7] })
	want("1 of 120000 values")
	write(func() { pic.Pixels.Data[7] = 1 - pic.Pixels.Data[7]; rec.Model = "elsewhere" })
	want("all pixels are the same")
	write(func() { rec.Model = r.Model.Name; rec.Interrupted = true })
	want("by hand")
	write(func() { rec.Interrupted = false; rec.Spec.Scale = 2 })
	want("contract")
	other, err := store.Open("sketchbook-hardened", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	write(func() { rec.Spec = r.Model.Spec })
	r.Model = other
	want("sketchbook-hardened")
	r.Model = made(t, nil).Model
	x, err := dataset.Draw(2, 5, 200)
	if err == nil {
		err = preprocess.WritePNG(r.Input, x, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	want("other pixels")
}

// TestAgainRefuses: files that must not be written, and a context that ends.
func TestAgainRefuses(t *testing.T) {
	r := made(t, nil)
	for _, out := range []string{r.File, r.Input, filepath.Join(t.TempDir(), "none", "x.png")} {
		wrong := r
		wrong.Output = out
		if _, err := Again(t.Context(), wrong); err == nil {
			t.Errorf("%s: no error", out)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.Output = filepath.Join(t.TempDir(), "again.png")
	r.Observe = func(attack.Step) { cancel() }
	if _, err := Again(ctx, r); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(r.Output); err == nil {
		t.Error("something was written")
	}
}
