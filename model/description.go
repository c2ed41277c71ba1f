package model

import (
	"encoding/hex"
	"fmt"

	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A Description is everything of a model but its network: what another process must know to use a
// network that runs elsewhere. Its fields are those of [Model], as JSON.
type Description struct {
	Name    string          `json:"name"`
	Hash    string          `json:"hash"`
	Spec    preprocess.Spec `json:"spec"`
	Outputs Outputs         `json:"outputs"`
	Output  string          `json:"output,omitempty"`
	Notes   []string        `json:"notes,omitempty"`

	Shape  []int `json:"shape"`  // of the network's output for one picture
	Params int64 `json:"params"` // weights and biases
	MACs   int64 `json:"macs"`   // multiply-adds of one Forward of one picture

	Synsets []string   `json:"synsets,omitempty"` // of the classes; none if no file names them
	Names   [][]string `json:"names,omitempty"`

	// How results become logits, as in the type reading.
	From  Outputs `json:"from,omitempty"`
	Least float64 `json:"least,omitempty"`
	Most  float64 `json:"most,omitempty"`
}

// Describe returns the description of a model.
func (m *Model) Describe() Description {
	d := Description{Name: m.Name, Hash: m.Hash, Spec: m.Spec, Outputs: m.Outputs, Output: m.Output, Notes: m.Notes,
		Shape: m.Network.OutputShape(), From: m.form.from, Least: m.form.least, Most: m.form.most}
	for _, r := range m.Network.Table() {
		d.Params += r.Params
		d.MACs += r.MACs
	}
	if m.Labels.Named() {
		d.Synsets, d.Names = m.Labels.synsets, m.Labels.names
	}
	return d
}

// Limits of a description.
const (
	maxCount = 1 << 53 // parameters, multiply-adds
	maxNotes = 100
	maxText  = 4096 // bytes of one of them
)

// Check reports whether the description can be that of a model. It may come from a process that has
// read a stranger's file, so every field is looked at. Neither the classes nor the values of an
// input may be more than the given numbers.
func (d *Description) Check(maxClasses, maxValues int) error {
	fail := func(format string, args ...any) error { return fmt.Errorf("description: "+format, args...) }
	if sum, err := hex.DecodeString(d.Hash); err != nil || len(sum) != 32 {
		return fail("the hash %.100q", d.Hash)
	}
	if err := d.Spec.Validate(); err != nil {
		return fail("%w", err)
	}
	if _, ok := tensor.CheckedSize(d.Spec.InputShape(), maxValues); !ok {
		return fail("an input of shape %v", d.Spec.InputShape())
	}
	if n, ok := tensor.CheckedSize(d.Shape, maxClasses); !ok || len(d.Shape) == 0 || n < 1 || n != d.Shape[0] {
		return fail("an output of shape %v", d.Shape)
	}
	if d.Outputs == "" || d.Outputs.Check() != nil {
		return fail("outputs %.100q", d.Outputs)
	}
	between := func(p float64) bool { return p > 0 && p < 1 }
	switch d.From {
	case "":
	case Probabilities, Sigmoid:
		if !between(d.Least) || !between(d.Most) {
			return fail("the least probabilities %g and %g", d.Least, d.Most)
		}
	default:
		return fail("results read as %.100q", d.From)
	}
	if min(d.Params, d.MACs) < 0 || max(d.Params, d.MACs) > maxCount {
		return fail("%d parameters, %d multiply-adds", d.Params, d.MACs)
	}
	if len(d.Notes) > maxNotes {
		return fail("%d notes", len(d.Notes))
	}
	texts := append([]string{d.Name, d.Output, d.Spec.Preset}, d.Notes...)
	if k := max(2, d.Shape[0]); len(d.Names) != len(d.Synsets) || len(d.Names) != 0 && len(d.Names) != k {
		return fail("%d names and %d synsets of %d classes", len(d.Names), len(d.Synsets), k)
	}
	for i, names := range d.Names {
		texts = append(append(texts, d.Synsets[i]), names...)
	}
	for _, s := range texts {
		if len(s) > maxText {
			return fail("a text of %d bytes", len(s))
		}
	}
	return nil
}

// Model returns the model that is described, with the given network, which must take and give what
// the description says. The description must have passed its Check.
func (d *Description) Model(net *nn.Network) (*Model, error) {
	if !tensor.SameShape(net.InputShape(), d.Spec.InputShape()) || !tensor.SameShape(net.OutputShape(), d.Shape) {
		return nil, &Error{Model: d.Name, Err: fmt.Errorf("the network maps %v to %v, described are %v and %v",
			net.InputShape(), net.OutputShape(), d.Spec.InputShape(), d.Shape)}
	}
	m := &Model{Name: d.Name, Network: net, Spec: d.Spec, Outputs: d.Outputs, Output: d.Output, Hash: d.Hash, Notes: d.Notes, files: make([]string, 3),
		form: reading{from: d.From, single: d.Shape[0] == 1, least: d.Least, most: d.Most}}
	if m.Labels = NoLabels(m.classes()); len(d.Names) > 0 {
		m.Labels = &Labels{synsets: d.Synsets, names: d.Names}
		for _, names := range d.Names {
			var folded []string
			for _, name := range names {
				folded = append(folded, fold(name))
			}
			m.Labels.folded = append(m.Labels.folded, folded)
		}
	}
	return m, nil
}
