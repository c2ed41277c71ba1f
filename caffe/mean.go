package caffe

import (
	"errors"
	"fmt"
	"io"

	"hoodwink/internal/pb"
	"hoodwink/internal/wording"
	"hoodwink/tensor"
)

// maxMeanBytes bounds a mean image: ImageNet's has 786,446 bytes.
const maxMeanBytes = 64 << 20

// ReadMean reads a mean image (C,H,W) as compute_image_mean writes it (*.binaryproto): the
// mean of every channel at every pixel of the pictures that a network was trained on.
func ReadMean(r io.Reader) (*tensor.Tensor, error) {
	d := &weightsDecoder{wire: pb.NewReader(io.LimitReader(r, maxMeanBytes+1))}
	if err := d.wire.Fields(d.blobField); err != nil {
		return nil, &Error{Err: fmt.Errorf("not a mean image: %w", err), hint: meanHint}
	}
	if d.wire.Pos() > maxMeanBytes {
		return nil, &Error{Err: fmt.Errorf("more than %d bytes are too many for a mean image", maxMeanBytes)}
	}
	t, err := d.blob.tensor()
	if err != nil {
		return nil, &Error{Err: fmt.Errorf("the mean image %w", err)}
	}
	if t.Len() == 0 {
		return nil, &Error{Err: errors.New("not a mean image: it holds no values"), hint: meanHint}
	}
	shape := t.Shape
	for len(shape) > 3 && shape[0] == 1 {
		shape = shape[1:]
	}
	if len(shape) != 3 {
		return nil, &Error{Err: fmt.Errorf("the mean image has the shape %s: channels, height and width are wanted", wording.Shape(t.Shape)), hint: meanHint}
	}
	if at, ok := tensor.Finite(t.Data); !ok {
		return nil, &Error{Err: fmt.Errorf("the mean image has the value %v at index %d", t.Data[at], at)}
	}
	return t.Reshape(shape...), nil
}

const meanHint = "a mean image is what Caffe's compute_image_mean writes, usually *.binaryproto"
