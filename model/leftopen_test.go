package model

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/internal/advice"
	"hoodwink/internal/testnet"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// logits returns what a model gives for a picture of its size.
func logits(t *testing.T, m *Model) []float32 {
	t.Helper()
	p, err := m.Predictor(1)
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.New(1, 3, m.Spec.Height, m.Spec.Width)
	for i := range x.Data {
		x.Data[i] = float32(i%7) / 7
	}
	out, err := p.Pixels(x)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLeftOpen: what the file leaves open is the contract's, or what Add is told, and then
// stands in the contract; the model is that of a file that says it all.
func TestLeftOpen(t *testing.T) {
	last := []int{6, 8, 3}
	for _, tc := range []struct {
		name     string
		net      onnxNet
		spec     preprocess.Spec
		output   string
		contract string // keys besides name, weights and preprocess
		keys     string // of preprocess
		note     string // of Add
	}{
		{"any size", onnxNet{dims: []int{0, 3, 0, 0}}, preprocess.Spec{Width: 8, Height: 6}, "", "", "width: 8, height: 6", ""},
		{"nothing said", onnxNet{dims: []int{0, 0, 0, 0}}, preprocess.Spec{Width: 8, Height: 6, Order: "BGR"}, "", "", "width: 8, height: 6, order: BGR", ""},
		{"colour in a row", onnxNet{dims: []int{0, 144}}, preprocess.Spec{Width: 8, Height: 6, Layout: preprocess.NCHW}, "", "", "width: 8, height: 6, layout: NCHW", ""},
		{"colour in a row, last", onnxNet{dims: []int{0, 144}, input: last}, preprocess.Spec{Width: 8, Height: 6, Layout: preprocess.NHWC}, "", "", "width: 8, height: 6, layout: NHWC", ""},
		{"features first", onnxNet{more: []string{"flat"}}, preprocess.Spec{}, "", "output: v0\n", "preset: torchvision", `"v0" is taken for the scores`},
		{"output named", onnxNet{more: []string{"flat"}}, preprocess.Spec{}, "v0", "output: v0\n", "preset: torchvision", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.net.input == nil {
				tc.net.input = colour.input
			}
			tc.net.classes, tc.net.scale = 5, .3
			tc.spec.Preset, tc.spec.Resize = "torchvision", preprocess.Stretch
			dir := t.TempDir()
			path := tc.net.write(t, filepath.Join(dir, "net"))
			models := filepath.Join(dir, "models")
			m, err := add(addition{Name: "mine", Folder: path, Spec: tc.spec, Output: tc.output}, models)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(m.Notes[:len(m.Notes)-1], "\n"); !strings.Contains(got, tc.note) || (tc.note == "") != (got == "") {
				t.Errorf("notes %q, want %q in them", got, tc.note) // the last is about class names
			}
			plain := tc.net
			plain.dims, plain.more = nil, nil
			ref, err := add(addition{Name: "plain", Folder: plain.write(t, filepath.Join(dir, "plain")), Spec: tc.spec}, models)
			if err != nil {
				t.Fatal(err)
			}
			want := logits(t, ref)
			again, err := open(filepath.Join(models, "mine"))
			if err != nil {
				t.Fatal(err)
			}
			if len(again.Notes) != 1 {
				t.Errorf("opened by the contract, the notes are %q", again.Notes)
			}
			testnet.Put(t, dir, map[string]string{"net/" + ContractName: "name: hand\nweights: my.onnx\n" + tc.contract + "preprocess: {preset: torchvision, resize: stretch, " + tc.keys + "}\n"})
			if strings.HasPrefix(tc.keys, "preset") {
				testnet.Put(t, dir, map[string]string{"net/" + ContractName: "name: hand\nweights: my.onnx\n" + tc.contract + "preprocess: {resize: stretch, " + tc.keys + "}\n"})
			}
			hand, err := open(filepath.Join(dir, "net"))
			if err != nil {
				t.Fatal(err)
			}
			for what, m := range map[string]*Model{"added": m, "opened": again, "by hand": hand} {
				if got := logits(t, m); !slices.Equal(got, want) {
					t.Errorf("%s: logits %v, want %v", what, got, want)
				}
			}
		})
	}
}

// TestLeftOpenAsks: without an answer the error says where to give one.
func TestLeftOpenAsks(t *testing.T) {
	for _, tc := range []struct {
		net    onnxNet
		output string
		want   string
		hint   string
	}{
		{onnxNet{dims: []int{0, 3, 0, 0}}, "", "not of a fixed size", "--size WIDTHxHEIGHT"},
		{onnxNet{dims: []int{0, 192}, input: []int{3, 8, 8}}, "", "a row of as many values", "--size 32 --order RGB --layout NCHW"},
		{onnxNet{more: []string{"flat"}}, "scores", `no output "scores": it has "flat", "v0"`, "--output-name NAME"},
	} {
		if tc.net.input == nil {
			tc.net.input = colour.input
		}
		tc.net.classes, tc.net.scale = 5, .3
		models := t.TempDir()
		_, err := add(addition{Name: "mine", Folder: tc.net.write(t, t.TempDir()), Output: tc.output}, models)
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(advice.Of(err), tc.hint) || !strings.Contains(advice.Of(err), ContractName) {
			t.Errorf("error %v, hint %q, want %q, %q in them", err, advice.Of(err), tc.want, tc.hint)
		}
		if left, _ := os.ReadDir(models); len(left) > 0 {
			t.Errorf("it left %v", left)
		}
	}
}

// TestContractOfOneAnswer: beside a network, a contract of what the error asks for is enough. Name,
// network and labels are the folder's, or those of the file that is opened.
func TestContractOfOneAnswer(t *testing.T) {
	net := onnxNet{dims: []int{0, 3, 0, 0}, input: colour.input, classes: 5, scale: .3}
	dir := filepath.Join(t.TempDir(), "My Net")
	path := net.write(t, dir)
	testnet.Put(t, dir, map[string]string{ContractName: "preprocess: {width: 8, height: 6}\n", "labels.txt": "a\nb\nc\nd\ne\n"})
	for where, name := range map[string]string{dir: "My Net", path: "my"} {
		m, err := open(where)
		if err != nil {
			t.Fatal(err)
		}
		if m.Name != name || m.Spec.Width != 8 || m.Spec.Height != 6 || m.Labels.Class(4).Label != "e" {
			t.Errorf("%s: %q for %dx%d, class 4 is %q", where, m.Name, m.Spec.Width, m.Spec.Height, m.Labels.Class(4).Label)
		}
	}
	testnet.Put(t, dir, map[string]string{"other.onnx": "x"})
	if _, err := open(path); err != nil {
		t.Error(err)
	}
	if _, err := open(dir); err == nil || !strings.Contains(err.Error(), "the folder has 2 networks (my.onnx, other.onnx)") {
		t.Errorf("two networks: %v", err)
	}
}
