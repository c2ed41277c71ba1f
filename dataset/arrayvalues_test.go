package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

// Pictures of whole numbers and booleans are kept with a byte a value, whatever their type and
// order, and have the values that they had as floats: a number by 255, rounded once.
func TestArraysKeepBytes(t *testing.T) {
	const n, c, h, w = 3, 3, 2, 5
	var levels [n * c * h * w]uint8 // (N,C,H,W)
	for i := range levels {
		levels[i] = uint8(i * 97)
	}
	at := func(i, k, y, x int) uint8 { return levels[((i*c+k)*h+y)*w+x] }
	var last, fortran []uint8 // (N,H,W,C); the same in Fortran's order
	for i := range n {
		for y := range h {
			for x := range w {
				for k := range c {
					last = append(last, at(i, k, y, x))
				}
			}
		}
	}
	for k := range c {
		for x := range w {
			for y := range h {
				for i := range n {
					fortran = append(fortran, at(i, k, y, x))
				}
			}
		}
	}
	y := npyBytes(t, "|i1", []int{n}, []int8{0, 1, 2})
	for name, file := range map[string][]byte{
		"bytes":         npyBytes(t, "|u1", []int{n, c, h, w}, levels[:]),
		"channels last": npyBytes(t, "|u1", []int{n, h, w, c}, last),
		"int64":         npyBytes(t, "<i8", []int{n, h, w, c}, wide[int64](last)),
		"int16":         npyBytes(t, "<i2", []int{n, c, h, w}, wide[int16](levels[:])),
		"Fortran":       append([]byte(npyHead("|u1", "True", n, h, w, c)), fortran...),
	} {
		path := filepath.Join(t.TempDir(), "x.npz")
		npzFile(t, path, map[string][]byte{"x": file, "y": y, "x_test": file, "y_test": y})
		p, err := Open(path, OpenOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s, ok := p.Train.(*Packed)
		if !ok || len(s.Pixels) != len(levels) {
			t.Errorf("%s: kept as %T", name, p.Train)
			continue
		}
		whole, err := Arrays(path, "test")
		if err != nil {
			t.Fatal(err)
		}
		got := make([]float32, c*h*w)
		for i := range n {
			label, err := p.Train.Picture(got, 0, i)
			want := make([]float32, c*h*w)
			for j := range want {
				want[j] = float32(levels[i*c*h*w+j]) / 255
			}
			if err != nil || label != i || !slices.Equal(got, want) || !slices.Equal(whole.Images.Image(i), want) {
				t.Errorf("%s: picture %d is %v, label %d, want %v", name, i, got, label, want)
			}
		}
	}
}

func wide[T int16 | int64](data []uint8) (out []T) {
	for _, v := range data {
		out = append(out, T(v))
	}
	return out
}

// Booleans are black and white.
func TestArraysOfBooleans(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.npz")
	npzFile(t, path, map[string][]byte{"x": npyBytes(t, "|b1", []int{2, 1, 2}, []uint8{0, 1, 1, 0}),
		"y": npyBytes(t, "<f4", []int{2, 1}, []float32{1, 0})})
	s, err := Arrays(path, "train")
	if err != nil || !slices.Equal(s.Images.Data, []float32{0, 1, 1, 0}) || !slices.Equal(s.Labels, []int{1, 0}) {
		t.Errorf("%v, %v", s, err)
	}
}

// Rows of labels in Fortran's order are the places of their ones; other rows are refused.
func TestOneHotInFortransOrder(t *testing.T) {
	for name, c := range map[string]struct {
		columns string
		want    string
	}{
		"one":     {"\x00\x01\x00" + "\x00\x00\x01" + "\x01\x00\x00", "[2 0 1]"},
		"none":    {"\x00\x01\x00" + "\x00\x00\x00" + "\x01\x00\x00", "those of picture 2 are not one 1"},
		"two":     {"\x00\x01\x00" + "\x01\x01\x01" + "\x00\x00\x00", "those of picture 1 are not one 1"},
		"a score": {"\x00\x01\x00" + "\x00\x00\x01" + "\x02\x00\x00", "those of picture 0 are not one 1"},
	} {
		path := filepath.Join(t.TempDir(), "x.npz")
		npzFile(t, path, map[string][]byte{"x": npyBytes(t, "|u1", []int{3, 1, 1}, []uint8{1, 2, 3}),
			"y": []byte(npyHead("|u1", "True", 3, 3) + c.columns)})
		s, err := Arrays(path, "train")
		if err != nil {
			wantError(t, name, err, "y.npy: labels of shape [3 3]", c.want)
		} else if got := fmt.Sprint(s.Labels); got != c.want {
			t.Errorf("%s: labels %s, want %s", name, got, c.want)
		}
	}
}

// A promise of many values takes memory for those that are there, and few copies.
func TestGrow(t *testing.T) {
	const most = 1 << 24
	var data []byte
	room := 0
	for len(data) < most {
		data = grow(data, 1<<13, most)
		if cap(data) != room {
			if room = cap(data); room > 8*max(len(data)+1<<13, 1<<16) {
				t.Fatalf("room for %d values where %d are there", room, len(data))
			}
		}
		data = data[:len(data)+1<<13]
	}
	if room != most {
		t.Errorf("room for %d values, want %d", room, most)
	}
}
