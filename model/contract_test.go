package model

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hoodwink/preprocess"
)

func TestContractRoundTrip(t *testing.T) {
	spec, err := preprocess.Preset("torchvision", 224, 192)
	if err != nil {
		t.Fatal(err)
	}
	want := contract{Name: "my-net.2", Definition: "a b.prototxt", Weights: "/abs/w: #1.caffemodel", Labels: "", Preprocess: spec,
		SHA256: strings.Repeat("0a", 32), Black: []Answer{{3, 0.25}, {0, 1e-6}}}
	path := filepath.Join(t.TempDir(), ContractName)
	if err := want.write(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseContract(data)
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s\n%s", d, data)
	}
}

func TestContractErrorsNameTheLine(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"unknown key", "name: a\nweights: w.caffemodel\nlables: x\n", `line 3: unknown key "lables"`},
		{"unknown key inside", "name: a\nweights: w\npreprocess:\n  preset: caffe\n  widht: 3\n", `line 5: unknown key "widht"`},
		{"two mistakes", "nmae: a\nwieghts: w\n", `line 1: unknown key "nmae"; line 2: unknown key "wieghts"`},
		{"wrong type", "name: a\nweights: w\npreprocess: {width: wide}\n", "line 3: cannot unmarshal"},
		{"no yaml", "name: [a\n", "line 1"},
		{"key twice", "name: a\nname: b\nweights: w\n", "line 2"},
		{"two documents", "name: a\nweights: w\n---\nname: b\n", "more than one document"},
		{"bad name", "name: ../a\nweights: w\n", "not a name"},
		{"bad sum", "name: a\nweights: w\nsha256: abc\n", "64 lower-case"},
		{"bad answer", "name: a\nweights: w\nblack: [{class: 1, prob: .nan}]\n", "black"},
	} {
		if _, err := parseContract([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q in it", c.name, err, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"a": true, "googlenet": true, "my-net_2.1": true, strings.Repeat("a", 64): true,
		"": false, ".": false, "..": false, "../a": false, "a/b": false, `a\b`: false, "A": false, "-a": false, "a.": false, "a b": false,
		"ä": false, "a\n": false, strings.Repeat("a", 65): false,
	} {
		if err := ValidName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func FuzzParseContract(f *testing.F) {
	f.Add([]byte("name: a\nweights: w.caffemodel\npreprocess:\n  preset: caffe\n"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > maxContractBytes {
			return
		}
		c, err := parseContract(data)
		if err == nil && (c.Name != "" && ValidName(c.Name) != nil || c.Outputs.Check() != nil) {
			t.Fatalf("accepted %+v", c)
		}
	})
}
