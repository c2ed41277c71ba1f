package nn

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// lrnReference is the definition for one value, in float64.
func lrnReference(l *LRN, x []float32, c, h, w, m, i, j int) float64 {
	at := func(m, i, j int) float64 {
		if m < 0 || m >= c || i < 0 || i >= h || j < 0 || j >= w {
			return 0
		}
		return float64(x[(m*h+i)*w+j])
	}
	var sum float64
	scale, k := float64(l.Alpha)/float64(l.Size), float64(l.K)
	lo, hi := -(l.Size-1)/2, l.Size-1-(l.Size-1)/2
	if l.WithinChannel {
		scale, k = scale/float64(l.Size), 1
		for a := lo; a <= hi; a++ {
			for b := lo; b <= hi; b++ {
				sum += at(m, i+a, j+b) * at(m, i+a, j+b)
			}
		}
	} else {
		for a := lo; a <= hi; a++ {
			sum += at(m+a, i, j) * at(m+a, i, j)
		}
	}
	return at(m, i, j) / math.Pow(k+scale*sum, float64(l.Beta))
}

func TestLRNAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 1))
	for _, l := range []*LRN{
		{Size: 5, Alpha: 1e-4, Beta: 0.75, K: 1}, // GoogLeNet, AlexNet in Caffe
		{Size: 5, Alpha: 5, Beta: 0.75, K: 2},
		{Size: 3, Alpha: 2, Beta: 0.5, K: 1},
		{Size: 4, Alpha: 2, Beta: 1, K: 1},
		{Size: 1, Alpha: 1, Beta: 0.3, K: 0.5},
		{Size: 99, Alpha: 10, Beta: 0.75, K: 1},
		{Size: 3, Alpha: 5e-5, Beta: 0.75, WithinChannel: true, K: 7},
		{Size: 3, Alpha: 4, Beta: 0.75, WithinChannel: true},
		{Size: 7, Alpha: 20, Beta: 1, WithinChannel: true},
		{Size: 31, Alpha: 90, Beta: 0.6, WithinChannel: true},
	} {
		const n, c, h, w = 2, 11, 13, 15
		b := newBench(t, l, [][]int{{n, c, h, w}}, 2)
		fill(r, b.x, normal)
		y := b.forward()[0]
		for e := range n {
			for p := range c * h * w {
				want := lrnReference(l, b.x[0].Image(e), c, h, w, p/(h*w), p/w%h, p%w)
				if got := float64(y.Image(e)[p]); !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) {
					t.Fatalf("%+v: value %d of example %d is %g, want %g", *l, p, e, got, want)
				}
			}
		}
	}
}

func TestLRNRefuses(t *testing.T) {
	nan := float32(math.NaN())
	four := []int{1, 2, 4, 4}
	for name, c := range map[string]struct {
		l    *LRN
		in   []int
		says string
	}{
		"no size":          {&LRN{}, four, "size of 0"},
		"negative size":    {&LRN{Size: -5}, four, "size of -5"},
		"huge size":        {&LRN{Size: math.MaxInt}, four, "size of 9223372036854775807"},
		"even, within":     {&LRN{Size: 4, WithinChannel: true}, four, "odd"},
		"alpha":            {&LRN{Size: 5, Alpha: nan}, four, "NaN"},
		"beta":             {&LRN{Size: 5, Beta: float32(math.Inf(1))}, four, "+Inf"},
		"k":                {&LRN{Size: 5, K: nan}, four, "NaN"},
		"vector":           {&LRN{Size: 5}, []int{1, 10}, "[1 10]"},
		"five dimensions":  {&LRN{Size: 5}, []int{1, 2, 3, 4, 5}, "[1 2 3 4 5]"},
		"years of work":    {&LRN{Size: 1<<20 - 1}, []int{1, 1 << 20, 16, 16}, "more than 68719476736 operations"},
		"minutes of calls": {&LRN{Size: 1<<19 - 1}, []int{1, 1 << 19, 1, 1}, "more than 68719476736 operations"},
		"thin, within":     {&LRN{Size: 1<<18 - 1, WithinChannel: true}, []int{1, 1, 1 << 20, 1}, "more than 68719476736 operations"},
		"channels":         {&LRN{Size: 5}, []int{1, 1 << 24, 4, 4}, "across at most 1048576 channels"},
		"plane, within":    {&LRN{Size: 5, WithinChannel: true}, []int{1, 1, 4096, 4096}, "at most 4194304 pixels"},
	} {
		out, err := c.l.OutShapes([][]int{c.in})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, error %v; want one that says %q", name, out, err, c.says)
		}
	}
}
