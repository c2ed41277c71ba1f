// Package blocks holds what the executor and the layers both do with blocked pictures
// (kernel.Blocks): they cut them into parts, one for each task, and work through the rows of a
// part.
package blocks

import "hoodwink/internal/kernel"

// Lanes is the number of channels of a block.
const Lanes = kernel.Lanes

// Count returns the number of blocks of channels of pictures of shape (N,C,H,W).
func Count(shape []int) int { return (shape[1] + Lanes - 1) / Lanes }

// Row returns row h of block k of picture n.
func Row(x *kernel.Blocks, n, k, h int) []float32 {
	at := x.At(n, k, h, 0)
	return x.Data[at : at+x.W*Lanes]
}

// EachRow calls f for every row of a part: where it begins, and its picture, block and row.
func EachRow(x *kernel.Blocks, p Part, f func(at, n, k, h int)) {
	for k := p.B0; k < p.B1; k++ {
		for h := p.H0; h < p.H1; h++ {
			f(x.At(p.N, k, h, 0), p.N, k, h)
		}
	}
}

// Mask sets a part of dx to 0 where y is not positive.
func Mask(dx, y *kernel.Blocks, p Part) {
	EachRow(dx, p, func(at, n, k, h int) {
		kernel.Mask(dx.Data[at:at+dx.W*Lanes], y.Data[y.At(n, k, h, 0):])
	})
}

// Pack copies a part of plain pictures to blocked ones, or adds it.
func Pack(to *kernel.Blocks, from []float32, p Part, add bool) {
	for k := p.B0; k < p.B1; k++ {
		to.Pack(from, p.N, k, p.H0, p.H1, add)
	}
}

// Unpack copies a part of blocked pictures to plain ones, or adds it.
func Unpack(to []float32, from *kernel.Blocks, p Part, add bool) {
	for k := p.B0; k < p.B1; k++ {
		from.Unpack(to, p.N, k, p.H0, p.H1, add)
	}
}
