package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"hoodwink/internal/gradcheck"
	"hoodwink/tensor"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// Values and gradients of PyTorch 1.13: cross_entropy with label_smoothing, kl_div.
func TestLossesAgainstPyTorch(t *testing.T) {
	z := tensor.FromSlice([]float32{1, -2, .5, 3, 0, 1}, 2, 3)
	labels := []int{0, 2}
	d := tensor.New(2, 3)
	for _, c := range []struct {
		smoothing, loss float64
		d               [6]float64
	}{
		{0, 1.3372215, [6]float64{-0.19812554, 0.01502944, 0.18309611, 0.42189735, 0.02100503, -0.44290239}},
		{0.1, 1.37888813, [6]float64{-0.16479221, -0.00163722, 0.16642945, 0.40523067, 0.00433837, -0.40956908}},
	} {
		if loss := CrossEntropy.Eval(d, z, labels, c.smoothing); !near(loss, c.loss, 1e-6) {
			t.Errorf("smoothing %g: loss %.9g, want %.9g", c.smoothing, loss, c.loss)
		}
		for i, v := range c.d {
			if !near(float64(d.Data[i]), v, 1e-7) {
				t.Errorf("smoothing %g: gradient %d is %g, want %g", c.smoothing, i, d.Data[i], v)
			}
		}
	}
	w := []float32{0, 1, .5, 2, .5, 1}
	wantZ := []float64{0.14684005, -0.05280704, -0.0940331, 0.07476452, -0.02778524, -0.04697932}
	wantW := []float64{-0.20871261, 0.23821075, -0.02949817, -0.10763153, 0.04911715, 0.05851434}
	var total float64
	for n := range 2 {
		dz, dw := make([]float64, 3), make([]float64, 3)
		total += divergence(dz, dw, z.Image(n), w[3*n:3*n+3]) / 2
		for k := range 3 {
			if !near(dz[k]/2, wantZ[3*n+k], 1e-7) || !near(dw[k]/2, wantW[3*n+k], 1e-7) {
				t.Errorf("divergence, example %d, class %d: %g and %g, want %g and %g", n, k, dz[k]/2, dw[k]/2, wantZ[3*n+k], wantW[3*n+k])
			}
		}
	}
	if !near(total, 0.403278768, 1e-7) {
		t.Errorf("divergence %g", total)
	}
}

func TestLossGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for _, l := range []Loss{CrossEntropy, Softplus, Hinge} {
		for _, smoothing := range []float64{0, 0.2} {
			if l == Hinge && smoothing > 0 {
				continue
			}
			z, d, scratch := tensor.New(5, 4), tensor.New(5, 4), tensor.New(5, 4)
			for i := range z.Data {
				z.Data[i] = float32(r.NormFloat64())
			}
			labels := []int{0, 3, 1, 1, 2}
			l.Eval(d, z, labels, smoothing)
			worst := gradcheck.Check(z, d.Data, func() float64 { return l.Eval(scratch, z, labels, smoothing) }, gradcheck.Options{Coordinates: 20, Directions: 5})
			if !(worst.Err <= 1e-3) {
				t.Errorf("%v with smoothing %g: %v", l, smoothing, worst)
			}
		}
	}
}

// Losses stay exact where a softmax in single precision has nothing left.
func TestLossesFarOut(t *testing.T) {
	z := tensor.FromSlice([]float32{100, 0, 0, 200}, 2, 2)
	d := tensor.New(2, 2)
	loss := CrossEntropy.Eval(d, z, []int{0, 0}, 0)
	if !near(loss, 100, 1e-5) || d.Data[0] >= 0 || !near(float64(d.Data[0]), -math.Exp(-100)/2, 1e-45) {
		t.Errorf("loss %g, gradient %v", loss, d.Data)
	}
	if loss := Softplus.Eval(d, z, []int{0, 0}, 0); !near(loss, (math.Ln2+2*math.Ln2/2+200)/2, 1) || loss-loss != 0 {
		t.Errorf("softplus %g", loss)
	}
	if loss := Hinge.Eval(d, z, []int{0, 0}, 0); loss != 100.5 || d.Data[0] != 0 || d.Data[2] != -.5 || d.Data[3] != .5 {
		t.Errorf("hinge %g, %v", loss, d.Data)
	}
}

func TestNames(t *testing.T) {
	for _, l := range []Loss{CrossEntropy, Softplus, Hinge} {
		if got, err := ParseLoss(l.String()); err != nil || got != l {
			t.Errorf("%v: %v, %v", l, got, err)
		}
	}
	for d := Undefended; d <= Free; d++ {
		if got, err := ParseDefence(d.String()); err != nil || got != d {
			t.Errorf("%v: %v, %v", d, got, err)
		}
	}
	for m := SGD; m <= AdamW; m++ {
		if got, err := ParseMethod(m.String()); err != nil || got != m {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
	for s := Constant; s <= Step; s++ {
		if got, err := ParseShape(s.String()); err != nil || got != s {
			t.Errorf("%v: %v, %v", s, got, err)
		}
	}
	if _, err := ParseLoss("luck"); err == nil || err.(*Error).Hint() == "" {
		t.Errorf("luck: %v", err)
	}
}
