package attacks

import (
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/attack"
)

// TestRegion: a step stays within bounds and radius, meets the boundary where it can, and no random point that
// does so as well is nearer to the original.
func TestRegion(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 4))
	const n = 6
	for _, norm := range []attack.Norm{attack.Linf, attack.L2, attack.L1} {
		active := 0
		for k := range 60 {
			tr := &attack.Trial{Ball: attack.Ball{Norm: norm, Channels: 1, Hi: 1, X: make([]float32, n)}}
			r := region{Trial: tr, v: make([]float32, n), w: make([]float32, n), to: make([]float32, n), pull: 1, nearest: tr.Ball}
			r.nearest.Norm = attack.L2
			for i := range n {
				tr.X[i], r.v[i], r.w[i] = rng.Float32(), rng.Float32(), float32(rng.NormFloat64())
			}
			r.radius = 0.05 + 0.6*rng.Float64()
			gap := 0.2 * rng.NormFloat64()
			v := append([]float32(nil), r.v...)
			r.find(gap)
			gained, length := r.gained()
			if length > r.radius*(1+regionMiss) {
				t.Fatalf("%v, %d: a step of %g, the radius is %g", norm, k, length, r.radius)
			}
			for i, z := range r.to {
				if !(z >= 0 && z <= 1) {
					t.Fatalf("%v, %d: value %d is %g", norm, k, i, z)
				}
			}
			if !r.enough(gained, gap) {
				continue // the boundary is out of reach
			}
			active++
			size := tr.Size(r.to)
			p := append([]float32(nil), r.to...)
			for range 20000 {
				copy(p, r.to)
				i, j, l := rng.IntN(n), rng.IntN(n), rng.IntN(n)
				d, e := 0.1*rng.NormFloat64(), 0.1*rng.NormFloat64()
				p[i] += float32(d)
				p[j] += float32(e)
				p[l] -= float32((d*float64(r.w[i]) + e*float64(r.w[j])) / float64(r.w[l]))
				var way float64
				inside := true
				for m, z := range p {
					way += float64(z-v[m]) * float64(z-v[m])
					inside = inside && z >= 0 && z <= 1
				}
				if i == j || j == l || i == l || !inside || math.Sqrt(way) > r.radius*(1-regionMiss) {
					continue
				}
				if near := tr.Size(p); near < size*0.99-0.002 {
					t.Fatalf("%v, %d: one at %g would do, and it takes %g", norm, k, near, size)
				}
			}
		}
		if active < 20 {
			t.Errorf("%v: only %d steps meet the boundary", norm, active)
		}
	}
}
