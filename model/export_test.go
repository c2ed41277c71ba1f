package model

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/internal/filelock"
	"hoodwink/internal/files"
	"hoodwink/internal/testnet"
	"hoodwink/tensor"
)

// sameLogitsAndGradients compares two models on pictures of another size than the
// networks', to the bit.
func sameLogitsAndGradients(t *testing.T, a, b *Model) {
	t.Helper()
	h, w := a.Spec.Height+3, a.Spec.Width+5
	x, d := randomPictures(11, 2, 3, h, w), randomPictures(12, 2, a.Labels.Len())
	var logits, grads [2]*tensor.Tensor
	for i, m := range []*Model{a, b} {
		c, err := m.Classifier(2, h, w, ClassifierOptions{})
		if err != nil {
			t.Fatal(err)
		}
		logits[i], grads[i] = c.Forward(x).Clone(), c.Backward(d)
	}
	if !slices.Equal(logits[0].Data, logits[1].Data) {
		t.Error("the logits differ")
	}
	if !slices.Equal(grads[0].Data, grads[1].Data) {
		t.Error("the gradients differ")
	}
}

func exportTo(t *testing.T, m *Model, path string, o ExportOptions) *Exported {
	t.Helper()
	e, err := m.Export(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestExport: what is exported is a model that computes the same bits, under the same
// contract, with the same names.
func TestExport(t *testing.T) {
	embedded, err := open("store/sketchbook")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*Model{openTiny(t), embedded} {
		path := filepath.Join(t.TempDir(), "new", "folder", "mine.onnx")
		e := exportTo(t, m, path, ExportOptions{})
		info, err := os.Stat(path)
		if err != nil || e.Bytes != info.Size() || e.Name != "mine" || e.Layers < 4 || e.MaxDiff != 0 || !(e.MaxLogit > 0) || filepath.Base(e.Labels) != "labels.txt" {
			t.Errorf("%+v, %v", e, err)
		}
		for _, name := range []string{path, filepath.Dir(path)} {
			got, err := open(name)
			if err != nil {
				t.Fatal(err)
			}
			if got.Name != "mine" || got.Hash != e.Hash || len(got.Notes) != 0 || got.Outputs != Logits {
				t.Errorf("%s: opened %q, hash %s, notes %q, %s", name, got.Name, got.Hash, got.Notes, got.Outputs)
			}
			for i := range m.Labels.Len() {
				if !slices.Equal(got.Labels.Names(i), m.Labels.Names(i)) {
					t.Errorf("class %d: %q, want %q", i, got.Labels.Names(i), m.Labels.Names(i))
				}
			}
			sameLogitsAndGradients(t, got, m)
			// What was exported can be exported.
			exportTo(t, got, filepath.Join(t.TempDir(), "again.onnx"), ExportOptions{})
		}
		if err := unchanged(filepath.Dir(path)); err != nil {
			t.Errorf("verify: %v", err)
		}
	}
}

func TestExportHalf(t *testing.T) {
	m := openTiny(t)
	dir := t.TempDir()
	full, half := exportTo(t, m, filepath.Join(dir, "a", "full.onnx"), ExportOptions{}), exportTo(t, m, filepath.Join(dir, "b", "half.onnx"), ExportOptions{Half: true})
	if weights := int64(4*27 + 5*4*4*6); half.Bytes > full.Bytes-2*weights+200 || half.MaxDiff == 0 {
		t.Errorf("%d bytes in half precision and %d in single, difference %g", half.Bytes, full.Bytes, half.MaxDiff)
	}
}

// TestExportProbabilities: probabilities without a softmax stay such.
func TestExportProbabilities(t *testing.T) {
	m := openTiny(t)
	m.Outputs = Probabilities
	m.form.probabilities(Probabilities, leastProb)
	path := filepath.Join(t.TempDir(), "mine.onnx")
	exportTo(t, m, path, ExportOptions{})
	got, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Outputs != Probabilities || got.form.from != Probabilities {
		t.Errorf("the results are %s", got.Outputs)
	}
	sameLogitsAndGradients(t, got, m)
}

// TestExportOverwrites nothing without being told to, and never the model itself.
func TestExportOverwrites(t *testing.T) {
	m := openTiny(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.onnx")
	testnet.Put(t, dir, map[string]string{ContractName: "kept", "labels.txt": "kept"})
	_, err := m.Export(path, ExportOptions{})
	if err == nil || !strings.Contains(err.Error(), ContractName) || !strings.Contains(err.Error(), "labels.txt") {
		t.Fatalf("exported over other files: %v", err)
	}
	for _, name := range []string{ContractName, "labels.txt"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(data) != "kept" {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	if files.Is(path) {
		t.Error("something was written")
	}
	exportTo(t, m, path, ExportOptions{Force: true})
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	own, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mine.onnx", "other.onnx"} {
		if _, err := own.Export(filepath.Join(dir, name), ExportOptions{Force: true}); err == nil || !strings.Contains(err.Error(), "belongs to this model") {
			t.Errorf("exported over itself as %s: %v", name, err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the model was overwritten: %v", err)
	}
}

// TestExportLeavesNothing behind when something goes wrong.
func TestExportLeavesNothing(t *testing.T) {
	m := openTiny(t)
	dir := t.TempDir()
	testnet.Put(t, dir, map[string]string{"file": ""})
	for _, name := range []string{"file/mine.onnx", "mine.pb", "Mine Own.onnx", ".onnx"} {
		if _, err := m.Export(filepath.Join(dir, name), ExportOptions{}); err == nil {
			t.Errorf("%s: exported", name)
		}
	}
	wrong := *m
	wrong.Labels = NoLabels(4) // the contract made of it cannot be right
	wrong.Labels.missing = false
	if _, err := wrong.Export(filepath.Join(dir, "new", "mine.onnx"), ExportOptions{}); err == nil {
		t.Error("a model of 5 results and 4 classes was exported")
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestHalfExport: what a kill between the moves can leave, a contract without its network or with
// that of an earlier export, is refused.
func TestHalfExport(t *testing.T) {
	m := openTiny(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.onnx")
	exportTo(t, m, path, ExportOptions{})
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	exportTo(t, m, path, ExportOptions{Force: true, Half: true})
	if err := os.WriteFile(path, old, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := open(dir); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("the new contract with the old network: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := open(dir); err == nil || !strings.Contains(err.Error(), "mine.onnx") {
		t.Errorf("the contract alone: %v", err)
	}
}

// TestExportAlone: one export at a time writes into a folder, and it sweeps what a killed one left.
func TestExportAlone(t *testing.T) {
	m := openTiny(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "mine.onnx")
	release, err := filelock.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Export(path, ExportOptions{}); !errors.As(err, new(*filelock.BusyError)) {
		t.Errorf("exported beside another: %v", err)
	}
	release()
	leftover := filepath.Join(dir, ".hoodwink-0123abcd")
	testnet.Put(t, leftover, map[string]string{"mine.onnx": "half"})
	exportTo(t, m, path, ExportOptions{})
	var names []string
	left, err := os.ReadDir(dir)
	for _, e := range left {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); err != nil || got != "hoodwink.yaml labels.txt mine.onnx" {
		t.Errorf("the folder has %s, %v", got, err)
	}
}

// TestExportReal: the real networks compute the same bits once they are ONNX.
func TestExportReal(t *testing.T) {
	models := realModels(t)
	for _, name := range []string{"bvlc_googlenet", "squeezenet_v1.1", "cifar10_resnet20", "mnist_fgsm"} {
		m, err := open(filepath.Join(models, name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "mine.onnx")
		if e := exportTo(t, m, path, ExportOptions{}); e.MaxDiff != 0 {
			t.Errorf("%s: logits differ by %g", name, e.MaxDiff)
		}
		got, err := open(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.Labels.Class(0) != m.Labels.Class(0) {
			t.Errorf("%s: class 0 is %v, want %v", name, got.Labels.Class(0), m.Labels.Class(0))
		}
		sameLogitsAndGradients(t, got, m)
	}
}
