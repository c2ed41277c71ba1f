package hoodwink

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"hoodwink/internal/files"
	"hoodwink/internal/testnet"
	"hoodwink/model"
	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// searcher returns a small model and a folder with two pictures, one in a folder of its own.
func searcher(t *testing.T) (m *model.Model, dir string) {
	t.Helper()
	m = colours(t, warmColours, "red\nwarm\ngreen\n", &nn.Sigmoid{})
	dir = t.TempDir()
	for name, c := range map[string][3]float32{"red.png": {1, 0, 0}, "deep/green.png": {0, 1, 0}} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(colour(t, c[0], c[1], c[2]), path); err != nil {
			t.Fatal(err)
		}
	}
	return m, dir
}

// search finds everything and checks how many pictures were classified for that.
func search(t *testing.T, x *Index, dir string, classified int) []Found {
	t.Helper()
	res, err := x.Find(context.Background(), dir, []int{0, 1, 2}, 0, preprocess.Limits{}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Classified != classified {
		t.Errorf("%d pictures were classified, want %d", res.Classified, classified)
	}
	return res.Matches
}

// TestIndexGivesTheSame: what is remembered gives the same answers to the last bit, for a folder
// and for one inside it.
func TestIndexGivesTheSame(t *testing.T) {
	m, dir := searcher(t)
	cache := t.TempDir()
	fresh := search(t, OpenIndex("", m), dir, 2)
	first := search(t, OpenIndex(cache, m), dir, 2)
	again := search(t, OpenIndex(cache, m), dir, 0)
	if len(fresh) != 2 || !reflect.DeepEqual(fresh, first) || !reflect.DeepEqual(fresh, again) {
		t.Errorf("without an index:\n%+v\nfirst:\n%+v\nagain:\n%+v", fresh, first, again)
	}
	search(t, OpenIndex(cache, m), filepath.Join(dir, "deep"), 0)
}

// TestIndexBelievesNoOther: a picture that was replaced is classified again even if its size and
// modification time are those of the old one; so is one whose answer names classes there are not.
func TestIndexBelievesNoOther(t *testing.T) {
	m, dir := searcher(t)
	cache := t.TempDir()
	red, blue := filepath.Join(dir, "red.png"), filepath.Join(t.TempDir(), "blue.png")
	ofSize(t, red, testnet.Colour(1, 0, 0))
	ofSize(t, blue, testnet.Colour(0, 0, 1))
	search(t, OpenIndex(cache, m), dir, 2)
	old, err := os.Stat(red)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(blue, old.ModTime(), old.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(blue, red); err != nil {
		t.Fatal(err)
	}
	search(t, OpenIndex(cache, m), dir, 1)
	x := OpenIndex(cache, m)
	for _, forged := range []model.Prediction{{Class: model.Class{Index: 3}, Prob: 0.5}, {Class: model.Class{Index: 1}, Prob: 1.5}} {
		b, name, _ := x.book(red)
		top, ok := x.lookup(red)
		if !ok {
			t.Fatal("the picture is not known")
		}
		id := identity(t, red)
		x.store(red, id, append([]model.Prediction{forged}, top[1:]...))
		if _, ok := b.Get(name, id); !ok {
			t.Fatal("the forged answer is not there")
		}
		if _, ok := x.lookup(red); ok {
			t.Errorf("%+v is believed", forged)
		}
		x.store(red, id, top)
	}
}

// ofSize writes a picture as a file of 200 bytes.
func ofSize(t *testing.T, path string, x *tensor.Tensor) {
	t.Helper()
	for n := 90; n < 110; n++ { // each write waits for the disk
		if err := preprocess.WritePNG(path, x, []preprocess.Text{{Key: "Comment", Value: strings.Repeat("x", n)}}); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err == nil && info.Size() == 200 {
			return
		}
	}
	t.Fatal("no comment makes it 200 bytes")
}

// TestSearchWithoutCache: where nothing can be remembered, the answer is the same, and it is said.
func TestSearchWithoutCache(t *testing.T) {
	m, dir := searcher(t)
	want := search(t, OpenIndex(t.TempDir(), m), dir, 2)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, cache := range []string{"", file, filepath.Join(file, "below"), os.DevNull} {
		x := OpenIndex(cache, m)
		for range 2 {
			if got := search(t, x, dir, 2); !reflect.DeepEqual(got, want) {
				t.Errorf("%q: %+v", cache, got)
			}
			x = OpenIndex(cache, m)
		}
		if x.Trouble() == nil {
			t.Errorf("%q: nothing is said", cache)
		}
	}
}

func TestIndexRemembers(t *testing.T) {
	m, picture := sketch(t, "vulture")
	dir := filepath.Dir(picture)
	if err := os.WriteFile(filepath.Join(dir, "broken.png"), []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	x := OpenIndex(t.TempDir(), m)
	vulture, err := m.Labels.Resolve("vulture")
	if err != nil {
		t.Fatal(err)
	}
	find := func(ctx context.Context) (*FindResult, error) {
		return x.Find(ctx, dir, []int{vulture.Index}, 0.5, preprocess.Limits{}, 1, nil)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := find(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended search gives %v", err)
	}
	for i, classified := range []int{1, 0} {
		res, err := find(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Matches) != 1 || res.Matches[0].File != picture || res.Classified != classified || len(res.Unreadable) != 1 {
			t.Errorf("search %d: %+v", i+1, res)
		}
	}
	if err := os.WriteFile(picture, []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	res, err := find(context.Background())
	if err != nil || len(res.Matches) != 0 {
		t.Errorf("after the file changed: %+v, %v", res, err)
	}
}

// TestIndexDependsOnThePreprocessing: the same weights with another contract are
// another model, whose pictures are classified anew.
func TestIndexDependsOnThePreprocessing(t *testing.T) {
	m, _ := sketch(t, "vulture")
	other := *m
	other.Spec.Order = "BGR"
	if indexKey(m) == indexKey(&other) {
		t.Error("two contracts share an index")
	}
}

func identity(t *testing.T, path string) files.Identity {
	t.Helper()
	id, err := files.Identify(path)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
