package attacks

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func noise(n int, rng *rand.Rand) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = rng.Float32()
	}
	return v
}

func dot(a, b []float32) (s float64) {
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

// blank returns a warp of a picture of some size.
func blank(height, width int) *warp {
	return &warp{height, width, make([][4]int32, height*width), make([][4]float32, height*width)}
}

// isAdjoint fails unless <W v, g> = <v, W' g>.
func isAdjoint(t *testing.T, w *warp, rng *rand.Rand) {
	t.Helper()
	n := 2 * w.height * w.width
	v, g, wv, wg := noise(n, rng), noise(n, rng), make([]float32, n), make([]float32, n)
	w.apply(wv, v)
	w.adjoint(wg, g)
	if a, b := dot(wv, g), dot(v, wg); !(math.Abs(a-b) <= 1e-5*math.Abs(a)) {
		t.Fatalf("%dx%d: <Wv,g> = %g, <v,W'g> = %g", w.height, w.width, a, b)
	}
}

// TestShrink: the adjoint is one, a constant picture stays constant inside, and a size of 1 is the picture itself.
func TestShrink(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][2]int{{17, 23}, {1, 9}, {5, 1}, {1, 1}} {
		w := blank(size[0], size[1])
		n := size[0] * size[1]
		v, wv := make([]float32, n), make([]float32, n)
		for range 50 {
			w.shrink(rng, 0.4)
			isAdjoint(t, w, rng)
			for i := range v {
				v[i] = 0.5
			}
			w.apply(wv, v)
			for _, x := range wv {
				if x != 0 && math.Abs(float64(x)-0.5) > 1e-6 {
					t.Fatalf("%v: a constant picture becomes %g", size, x)
				}
			}
		}
		copy(v, noise(n, rng))
		w.shrink(rng, 1)
		w.apply(wv, v)
		for i := range v {
			if v[i] != wv[i] {
				t.Fatalf("%v: value %d of the same size is %g, want %g", size, i, wv[i], v[i])
			}
		}
	}
}

// TestShrinkReaches: every place where the smaller picture fits is drawn, the last row and column too.
func TestShrinkReaches(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	w := blank(10, 10)
	ones, got := make([]float32, 100), make([]float32, 100)
	for i := range ones {
		ones[i] = 1
	}
	seen := map[[2]int]int{}
	for range 4000 {
		w.shrink(rng, 0.8)
		w.apply(got, ones)
		first, rows := -1, 0
		for i := range 10 {
			var sum float32
			for _, v := range got[10*i:][:10] {
				sum += v
			}
			if sum > 0 {
				rows++
				if first < 0 {
					first = i
				}
			}
		}
		seen[[2]int{rows, first}]++
	}
	for _, want := range [][2]int{{8, 0}, {8, 1}, {8, 2}, {9, 0}, {9, 1}} {
		if seen[want] < 400 {
			t.Errorf("size and place %v: drawn %d times of 4000", want, seen[want])
		}
	}
	if len(seen) != 5 {
		t.Errorf("drawn are %v", seen)
	}
}

// TestShuffle: the adjoint is one; without turning all pixels are there, each once; with it the colour of a constant
// picture stays, but for black corners.
func TestShuffle(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, size := range [][2]int{{17, 23}, {3, 3}, {1, 9}, {1, 1}} {
		w := blank(size[0], size[1])
		n := size[0] * size[1]
		strips, pieces := newCutting(3), newCutting(3)
		v, wv := make([]float32, n), make([]float32, n)
		for range 50 {
			w.shuffle(rng, strips, pieces, 24)
			isAdjoint(t, w, rng)
			for i := range v {
				v[i] = 0.5
			}
			w.apply(wv, v)
			for _, x := range wv {
				if x < 0 || x > 0.5001 {
					t.Fatalf("%v: a constant picture becomes %g", size, x)
				}
			}
			copy(v, noise(n, rng))
			w.shuffle(rng, strips, pieces, 0)
			w.apply(wv, v)
			slices.Sort(v)
			slices.Sort(wv)
			if !slices.Equal(v, wv) {
				t.Fatalf("%v: pixels are lost: %v, want %v", size, wv, v)
			}
		}
	}
}

// TestTransform: the adjoint is one; blocks that are not darkened keep their pixels, each once; all kinds are drawn.
func TestTransform(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, size := range [][2]int{{17, 23}, {3, 3}, {1, 9}, {1, 1}} {
		w := blank(size[0], size[1])
		n := size[0] * size[1]
		rows, columns, loud := newCutting(1), newCutting(1), make([]float32, n)
		same, noisy, darker := 0, 0, 0
		for range 1000 {
			w.transform(rng, rows, columns, loud)
			isAdjoint(t, w, rng)
			v, wv := noise(n, rng), make([]float32, n)
			w.apply(wv, v)
			slices.Sort(v)
			slices.Sort(wv)
			switch {
			case loud[0] != 0:
				noisy++
			case slices.Equal(v, wv):
				same++
			case wv[n-1] <= v[n-1]:
				darker++
			}
		}
		if noisy < 90 || darker < 90 || same < 600 || noisy+darker+same != 1000 {
			t.Errorf("%v: %d keep their pixels, %d are noisy, %d darker", size, same, noisy, darker)
		}
	}
}

// TestBlur: a point becomes the kernel, a constant picture stays what it is away from the edges, and channels do
// not mix.
func TestBlur(t *testing.T) {
	w := gaussian(5)
	b := &blur{height: 9, width: 11, weights: w, memory: make([]float32, 2*99)}
	v := make([]float32, 2*99)
	v[4*11+5] = 1
	b.apply(v)
	for i, got := range v {
		y, x := i/11%9-4, i%11-5
		want := 0.
		if i < 99 && y >= -2 && y <= 2 && x >= -2 && x <= 2 {
			want = w[y+2] * w[x+2]
		}
		if math.Abs(float64(got)-want) > 1e-7 {
			t.Fatalf("value %d is %g, want %g", i, got, want)
		}
	}
	if w[0] != w[4] || math.Abs(w[2]/w[0]-math.Exp(4.5)) > 1e-9 || gaussian(1)[0] != 1 {
		t.Errorf("weights %v", w)
	}
	for i := range v {
		v[i] = 1
	}
	b.apply(v)
	if math.Abs(float64(v[4*11+5])-1) > 1e-6 || v[0] > 0.7 {
		t.Errorf("a constant picture becomes %g in the middle and %g at the corner", v[4*11+5], v[0])
	}
}

// TestSum: gradients of different scales add up as if they had one, and do not become infinite.
func TestSum(t *testing.T) {
	s := &sum{total: make([]float32, 2)}
	s.add([]float32{1, 2}, math.Ldexp(1, 300), 3)
	s.add([]float32{4, -2}, 4, 0.5)
	s.add([]float32{8, 8}, 8, 1)
	g := make([]float32, 2)
	if scale := s.write(g); scale != 4 || g[0] != 2+4 || g[1] != -1+4 {
		t.Errorf("%v with the scale %g", g, scale)
	}
}

// TestCosineTransform: the transform keeps lengths, its inverse gives the picture back, and a constant plane has one
// frequency.
func TestCosineTransform(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	c := &cosineTransform{height: 7, width: 12, rows: cosines(7), columns: cosines(12), memory: make([]float32, 2*84)}
	v := noise(2*84, rng)
	w := append([]float32(nil), v...)
	c.transform(w)
	if a, b := dot(v, v), dot(w, w); math.Abs(a-b) > 1e-4 {
		t.Errorf("the squared length %g becomes %g", a, b)
	}
	c.inverse(w)
	for i := range v {
		if math.Abs(float64(v[i]-w[i])) > 1e-5 {
			t.Fatalf("value %d comes back as %g, want %g", i, w[i], v[i])
		}
	}
	for i := range v {
		v[i] = 0.5
	}
	c.transform(v)
	if want := 0.5 * math.Sqrt(84); math.Abs(float64(v[84])-want) > 1e-4 || math.Abs(float64(v[85])) > 1e-5 {
		t.Errorf("a constant plane has the frequencies %v, want %g first", v[84:90], want)
	}
}

// TestCosine of angles.
func TestCosine(t *testing.T) {
	for _, c := range []struct {
		a, b []float32
		want float64
	}{
		{[]float32{1, 0}, []float32{2, 0}, 1}, {[]float32{1, 1}, []float32{1, 0}, math.Sqrt(0.5)},
		{[]float32{1, 0}, []float32{0, 3}, 0}, {[]float32{0, 0}, []float32{0, 3}, 0},
	} {
		if got := cosine(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v and %v: %g, want %g", c.a, c.b, got, c.want)
		}
	}
}
