package kernel

// lrnKernels computes LRN across channels on rows of n pixels of one block. before and after are
// the rows of the neighbouring blocks, nil where there is none. Only the first lanes lanes of the
// block, and the first lanesAfter of the next, hold channels. All kernels give the same bits, which
// are those of LRN.Across and LRN.AcrossGrad.
//
// row computes y = x * s^-Beta with s = K + Alpha * (sum of x^2 over the window).
//
// terms computes d = dy * s^-Beta and t = d*x/s, 0 in lanes without a channel.
//
// gradRow computes dx = d - 2 Alpha Beta x * (sum of t over the channels whose window holds this
// one), or adds it to dx; here before and after are rows of t. Then dx becomes 0 where mask, unless
// nil, is not positive.
type lrnKernels struct {
	name    string
	row     func(l *LRN, y, x, before, after []float32, n, lanes, lanesAfter int)
	terms   func(l *LRN, d, t, dy, x, before, after []float32, n, lanes, lanesAfter int)
	gradRow func(l *LRN, dx, d, x, t, before, after, mask []float32, n int, accumulate bool)
}

// lrnGeneric is plain Go: the reference for the others.
var lrnGeneric = &lrnKernels{"generic", lrnRowGeneric, lrnTermsGeneric, lrnGradRowGeneric}

// neighbour returns channel c of pixel i, where c counts from the first of block x; 0 where there
// is none.
func neighbour(x, before, after []float32, i, c, lanes, lanesAfter int) float32 {
	switch {
	case c < 0 && before != nil:
		return before[i*Lanes+Lanes+c]
	case c >= 0 && c < lanes:
		return x[i*Lanes+c]
	case c >= Lanes && c-Lanes < lanesAfter && after != nil:
		return after[i*Lanes+c-Lanes]
	}
	return 0
}

// scales computes s for pixel i.
func (l *LRN) scales(s *pixel, x, before, after []float32, i, lanes, lanesAfter int) {
	for c := range s {
		var sum float32
		for j := c - l.before(); j < c-l.before()+l.Size; j++ {
			v := neighbour(x, before, after, i, j, lanes, lanesAfter)
			sum += float32(v * v)
		}
		s[c] = l.K + float32(l.Alpha*sum)
	}
}

func lrnRowGeneric(l *LRN, y, x, before, after []float32, n, lanes, lanesAfter int) {
	for i := range n {
		var s pixel
		l.scales(&s, x, before, after, i, lanes, lanesAfter)
		negativePower(s[:], l.Beta)
		for c, v := range s {
			y[i*Lanes+c] = x[i*Lanes+c] * v
		}
	}
}

func lrnTermsGeneric(l *LRN, d, t, dy, x, before, after []float32, n, lanes, lanesAfter int) {
	for i := range n {
		var s pixel
		l.scales(&s, x, before, after, i, lanes, lanesAfter)
		power := s
		negativePower(power[:], l.Beta)
		for c := range s {
			at := i*Lanes + c
			d[at] = float32(dy[at] * power[c])
			t[at] = 0
			if c < lanes {
				t[at] = d[at] * x[at] / s[c]
			}
		}
	}
}

func lrnGradRowGeneric(l *LRN, dx, d, x, t, before, after, mask []float32, n int, accumulate bool) {
	factor := 2 * l.Alpha * l.Beta
	for i := range n {
		var g pixel
		for c := range g {
			var sum float32
			for j := c + l.before() - l.Size + 1; j < c+l.before()+1; j++ {
				sum += neighbour(t, before, after, i, j, Lanes, Lanes)
			}
			at := i*Lanes + c
			g[c] = d[at] - float32(float32(factor*x[at])*sum)
		}
		storePixel(dx, mask, i*Lanes, &g, accumulate, false)
	}
}
