package nn

import "hoodwink/internal/kernel"

// average binds the average of all pixels of a picture.
func (b *blockBinding) average() blockOp {
	x, y, size := b.in[0], b.out[0], b.in[0].H*b.in[0].W
	row := x.W * lanes
	work := b.Scratch(row)
	op := blockOp{ahead: grain{blocks: 1, cost: float64(row * x.H)}, forward: func(worker int, p part) {
		for k := p.b0; k < p.b1; k++ {
			var sums [lanes]float64
			t := work(worker)
			for h := range x.H {
				copy(t, rowOf(x, p.n, k, h))
				addPixels(&sums, t)
			}
			for i, pixel := 0, rowOf(y, p.n, k, 0); i < lanes; i++ {
				pixel[i] = float32(sums[i] / float64(size))
			}
		}
	}}
	if b.dout[0] == nil {
		return op
	}
	dx, dy, mask := b.din[0], b.dout[0], b.masks[0]
	op.back = []grain{{blocks: 1, cost: float64(row)}}
	op.backward = []func(int, part, bool){func(worker int, p part, add bool) {
		t := work(worker)
		for k := p.b0; k < p.b1; k++ {
			kernel.Scale(t[:lanes], 1/float32(size), rowOf(dy, p.n, k, 0))
			repeat(t, t[:lanes])
			for h := p.h0; h < p.h1; h++ {
				if add {
					kernel.Add(rowOf(dx, p.n, k, h), t)
				} else {
					copy(rowOf(dx, p.n, k, h), t)
				}
			}
		}
		if mask != nil {
			maskPart(dx, mask, p)
		}
	}}
	return op
}

// addPixels adds all pixels of a row to sums: in float32 by halves, which overwrites the
// row, and what remains in float64.
func addPixels(sums *[lanes]float64, row []float32) {
	for n := len(row) / lanes; n > 1; {
		half := n / 2
		kernel.Add(row[:half*lanes], row[(n-half)*lanes:n*lanes])
		n -= half
	}
	for i, v := range row[:lanes] {
		sums[i] += float64(v)
	}
}

// repeat fills a row with a pixel.
func repeat(row, pixel []float32) {
	for done := copy(row, pixel); done < len(row); done *= 2 {
		copy(row[done:], row[:done])
	}
}
