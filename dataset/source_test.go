package dataset

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// wantError checks that err names all of what is wrong.
func wantError(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%s: error %v, want one with %q", what, err, w)
		}
	}
}

// put writes a file and the folders above it.
func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// cifarRecordOf returns a record whose value i of the planes is i+label.
func cifarRecordOf(label byte) []byte {
	r := []byte{label}
	for i := range cifarPixels {
		r = append(r, byte(i)+label)
	}
	return r
}

func TestReadCIFAR10(t *testing.T) {
	two := slices.Concat(cifarRecordOf(3), cifarRecordOf(9))
	for _, data := range [][]byte{two, packed(two)} {
		p, err := ReadCIFAR10(bytes.NewReader(data), "batch")
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, cifarPixels)
		label, err := p.Picture(x, 5, 1)
		if err != nil || label != 9 || p.Len() != 2 || p.Classes()[label] != "truck" {
			t.Errorf("label %d of %d, %v", label, p.Len(), err)
		}
		if want := float32(16) / 255; x[1024+7] != want {
			t.Errorf("green value 7 is %g, want %g", x[1024+7], want)
		}
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":       {nil, "empty"},
		"truncated":   {two[:cifarRecord+100], "record 1 has 100 of 3073 bytes"},
		"mislabelled": {slices.Concat(two, cifarRecordOf(10)), "record 2 has the label 10, want 0 to 9"},
		"gzip cut":    {packed(two)[:60], "the file is truncated"},
	} {
		_, err := ReadCIFAR10(bytes.NewReader(c.data), "batch.bin")
		wantError(t, name, err, c.want, "batch.bin")
	}
}

func TestCIFAR10Real(t *testing.T) {
	root := os.Getenv("HOODWINK_DATA")
	if root == "" {
		t.Skip("HOODWINK_DATA is not set: no CIFAR-10 pictures to read")
	}
	f, err := os.Open(filepath.Join(root, "datasets/cifar10/test_batch_2000.bin.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := ReadCIFAR10(f, f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if p.Len() != 2000 || !slices.Equal(p.Labels[:12], []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1}) {
		t.Errorf("%d pictures, labels %v", p.Len(), p.Labels[:12])
	}
}

// writePicture writes a picture of one colour.
func writePicture(t *testing.T, path string, value float32) {
	t.Helper()
	x := tensor.New(1, 3, 5, 7)
	for i := range x.Data {
		x.Data[i] = value
	}
	put(t, path, nil)
	if err := preprocess.WritePNG(path, x, nil); err != nil {
		t.Fatal(err)
	}
}

func TestPictures(t *testing.T) {
	dir := t.TempDir()
	for part, n := range map[string]int{"train": 3, "val": 1} {
		for i := range n {
			writePicture(t, filepath.Join(dir, part, "dark", fmt.Sprint(i, ".png")), 0)
			writePicture(t, filepath.Join(dir, part, "bright/deep", fmt.Sprint(i, ".png")), 1)
		}
	}
	p, err := Open(dir, OpenOptions{Size: 8, Gray: true})
	if err != nil {
		t.Fatal(err)
	}
	a, b := p.Train, p.Test
	x := make([]float32, 64)
	label, err := a.Picture(x, 0, 5)
	if a.Len() != 6 || b.Len() != 2 || err != nil || (a.Classes()[label] == "dark") != (x[3] == 0) || !slices.Equal(a.Shape(), []int{1, 8, 8}) {
		t.Errorf("%d and %d pictures of shape %v, %v, label %d", a.Len(), b.Len(), a.Shape(), a.Classes(), label)
	}
	if label, _ = b.Picture(x, 0, 0); (b.Classes()[label] == "bright") != (x[3] == 1) {
		t.Errorf("test picture 0 is %g, label %d", x[3], label)
	}
	q, err := Open(filepath.Join(dir, "train"), OpenOptions{Size: 8})
	if err != nil || !q.HeldOut || q.Test.Len() != 1 || !slices.Equal(q.Test.Shape(), []int{3, 8, 8}) {
		t.Errorf("held out %+v of 6 pictures: %v", q, err)
	}

	os.Rename(filepath.Join(dir, "val", "dark"), filepath.Join(dir, "val", "grim"))
	_, err = Open(dir, OpenOptions{})
	wantError(t, "classes differ", err, "bright, grim", dir)
	put(t, filepath.Join(dir, "train", "dark", "broken.png"), []byte("\x89PNG\r\n\x1a\n"))
	_, err = Open(dir, OpenOptions{})
	wantError(t, "broken", err, "broken.png")
	os.RemoveAll(filepath.Join(dir, "train", "dark"))
	_, err = Open(dir, OpenOptions{})
	wantError(t, "one class", err, "one folder, bright", dir)
	os.RemoveAll(filepath.Join(dir, "train", "bright", "deep"))
	_, err = Open(dir, OpenOptions{})
	wantError(t, "zero pictures", err, "train has no pictures")
	_, err = Open(t.TempDir(), OpenOptions{})
	wantError(t, "empty folder", err, "no folders")
	_, err = Open("nosuch", OpenOptions{})
	wantError(t, "nothing", err, "nosuch", "sketchbook")
	_, err = Open("cifar10", OpenOptions{})
	wantError(t, "no root", err, "HOODWINK_DATA")
}

func TestOpenNamed(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, "mnist/train-images-idx3-ubyte"), twoImages)
	put(t, filepath.Join(root, "mnist/train-labels-idx1-ubyte"), twoLabels)
	put(t, filepath.Join(root, "mnist/t10k-images-idx3-ubyte"), twoImages)
	put(t, filepath.Join(root, "mnist/t10k-labels-idx1-ubyte"), []byte{0, 0, 8, 1, 0, 0, 0, 2, 9, 3})
	p, err := Open("mnist", OpenOptions{Root: root})
	if err != nil || p.Train.Len() != 2 || p.Test.Len() != 2 || !slices.Equal(p.Train.Classes(), []string{"3", "7", "9"}) || !slices.Equal(p.Test.Classes(), p.Train.Classes()) {
		t.Fatalf("MNIST: %v", err)
	}
	for i := range 5 {
		put(t, filepath.Join(root, fmt.Sprintf("datasets/cifar10/data_batch_%d.bin", i+1)), slices.Concat(cifarRecordOf(byte(i)), cifarRecordOf(7)))
	}
	p, err = Open("cifar10", OpenOptions{Root: root})
	if err != nil || p.Train.Len() != 9 || p.Test.Len() != 1 || len(p.Train.Classes()) != 6 {
		t.Fatalf("CIFAR-10 without a test part: %v", err)
	}
	os.Remove(filepath.Join(root, "datasets/cifar10/data_batch_4.bin"))
	_, err = Open("cifar10", OpenOptions{Root: root})
	wantError(t, "missing batch", err, "data_batch_4.bin")
}

// Drawings are the book's, kept or not, and may be asked for by many at once.
func TestDrawings(t *testing.T) {
	book := Sketchbook{Seed: 4, Size: 16}
	want, labels := tensor.New(12, 3, 16, 16), make([]int, 12)
	if err := book.Batch(want, labels, 3); err != nil {
		t.Fatal(err)
	}
	for _, fresh := range []bool{false, true} {
		d := NewDrawings(book, 3, 6, fresh)
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				x := make([]float32, 3*16*16)
				for j := range 24 {
					i := (j + worker) % 6
					epoch := j / 12
					at := i
					if fresh {
						at += 6 * epoch
					}
					label, err := d.Picture(x, epoch, i)
					if err != nil || label != labels[at] || !slices.Equal(x, want.Image(at)) {
						t.Errorf("fresh %v: epoch %d, picture %d is another (%v)", fresh, epoch, i, err)
					}
				}
			})
		}
		wg.Wait()
	}
}
