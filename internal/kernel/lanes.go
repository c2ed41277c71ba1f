package kernel

// A Pixel is a value for every lane of a block of channels.
type Pixel = [Lanes]float32

// laneKernels work on rows of whole pixels, Lanes values each, lane by lane. Sums run over
// the pixels in order. All kernels give the same bits.
type laneKernels struct {
	sum     func(sum *Pixel, x []float32)
	squares func(sum, mean *Pixel, x []float32)
	pairs   func(sum, dot, mean *Pixel, dy, x []float32)
	scale   func(y, x, add []float32, scale, shift *Pixel, relu int)
	mix     func(dx, dy, x []float32, p, q, r *Pixel, add int)
}

var lanesGeneric = &laneKernels{laneSumGeneric, laneSquaresGeneric, lanePairsGeneric, laneScaleGeneric, laneMixGeneric}

// LaneSum computes sum[l], the sum of all x[l].
func (m *Set) LaneSum(sum *Pixel, x []float32) { m.lanes.sum(sum, x) }

// LaneSquares computes sum[l], the sum of all (x[l]-mean[l])^2, one rounding for the
// difference and one for square and sum.
func (m *Set) LaneSquares(sum, mean *Pixel, x []float32) { m.lanes.squares(sum, mean, x) }

// LanePairs computes the sum of all dy[l] and the sum of all dy[l]*(x[l]-mean[l]), rounded
// like LaneSquares. dy is as long as x.
func (m *Set) LanePairs(sum, dot, mean *Pixel, dy, x []float32) {
	m.lanes.pairs(sum, dot, mean, dy[:len(x)], x)
}

// LaneScale computes y[l] = scale[l]*x[l] + shift[l], rounded once. Then it adds add[l] if add is
// not nil, and takes the maximum with 0 if relu. y and add are as long as x.
func (m *Set) LaneScale(y, x, add []float32, scale, shift *Pixel, relu bool) {
	if add != nil {
		add = add[:len(x)]
	}
	m.lanes.scale(y[:len(x)], x, add, scale, shift, number(relu))
}

// LaneMix computes dx[l] = p[l]*dy[l] + (q[l]*x[l] + r[l]), each multiply-add rounded once,
// or adds that to what dx holds. dx and dy are as long as x.
func (m *Set) LaneMix(dx, dy, x []float32, p, q, r *Pixel, add bool) {
	m.lanes.mix(dx[:len(x)], dy[:len(x)], x, p, q, r, number(add))
}

func laneSumGeneric(sum *Pixel, x []float32) {
	var s Pixel
	for ; len(x) >= Lanes; x = x[Lanes:] {
		for l, v := range x[:Lanes] {
			s[l] += v
		}
	}
	*sum = s
}

func laneSquaresGeneric(sum, mean *Pixel, x []float32) {
	var s Pixel
	for ; len(x) >= Lanes; x = x[Lanes:] {
		for l, v := range x[:Lanes] {
			d := v - mean[l]
			s[l] = fma(d, d, s[l])
		}
	}
	*sum = s
}

func lanePairsGeneric(sum, dot, mean *Pixel, dy, x []float32) {
	var s, t Pixel
	for ; len(x) >= Lanes; x, dy = x[Lanes:], dy[Lanes:] {
		for l, v := range x[:Lanes] {
			s[l] += dy[l]
			t[l] = fma(dy[l], v-mean[l], t[l])
		}
	}
	*sum, *dot = s, t
}

func laneScaleGeneric(y, x, add []float32, scale, shift *Pixel, relu int) {
	for i, v := range x {
		v = fma(v, scale[i%Lanes], shift[i%Lanes])
		if add != nil {
			v += add[i]
		}
		if relu != 0 && v < 0 {
			v = 0
		}
		y[i] = v
	}
}

func laneMixGeneric(dx, dy, x []float32, p, q, r *Pixel, add int) {
	for i, v := range x {
		l := i % Lanes
		d := fma(p[l], dy[i], fma(q[l], v, r[l]))
		if add != 0 {
			d += dx[i]
		}
		dx[i] = d
	}
}
