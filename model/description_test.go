package model

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/nn"
	"hoodwink/preprocess"
)

func described(t *testing.T) (*Model, Description) {
	t.Helper()
	spec, err := preprocess.Preset("raw", testnet.Side, testnet.Side)
	if err != nil {
		t.Fatal(err)
	}
	m, err := New("x", testnet.Brightness(3, 0.5), spec, []string{"dark, night", "n01440764 bright"})
	if err != nil {
		t.Fatal(err)
	}
	m.Hash, m.Notes, m.Outputs = strings.Repeat("ab", 32), []string{"a note"}, Probabilities
	m.form.probabilities(Probabilities, 1e-6)
	text, err := json.Marshal(m.Describe())
	if err != nil {
		t.Fatal(err)
	}
	var d Description
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return m, d
}

// TestDescribe: a model that was made from its description is the same, apart from its files.
func TestDescribe(t *testing.T) {
	m, d := described(t)
	if err := d.Check(100, 1000); err != nil {
		t.Fatal(err)
	}
	got, err := d.Model(m.Network)
	if err != nil {
		t.Fatal(err)
	}
	got.Dir = m.Dir
	if !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v\nwant %+v", got, m)
	}
	if _, err := d.Model(testnet.Colours([][3]float32{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, &nn.Softmax{Axis: 1})); err == nil {
		t.Error("another network counts as the described one")
	}
}

// TestDescription: a description that no model has is refused, whichever field is wrong.
func TestDescription(t *testing.T) {
	for name, spoil := range map[string]func(d *Description){
		"no hash":           func(d *Description) { d.Hash = "" },
		"a short hash":      func(d *Description) { d.Hash = "abab" },
		"no side":           func(d *Description) { d.Spec.Width = 0 },
		"a large input":     func(d *Description) { d.Spec.Width, d.Spec.Height = 1<<14, 1<<14 },
		"an order":          func(d *Description) { d.Spec.Order = "x" },
		"a scale":           func(d *Description) { d.Spec.Scale = -1 },
		"no output":         func(d *Description) { d.Shape = nil },
		"an empty output":   func(d *Description) { d.Shape = []int{0} },
		"a wide output":     func(d *Description) { d.Shape = []int{1, 2} },
		"a negative output": func(d *Description) { d.Shape = []int{-2} },
		"a large output":    func(d *Description) { d.Shape = []int{101} },
		"outputs":           func(d *Description) { d.Outputs = "x" },
		"no outputs":        func(d *Description) { d.Outputs = "" },
		"a reading":         func(d *Description) { d.From = Logits },
		"a least of 0":      func(d *Description) { d.Least = 0 },
		"a most of 1":       func(d *Description) { d.Most = 1 },
		"a least of NaN":    func(d *Description) { d.Least = math.NaN() },
		"parameters":        func(d *Description) { d.Params = -1 },
		"multiply-adds":     func(d *Description) { d.MACs = math.MaxInt64 },
		"a name too many":   func(d *Description) { d.Names = append(d.Names, nil); d.Synsets = append(d.Synsets, "") },
		"a synset too many": func(d *Description) { d.Synsets = append(d.Synsets, "") },
		"many notes":        func(d *Description) { d.Notes = make([]string, maxNotes+1) },
		"a long note":       func(d *Description) { d.Notes = []string{strings.Repeat("x", maxText+1)} },
		"a long label":      func(d *Description) { d.Names[1] = []string{strings.Repeat("x", maxText+1)} },
		"a long preset":     func(d *Description) { d.Spec.Preset = strings.Repeat("x", maxText+1) },
	} {
		_, d := described(t)
		if spoil(&d); d.Check(100, 1000) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
