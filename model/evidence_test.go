package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// shares is a softmax that is not recognised, its results rounded to steps, by cutting off
// if shift is half a step. A step of 1 means no rounding.
func shares(step, shift float32) head {
	h := head{
		&nn.Unary{Op: nn.Softplus}, // above 0
		&nn.Reduce{Op: nn.ReduceSum, Axes: []int{1}, KeepDims: true},
		&nn.Binary{Op: nn.Div},
	}
	if step == 1 {
		return h
	}
	if shift != 0 {
		h = append(h, &nn.Power{Power: 1, Scale: 1, Shift: -shift})
	}
	return append(h, &nn.Quantize{Scale: []float32{step}, Zero: []float32{0}, Low: 0, High: 255})
}

// TestRoundedProbabilities: no rounding makes logits of them, predictions show those of the
// file, and attacks have a gradient.
func TestRoundedProbabilities(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	random := func(k int) (w [][3]float32) {
		for range k {
			w = append(w, [3]float32{float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())})
		}
		return w
	}
	for _, k := range []int{2, 3, 10, 100} {
		for _, c := range []struct{ step, shift float32 }{{1, 0}, {1. / 255, 0}, {1. / 256, 0}, {1. / 128, 0}, {1. / 256, 0.499 / 256}, {0.0042, 0}} {
			net := colours(t, random(k), 30, shares(c.step, c.shift))
			for _, lines := range []string{"", "outputs: probabilities\n"} {
				m := opened(t, net, lines)
				name := fmt.Sprintf("%d classes in steps of %v, cut off by %v, %q", k, c.step, c.shift, lines)
				if m.Outputs != Probabilities {
					t.Errorf("%s: %s", name, m.Outputs)
					continue
				}
				u, err := m.Check(context.Background(), CheckOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if f := u.finding("outputs"); f.Level != Fine {
					t.Errorf("%s: %+v", name, f)
				}
				p, err := m.Predictor(1)
				if err != nil {
					t.Fatal(err)
				}
				raw, err := p.raw(red())
				if err != nil {
					t.Fatal(err)
				}
				for i, got := range probs(t, m, red()) {
					if want := max(0, float64(raw[i])); !(math.Abs(got-want) <= 1e-6) {
						t.Errorf("%s: class %d has %v, %v in the file", name, i, got, want)
					}
				}
				cl, err := m.Classifier(1, 8, 8, ClassifierOptions{})
				if err != nil {
					t.Fatal(err)
				}
				cl.Forward(red())
				d := tensor.New(1, k)
				d.Data[low(raw)] = 1
				g := cl.Backward(d).Data
				if _, ok := tensor.Finite(g); !ok || tensor.Linf(g) == 0 || tensor.Linf(g) > 1e6 {
					t.Errorf("%s: a gradient of %v", name, tensor.Linf(g))
				}
			}
		}
	}
}

// TestEvidence: what results on made-up pictures, and on those driven to extremes, are taken for.
func TestEvidence(t *testing.T) {
	type rows = [][]float32
	for _, c := range []struct {
		name            string
		results, driven rows
		want            Outputs
		still           bool
	}{
		// Values that ONNX Runtime gives for Round(255*sigmoid)/255 and for a HardSigmoid.
		{"both extremes alike", rows{{.4627451, 1}, {.36862746, 1}, {.5686275, 1}}, rows{{0, 1}, {0, 1}}, Sigmoid, false},
		{"all are 1 at the extremes", rows{{.6018723, .8000394, 1}, {.5541625, .7386029, 1}}, rows{{1, 1, 1}, {1, 1, 1}}, Sigmoid, false},
		{"one that is always off", rows{{0}, {0}}, rows{{0}, {0}}, Sigmoid, false},
		{"labels that are always on or off", rows{{0, 1, 1}, {0, 1, 1}}, rows{{0, 1, 1}}, Sigmoid, false},
		{"one class for all", rows{{0, 1, 0}, {0, 1, 0}}, rows{{0, 1, 0}}, Probabilities, false},
		{"one that hardly changes", rows{{.3}, {.31}}, rows{{.3}, {.32}}, SigmoidLogits, true},
		{"several that hardly change", rows{{.3, .4}, {.31, .4}}, rows{{.3, .41}}, Logits, true},
		{"logits that leave", rows{{.3, .4}, {.5, .4}}, rows{{30, -4}}, Logits, false},
		// A softmax of three cut off to tenths.
		{"tenths", rows{{.7, .1, .1}, {.2, .4, .3}, {.5, 0, .4}}, rows{{0, 0, 1}, {1, 0, 0}}, Probabilities, false},
	} {
		e := weigh(c.results, c.driven)
		if got := e.outputs(len(c.results[0]) == 1); got != c.want || e.still != c.still {
			t.Errorf("%s: %s, still: %v", c.name, got, e.still)
		}
	}
}

// TestSigmoidsAreNoRoundedProbabilities, however coarse the rounding and many the labels.
func TestSigmoidsAreNoRoundedProbabilities(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, k := range []int{2, 3, 10, 300} {
		for _, step := range []float32{1, 1. / 256, 1. / 128} {
			var w [][3]float32
			for range k {
				w = append(w, [3]float32{float32(4 * r.NormFloat64()), float32(4 * r.NormFloat64()), float32(4*r.NormFloat64()) - 6})
			}
			h := slices.Clone(hard)
			if step < 1 {
				h = append(h, &nn.Quantize{Scale: []float32{step}, Zero: []float32{0}, Low: 0, High: 255})
			}
			m := opened(t, colours(t, w, 1, h), "")
			if m.Outputs != Sigmoid || !m.MultiLabel() {
				t.Errorf("%d sigmoids in steps of %v: %s", k, step, m.Outputs)
			}
		}
	}
}

// low returns the least likely class: a likely one may be at the end of a file's range.
func low(v []float32) (at int) {
	for k, p := range v {
		if p < v[at] {
			at = k
		}
	}
	return at
}

func TestStepOf(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, n := range []int{12, 100, 3000} {
		for _, step := range []float64{1. / 255, 1. / 256, 1. / 128, 0.01, 0.0039, 1. / 1000, 1. / 4096, 1. / 65535} {
			v := make([]float32, n)
			for i := range v {
				v[i] = float32(math.Round(math.Pow(r.Float64(), 3)/step) * step)
			}
			if got := stepOf(v); !(math.Abs(got-step) <= 1e-4*step) && !(n < 100 && (got > step || step < 1./2000)) {
				t.Errorf("%d values in steps of %v: %v", n, step, got)
			}
		}
		v := make([]float32, n)
		for i := range v {
			v[i] = r.Float32()
		}
		if got := stepOf(v); got != 0 {
			t.Errorf("%d values that are not rounded: steps of %v", n, got)
		}
	}
	for _, v := range [][]float32{nil, {0}, {0.3, 0.6}, {0, 0, 0, 1, 1}, {0.25, 0.5, 0.75, 1}} {
		if got := stepOf(v); got != 0 {
			t.Errorf("%v: steps of %v", v, got)
		}
	}
}

// TestHalfPrecisionProbabilities: sums of values with 8 or 11 binary digits are not quite 1.
func TestHalfPrecisionProbabilities(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, digits := range []int{8, 11} {
		var rows [][]float32
		for range 12 {
			row, sum := make([]float64, 50), 0.
			for k := range row {
				row[k] = math.Exp(3 * r.NormFloat64())
				sum += row[k]
			}
			out := make([]float32, len(row))
			for k, v := range row {
				frac, exp := math.Frexp(v / sum)
				// cut off, as bfloat16 often is
				out[k] = float32(math.Ldexp(math.Floor(math.Ldexp(frac, digits)), exp-digits))
			}
			rows = append(rows, out)
		}
		if e := weigh(rows[:6], rows[6:]); !e.sums {
			t.Errorf("%d digits: %+v", digits, e)
		}
	}
}
