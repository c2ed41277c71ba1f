package model

import (
	"os"

	"hoodwink/nn"
	"hoodwink/preprocess"
)

// A FileInfo is a file of a model.
type FileInfo struct {
	Role string `json:"role"` // "definition", "weights", "labels" or "data", which is more weights
	Path string `json:"path"`
	Size int64  `json:"size,omitempty"` // bytes; unknown for built-in files
}

// An Inspection describes a model.
type Inspection struct {
	Name       string          `json:"name"`
	Network    string          `json:"network"` // the name in its own file
	Dir        string          `json:"dir"`
	Files      []FileInfo      `json:"files"`
	Hash       string          `json:"hash"`       // as Model.Hash
	Input      []int           `json:"input"`      // shape of one example, (C,H,W) or (H,W,C)
	Classes    int             `json:"classes"`    // number of logits
	Named      bool            `json:"named"`      // the classes have names
	Outputs    Outputs         `json:"outputs"`    // what the results in its files are
	Preprocess preprocess.Spec `json:"preprocess"` // how pictures become its input
	Params     int64           `json:"params"`     // weights and biases
	MACs       int64           `json:"macs"`       // multiply-adds of one Forward of one picture
	Layers     []nn.Row        `json:"layers"`
	Notes      []string        `json:"notes,omitempty"`
}

// Inspect describes the model: its layers with their shapes, parameters and
// multiply-adds, and the totals.
func (m *Model) Inspect() *Inspection {
	i := &Inspection{Name: m.Name, Network: m.Network.Name(), Dir: m.Dir, Hash: m.Hash, Input: m.Network.InputShape(), Classes: m.Labels.Len(),
		Named: m.Labels.Named(), Outputs: m.Outputs, Preprocess: m.Spec, Layers: m.Network.Table(), Notes: m.Notes}
	for _, r := range i.Layers {
		i.Params += r.Params
		i.MACs += r.MACs
	}
	for k, path := range m.files {
		if path == "" {
			continue
		}
		f := FileInfo{Role: []string{"definition", "weights", "labels", "data"}[min(k, 3)], Path: path}
		if info, err := os.Stat(path); err == nil && m.Dir != BuiltIn {
			f.Size = info.Size()
		}
		i.Files = append(i.Files, f)
	}
	return i
}
