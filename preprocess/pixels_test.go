package preprocess

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"runtime"
	"slices"
	"testing"

	"hoodwink/tensor"
)

// TestPixelsOnThreads: threads change no pixel of a decoded picture, also where a row is upsampled
// from its neighbours, and the only transparent pixel is found.
func TestPixelsOnThreads(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 700, 400))
	noise := random(61, len(img.Pix)).Data
	for i := range img.Pix {
		img.Pix[i] = uint8(255 * noise[i])
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	var photo, clear bytes.Buffer
	if err := jpeg.Encode(&photo, img, nil); err != nil {
		t.Fatal(err)
	}
	img.Pix[len(img.Pix)-1] = 100
	if err := png.Encode(&clear, img); err != nil {
		t.Fatal(err)
	}
	for _, file := range [][]byte{photo.Bytes(), clear.Bytes()} {
		var want *Picture
		for _, threads := range []int{1, 3} {
			old := runtime.GOMAXPROCS(threads)
			pic, err := Decode(bytes.NewReader(file), "picture", Limits{})
			runtime.GOMAXPROCS(old)
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = pic
			}
			if pic.Alpha != want.Alpha || !slices.Equal(pic.Pixels.Data, want.Pixels.Data) {
				t.Errorf("%s: %d threads give other pixels", pic.Format, threads)
			}
		}
		if want.Alpha != (want.Format == "png") {
			t.Errorf("%s: alpha %v", want.Format, want.Alpha)
		}
	}
}

// TestReadFileInto: pixels of the right shape are overwritten and become the picture's; others stay.
func TestReadFileInto(t *testing.T) {
	path := t.TempDir() + "/x.png"
	x := random(62, 1, 3, 5, 7)
	Quantize(x.Data, x.Data)
	if err := WritePNG(path, x, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		room  *tensor.Tensor
		taken bool
	}{{nil, false}, {random(63, 1, 3, 5, 7), true}, {random(63, 1, 3, 7, 5), false}, {random(63, 1, 1, 5, 7), false}} {
		var before []float32
		if c.room != nil {
			before = slices.Clone(c.room.Data)
		}
		pic, err := ReadFileInto(path, Limits{}, c.room)
		if err != nil || !slices.Equal(pic.Pixels.Data, x.Data) {
			t.Fatalf("reads other pixels (%v)", err)
		}
		if taken := pic.Pixels == c.room; taken != c.taken || !taken && c.room != nil && !slices.Equal(c.room.Data, before) {
			t.Errorf("taken: %v, want %v, and otherwise unchanged", taken, c.taken)
		}
	}
}
