package preprocess

import (
	"slices"

	"hoodwink/tensor"
)

// Own returns pictures x (N,3,H,W) in the network's own channels: for a network that takes gray,
// (N,1,H,W), else x itself. Pixels that are gray keep their value. Coloured ones get their brightness,
// as the network would see it, rounded to 8 bits: the picture that a gray file can hold. Pictures that
// have the network's own channels already are returned as they are.
func (s Spec) Own(x *tensor.Tensor) *tensor.Tensor {
	if x.Shape[1] == s.Channels() {
		return x
	}
	n, plane := x.Shape[0], x.Shape[2]*x.Shape[3]
	out := tensor.New(n, 1, x.Shape[2], x.Shape[3])
	for i := range n {
		in, gray := x.Image(i), out.Image(i)
		r, g, b := in[:plane], in[plane:2*plane], in[2*plane:]
		luma(gray, r, g, b)
		for k, v := range g {
			if r[k] != v || b[k] != v {
				gray[k] = level8[Level(gray[k])]
			}
		}
	}
	return out
}

// Coloured reports whether some pixel of the pictures x (N,C,H,W) is not gray.
func Coloured(x *tensor.Tensor) bool {
	if x.Shape[1] == 1 {
		return false
	}
	plane := x.Shape[2] * x.Shape[3]
	for i := range x.Shape[0] {
		in := x.Image(i)
		red := in[:plane]
		if !slices.Equal(red, in[plane:2*plane]) || !slices.Equal(red, in[2*plane:]) {
			return true
		}
	}
	return false
}

// RGB returns pictures x (N,C,H,W) in three channels: x itself, or gray ones three times.
func RGB(x *tensor.Tensor) *tensor.Tensor {
	if x.Shape[1] == 3 {
		return x
	}
	out := tensor.New(x.Shape[0], 3, x.Shape[2], x.Shape[3])
	for i := range x.Shape[0] {
		from, to := x.Image(i), out.Image(i)
		for c := range 3 {
			copy(to[c*len(from):], from)
		}
	}
	return out
}
