package preprocess

import (
	"bytes"
	"hash/adler32"
	"image/png"
	"runtime"
	"slices"
	"testing"

	"hoodwink/tensor"
)

// TestLargePNG: a picture of several parts, in colour and gray, of rows that the filters suit and
// others, reads back the same, by Go's decoder too, which checks all sums; and threads change no byte.
func TestLargePNG(t *testing.T) {
	for _, channels := range []int{1, 3} {
		const h, w = 1030, 1025
		x := tensor.New(1, channels, h, w)
		noise := random(51, h*w).Data
		for i := range x.Data {
			y, at := i/w%h, i%w
			switch y / 100 % 4 { // the last one stays black
			case 0:
				x.Data[i] = float32((at+2*y+60*(i/(h*w)))%256) / 255
			case 1:
				x.Data[i] = float32(at*at%256) / 255
			case 2:
				x.Data[i] = noise[(i*7)%(h*w)]
			}
		}
		Quantize(x.Data, x.Data)
		texts := []Text{{"Software", "hoodwink"}}
		var files [2]bytes.Buffer
		for i, threads := range []int{1, 3} {
			old := runtime.GOMAXPROCS(threads)
			err := EncodePNG(&files[i], x, texts)
			runtime.GOMAXPROCS(old)
			if err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(files[0].Bytes(), files[1].Bytes()) {
			t.Error("threads change the file")
		}
		if n := bytes.Count(files[0].Bytes(), []byte("IDAT")); n < 2 {
			t.Errorf("%d parts", n)
		}
		if _, err := png.Decode(bytes.NewReader(files[0].Bytes())); err != nil {
			t.Error(err)
		}
		if got, err := ReadText(bytes.NewReader(files[0].Bytes())); err != nil || !slices.Equal(got, texts) {
			t.Errorf("texts %v, %v", got, err)
		}
		pic, err := Decode(&files[1], "large.png", Limits{})
		if err != nil || !slices.Equal(pic.Pixels.Data, RGB(x).Data) {
			t.Errorf("%d channels: reads back other pixels (%v)", channels, err)
		}
	}
}

// TestJoinAdler compares sums of joined texts with those of the whole.
func TestJoinAdler(t *testing.T) {
	text := bytes.Repeat([]byte{255, 254, 3}, 70000)
	for _, cut := range []int{0, 1, 100, 65521, 131042, len(text)} {
		first, second := adler32.Checksum(text[:cut]), adler32.Checksum(text[cut:])
		if got, want := joinAdler(first, second, 1, len(text)-cut), adler32.Checksum(text); got != want {
			t.Errorf("cut at %d: %x, want %x", cut, got, want)
		}
	}
}
