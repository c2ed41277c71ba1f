package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hoodwink/model/store"
	"hoodwink/notebook"
)

var update = flag.Bool("update", false, "write what came out into the notebook")

const panda = "../panda.ipynb"

// lines are a text of a notebook, which stores it as a list of lines or as one string.
type lines string

func (l *lines) UnmarshalJSON(data []byte) error {
	var list []string
	if json.Unmarshal(data, &list) == nil {
		*l = lines(strings.Join(list, ""))
		return nil
	}
	return json.Unmarshal(data, (*string)(l))
}

func (l lines) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(strings.SplitAfter(string(l), "\n"))
	return b.Bytes(), err
}

type book struct {
	Cells    []*cell        `json:"cells"`
	Metadata map[string]any `json:"metadata"`
	Format   int            `json:"nbformat"`
	Minor    int            `json:"nbformat_minor"`
}

type cell struct {
	Kind     string         `json:"cell_type"`
	ID       string         `json:"id"`
	Metadata map[string]any `json:"metadata"`
	Count    *int           `json:"execution_count,omitempty"`
	Outputs  *[]output      `json:"outputs,omitempty"`
	Source   lines          `json:"source"`
}

type output struct {
	Kind     string           `json:"output_type"`
	Name     string           `json:"name,omitempty"`
	Text     lines            `json:"text,omitempty"`
	Data     map[string]lines `json:"data,omitempty"`
	Metadata *map[string]any  `json:"metadata,omitempty"`
	Error    string           `json:"evalue,omitempty"`
}

// add adds an output; consecutive pieces of text become one.
func add(all []output, o output) []output {
	if last := len(all) - 1; o.Kind == "stream" && last >= 0 && all[last].Kind == "stream" && all[last].Name == o.Name {
		all[last].Text += o.Text
		return all
	}
	return append(all, o)
}

func readBook(t *testing.T, path string) *book {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var b book
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(path, err)
	}
	return &b
}

// code are the cells that do something.
func (b *book) code() []*cell {
	return slices.DeleteFunc(slices.Clone(b.Cells), func(c *cell) bool { return c.Kind != "code" })
}

// pixels stand for a PNG: encoders may differ in how they pack the same picture.
func pixels(t *testing.T, data lines) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(data), "\n", ""))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprint(&b, img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, bl, _ := img.At(x, y).RGBA()
			b.Write([]byte{byte(r >> 8), byte(g >> 8), byte(bl >> 8)})
		}
	}
	return b.String()
}

// same compares what cells gave with what is stored in the notebook.
func same(t *testing.T, stored, got []*cell) {
	t.Helper()
	if len(stored) != len(got) {
		t.Fatalf("%d cells, %d were run", len(stored), len(got))
	}
	for i := range stored {
		want, have := *stored[i].Outputs, *got[i].Outputs
		if len(want) != len(have) {
			t.Errorf("cell %d has %d outputs, stored are %d: %.300v", i+1, len(have), len(want), have)
			continue
		}
		for j := range want {
			a, b := want[j], have[j]
			for kind := range a.Data {
				if kind == "image/png" && b.Data[kind] != "" && pixels(t, a.Data[kind]) == pixels(t, b.Data[kind]) {
					b.Data[kind] = a.Data[kind]
				}
			}
			a.Metadata, b.Metadata = nil, nil
			if d := cmp.Diff(a, b); d != "" {
				t.Errorf("cell %d, output %d (-stored +now): %.2000s", i+1, j+1, d)
			}
		}
	}
}

// TestPanda runs the notebook on the embedded networks and gets the outputs that are stored in it.
// With -update they are stored.
func TestPanda(t *testing.T) {
	t.Setenv(store.Environment, t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("GOCACHE", goCache(t))
	b := readBook(t, panda)
	r := &runner{dir: t.TempDir()}
	ran := readBook(t, panda).code()
	for i, c := range ran {
		outputs := []output{}
		r.run(string(c.Source), func(e Event) {
			switch {
			case e.Error != "":
				t.Fatalf("cell %d: %s", i+1, e.Error)
			case e.Show != nil:
				data := map[string]lines{}
				for kind, v := range e.Show {
					data[kind] = lines(v)
				}
				outputs = add(outputs, output{Kind: "display_data", Data: data, Metadata: &map[string]any{}})
			case !e.Done:
				outputs = add(outputs, output{Kind: "stream", Name: e.Stream, Text: lines(e.Text)})
			}
		})
		c.Outputs = &outputs
	}
	if *update {
		for i, c := range b.code() {
			count := i + 1
			c.Count, c.Outputs = &count, ran[i].Outputs
		}
		var data bytes.Buffer
		e := json.NewEncoder(&data)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		if err := e.Encode(b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(panda, data.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	same(t, b.code(), ran)
}

// goCache is where Go keeps what it has built, which would move with the user's cache folder.
func goCache(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// TestJupyter runs the notebook as its readers do.
func TestJupyter(t *testing.T) {
	jupyter, err := exec.LookPath("jupyter")
	if err != nil {
		t.Skip("there is no Jupyter to run the notebook in; pip install nbclient ipykernel brings one")
	}
	out := filepath.Join(t.TempDir(), "out.ipynb")
	kernels, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(jupyter, "execute", "panda.ipynb", "--output="+out)
	c.Dir = kernels
	c.Env = append(os.Environ(), "JUPYTER_PATH="+kernels, store.Environment+"="+t.TempDir(), "XDG_CACHE_HOME="+t.TempDir(), "GOCACHE="+goCache(t))
	if said, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %.3000s", err, said)
	}
	ran := readBook(t, out).code()
	for _, c := range ran {
		var joined []output
		for _, o := range *c.Outputs {
			joined = add(joined, o)
		}
		c.Outputs = &joined
	}
	same(t, readBook(t, panda).code(), ran)
}

// TestGoogLeNet runs the notebook on the article's network, where it is installed, and finds the
// figures of the black picture.
func TestGoogLeNet(t *testing.T) {
	if _, err := store.Open("googlenet", store.Options{}); err != nil {
		t.Skip("set HOODWINK_MODELS to a folder with GoogLeNet")
	}
	r := &runner{dir: t.TempDir()}
	for i, c := range readBook(t, panda).code()[:6] {
		var said strings.Builder
		r.run(string(c.Source), func(e Event) {
			said.WriteString(e.Text)
			if e.Error != "" {
				t.Fatalf("cell %d: %s", i+1, e.Error)
			}
		})
		for _, want := range map[int][]string{
			2: {"googlenet", "27.38 %  velvet", " 4.67 %  paper towel"},
			3: {"0.2019"},
			4: {"15.3", "paper towel"},
			5: {"paper towel"},
		}[i] {
			if !strings.Contains(said.String(), want) {
				t.Errorf("cell %d says nothing of %q: %s", i+1, want, said.String())
			}
		}
	}
}

// TestShow shows one thing of each kind.
func TestShow(t *testing.T) {
	r := &runner{dir: t.TempDir()}
	var shown []notebook.Bundle
	var said string
	r.run(`
import ("image"; "hoodwink/notebook"; "hoodwink/report")
%%
notebook.Show("first", image.NewGray(image.Rect(0, 0, 3, 2)), report.Sigmoid(), report.Montage{Tiles: []report.Tile{{Picture: image.NewGray(image.Rect(0, 0, 8, 8))}}}, nil, 7)
`, func(e Event) {
		if e.Error != "" {
			t.Fatal(e.Error)
		}
		if said += e.Text; e.Show != nil {
			shown = append(shown, e.Show)
		}
	})
	if said != "first\n7\n" || len(shown) != 3 || shown[0]["text/plain"] != "a picture of 3 x 2 pixels" || !strings.Contains(shown[1]["image/svg+xml"], "<svg") {
		t.Fatalf("%q and %v", said, shown)
	}
	data, err := base64.StdEncoding.DecodeString(shown[0]["image/png"])
	if err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(bytes.NewReader(data)); err != nil || img.Bounds() != image.Rect(0, 0, 3, 2) {
		t.Error(img, err)
	}
}
