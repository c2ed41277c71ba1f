package dataset

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// npyBytes returns an .npy file with values of the given type.
func npyBytes(t *testing.T, descr string, shape []int, values any) []byte {
	t.Helper()
	dims := strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ","), "[]")
	head := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }\n", descr, dims)
	b := []byte("\x93NUMPY\x01\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(len(head)))
	b, err := binary.Append(append(b, head...), binary.LittleEndian, values)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func npzFile(t *testing.T, path string, arrays map[string][]byte) {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range arrays {
		w, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		w.Write(data)
	}
	z.Close()
	put(t, path, b.Bytes())
}

func TestArrays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "set.npz")
	last := npyBytes(t, "|u1", []int{2, 2, 1, 3}, []uint8{0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6})
	npzFile(t, path, map[string][]byte{
		"x_train": last, "y_train": npyBytes(t, "<i8", []int{2, 1}, []int64{1, 0}),
		"x_test": npyBytes(t, "<f4", []int{1, 3, 2, 1}, []float32{0, .25, .5, .75, 1, 0}), "y_test": npyBytes(t, "<i4", []int{1}, []int32{1}),
	})
	p, err := Open(path, OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a, b := p.Train, p.Test
	x := make([]float32, 6)
	if label, _ := a.Picture(x, 0, 0); label != 1 || !slices.Equal(x, []float32{0, 0.6, 0.2, 0.8, 0.4, 1}) || !slices.Equal(a.Shape(), []int{3, 2, 1}) {
		t.Errorf("picture %v of shape %v, label %d", x, a.Shape(), label)
	}
	if label, _ := b.Picture(x, 0, 0); label != 1 || x[1] != .25 || !slices.Equal(b.Classes(), []string{"0", "1"}) {
		t.Errorf("test picture %v, label %d of %v", x, label, b.Classes())
	}
	npzFile(t, path, map[string][]byte{"x": last, "y": npyBytes(t, "|u1", []int{2}, []uint8{0, 1})})
	if s, err := Arrays(path, "train"); err != nil || s.Len() != 2 {
		t.Errorf("x and y: %v", err)
	}
	pair := filepath.Join(t.TempDir(), "x.npy")
	put(t, pair, npyBytes(t, "<f8", []int{2, 1, 2}, []float64{0, 1, .5, .25}))
	put(t, filepath.Join(filepath.Dir(pair), "y.npy"), npyBytes(t, "<f4", []int{2}, []float32{0, 1}))
	if s, err := Arrays(pair, "train"); err != nil || !slices.Equal(s.Images.Shape, []int{2, 1, 1, 2}) {
		t.Errorf("x.npy and y.npy: %v", err)
	}
}

func TestArraysRefuse(t *testing.T) {
	ok := npyBytes(t, "|u1", []int{2, 1, 2}, []uint8{0, 1, 2, 3})
	labels := npyBytes(t, "<i8", []int{2}, []int64{0, 1})
	for name, c := range map[string]struct {
		x, y []byte
		want string
	}{
		"count":      {ok, npyBytes(t, "<i8", []int{3}, []int64{0, 1, 0}), "2 pictures but 3 labels"},
		"negative":   {ok, npyBytes(t, "<i8", []int{2}, []int64{0, -1}), "picture 1 has the label -1"},
		"fraction":   {ok, npyBytes(t, "<f4", []int{2}, []float32{.5, 1}), "picture 0 has the label 0.5"},
		"huge label": {ok, npyBytes(t, "<i8", []int{2}, []int64{0, 1 << 40}), "want a whole number"},
		"shape":      {npyBytes(t, "|u1", []int{4}, []uint8{0, 1, 2, 3}), labels, "pictures of shape [4]"},
		"none":       {npyBytes(t, "|u1", []int{0, 2, 2}, []uint8{}), npyBytes(t, "<i8", []int{0}, []int64{}), "there are none"},
		"range":      {npyBytes(t, "<f4", []int{2, 1, 1}, []float32{0, 200}), labels, "value 0 of picture 1 is 200"},
		"nan":        {npyBytes(t, "<f4", []int{2, 1, 1}, []float32{0, float32(math.NaN())}), labels, "NaN"},
		"one class":  {ok, npyBytes(t, "<i8", []int{2}, []int64{1, 1}), `all 1 pictures are of the class "1"`},
		"truncated":  {ok[:len(ok)-1], labels, "ends early"},
		"no array":   {[]byte("hello"), labels, "not an npy file"},
		"greedy":     {npyBytes(t, "|u1", []int{1 << 20, 1 << 10, 1 << 10}, []uint8{0}), labels, "1048576 times 1048608 bytes: the data set would take 1 TB of memory, more than the limit of 2 GB"},
		"type":       {npyBytes(t, "<i4", []int{2, 1, 1}, []int32{0, 1}), labels, "want bytes"},
	} {
		path := filepath.Join(t.TempDir(), "bad.npz")
		npzFile(t, path, map[string][]byte{"x": c.x, "y": c.y})
		_, err := Open(path, OpenOptions{})
		wantError(t, name, err, c.want, "bad.npz")
	}
	path := filepath.Join(t.TempDir(), "bad.npz")
	npzFile(t, path, map[string][]byte{"weights": ok})
	_, err := Arrays(path, "train")
	wantError(t, "names", err, "it has the arrays weights")
	put(t, path, []byte("no zip"))
	_, err = Arrays(path, "train")
	wantError(t, "no zip", err, "not a readable npz file", path)
}

func FuzzArrays(f *testing.F) {
	f.Add([]byte("\x93NUMPY\x01\x00"), []byte{})
	f.Fuzz(func(t *testing.T, x, y []byte) {
		path := filepath.Join(t.TempDir(), "x.npy")
		put(t, path, x)
		put(t, filepath.Join(filepath.Dir(path), "y.npy"), y)
		if s, err := Arrays(path, "train"); err == nil && (s.Len() == 0 || s.Images.Batch() != s.Len()) {
			t.Fatal("an empty set without an error")
		}
	})
}
