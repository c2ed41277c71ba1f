package model

import (
	"testing"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// TestLargeTrials: the work of drawing pictures for a network of large ones is bounded. They are the
// small ones, enlarged; a size that is not larger is drawn as it is.
func TestLargeTrials(t *testing.T) {
	at := func(i, h, w int) *tensor.Tensor {
		return (&Model{Spec: preprocess.Spec{Height: h, Width: w}}).trial(i)
	}
	for i := range 3 {
		small, large := at(i, 200, maxDrawn), at(i, 200, 3*maxDrawn)
		for y := range 3 * 200 {
			for z := range 3 * maxDrawn {
				if large.Data[y*3*maxDrawn+z] != small.Data[y*maxDrawn+z/3] {
					t.Fatalf("picture %d differs from the small one in row %d at %d", i, y, z)
				}
			}
		}
		if s := at(i, 2*maxDrawn, 7).Shape; s[2] != 2*maxDrawn || s[3] != 7 {
			t.Errorf("picture %d has the shape %v", i, s)
		}
	}
	const n = 4 * maxDrawn
	distinct := map[float32]bool{}
	for _, v := range at(1, n, n).Data {
		distinct[v] = true
	}
	if len(distinct) > 3*maxDrawn*maxDrawn {
		t.Errorf("%d values were drawn, more than %d", len(distinct), 3*maxDrawn*maxDrawn)
	}
}
