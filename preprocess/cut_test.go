package preprocess

import (
	"testing"

	"hoodwink/tensor"
)

// TestStretchThenCut: with a ResizeTo, Stretch makes a square of that side, whatever the
// proportions, and takes the centre, whose place is rounded down.
func TestStretchThenCut(t *testing.T) {
	const side, out = 16, 11 // the crop begins at 5/2 = 2
	x := random(3, 1, 3, 9, 23)
	whole := Spec{Width: side, Height: side, Resize: Stretch, Order: "RGB", Scale: 1}
	cut := Spec{Width: out, Height: out, Resize: Stretch, ResizeTo: side, Order: "RGB", Scale: 1}
	a, b := bind(t, whole, 1, 9, 23), bind(t, cut, 1, 9, 23)
	all, part := tensor.New(a.OutShape()...), tensor.New(b.OutShape()...)
	a.Forward(all, x)
	b.Forward(part, x)
	for c := range 3 {
		for y := range out {
			for i := range out {
				if got, want := part.Data[(c*out+y)*out+i], all.Data[(c*side+y+2)*side+i+2]; got != want {
					t.Fatalf("channel %d at %d,%d: %g, want %g", c, y, i, got, want)
				}
			}
		}
	}
	if s := cut.AtModel(); s.ResizeTo != 0 || s.Validate() != nil {
		t.Errorf("AtModel leaves %+v", s)
	}
}
