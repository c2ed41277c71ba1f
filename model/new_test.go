package model

import (
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A network that was made here becomes a folder that opens as any model.
func TestNew(t *testing.T) {
	b := nn.NewBuilder("tiny")
	b.Input("pixels", 1, 2, 2)
	b.Add("logits", &nn.InnerProduct{Weights: tensor.FromSlice([]float32{1, 2, 3, 4, -1, 0, 1, 2}, 2, 4)}, []string{"pixels"}, []string{"logits"})
	net, err := b.Build("logits")
	if err != nil {
		t.Fatal(err)
	}
	spec := preprocess.Spec{Preset: "raw", Width: 2, Height: 2, Resize: preprocess.Stretch, Antialias: true, Order: "gray", Scale: 1}
	m, err := New("tiny", net, spec, []string{"day", "night"})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := m.Export(filepath.Join(dir, "model.onnx"), ExportOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := open(dir)
	if err != nil || got.Labels.Class(1).Label != "night" || got.Spec.Order != "gray" {
		t.Fatalf("opened: %+v, %v", got, err)
	}
	for want, c := range map[string]struct {
		spec    preprocess.Spec
		classes []string
	}{
		"3 class names for the 2 outputs": {spec, []string{"a", "b", "c"}},
		"the network wants":               {func() preprocess.Spec { s := spec; s.Width = 3; return s }(), []string{"a", "b"}},
		"channel order":                   {func() preprocess.Spec { s := spec; s.Order = ""; return s }(), []string{"a", "b"}},
	} {
		if _, err := New("tiny", net, c.spec, c.classes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
