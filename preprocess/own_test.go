package preprocess

import (
	"bytes"
	"slices"
	"testing"

	"hoodwink/internal/gradcheck"
	"hoodwink/tensor"
)

// TestOwnChannels: a network that takes gray sees in one channel, to the bit, what it sees in three
// equal ones; the gradient in the one channel is the sum of the three.
func TestOwnChannels(t *testing.T) {
	forEach(t, func(t *testing.T, s Spec, h, w int) {
		if s.Channels() != 1 {
			if x := random(1, 1, 3, h, w); s.Own(x) != x || RGB(x) != x {
				t.Fatal("a picture in colour is changed")
			}
			return
		}
		files, own := bind(t, s, 1, h, w), bindPixels(t, s, 1, h, w, Pixels{Own: true})
		gray := random(41, 1, 1, h, w)
		rgb := RGB(gray)
		if back := s.Own(rgb); !slices.Equal(back.Data, gray.Data) || !slices.Equal(back.Shape, own.InShape()) {
			t.Fatalf("gray of shape %v does not come back from three channels", back.Shape)
		}
		in, in2 := tensor.New(files.OutShape()...), tensor.New(files.OutShape()...)
		files.Forward(in, rgb)
		own.Forward(in2, gray)
		if !slices.Equal(in.Data, in2.Data) {
			t.Fatal("one channel gives another input than three equal ones")
		}
		d, dx, dgray := random(42, files.OutShape()...), tensor.New(1, 3, h, w), tensor.New(1, 1, h, w)
		files.Adjoint(dx, d)
		own.Adjoint(dgray, d)
		plane := h * w
		for i, v := range dgray.Data {
			if sum := dx.Data[i] + dx.Data[plane+i] + dx.Data[2*plane+i]; !(max(v-sum, sum-v) <= 1e-5*(1+max(v, -v))) {
				t.Fatalf("gradient %g at %d, want the sum of three, %g", v, i, sum)
			}
		}
		loss := func() float64 { own.Forward(in, gray); return tensor.Dot(d.Data, in.Data) }
		if worst := gradcheck.Check(gray, dgray.Data, loss, gradcheck.Options{Step: 0.1, Coordinates: 10, Directions: 3}); h*w <= 300 && !(worst.Err <= 1e-4) {
			t.Error(worst)
		}
	})
}

// TestOwnOfColours: a coloured picture becomes one that a gray file can hold.
func TestOwnOfColours(t *testing.T) {
	s := Spec{Width: 3, Height: 1, Resize: Stretch, Order: "gray", Scale: 1}
	gray := float32(0.123) // keeps its value, which no 8-bit file holds
	x := s.Own(tensor.FromSlice([]float32{1, gray, 0, 0, gray, 1, 0, gray, 1}, 1, 3, 1, 3))
	if want := []float32{76. / 255, gray, 179. / 255}; !slices.Equal(x.Data, want) {
		t.Errorf("red, gray and cyan become %v, want %v", x.Data, want)
	}
}

// TestGrayPNG: one channel is written as a gray file, with its texts, and reads back the same.
func TestGrayPNG(t *testing.T) {
	x := random(43, 1, 1, 9, 7)
	Quantize(x.Data, x.Data)
	texts := []Text{{"Software", "hoodwink"}, {"hoodwink", `{"eps":"2/255"}`}}
	var file bytes.Buffer
	if err := EncodePNG(&file, x, texts); err != nil {
		t.Fatal(err)
	}
	if kind := file.Bytes()[25]; kind != 0 {
		t.Errorf("colour type %d, want 0, gray", kind)
	}
	if got, err := ReadText(bytes.NewReader(file.Bytes())); err != nil || !slices.Equal(got, texts) {
		t.Errorf("texts %v, %v", got, err)
	}
	pic, err := Decode(&file, "gray.png", Limits{})
	if err != nil || !slices.Equal(pic.Pixels.Data, RGB(x).Data) {
		t.Errorf("reads back other pixels (%v)", err)
	}
	x.Data[8] = 1.1
	if err := EncodePNG(&file, x, nil); err == nil || err.Error() != "preprocess: cannot write picture: gray at row 1, column 1 is 1.1, outside [0,1]" {
		t.Errorf("error %v", err)
	}
}

// TestColoured: one pixel in one channel makes a picture coloured; own channels stay as they are.
func TestColoured(t *testing.T) {
	gray := random(44, 2, 1, 5, 4)
	x := RGB(gray)
	if Coloured(gray) || Coloured(x) {
		t.Error("gray pictures are taken for coloured ones")
	}
	for i := range x.Data {
		y := x.Clone()
		if y.Data[i] += 1. / 255; !Coloured(y) {
			t.Errorf("value %d makes no colour", i)
		}
	}
	if s := (Spec{Order: "gray"}); s.Own(gray) != gray {
		t.Error("a gray picture is converted")
	}
	if s := (Spec{Order: "BGR"}); s.Own(x) != x {
		t.Error("colours are converted")
	}
}
