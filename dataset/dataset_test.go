package dataset

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func packed(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

var (
	twoImages = []byte{0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 51, 102, 153, 204, 255, 1, 2, 3, 4, 5, 6}
	twoLabels = []byte{0, 0, 8, 1, 0, 0, 0, 2, 7, 3}
)

func TestReadIDX(t *testing.T) {
	for _, data := range [][]byte{twoImages, packed(twoImages)} {
		x, err := ReadImages(bytes.NewReader(data), "images")
		if err != nil {
			t.Fatal(err)
		}
		if want := []int{2, 1, 2, 3}; !slices.Equal(x.Shape, want) {
			t.Errorf("shape %v, want %v", x.Shape, want)
		}
		if want := []float32{0, 0.2, 0.4, 0.6, 0.8, 1}; !slices.Equal(x.Image(0), want) {
			t.Errorf("first image %v, want %v", x.Image(0), want)
		}
	}
	labels, err := ReadLabels(bytes.NewReader(packed(twoLabels)), "labels")
	if err != nil || !slices.Equal(labels, []int{7, 3}) {
		t.Errorf("labels %v, %v", labels, err)
	}
}

func TestReadIDXRefuses(t *testing.T) {
	huge := slices.Concat(twoImages[:4], bytes.Repeat([]byte{255}, 12))
	greedy := slices.Concat(twoImages[:4], []byte{0, 7, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28}, make([]byte, 99))
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "ends after 0 of 16"},
		{"labels as images", slices.Concat(twoLabels, make([]byte, 20)), "magic number 2049, want 2051"},
		{"text", []byte("these are no pictures at all"), "magic number"},
		{"truncated", twoImages[:20], "4 values, but dimensions [2 2 3] want 12"},
		{"too long", append(slices.Clone(twoImages), 9), "more than the 12 values"},
		{"overflow", huge, "more than the limit"},
		{"promises much", greedy, "99 values, but dimensions [458752 28 28]"},
		{"no images", []byte{0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3}, "hold nothing"},
		{"broken gzip", packed(twoImages)[:25], "unexpected EOF"},
		{"gzip header only", packed(twoImages)[:5], "not a readable gzip file"},
	} {
		_, err := ReadImages(bytes.NewReader(c.data), "digits.gz")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "digits.gz") {
			t.Errorf("%s: error %v, want one with %q and the file's name", c.name, err, c.want)
		}
	}
}

func FuzzReadImages(f *testing.F) {
	for _, seed := range [][]byte{twoImages, packed(twoImages), twoLabels, packed(twoLabels), nil, twoImages[:17]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if x, err := ReadImages(bytes.NewReader(data), "fuzz"); err == nil {
			for i, v := range x.Data {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("value %d is %g", i, v)
				}
			}
		}
		if labels, err := ReadLabels(bytes.NewReader(data), "fuzz"); err == nil && len(labels) == 0 {
			t.Fatal("no labels and no error")
		}
	})
}

func TestMNISTPairs(t *testing.T) {
	dir := t.TempDir()
	if _, err := MNIST(dir, "train"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty folder: %v, want a not-exist error", err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("train-images-idx3-ubyte", twoImages)
	write("train-labels-idx1-ubyte.gz", packed(twoLabels))
	s, err := MNIST(dir, "train")
	if err != nil {
		t.Fatal(err)
	}
	threes := s.Only(3)
	if threes.Len() != 1 || threes.Labels[0] != 0 || threes.Images.Data[5] != float32(6)/255 {
		t.Errorf("only threes: labels %v, pixels %v", threes.Labels, threes.Images.Data)
	}
	write("train-labels-idx1-ubyte.gz", packed([]byte{0, 0, 8, 1, 0, 0, 0, 1, 7}))
	if _, err := MNIST(dir, "train"); err == nil || !strings.Contains(err.Error(), "2 images but 1 labels") {
		t.Errorf("mismatched files: %v", err)
	}
}

func TestMNISTReal(t *testing.T) {
	root := os.Getenv("HOODWINK_DATA")
	if root == "" {
		t.Skip("HOODWINK_DATA is not set: no MNIST files to read")
	}
	s, err := MNIST(filepath.Join(root, "datasets/mnist"), "t10k")
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 10000 || !slices.Equal(s.Labels[:5], []int{7, 2, 1, 0, 4}) {
		t.Errorf("%d digits, first labels %v", s.Len(), s.Labels[:5])
	}
	if got := s.Only(3, 7).Len(); got != 1010+1028 {
		t.Errorf("%d threes and sevens, want 2038", got)
	}
}

func TestWalk(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.PNG", "a/z.jpeg", "a/deep/er/cat.webp", "a.jpg", "notes.txt", ".hidden/x.png", "._b.png", "a/noext"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "album.png"), 0o755); err != nil {
		t.Fatal(err)
	}
	want := []string{"a.jpg", "a/deep/er/cat.webp", "a/z.jpeg", "b.PNG"}
	got, err := Walk(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i] = filepath.Join(dir, want[i])
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWalkNamesTheFolder(t *testing.T) {
	dir := t.TempDir()
	locked := filepath.Join(dir, "locked")
	if err := os.Mkdir(locked, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := walk(nil, dir, func(name string) ([]fs.DirEntry, error) {
		if name == locked {
			return nil, fs.ErrPermission
		}
		return os.ReadDir(name)
	})
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), locked) {
		t.Errorf("error %v, want permission denied for %s", err, locked)
	}
	for _, path := range []string{filepath.Join(dir, "missing"), writeEmpty(t, dir)} {
		if _, err := Walk(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Walk(%s): error %v", path, err)
		}
	}
}

func writeEmpty(t *testing.T, dir string) string {
	path := filepath.Join(dir, "file.png")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
