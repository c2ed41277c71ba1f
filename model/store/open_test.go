package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"hoodwink/internal/fetch"
	"hoodwink/internal/testnet"
	"hoodwink/model"
)

func TestMissingModelSaysWhereAndHow(t *testing.T) {
	isolated(t)
	flag, env := t.TempDir(), t.TempDir()
	t.Setenv(Environment, env)
	testnet.Put(t, flag, map[string]string{"bvlc_googlenet/deploy.prototxt": "x"})
	_, err := Open("googlenet", Options{Dir: flag})
	var missing *MissingError
	if !errors.As(err, &missing) {
		t.Fatalf("got %v, want a MissingError", err)
	}
	at := filepath.Join(flag, "bvlc_googlenet")
	if len(missing.Looked) != 3 || missing.Looked[0] != at || missing.Looked[1] != filepath.Join(env, "bvlc_googlenet") {
		t.Errorf("looked in %q; want the flag's, the environment's and the cache's folder", missing.Looked)
	}
	if len(missing.Found) != 1 || !strings.Contains(err.Error(), "found only "+filepath.Join(at, "deploy.prototxt")) {
		t.Errorf("error %q does not say that the definition is there", err)
	}
	for _, w := range []string{"hoodwink models pull googlenet", "53.6 MB", "deploy.prototxt, bvlc_googlenet.caffemodel, synset_words.txt into " + at} {
		if !strings.Contains(missing.Hint(), w) {
			t.Errorf("hint %q does not contain %q", missing.Hint(), w)
		}
	}
}

func TestUnknownNamesAndPaths(t *testing.T) {
	isolated(t)
	file := filepath.Join(t.TempDir(), "w.caffemodel")
	os.WriteFile(file, nil, 0o644)
	for name, want := range map[string]string{
		"googlnet":       "no model has this name",
		"./nowhere":      "there is no such file or folder",
		"../../etc/nope": "there is no such file or folder",
		file:             "this is a file",
		"":               "no model has this name",
	} {
		if _, err := Open(name, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
	}
	_, err := Open("googlnet", Options{})
	testnet.CheckAdvice(t, err, "did you mean googlenet?")
}

func TestSearchOrder(t *testing.T) {
	isolated(t)
	flag, env := t.TempDir(), t.TempDir()
	t.Setenv(Environment, env)
	weights := string(testnet.TinyWeights(t, 1))
	useRegistry(t, row{name: "tiny", folder: "tiny_v1", definition: fetch.File{Name: "deploy.prototxt"}, weights: fetch.File{Name: "w.caffemodel"},
		labels: fetch.File{Name: "labels.txt"}, spec: preset("raw", 8, 6)})
	for _, dir := range []string{env, flag} { // the flag's goes first once it is there
		testnet.Put(t, dir, map[string]string{"tiny_v1/deploy.prototxt": testnet.TinyPrototxt, "tiny_v1/w.caffemodel": weights, "labels.txt": testnet.TinyLabels})
		m, err := Open("tiny", Options{Dir: flag})
		if err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(dir, "tiny_v1"); m.Dir != want || !m.Labels.Named() || m.Spec.Preset != "raw" {
			t.Errorf("opened %s with preset %s, want %s with its own", m.Dir, m.Spec.Preset, want)
		}
		if p, err := Path("tiny_v1", Options{Dir: flag}); p != m.Dir || err != nil {
			t.Errorf("Path by the folder's name: %s, %v", p, err)
		}
	}
}

func TestEmbeddedModel(t *testing.T) {
	isolated(t)
	weights := testnet.TinyWeights(t, 1)
	files := fstest.MapFS{"net.prototxt": {Data: []byte(testnet.TinyPrototxt)}, "net.caffemodel": {Data: weights}, "labels.txt": {Data: []byte(testnet.TinyLabels)}}
	useRegistry(t)
	register(row{name: "inside", title: "a test", definition: fetch.File{Name: "net.prototxt"}, weights: fetch.File{Name: "net.caffemodel"},
		labels: fetch.File{Name: "labels.txt"}, spec: preset("raw", 8, 6), embedded: files})
	m, err := Open("inside", Options{})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(testnet.TinyPrototxt + string(weights)))
	if m.Dir != model.BuiltIn || m.Hash != hex.EncodeToString(sum[:]) || m.Labels.Class(2).Label != "giant panda" {
		t.Errorf("folder %q, hash %s, class 2 %v", m.Dir, m.Hash, m.Labels.Class(2))
	}
	if v, err := Verify("inside", Options{}); err != nil || v.Verdict != Official {
		t.Errorf("verify: %+v, %v", v, err)
	}
	if l := List(Options{}); len(l) != 1 || !l[0].Present || l[0].Kind != "built in" {
		t.Errorf("list: %+v", l)
	}
	if _, err := Pull(t.Context(), "inside", Options{}, nil); err == nil {
		t.Error("pull of a built-in model: no error")
	}
	defer func() {
		if recover() == nil {
			t.Error("a name was registered twice")
		}
	}()
	register(row{name: "inside"})
}

// TestFoundModels: a folder of a models folder with one network and no contract is a model.
func TestFoundModels(t *testing.T) {
	isolated(t)
	o := Options{Dir: t.TempDir()}
	network, err := os.ReadFile("sketchbook/model.onnx")
	if err != nil {
		t.Fatal(err)
	}
	testnet.Put(t, o.Dir, map[string]string{"MyNet/my.onnx": string(network), "two/my.onnx": string(network)})
	testnet.Put(t, o.Dir, map[string]string{"two/other.onnx": string(network), "mixed/my.onnx": string(network), "mixed/tiny.caffemodel": "", "empty/readme.txt": "nothing", "file.txt": ""})
	m, err := Open("MyNet", o)
	if err != nil || m.Name != "MyNet" || len(m.Notes) != 2 || !strings.Contains(m.Notes[0], "assuming preset torchvision") {
		t.Errorf("opened %+v, %v", m, err)
	}
	var found []string
	for _, i := range List(o) {
		if i.Kind == "found" {
			state := "present"
			if !i.Present {
				state = i.Problem
			}
			found = append(found, i.Name+": "+state)
		}
	}
	if want := "MyNet: present"; len(found) != 3 || found[0] != want || !strings.Contains(found[1], "2 networks (my.onnx, tiny.caffemodel)") || !strings.Contains(found[2], "2 networks (my.onnx, other.onnx)") {
		t.Errorf("found %q", found)
	}
	for name, want := range map[string]string{"two": "2 networks (my.onnx, other.onnx)", "mixed": "2 networks (my.onnx, tiny.caffemodel)", "empty": "no model"} {
		if _, err := Open(name, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q in it", name, err, want)
		}
	}
	// A name that a folder has is taken, except for that folder's own network.
	other := t.TempDir()
	testnet.Put(t, other, map[string]string{"my.onnx": string(network)})
	testnet.Put(t, o.Dir, map[string]string{"mine/my.onnx": string(network)})
	if _, err := Add(Addition{Name: "mine", Folder: other}, o); err == nil || !strings.Contains(err.Error(), "the name is taken by the network in") {
		t.Errorf("a name that is taken: %v", err)
	}
	if _, err := Add(Addition{Name: "mine", Folder: filepath.Join(o.Dir, "mine")}, o); err != nil {
		t.Error(err)
	}
}
