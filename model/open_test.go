package model

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hoodwink/internal/testnet"
	"hoodwink/preprocess"
)

func TestOpenFolderWithoutContract(t *testing.T) {
	dir := testnet.TinyFolder(t)
	m, err := open(dir)
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
	sum := sha256.Sum256([]byte(testnet.TinyPrototxt + string(testnet.TinyWeights(t, 1))))
	if m.Hash != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %s, want %x", m.Hash, sum)
	}
}

func TestOpenFolderOfTheCurrentFolder(t *testing.T) {
	dir := testnet.TinyFolder(t)
	t.Chdir(dir)
	if m, err := open("."); err != nil || m.Name != "tinynet" {
		t.Errorf("got %v, %v", m, err)
	}
	t.Chdir(filepath.Dir(dir))
	for _, name := range []string{"tinynet", "./tinynet"} {
		if _, err := open(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLabelsOfTheFolderAbove(t *testing.T) {
	dir := testnet.TinyFolder(t)
	os.Remove(filepath.Join(dir, "labels.txt"))
	testnet.Put(t, filepath.Dir(dir), map[string]string{"synset_words.txt": testnet.TinyLabels})
	if m, err := open(dir); err != nil || !m.Labels.Named() {
		t.Errorf("five names above: %v", err)
	}
	testnet.Put(t, filepath.Dir(dir), map[string]string{"synset_words.txt": "one\ntwo\n"})
	m, err := open(dir)
	if err != nil || m.Labels.Named() || m.Labels.Len() != 5 {
		t.Fatalf("two names above: %v", err)
	}
	if got := m.Notes[len(m.Notes)-1]; !strings.Contains(got, "no file names the classes") {
		t.Errorf("note %q", got)
	}
}

// Every bad folder gives one error that names the file and says what is wrong.
func TestOpenErrors(t *testing.T) {
	weights := string(testnet.TinyWeights(t, 1))
	base := map[string]string{"deploy.prototxt": testnet.TinyPrototxt, "tiny.caffemodel": weights}
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
		{"wrong size in contract", map[string]string{ContractName: "name: x\ndefinition: deploy.prototxt\nweights: tiny.caffemodel\npreprocess: {preset: caffe, width: 9, height: 6}\n"},
			[]string{"[3 6 9]", "[3 6 8]"}},
		{"unknown preset", map[string]string{ContractName: "name: x\ndefinition: deploy.prototxt\nweights: tiny.caffemodel\npreprocess: {preset: cafe}\n"},
			[]string{"unknown preset", "caffe-mean"}},
		{"contract without file", map[string]string{ContractName: "name: x\ndefinition: deploy.prototxt\nweights: w.caffemodel\n"}, []string{"w.caffemodel", "no such file"}},
		{"contract of another format", map[string]string{ContractName: "name: x\nweights: w.pt\n"}, []string{"w.pt", "unknown kind", "*.caffemodel"}},
		{"other hash", map[string]string{ContractName: "name: x\ndefinition: deploy.prototxt\nweights: tiny.caffemodel\nsha256: " + strings.Repeat("0", 64) + "\n"},
			[]string{"changed since it was added"}},
		{"contract with a typing error", map[string]string{ContractName: "name: x\nweight: w.caffemodel\n"}, []string{ContractName, "line 2", `"weight"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			testnet.Put(t, dir, base)
			for name, content := range c.files {
				if content == "-" {
					os.Remove(filepath.Join(dir, name))
				} else {
					testnet.Put(t, dir, map[string]string{name: content})
				}
			}
			_, err := open(dir)
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
	dir := t.TempDir()
	testnet.Put(t, dir, map[string]string{"deploy.prototxt": testnet.TinyPrototxt, "w.caffemodel/x": "", ContractName: "name: x\ndefinition: deploy.prototxt\nweights: w.caffemodel\n"})
	if _, err := open(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("got %v", err)
	}
}
