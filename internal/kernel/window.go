package kernel

// A Tap is one place of a window, relative to the first pixel of a run. The assembly
// knows the offsets of its fields.
type Tap struct {
	Off   int     // floats from the beginning of the values read to the first pixel's at this tap, >= 0
	Which int     // the same for the numbers of the largest taps, in elements (maxGradRow only)
	ID    uint8   // the tap's number in the whole window (max pooling)
	Scale float32 // area of the window that reaches its input through this tap (averageGradRow)
}

// Taps are the taps of a run, with the extremes of their offsets, so that a check that they stay
// within their slices is quick.
type Taps struct {
	list                        []Tap
	nearest, farthest           int // of Off
	nearestWhich, farthestWhich int
}

// NewTaps returns the taps of a run, in their order.
func NewTaps(list []Tap) *Taps {
	t := &Taps{list: list}
	for i, tap := range list {
		if i == 0 {
			t.nearest, t.farthest, t.nearestWhich, t.farthestWhich = tap.Off, tap.Off, tap.Which, tap.Which
		}
		t.nearest, t.farthest = min(t.nearest, tap.Off), max(t.farthest, tap.Off)
		t.nearestWhich, t.farthestWhich = min(t.nearestWhich, tap.Which), max(t.farthestWhich, tap.Which)
	}
	return t
}

// windowKernels computes pooling, depthwise convolution and their gradients on runs of pixels of
// blocked pictures: n neighbouring pixels of Lanes channels whose windows have the same taps. In
// memory the pixels of a run are step floats apart, or Lanes where there is no step. Below, i < n
// and l < Lanes.
//
// maxRow is y[Lanes*i+l] = largest of x[t.Off+step*i+l] over the taps t, of which there is at least
// one. Of equal values the first counts, and +0 equals -0; a NaN is larger than all. which, unless
// nil, gets the ID of that tap, at the index of y.
//
// averageRow is y[Lanes*i+l] = (sum over the taps t of x[t.Off+step*i+l]) / area.
//
// The others compute a sum g and store it with storePixel:
//
//	maxGradRow      g = sum over t of dy[t.Off+Lanes*i+l] where which[t.Which+Lanes*i+l] = t.ID
//	averageGradRow  g = sum over t of dy[t.Off+Lanes*i+l] / t.Scale
//	depthwiseRow    g = sum over t of x[t.Off+xstep*i+l] * w[Lanes*k+l] for the k-th t
//
// Sums begin with 0, that of depthwiseRow with bias[l] unless it is nil. They run in the order of
// the taps, rounded to float32 at each step; a step of depthwiseRow is a fused multiply-add. All
// implementations give the same bits, except for those of a NaN. What is written must not overlap
// what is read, and the pixels written must not overlap each other.
type windowKernels struct {
	name           string
	maxRow         func(y []float32, which []uint8, x []float32, n, step int, taps *Taps)
	maxGradRow     func(dx, dy []float32, which []uint8, mask []float32, n, step int, taps *Taps, accumulate bool)
	averageRow     func(y, x []float32, n, step int, taps *Taps, area float32)
	averageGradRow func(dx, dy, mask []float32, n, step int, taps *Taps, accumulate bool)
	depthwiseRow   func(y, x, w, bias, mask []float32, n, xstep, ystep int, taps *Taps, accumulate, relu bool)
}

// windowGeneric is plain Go: the reference for the others.
var windowGeneric = &windowKernels{
	name:           "generic",
	maxRow:         maxRowGeneric,
	maxGradRow:     maxGradRowGeneric,
	averageRow:     averageRowGeneric,
	averageGradRow: averageGradRowGeneric,
	depthwiseRow:   depthwiseRowGeneric,
}

// A pixel is the values of one block's channels.
type pixel = [Lanes]float32

func pixelAt(x []float32, at int) *pixel { return (*pixel)(x[at : at+Lanes : len(x)]) }

func idsAt(which []uint8, at int) *[Lanes]uint8 {
	return (*[Lanes]uint8)(which[at : at+Lanes : len(which)])
}

func maxRowGeneric(y []float32, which []uint8, x []float32, n, step int, taps *Taps) {
	for i := range n {
		var ids [Lanes]uint8
		best := *pixelAt(x, taps.list[0].Off+i*step)
		for l := range ids {
			ids[l] = taps.list[0].ID
		}
		for _, t := range taps.list[1:] {
			for l, v := range pixelAt(x, t.Off+i*step) {
				if !(v <= best[l]) && best[l] == best[l] {
					best[l], ids[l] = v, t.ID
				}
			}
		}
		*pixelAt(y, i*Lanes) = best
		if which != nil {
			*idsAt(which, i*Lanes) = ids
		}
	}
}

func maxGradRowGeneric(dx, dy []float32, which []uint8, mask []float32, n, step int, taps *Taps, accumulate bool) {
	for i := range n {
		var g pixel
		for _, t := range taps.list {
			d := pixelAt(dy, t.Off+i*Lanes)
			for l, id := range idsAt(which, t.Which+i*Lanes) {
				if id == t.ID {
					g[l] += d[l]
				}
			}
		}
		storePixel(dx, mask, i*step, &g, accumulate, false)
	}
}

func averageRowGeneric(y, x []float32, n, step int, taps *Taps, area float32) {
	for i := range n {
		var s pixel
		for _, t := range taps.list {
			for l, v := range pixelAt(x, t.Off+i*step) {
				s[l] += v
			}
		}
		for l := range s {
			s[l] /= area
		}
		*pixelAt(y, i*Lanes) = s
	}
}

func averageGradRowGeneric(dx, dy, mask []float32, n, step int, taps *Taps, accumulate bool) {
	for i := range n {
		var g pixel
		for _, t := range taps.list {
			for l, v := range pixelAt(dy, t.Off+i*Lanes) {
				g[l] += v / t.Scale
			}
		}
		storePixel(dx, mask, i*step, &g, accumulate, false)
	}
}

func depthwiseRowGeneric(y, x, w, bias, mask []float32, n, xstep, ystep int, taps *Taps, accumulate, relu bool) {
	for i := range n {
		var s pixel
		if bias != nil {
			s = *pixelAt(bias, 0)
		}
		for k, t := range taps.list {
			weights := pixelAt(w, k*Lanes)
			for l, v := range pixelAt(x, t.Off+i*xstep) {
				s[l] = fma(v, weights[l], s[l])
			}
		}
		storePixel(y, mask, i*ystep, &s, accumulate, relu)
	}
}

// storePixel stores a pixel at out[at]. It adds what is there if accumulate, replaces negative
// values by 0 if relu, and then sets to 0 all values where the mask is not positive. The mask is
// laid out as out, or nil.
func storePixel(out, mask []float32, at int, g *pixel, accumulate, relu bool) {
	dst := pixelAt(out, at)
	if accumulate {
		for l, v := range dst {
			g[l] += v
		}
	}
	if relu {
		for l, v := range g {
			if v < 0 {
				g[l] = 0
			}
		}
	}
	if mask != nil {
		for l, v := range pixelAt(mask, at) {
			if !(v > 0) {
				g[l] = 0
			}
		}
	}
	*dst = *g
}
