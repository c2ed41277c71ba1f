package attack_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/tensor"
)

// hyperNorms are the norms in which a change of any size between counts; L0 has a test of its own.
var hyperNorms = []attack.Norm{attack.Linf, attack.L2, attack.L1}

// TestOnto: the point is on the hyperplane and within the bounds, and no point of many random ones there is
// nearer. Some values are at their bounds, some are protected, and some have no gradient.
func TestOnto(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	const n = 12
	for _, norm := range hyperNorms {
		for trial := range 60 {
			b := attack.Ball{Norm: norm, Channels: 3, Hi: 1, X: make([]float32, n), Mask: []float32{1, 1, 0, 1}}
			v, w, dst := make([]float32, n), make([]float32, n), make([]float32, n)
			for i := range v {
				v[i] = min(1, max(0, rng.Float32()*1.4-0.2))
				if w[i] = float32(rng.NormFloat64()); i == 3 {
					w[i] = 0
				}
			}
			other := make([]float32, n) // a point on the hyperplane
			for i := range other {
				if other[i] = v[i]; i%4 != 2 {
					other[i] = rng.Float32()
				}
			}
			gap := tensor.Dot(w, other) - tensor.Dot(w, v)
			b.Onto(dst, v, w, gap)
			if got := tensor.Dot(w, dst) - tensor.Dot(w, v); math.Abs(got-gap) > 1e-6 {
				t.Fatalf("%v, %d: it goes %g of %g", norm, trial, got, gap)
			}
			size := norm.Distance(dst, v, 3)
			for range 2000 { // from a point of the hyperplane along it
				p := append([]float32(nil), other...)
				i, j := rng.IntN(n), rng.IntN(n)
				if w[i] == 0 || w[j] == 0 || i%4 == 2 || j%4 == 2 || i == j {
					continue
				}
				d := rng.NormFloat64() * 0.3
				p[i] += float32(d / float64(w[i]))
				p[j] -= float32(d / float64(w[j]))
				if p[i] < 0 || p[i] > 1 || p[j] < 0 || p[j] > 1 {
					continue
				}
				other = p
				if near := norm.Distance(p, v, 3); near < size-1e-6 {
					t.Fatalf("%v, %d: a point at %g is as far over as that at %g", norm, trial, near, size)
				}
			}
			for i := range dst {
				if !(dst[i] >= 0 && dst[i] <= 1) || i%4 == 2 && dst[i] != v[i] || i == 3 && norm != attack.L1 && dst[i] != v[i] {
					t.Fatalf("%v, %d: value %d goes from %g to %g", norm, trial, i, v[i], dst[i])
				}
			}
		}
	}
}

// TestOntoBoxed: from the original it is the exact answer of linear models, worked out by hand, from either
// side. Beyond reach everything goes to its bound.
func TestOntoBoxed(t *testing.T) {
	for _, c := range conform.BoxedSizes {
		form, x := conform.Boxed(0, c.Channels)
		d, w, dst := []float32{0, 1}, make([]float32, len(x)), make([]float32, len(x))
		form.Backward(w, d, x)
		b := attack.Ball{Norm: c.Norm, Channels: c.Channels, X: x, Hi: 1}
		for _, sign := range []float64{1, -1} {
			for i := range w {
				w[i] *= float32(sign)
			}
			b.Onto(dst, x, w, sign*c.Margin)
			if got := b.Size(dst); math.Abs(got-c.Size) > 1e-6 {
				t.Errorf("%v, margin %g: size %g, want %g", c.Norm, c.Margin, got, c.Size)
			}
		}
		b.Onto(dst, x, w, -100) // w is turned round
		for i, want := range []float32{1, 0, 1, 1, 0, 1} {
			if dst[i] != want {
				t.Errorf("%v, out of reach: value %d is %g, want %g", c.Norm, i, dst[i], want)
			}
		}
	}
}

// TestOntoUnbounded: where values have no bounds the size is the gap over the dual norm.
func TestOntoUnbounded(t *testing.T) {
	inf := float32(math.Inf(1))
	w := []float32{1, -3, 0, 2}
	for _, norm := range hyperNorms {
		b := attack.Ball{Norm: norm, Channels: 1, X: make([]float32, 4), Lo: -inf, Hi: inf}
		dst := make([]float32, 4)
		b.Onto(dst, b.X, w, -1.5)
		if got, want := b.Size(dst), 1.5/norm.Dual(w, 1); math.Abs(got-want) > 1e-6 {
			t.Errorf("%v: size %g, want %g", norm, got, want)
		}
	}
}

// TestDual: the dual norm is what the steepest step of norm 1 gains.
func TestDual(t *testing.T) {
	g := []float32{1, -2, 0.5, 4, 3, -1}
	for _, c := range []struct {
		norm     attack.Norm
		channels int
		want     float64
	}{{attack.Linf, 2, 11.5}, {attack.L2, 2, math.Sqrt(31.25)}, {attack.L1, 2, 4}, {attack.L0, 2, 5}, {attack.L0, 1, 4}, {attack.L0Values, 2, 4}} {
		d := make([]float32, len(g))
		c.norm.Ascent(d, g, c.channels)
		if got := c.norm.Dual(g, c.channels); math.Abs(got-c.want) > 1e-6 || math.Abs(got-tensor.Dot(d, g)) > 1e-6 {
			t.Errorf("%v: %g, the steepest step gains %g, want %g", c.norm, got, tensor.Dot(d, g), c.want)
		}
	}
}

// TestBeyondEps: an attack of minimum norm may ask beyond eps. It is told what the model says there, nobody
// observes it, and it cannot be the result; within a fixed budget its stage ends at the first success.
func TestBeyondEps(t *testing.T) {
	form, x := conform.Boxed(1.2, 1)
	asked := 0
	walk := func(tr *attack.Trial) {
		v := tr.New()
		for _, part := range []float32{1, 0.8, 0.5, 0.4} { // of the way to the corner, which is 1.77 away
			for i, at := range []float32{1, 0, 1, 1, 0, 1} {
				v[i] = tr.X[i] + part*(at-tr.X[i])
			}
			s, ok := tr.Score(v, attack.Margin)
			if asked++; !ok {
				return
			}
			if !s.Met || s.Logits[1] <= s.Logits[0] {
				t.Errorf("%g of the way: met %v, logits %v", part, s.Met, s.Logits)
			}
		}
	}
	info := attack.Info{Name: "walk", Norms: []attack.Norm{attack.L2}, Access: attack.Scores, Minimal: true}
	seen := 0
	o := attack.Options{Observe: func(s attack.Step) { seen++ }}
	run := func(a attack.Attack, eps float64) *attack.Verdict {
		asked, seen = 0, 0
		e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: eps}
		vs, err := attack.Run(t.Context(), conform.NewModel(form, 1), a, attack.Threat{Norm: attack.L2}, o, e)
		if err != nil || vs[0].Err != nil {
			t.Fatal(err, vs[0].Err)
		}
		return vs[0]
	}
	minimal := conform.Func{Is: info, Do: walk}
	if v := run(minimal, 1); !v.Success || !(v.Size > 0.7 && v.Size < 0.8) || asked != 4 || seen != 2 {
		t.Errorf("success %v with %g, %d asked, %d seen", v.Success, v.Size, asked, seen)
	}
	if v := run(minimal, 0.1); v.Success || v.Size != 0 || asked != 4 || seen != 1 {
		t.Errorf("nothing within eps: success %v with %g, %d asked, %d seen", v.Success, v.Size, asked, seen)
	}
	info.Minimal = false
	stages := conform.Func{Is: info, Do: func(tr *attack.Trial) { tr.Try(minimal, 1) }}
	if v := run(stages, 1); !v.Success || asked != 3 || seen != 1 || !v.Stages[0].Success {
		t.Errorf("as a stage: success %v with %g, %d asked, %d seen, %+v", v.Success, v.Size, asked, seen, v.Stages)
	}
}
