package hoodwink

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"hoodwink/tensor"
)

// Changeable returns which pixels of x, the attacked picture, may change: (1,1,H,W) of 0 and 1, nil
// if all may. A mask is as large as the picture, and is resized with it to the network's size.
func (r *FoolRequest) Changeable(x *tensor.Tensor) (*tensor.Tensor, error) {
	if r.Mask == nil {
		return nil, nil
	}
	m := r.Mask.Pixels
	if r.AtModel {
		var err error
		if m, err = r.Model.Spec.Geometry(m); err != nil {
			return nil, fmt.Errorf("mask: %w", err)
		}
	}
	h, w := x.Shape[2], x.Shape[3]
	if m.Shape[2] != h || m.Shape[3] != w {
		return nil, &SettingError{"mask", fmt.Errorf("it is %d x %d pixels, the picture %d x %d", m.Shape[3], m.Shape[2], w, h), "paint the mask on a copy of the picture: white where it may change, black elsewhere"}
	}
	out := tensor.New(1, 1, h, w)
	some := false
	for i := range out.Data {
		if (m.Data[i]+m.Data[i+h*w]+m.Data[i+2*h*w])/3 >= 0.5 {
			out.Data[i], some = 1, true
		}
	}
	if !some {
		return nil, &SettingError{"mask", errors.New("it is black throughout, so that nothing may change"), "white is where the picture may change"}
	}
	return out, nil
}

// changeable returns the number of pixels that a mask lets change, and a hash of the mask.
func changeable(mask *tensor.Tensor) (pixels int, hash string) {
	if mask == nil {
		return 0, ""
	}
	bits := make([]byte, mask.Len())
	for i, v := range mask.Data {
		bits[i] = byte(v)
		pixels += int(v)
	}
	sum := sha256.Sum256(bits)
	return pixels, hex.EncodeToString(sum[:])
}
