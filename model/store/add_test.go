package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
	"hoodwink/model"
	"hoodwink/preprocess"
)

func TestAddThenOpen(t *testing.T) {
	isolated(t)
	models, folder := t.TempDir(), testnet.TinyFolder(t)
	o := Options{Dir: models}
	added, err := Add(Addition{Name: "mine", Folder: folder, Spec: preprocess.Spec{Preset: "raw"}}, o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Open("mine", o)
	if err != nil {
		t.Fatal(err)
	}
	if m.Hash != added.Hash || m.Dir != filepath.Join(models, "mine") || m.Spec.Preset != "raw" || m.Spec.Width != 8 || !m.Labels.Named() || len(m.Notes) != 0 {
		t.Errorf("opened %+v", m)
	}
	if byPath, err := Open(m.Dir, Options{}); err != nil || byPath.Name != "mine" {
		t.Errorf("by its folder: %v", err)
	}
	v, err := Verify("mine", o)
	if err != nil || v.Verdict != Unchanged || !v.OK || v.MaxDiff > 1e-6 || len(v.Want) != topKept {
		t.Errorf("verify: %+v, %v", v, err)
	}
	found := false
	for _, i := range List(o) {
		found = found || i.Name == "mine" && i.Kind == "added" && i.Present && i.Dir == m.Dir
	}
	if !found {
		t.Errorf("not in the list: %+v", List(o))
	}
	if _, err := Add(Addition{Name: "mine", Folder: folder}, o); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("added twice: %v", err)
	}

	// Other weights under the same name are noticed.
	testnet.Put(t, folder, map[string]string{"tiny.caffemodel": string(testnet.TinyWeights(t, 2))})
	if _, err := Open("mine", o); err == nil || !strings.Contains(err.Error(), "changed since it was added") {
		t.Errorf("open with other weights: %v", err)
	}
	if v, err := Verify("mine", o); err != nil || v.Verdict != Different || v.OK {
		t.Errorf("verify with other weights: %+v, %v", v, err)
	}
	// Other bytes that compute the same are recognised, and distinguished from the official ones.
	testnet.Put(t, folder, map[string]string{"tiny.caffemodel": string(testnet.TinyWeights(t, 1)), "deploy.prototxt": "# mine\n" + testnet.TinyPrototxt})
	if v, err := Verify("mine", o); err != nil || v.Verdict != Equivalent || !v.OK {
		t.Errorf("verify with a comment in the definition: %+v, %v", v, err)
	}
	os.Remove(filepath.Join(folder, "tiny.caffemodel"))
	for _, i := range List(o) {
		if i.Name == "mine" && (i.Present || !strings.Contains(i.Problem, "tiny.caffemodel is missing")) {
			t.Errorf("list without weights: %+v", i)
		}
	}
}

func TestAddInsideTheModelsFolderIsRelative(t *testing.T) {
	isolated(t)
	models := t.TempDir()
	testnet.Put(t, models, map[string]string{"mine/deploy.prototxt": testnet.TinyPrototxt, "mine/tiny.caffemodel": string(testnet.TinyWeights(t, 1)), "names.txt": testnet.TinyLabels})
	o := Options{Dir: models}
	if _, err := Add(Addition{Name: "mine", Folder: filepath.Join(models, "mine"), Labels: filepath.Join(models, "names.txt")}, o); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(models, "mine", model.ContractName))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"definition: deploy.prototxt\n", "weights: tiny.caffemodel\n", "labels: " + filepath.Join(models, "names.txt") + "\n"} {
		if !strings.Contains(string(data), want) {
			t.Errorf("the contract does not say %q:\n%s", want, data)
		}
	}
	moved := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(filepath.Join(models, "mine"), moved); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(moved, Options{}); err != nil {
		t.Errorf("after moving the folder: %v", err)
	}
}

func TestAddNamedFiles(t *testing.T) {
	isolated(t)
	dir := t.TempDir()
	testnet.Put(t, dir, map[string]string{"a.prototxt": testnet.TinyPrototxt, "b.prototxt": "x", "a.caffemodel": string(testnet.TinyWeights(t, 1)), "b.caffemodel": "x"})
	a := filepath.Join(dir, "a.")
	for i, add := range []Addition{
		{Name: "n0", Definition: a + "prototxt", Weights: a + "caffemodel"},
		{Name: "n1", Folder: dir, Definition: a + "prototxt", Weights: a + "caffemodel"},
	} {
		if _, err := Add(add, Options{Dir: t.TempDir()}); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	for i, add := range []Addition{
		{Name: "n0"},
		{Name: "n1", Folder: dir},
		{Name: "n2", Folder: dir, Weights: a + "caffemodel"},
		{Name: "n3", Folder: dir, Definition: a + "prototxt"},
		{Name: "n4", Definition: a + "prototxt", Weights: filepath.Join(dir, "b.caffemodel")},
		{Name: "googlenet", Definition: a + "prototxt", Weights: a + "caffemodel"},
		{Name: "../x", Definition: a + "prototxt", Weights: a + "caffemodel"},
		{Name: "n5", Definition: a + "prototxt", Weights: a + "caffemodel", Spec: preprocess.Spec{Preset: "caffe", Width: 224, Height: 224}},
		{Name: "n6", Definition: a + "prototxt", Weights: a + "caffemodel", Labels: filepath.Join(dir, "none.txt")},
	} {
		models := t.TempDir()
		if _, err := Add(add, Options{Dir: models}); err == nil {
			t.Errorf("%d: no error", i)
		} else if entries, _ := os.ReadDir(models); len(entries) != 0 {
			t.Errorf("%d: something was written although: %v", i, err)
		}
	}
}

func TestContractOfAnotherName(t *testing.T) {
	isolated(t)
	models := t.TempDir()
	testnet.Put(t, models, map[string]string{"one/" + model.ContractName: "name: two\nweights: w.caffemodel\n", "bad/" + model.ContractName: "x: 1\n", "noise/readme": ""})
	o := Options{Dir: models}
	if _, err := Open("one", o); err == nil || !strings.Contains(err.Error(), `called "two"`) {
		t.Errorf("got %v", err)
	}
	problems := map[string]string{}
	for _, i := range List(o) {
		if i.Kind == "added" {
			problems[i.Name] = i.Problem
		}
	}
	if len(problems) != 2 || !strings.Contains(problems["one"], `"two"`) || !strings.Contains(problems["bad"], "line 1") {
		t.Errorf("problems %q", problems)
	}
}
