package paper

import (
	"image"

	"hoodwink/report"
	"hoodwink/tensor"
)

// digit returns picture i of a batch (N,1,28,28) as (1,28,28), sharing memory.
func digit(x *tensor.Tensor, i int) *tensor.Tensor {
	return tensor.FromSlice(x.Image(i), x.Shape[1:]...)
}

// beforeAfter draws picture i of two batches, clipped to [0,1].
func beforeAfter(x, y *tensor.Tensor, i int) (before, after image.Image, err error) {
	if before, err = report.Picture(digit(x, i)); err != nil {
		return nil, nil, err
	}
	after, err = report.Picture(digit(y, i))
	return before, after, err
}
