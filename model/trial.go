package model

import (
	"math"
	"math/rand/v2"
	"slices"

	"hoodwink/tensor"
)

// trial returns picture i of a series on which networks are tried, (1,3,H,W), at the size of the
// network's input. The first is black; then smooth colours and bright strokes on black alternate,
// with some noise, so that no two values are equal, except in pictures with a side of more than
// maxDrawn: those are drawn smaller and enlarged.
func (m *Model) trial(i int) *tensor.Tensor {
	h, w := m.Spec.Height, m.Spec.Width
	small := drawn(i, min(h, maxDrawn), min(w, maxDrawn))
	if max(h, w) <= maxDrawn {
		return small
	}
	x := tensor.New(1, 3, h, w)
	for y := range 3 * h {
		from, to := small.Data[(y/h*small.Shape[2]+y%h*small.Shape[2]/h)*small.Shape[3]:], x.Data[y*w:(y+1)*w]
		for z := range to {
			to[z] = from[z*small.Shape[3]/w]
		}
	}
	return x
}

// maxDrawn bounds the work of drawing, some 60 ns a value, where a small file asks for a large picture.
const maxDrawn = 512

// drawn is trial for small pictures of the given size.
func drawn(i, h, w int) *tensor.Tensor {
	x := tensor.New(1, 3, h, w)
	if i == 0 {
		return x
	}
	rng := rand.New(rand.NewPCG(uint64(i), 7))
	fill := func(colour func(c int, u, v float64) float64) {
		for k := range x.Data {
			c, y, z := k/(h*w), k/w%h, k%w
			x.Data[k] = float32(min(max(colour(c, float64(z)/float64(w), float64(y)/float64(h)), 0), 1))
		}
	}
	if i%2 == 0 {
		// A closed curve around the centre, of random shape and slant.
		bend, turn, wide := 2+4*rng.Float64(), 6*rng.Float64(), 0.03+0.03*rng.Float64()
		fill(func(c int, u, v float64) float64 {
			u, v = u-0.5, v-0.5
			radius := 0.28 + 0.1*math.Sin(bend*math.Atan2(v, u)+turn)
			off := (math.Hypot(u, v) - radius) / wide
			return 1.2*math.Exp(-off*off) + 0.05*rng.Float64()
		})
		return x
	}
	var base, slope, phase, tilt [3]float64
	for c := range 3 {
		base[c], slope[c], phase[c], tilt[c] = rng.Float64(), 6*rng.Float64(), 6*rng.Float64(), 4*(rng.Float64()-0.5)
	}
	fill(func(c int, u, v float64) float64 {
		return base[c] + 0.5*math.Sin(2*math.Pi*slope[c]*u*v+phase[c]+tilt[c]*(u-v)) + 0.1*rng.NormFloat64()
	})
	return x
}

// trials is the number of synthetic pictures on which networks are tried.
const trials = 6

// wild are factors of the network's input that drive its results to extremes: out of [0,1], unless
// the network's last function keeps them there.
var wild = []float32{50, -50}

// tried returns the network's own results for the synthetic pictures, and for some of them with
// wild inputs. Of the latter, those that are not finite are left out.
func (m *Model) tried() (results, driven [][]float32, err error) {
	p, err := m.AtModel().Predictor(0)
	if err != nil {
		return nil, nil, err
	}
	for i := range trials {
		out, err := p.raw(m.trial(i))
		if err != nil {
			return nil, nil, err
		}
		results = append(results, out)
	}
	for i := range trials / 2 {
		x := m.trial(i + 1)
		for _, f := range wild {
			if _, err := p.raw(x); err != nil {
				return nil, nil, err
			}
			in := p.session.Input().Data
			for k := range in {
				in[k] *= f
			}
			out := slices.Clone(p.session.Forward().Data)
			if err := m.stopped(); err != nil {
				return nil, nil, err
			}
			if _, ok := tensor.Finite(out); ok {
				driven = append(driven, out)
			}
		}
	}
	return results, driven, nil
}
