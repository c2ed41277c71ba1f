package preprocess

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// picture returns a tensor (1,3,h,w) of repeated values.
func picture(h, w int, values ...float32) *tensor.Tensor {
	x := tensor.New(1, 3, h, w)
	for i := range x.Data {
		x.Data[i] = values[i%len(values)]
	}
	return x
}

// TestQuantize: everything nearer to k/255 than to its neighbours becomes the float32
// k/255, and nothing is cut off downwards.
func TestQuantize(t *testing.T) {
	for k := range 256 {
		exact := float32(k) / 255
		for _, off := range []float64{0, 0.1, -0.1, 0.499, -0.499} {
			v := float32((float64(k) + off) / 255)
			got := []float32{v}
			Quantize(got, got)
			if got[0] != exact || Level(v) != uint8(k) {
				t.Errorf("%v is %v and level %d, want %v and %d", v, got[0], Level(v), exact, k)
			}
		}
		again := []float32{exact}
		Quantize(again, again)
		if again[0] != exact || level8[k] != exact {
			t.Errorf("level %d is not a fixed point", k)
		}
	}
	got := []float32{-5, 7, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
	Quantize(got, got)
	if !slices.Equal(got[:4], []float32{0, 1, 1, 0}) || got[4] == got[4] {
		t.Errorf("outside: %v", got)
	}
	if Level(float32(math.NaN())) != 0 {
		t.Error("NaN has a level")
	}
}

// TestWriteAndReadBack: every level and any float survive as Quantize says, bit for bit.
func TestWriteAndReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.png")
	levels := make([]float32, 256)
	for k := range levels {
		levels[k] = float32(k) / 255
	}
	for _, x := range []*tensor.Tensor{
		picture(16, 16, levels...), random(1, 1, 3, 31, 17), random(2, 1, 3, 1, 1),
		picture(2, 3, -0.4/255, 1+0.4/255), random(3, 3, 5, 4),
	} {
		before := x.Clone()
		if err := WritePNG(path, x, []Text{{"Software", "hoodwink"}}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(x.Data, before.Data) {
			t.Error("writing changed the picture")
		}
		p := read(t, path)
		want := slices.Clone(x.Data)
		Quantize(want, want)
		if !slices.Equal(p.Pixels.Data, want) {
			t.Error("the file differs from the quantised picture")
		}
		h, w := p.Size()
		if s := x.Shape[len(x.Shape)-2:]; p.Depth != 8 || p.Alpha || h != s[0] || w != s[1] {
			t.Errorf("%+v of %d x %d", *p, h, w)
		}
	}
}

func TestEncodeIsRGBAndDeterministic(t *testing.T) {
	x := random(4, 1, 3, 20, 30)
	text := []Text{{"a", "1"}, {"b", "☃"}}
	var a, b bytes.Buffer
	if err := errors.Join(EncodePNG(&a, x, text), EncodePNG(&b, x, text)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two encodings differ")
	}
	if depth, colour := a.Bytes()[24], a.Bytes()[25]; depth != 8 || colour != 2 {
		t.Errorf("bit depth %d, colour type %d, want 8 and 2 (RGB)", depth, colour)
	}
	if _, err := png.Decode(&a); err != nil {
		t.Error(err)
	}
}

// TestRefusedPictures: an error that says where, and nothing written.
func TestRefusedPictures(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	with := func(v float32) *tensor.Tensor {
		x := picture(4, 5, 0.5)
		x.Data[20+2*5+3] = v
		return x
	}
	const where = "green at row 2, column 3 is "
	for want, x := range map[string]*tensor.Tensor{
		where + "NaN, not a number":      with(nan),
		where + "+Inf, outside [0,1]":    with(inf),
		where + "-0.0021, outside [0,1]": with(-0.0021),
		where + "1.0021, outside [0,1]":  with(1.0021),
		"shape [2 3 4 5]":                tensor.New(2, 3, 4, 5),
		"shape [1 2 4 5]":                tensor.New(1, 2, 4, 5),
		"shape [1 3 0 5]":                tensor.New(1, 3, 0, 5),
		"shape [60]":                     tensor.New(60),
	} {
		dir := t.TempDir()
		err := WritePNG(filepath.Join(dir, "out.png"), x, nil)
		checkError(t, err, "out.png: cannot be written", "")
		if err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: %d files left", want, len(left))
		}
		var b bytes.Buffer
		if err := EncodePNG(&b, x, nil); err == nil || b.Len() != 0 {
			t.Errorf("%s: %d bytes encoded, %v", want, b.Len(), err)
		}
	}
}

func TestWriteKeepsTheOldFileOnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.png")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WritePNG(path, picture(2, 2, float32(math.NaN())), nil); err == nil {
		t.Error("NaN was written")
	}
	if b, _ := os.ReadFile(path); string(b) != "precious" {
		t.Errorf("the old file is now %q", b)
	}
	if err := WritePNG(path, picture(2, 2, 1), nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("permissions of the replaced file: %v, %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("%d files in the folder", len(left))
	}
}

func TestWriteThroughLink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.png"), filepath.Join(dir, "link.png")
	if err := errors.Join(os.WriteFile(real, nil, 0o644), os.Symlink("real.png", link)); err != nil {
		t.Fatal(err)
	}
	if err := WritePNG(link, picture(2, 2, 1), nil); err != nil {
		t.Fatal(err)
	}
	read(t, real)
	if info, err := os.Lstat(link); err != nil || info.Mode().IsRegular() {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
}

func TestWriteOverNoFile(t *testing.T) {
	dir := t.TempDir()
	x := picture(2, 2, 1)
	checkError(t, WritePNG(dir, x, nil), "not a regular file", "")
	checkError(t, WritePNG(filepath.Join(dir, "no", "out.png"), x, nil), "no such file", "")
	socket := filepath.Join(dir, "socket")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	checkError(t, WritePNG(socket, x, nil), "not a regular file", "")
	if info, err := os.Stat(socket); err != nil || info.Mode().IsRegular() {
		t.Errorf("the socket became %v, %v", info.Mode(), err)
	}
}

// A fullWriter has room for a few bytes.
type fullWriter int

var errFull = errors.New("no space left on device")

func (w *fullWriter) Write(p []byte) (int, error) {
	n := min(len(p), int(*w))
	*w -= fullWriter(n)
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestEncodeToFullDisk(t *testing.T) {
	x, text := random(5, 1, 3, 8, 8), []Text{{"a", "b"}}
	var b bytes.Buffer
	if err := EncodePNG(&b, x, text); err != nil {
		t.Fatal(err)
	}
	for room := range b.Len() {
		w := fullWriter(room)
		if err := EncodePNG(&w, x, text); !errors.Is(err, errFull) {
			t.Fatalf("with room for %d of %d bytes: %v", room, b.Len(), err)
		}
	}
}

func ExampleWritePNG() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "gray.png")
	x := tensor.FromSlice([]float32{0.2, 0.201, 0.2, 0.201, 0.2, 0.201}, 1, 3, 1, 2)
	if err := WritePNG(path, x, []Text{{"Comment", "both pixels round to 51/255"}}); err != nil {
		fmt.Println(err)
		return
	}
	p, err := ReadFile(path, Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Pixels.Shape, p.Pixels.Data)
	// Output: [1 3 1 2] [0.2 0.2 0.2 0.2 0.2 0.2]
}
