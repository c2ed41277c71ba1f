package preprocess

import "math"

// An axis is the resampling of one dimension as a sparse matrix: output i is
// sum_k weight[off[i]+k] * input[start[i]+k] for k < off[i+1]-off[i].
type axis struct {
	start  []int
	off    []int
	weight []float32
	lo, hi int  // the inputs that are used: lo <= j < hi
	copies bool // output i is input lo+i, bit for bit
}

// newAxis describes a resize of in samples to resized, of which the out samples from first on are
// wanted. Sample i lies at (i+1/2)/n of the length (half-pixel centres). The filter is in units of
// an input sample or, when shrinking with antialias, of an output sample. It is cut off at the ends
// and normalised. Only the bicubic filter without antialias repeats the border instead; for the
// narrow triangle filter both are the same.
func newAxis(in, resized, first, out int, antialias bool, method Interpolation) axis {
	if in == resized {
		return axis{copies: true, lo: first, hi: first + out}
	}
	a := axis{start: make([]int, out), off: make([]int, 1, out+1), lo: in}
	scale := float64(in) / float64(resized)
	f, unit := filters[method], 1.0
	if antialias && method != Nearest {
		unit = max(1, scale)
	}
	repeat := method == Bicubic && !antialias
	if method == Bicubic && antialias {
		f.weight = cubic(-0.5)
	}
	radius := f.radius * unit
	var w []float64
	for i := range out {
		centre := (float64(first+i) + 0.5) * scale
		lo := max(int(math.Floor(centre-radius+0.5)), 0)
		hi := min(int(math.Floor(centre+radius+0.5)), in)
		if method == Nearest {
			lo = min(int(centre), in-1)
			hi = lo + 1
		}
		w = w[:0]
		var sum float64
		for j := lo; j < hi; j++ {
			v := f.weight((float64(j) + 0.5 - centre) / unit)
			w = append(w, v)
			sum += v
		}
		if repeat {
			for d := range 4 {
				outside := f.weight(centre + float64(d) + 0.5)
				w[0], sum = w[0]+outside, sum+outside
				outside = f.weight(float64(in+d) + 0.5 - centre)
				w[len(w)-1], sum = w[len(w)-1]+outside, sum+outside
			}
		}
		for len(w) > 1 && w[len(w)-1] == 0 {
			w = w[:len(w)-1]
		}
		for _, v := range w {
			a.weight = append(a.weight, float32(v/sum))
		}
		a.start[i] = lo
		a.off = append(a.off, len(a.weight))
		a.lo, a.hi = min(a.lo, lo), max(a.hi, lo+len(w))
	}
	return a
}

// filters are the resampling filters by name, as functions of the distance.
var filters = map[Interpolation]struct {
	radius float64
	weight func(x float64) float64
}{
	"":       {1, triangle},
	Bilinear: {1, triangle},
	Bicubic:  {2, cubic(-0.75)},
	Nearest:  {1, func(float64) float64 { return 1 }},
}

func triangle(x float64) float64 { return max(0, 1-math.Abs(x)) }

// cubic is Keys's filter with the parameter a.
func cubic(a float64) func(float64) float64 {
	return func(x float64) float64 {
		x = math.Abs(x)
		switch {
		case x < 1:
			return ((a+2)*x-(a+3))*x*x + 1
		case x < 2:
			return (((x-5)*x+8)*x - 4) * a
		}
		return 0
	}
}

// taps returns the first input of output i and the weights of it and its successors.
func (a *axis) taps(i int) (start int, w []float32) {
	if a.copies {
		return a.lo + i, one[:]
	}
	return a.start[i], a.weight[a.off[i]:a.off[i+1]]
}

var one = [1]float32{1}

// axes returns the vertical and the horizontal resampling of an h x w picture.
//
// The resized length of the longer side and the position of the crop are rounded as torchvision's
// Resize and CenterCrop round them: down, and half to even. The position of a crop
// after a stretch is rounded down, as Caffe rounds it.
func (s Spec) axes(h, w int) (v, x axis) {
	rh, rw, top, left := s.Height, s.Width, 0, 0
	switch {
	case s.Resize == Stretch && s.ResizeTo > 0:
		rh, rw = s.ResizeTo, s.ResizeTo
		top, left = (rh-s.Height)/2, (rw-s.Width)/2
	case s.Resize == ShorterSide:
		rh, rw = s.ResizeTo, s.ResizeTo
		if h > w {
			rh = int(int64(s.ResizeTo) * int64(h) / int64(w))
		} else {
			rw = int(int64(s.ResizeTo) * int64(w) / int64(h))
		}
		top = int(math.RoundToEven(float64(rh-s.Height) / 2))
		left = int(math.RoundToEven(float64(rw-s.Width) / 2))
	}
	return newAxis(h, rh, top, s.Height, s.Antialias, s.Interpolation), newAxis(w, rw, left, s.Width, s.Antialias, s.Interpolation)
}
