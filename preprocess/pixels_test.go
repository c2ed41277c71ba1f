package preprocess

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"runtime"
	"slices"
	"testing"
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
