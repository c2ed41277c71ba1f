package hoodwink

import (
	"context"
	"image/color"
	"path/filepath"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/model/store"
	"hoodwink/preprocess"
)

// TestLargePicture: of a picture that is larger than the network reads, only the pixels that are read change; the
// gradient is drawn as large as the picture; whole steps are what observers of all pixels see, and the file is
// the same with and without them.
func TestLargePicture(t *testing.T) {
	m, err := store.Open(store.Embedded, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m.Spec.Antialias = false // as Caffe's networks are prepared
	const side = 400
	x, err := dataset.Draw(0, 7, side)
	if err != nil {
		t.Fatal(err)
	}
	reads := readsOf(t, m.Spec, side)
	if h, w := reads.Size(); reads.All() || h >= side/2 || w >= side/2 {
		t.Fatalf("the network reads %d x %d of %d: the test shows nothing", h, w, side)
	}
	dir := t.TempDir()
	input := filepath.Join(dir, "panda.png")
	if err := preprocess.WritePNG(input, x, nil); err != nil {
		t.Fatal(err)
	}
	var files [2]*FoolResult
	for i, whole := range []bool{false, true} {
		r := FoolRequest{
			Model: m, Input: input, Output: filepath.Join(dir, "out.png"), Whole: whole, Eps: 8. / 255, Seed: 2,
			Criterion: Become(m, 1, 0), Attack: attacks.PGD{},
		}
		values := 0
		r.Observe = func(s attack.Step) {
			if values = len(s.Pixels); whole && s.Step > 0 {
				for k := range s.Pixels {
					y, x := k/side%side, k%side
					if read := slices.Contains(reads.Rows, y) && slices.Contains(reads.Cols, x); !read && s.Grad[k] != 0 {
						t.Fatalf("the gradient of (%d,%d), which is not read, is %g", y, x, s.Grad[k])
					}
				}
			}
		}
		if files[i], err = Fool(context.Background(), r); err != nil {
			t.Fatal(err)
		}
		if whole != (values == len(x.Data)) {
			t.Errorf("whole %v: steps have %d values", whole, values)
		}
	}
	res := files[0]
	if !slices.Equal(res.Adversarial.Data, files[1].Adversarial.Data) || !res.SuccessFile {
		t.Errorf("another file with whole steps, or it does not fool: %v", res.SuccessFile)
	}
	if b := res.Gradient.Bounds(); b.Dx() != side || b.Dy() != side {
		t.Errorf("a gradient of %v", b)
	}
	changed := 0
	for k, v := range res.Adversarial.Data {
		y, x := k/side%side, k%side
		switch read := slices.Contains(reads.Rows, y) && slices.Contains(reads.Cols, x); {
		case read && v != res.Original.Data[k]:
			changed++
		case !read && v != res.Original.Data[k]:
			t.Fatalf("(%d,%d) is not read and changed", y, x)
		case !read && res.Gradient.RGBAAt(x, y) != color.RGBA{128, 128, 128, 255}:
			t.Fatalf("(%d,%d) is not read and is %v in the gradient", y, x, res.Gradient.RGBAAt(x, y))
		}
	}
	if changed == 0 || changed != res.L0 {
		t.Errorf("%d values changed, %d are reported", changed, res.L0)
	}
}

// readsOf returns the pixels of a square picture that a preparation reads.
func readsOf(t *testing.T, s preprocess.Spec, side int) preprocess.Reads {
	t.Helper()
	p, err := s.BindPixels(1, side, side, preprocess.Pixels{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Reads()
}
