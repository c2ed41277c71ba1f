package hoodwink

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/preprocess"
)

// TestRecordIsReadBack: what a PNG says about itself is all that a request has.
func TestRecordIsReadBack(t *testing.T) {
	m, picture := sketch(t, "giant panda")
	for name, r := range map[string]FoolRequest{
		"as":       {Criterion: attack.Targeted{Class: 1, Prob: 0.3}, Until: attack.Targeted{Class: 1, Prob: 0.95}, Attack: attacks.BIM{Steps: 7}, Eps: 3. / 255, Seed: 1<<64 - 1},
		"not":      {Criterion: attack.Misclassification{Classes: []int{0, 2}}, Attack: attacks.PGD{Steps: 2, Restarts: 2, Loss: attack.CW{Kappa: 4}}, Norm: attack.L2, Eps: 0.7},
		"not own":  {NotOwn: true, Attack: attacks.FGSM{}, Eps: 1. / 255, AtModel: true},
		"smallest": {NotOwn: true, Attack: attacks.Smallest{Base: attacks.BIM{Steps: 3}, Tolerance: 0.05}, Eps: 8. / 255},
	} {
		r.Model, r.Input, r.Output, r.Version = m, picture, filepath.Join(t.TempDir(), "out.png"), "1.2"
		res, err := Fool(context.Background(), r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := ReadRecord(r.Output)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.NotOwn {
			r.Criterion = attack.Misclassification{Classes: []int{res.Before[0].Class}}
		}
		want := &Record{
			Version: "1.2", Input: filepath.Base(picture), InputHash: hashPixels(res.Original), Model: m.Name, ModelHash: m.Hash, Spec: m.Spec,
			Goal: r.Criterion, Until: r.Until, AtModel: r.AtModel, Attack: r.Attack, Norm: r.Norm, Eps: r.Eps, Seed: r.Seed,
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// TestNoRecord: pictures of other origin, and records that nobody wrote so, are errors that say why.
func TestNoRecord(t *testing.T) {
	whole := `{"input":"a.png","input_sha256":"","model":"m","model_sha256":"","preprocess":{},"goal":{"kind":"targeted","class":1},` +
		`"at":"file","attack":{"name":"bim"},"norm":"linf","eps":"0.1","seed":0}`
	if _, err := parseRecord(software("1", []byte(whole))); err != nil {
		t.Fatal(err)
	}
	for change, want := range map[string]string{
		`"bim"→"stranger"`: "stranger", `"linf"→"l7"`: "l7", `"0.1"→"-1"`: "eps", `"0.1"→"NaN"`: "eps", `"0.1"→"x"`: "eps",
		`"a.png"→"../a.png"`: "without a folder", `"a.png"→""`: "without a folder", `"file"→"moon"`: "moon", `"targeted"→"won"`: "won", `{"name":"bim"}→"signs of linear weights"`: "an attack",
		`"goal"→"gaol"`: "no record", `{→`: "no record", `"name":"bim"→"name":"bim","steps":"-4"`: "steps",
		`{"name":"bim"}→{"smallest":{"of":{"name":"bim"},"tolerance":-1}}`: "tolerance",
	} {
		old, now, _ := strings.Cut(change, "→")
		changed := strings.Replace(whole, old, now, 1)
		if _, err := parseRecord(software("1", []byte(changed))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", change, err, want)
		}
	}
	_, picture := sketch(t, "vulture")
	for _, path := range []string{picture, filepath.Join(t.TempDir(), "none.png")} {
		if _, err := ReadRecord(path); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}

// FuzzRecord: whatever a file says about itself, reading it ends with a record that can be written again, or
// with an error.
func FuzzRecord(f *testing.F) {
	f.Add(`{"input":"a.png","goal":{"kind":"targeted","class":1},"at":"file","attack":{"smallest":{"of":{"name":"pgd","steps":"3"}}},"norm":"l1","eps":"+Inf"}`)
	f.Add(`{"input":"b","goal":{"kind":"labels","on":[1],"prob":0.5},"until":{"kind":"labels","off":[]},"at":"model","attack":{"name":"bim"},"norm":"linf","eps":"1e-3"}`)
	f.Fuzz(func(t *testing.T, settings string) {
		r, err := parseRecord([]preprocess.Text{{Key: recordKey, Value: settings}})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if math.IsNaN(r.Eps) || r.Eps < 0 {
			t.Errorf("eps %v", r.Eps)
		}
		again, err := parseRecord(r.texts())
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		a, _ := json.Marshal(r.texts())
		b, _ := json.Marshal(again.texts())
		if string(a) != string(b) {
			t.Errorf("%s, then %s", a, b)
		}
	})
}

// TestOutputThatFools: a file that fools is not replaced by one that does not, and with OnlyFooling no file is
// written that does not.
func TestOutputThatFools(t *testing.T) {
	m, picture := sketch(t, "giant panda")
	out := filepath.Join(t.TempDir(), "out.png")
	run := func(steps int, only bool) *FoolResult {
		t.Helper()
		res, err := Fool(context.Background(), FoolRequest{
			Model: m, Input: picture, Output: out, OnlyFooling: only, NotOwn: true, Attack: attacks.BIM{Steps: steps, StepSize: 1. / 255}, Eps: 60. / 255,
		})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	content := func() string {
		data, err := os.ReadFile(out)
		if err != nil {
			return ""
		}
		return string(data)
	}
	if res := run(1, true); res.SuccessFile || res.Output != "" || content() != "" {
		t.Errorf("a file that does not fool: %+v", res.Fool)
	}
	if res := run(1, false); res.SuccessFile || res.Output != out || content() == "" {
		t.Errorf("the best picture is not there: %+v", res.Fool)
	}
	weak := content()
	if res := run(60, false); !res.SuccessFile || res.Output != out || content() == weak {
		t.Fatalf("not fooled: %+v", res.Fool)
	}
	strong := content()
	if res := run(1, false); res.SuccessFile || res.Output != "" || res.Kept != out || content() != strong {
		t.Errorf("a file that fools was replaced: %+v", res.Fool)
	}
	if res := run(60, true); !res.SuccessFile || res.Output != out || content() != strong {
		t.Errorf("the same again: %+v", res.Fool)
	}
	if left, _ := os.ReadDir(filepath.Dir(out)); len(left) != 1 {
		t.Errorf("%d files are left, want 1", len(left))
	}
}
