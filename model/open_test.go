package model

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"hoodwink/preprocess"
)

func TestOpenFolderWithoutContract(t *testing.T) {
	isolated(t)
	dir := tinyFolder(t)
	m, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := preprocess.Preset("caffe-mean", 8, 6)
	if d := cmp.Diff(want, m.Spec); d != "" {
		t.Errorf("contract (-want +got)\n%s", d)
	}
	if m.Name != "tinynet" || m.Dir != dir || m.Labels.Len() != 5 || m.Labels.Class(4).Label != "vulture" {
		t.Errorf("name %q, folder %q, %d labels", m.Name, m.Dir, m.Labels.Len())
	}
	if len(m.Notes) != 1 || !strings.Contains(m.Notes[0], "assuming preset caffe-mean") {
		t.Errorf("notes %q do not say that the preset is assumed", m.Notes)
	}
	sum := sha256.Sum256([]byte(tinyPrototxt + string(tinyWeights(t, 1))))
	if m.Hash != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %s, want %x", m.Hash, sum)
	}
}

func TestOpenFolderOfTheCurrentFolder(t *testing.T) {
	isolated(t)
	dir := tinyFolder(t)
	t.Chdir(dir)
	if m, err := Open(".", Options{}); err != nil || m.Name != "tinynet" {
		t.Errorf("got %v, %v", m, err)
	}
	t.Chdir(filepath.Dir(dir))
	for _, name := range []string{"tinynet", "./tinynet"} {
		if _, err := Open(name, Options{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLabelsOfTheFolderAbove(t *testing.T) {
	isolated(t)
	dir := tinyFolder(t)
	os.Remove(filepath.Join(dir, "labels.txt"))
	put(t, filepath.Dir(dir), map[string]string{"synset_words.txt": tinyLabels})
	if m, err := Open(dir, Options{}); err != nil || !m.Labels.Named() {
		t.Errorf("five names above: %v", err)
	}
	put(t, filepath.Dir(dir), map[string]string{"synset_words.txt": "one\ntwo\n"})
	m, err := Open(dir, Options{})
	if err != nil || m.Labels.Named() || m.Labels.Len() != 5 {
		t.Fatalf("two names above: %v", err)
	}
	if got := m.Notes[len(m.Notes)-1]; !strings.Contains(got, "no file names the classes") {
		t.Errorf("note %q", got)
	}
}

// Every bad folder gives one error that names the file and says what is wrong.
func TestOpenErrors(t *testing.T) {
	isolated(t)
	weights := string(tinyWeights(t, 1))
	base := map[string]string{"deploy.prototxt": tinyPrototxt, "tiny.caffemodel": weights}
	for _, c := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"truncated weights", map[string]string{"tiny.caffemodel": weights[:len(weights)/2]}, []string{"tiny.caffemodel", "cut off"}},
		{"empty weights", map[string]string{"tiny.caffemodel": ""}, []string{"tiny.caffemodel"}},
		{"text for weights", map[string]string{"tiny.caffemodel": "hello"}, []string{"tiny.caffemodel"}},
		{"prototxt of nothing", map[string]string{"deploy.prototxt": ""}, []string{"deploy.prototxt", "empty"}},
		{"two weights", map[string]string{"other.caffemodel": weights}, []string{"2 networks (other.caffemodel, tiny.caffemodel)"}},
		{"no definition", map[string]string{"deploy.prototxt": "-"}, []string{"no *.prototxt to go with tiny.caffemodel"}},
		{"no weights", map[string]string{"tiny.caffemodel": "-"}, []string{"no weights"}},
		{"too few labels", map[string]string{"labels.txt": "a\nb\n"}, []string{"labels.txt", "2 class names for the 5 outputs"}},
		{"binary labels", map[string]string{"labels.txt": "\x00\x01"}, []string{"labels.txt", "not a text file"}},
		{"wrong size in contract", map[string]string{contractName: "name: x\ndefinition: deploy.prototxt\nweights: tiny.caffemodel\npreprocess: {preset: caffe, width: 9, height: 6}\n"},
			[]string{"[3 6 9]", "[3 6 8]"}},
		{"unknown preset", map[string]string{contractName: "name: x\ndefinition: deploy.prototxt\nweights: tiny.caffemodel\npreprocess: {preset: cafe}\n"},
			[]string{"unknown preset", "caffe-mean"}},
		{"contract without file", map[string]string{contractName: "name: x\ndefinition: deploy.prototxt\nweights: w.caffemodel\n"}, []string{"w.caffemodel", "no such file"}},
		{"contract of another format", map[string]string{contractName: "name: x\nweights: w.pt\n"}, []string{"w.pt", "unknown kind", "*.caffemodel"}},
		{"other hash", map[string]string{contractName: "name: x\ndefinition: deploy.prototxt\nweights: tiny.caffemodel\nsha256: " + strings.Repeat("0", 64) + "\n"},
			[]string{"changed since it was added"}},
		{"contract with a typing error", map[string]string{contractName: "name: x\nweight: w.caffemodel\n"}, []string{contractName, "line 2", `"weight"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, base)
			for name, content := range c.files {
				if content == "-" {
					os.Remove(filepath.Join(dir, name))
				} else {
					put(t, dir, map[string]string{name: content})
				}
			}
			_, err := Open(dir, Options{})
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not contain %q", err, w)
				}
			}
		})
	}
}

func TestOpenWeightsThatAreAFolder(t *testing.T) {
	isolated(t)
	dir := t.TempDir()
	put(t, dir, map[string]string{"deploy.prototxt": tinyPrototxt, "w.caffemodel/x": "", contractName: "name: x\ndefinition: deploy.prototxt\nweights: w.caffemodel\n"})
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
}

func TestMissingModelSaysWhereAndHow(t *testing.T) {
	isolated(t)
	flag, env := t.TempDir(), t.TempDir()
	t.Setenv(Environment, env)
	put(t, flag, map[string]string{"bvlc_googlenet/deploy.prototxt": "x"})
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
	checkAdvice(t, err, "did you mean googlenet?")
}

func TestSearchOrder(t *testing.T) {
	isolated(t)
	flag, env := t.TempDir(), t.TempDir()
	t.Setenv(Environment, env)
	weights := string(tinyWeights(t, 1))
	useRegistry(t, row{name: "tiny", folder: "tiny_v1", definition: File{Name: "deploy.prototxt"}, weights: File{Name: "w.caffemodel"},
		labels: File{Name: "labels.txt"}, spec: preset("raw", 8, 6)})
	for _, dir := range []string{env, flag} { // the flag's goes first once it is there
		put(t, dir, map[string]string{"tiny_v1/deploy.prototxt": tinyPrototxt, "tiny_v1/w.caffemodel": weights, "labels.txt": tinyLabels})
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
	weights := tinyWeights(t, 1)
	files := fstest.MapFS{"net.prototxt": {Data: []byte(tinyPrototxt)}, "net.caffemodel": {Data: weights}, "labels.txt": {Data: []byte(tinyLabels)}}
	useRegistry(t)
	register(row{name: "inside", title: "a test", definition: File{Name: "net.prototxt"}, weights: File{Name: "net.caffemodel"},
		labels: File{Name: "labels.txt"}, spec: preset("raw", 8, 6), embedded: files})
	m, err := Open("inside", Options{})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(tinyPrototxt + string(weights)))
	if m.Dir != builtIn || m.Hash != hex.EncodeToString(sum[:]) || m.Labels.Class(2).Label != "giant panda" {
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
