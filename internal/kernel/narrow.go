package kernel

import "unsafe"

// A NarrowTap is one block and tap that contributes to a pixel's gradient.
type NarrowTap struct {
	Off int // floats from the beginning of dy to the first pixel's value at this tap, >= 0
}

// narrowKernels computes the gradient of a convolution with few input channels. A vector of
// channels would be mostly empty there, so sums run over the lanes of the outputs.
//
// row computes n pixels of c channels: for every lane the sum over the taps k, in order, of
//
//	dy[taps[k].Off + i*Lanes + lane] * w[(k*c+channel)*Lanes + lane]
//
// from 0, each step rounded once. Then it adds the lanes as a tree: lane j and j+8, then j and j+4,
// j and j+2, 0 and 1. The result is stored at dx[i*step + channel*plane], or added to it. All
// kernels give the same bits.
type narrowKernels struct {
	name string
	row  narrowRow
}

// A narrowRow computes a row; it may use t, which belongs to the caller's thread.
type narrowRow func(t *narrowTile, dx, dy, w []float32, n, c, step, plane int, taps []NarrowTap, accumulate bool)

var narrowGeneric = &narrowKernels{"generic", narrowRowGeneric}

func narrowRowGeneric(_ *narrowTile, dx, dy, w []float32, n, c, step, plane int, taps []NarrowTap, accumulate bool) {
	for i := range n {
		for k := range c {
			var s pixel
			for t, tap := range taps {
				x, weights := pixelAt(dy, tap.Off+i*Lanes), pixelAt(w, (t*c+k)*Lanes)
				for l := range s {
					s[l] = fma(x[l], weights[l], s[l])
				}
			}
			for half := Lanes / 2; half > 0; half /= 2 {
				for l := range half {
					s[l] += s[l+half]
				}
			}
			if at := i*step + k*plane; accumulate {
				dx[at] += s[0]
			} else {
				dx[at] = s[0]
			}
		}
	}
}

// A narrowTile holds the arguments of the assembly for some pixels; it knows the offsets of the
// fields.
type narrowTile struct {
	dx, dy, w   *float32
	taps        *NarrowTap
	count       int
	step, plane int // bytes
	add         int
	_           [8]int // keeps the tiles of different threads in different cache lines
}

// narrowTiles returns the row function for kernels of up to MaxNarrow channels. tiles lists them by
// channels and pixels; each takes a *narrowTile.
func narrowTiles(tiles [MaxNarrow][]func(*byte)) narrowRow {
	return func(t *narrowTile, dx, dy, w []float32, n, c, step, plane int, taps []NarrowTap, accumulate bool) {
		if n == 0 {
			return
		}
		_, _, _ = dx[(n-1)*step], dx[(c-1)*plane], dx[(n-1)*step+(c-1)*plane]
		for _, tap := range taps {
			_ = dy[tap.Off:][n*Lanes-1]
		}
		*t = narrowTile{count: len(taps), step: 4 * step, plane: 4 * plane, add: number(accumulate)}
		if len(taps) > 0 {
			_ = w[len(taps)*c*Lanes-1]
			t.taps, t.w = &taps[0], &w[0]
		}
		kernels := tiles[c-1]
		parts := (n + len(kernels) - 1) / len(kernels)
		for k := range parts {
			i0, i1 := k*n/parts, (k+1)*n/parts
			t.dx = &dx[i0*step]
			if len(taps) > 0 {
				t.dy = &dy[i0*Lanes]
			}
			kernels[i1-i0-1]((*byte)(unsafe.Pointer(t)))
		}
	}
}
