package attack

import (
	"math"
	"math/rand/v2"
	"testing"
)

var losses = []Loss{LogProbability, Probability, Logit, Margin}

// toward evaluates a loss of classes that are to be reached.
func toward(l Loss, dlogits []float64, logits []float32, classes ...int) float64 {
	return l.Eval(dlogits, logits, &Direction{Toward: classes})
}

func TestParseLoss(t *testing.T) {
	for _, l := range append([]Loss{Auto}, losses...) {
		if got, err := ParseLoss(l.String()); err != nil || got != l {
			t.Errorf("ParseLoss(%q) = %v, %v", l, got, err)
		}
	}
	if first(nil) != LogProbability || first(Auto) != LogProbability {
		t.Error("the default does not begin with the cross-entropy")
	}
	if _, err := ParseLoss("hinge"); err == nil || err.Error() != `unknown loss "hinge": want one of auto, logprob, prob, logit, margin, cw, dlr, kl` {
		t.Errorf("ParseLoss(hinge): %v", err)
	}
	if got, err := ParseLoss("CW:2.5"); err != nil || got != Loss(CW{Kappa: 2.5}) || got.String() != "cw:2.5" {
		t.Errorf("ParseLoss(CW:2.5) = %v, %v", got, err)
	}
	for _, text := range []string{"cw:-1", "cw:x", "cw:NaN", "cw:", "margin:1", ""} {
		if got, err := ParseLoss(text); err == nil {
			t.Errorf("ParseLoss(%q) = %v", text, got)
		}
	}
}

// TestLossGradients compares every gradient with differences of fourth order, for
// logits of a size that a confident GoogLeNet gives.
func TestLossGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const k, h = 7, 1.0 / 128 // h and the logits are multiples of 1/1024, exact in float32
	sets := [][]int{{0}, {3}, {1, 4, 6}, {0, 1, 2, 3, 4, 5}}
	for _, spread := range []float64{1, 8, 30} {
		for range 20 {
			logits := make([]float32, k)
			for i := range logits {
				logits[i] = float32(math.Round(1024*spread*rng.NormFloat64()) / 1024)
			}
			for _, classes := range sets {
				for _, loss := range losses {
					grad, scratch := make([]float64, k), make([]float64, k)
					toward(loss, grad, logits, classes...)
					if loss == Margin && nearTie(logits, 4*h) {
						continue
					}
					for i := range logits {
						at := func(d float32) float64 {
							z := append([]float32(nil), logits...)
							z[i] += d
							return toward(loss, scratch, z, classes...)
						}
						want := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
						// Relative to the curve's own size, so that 1e-12 counts as much as 1.
						size := math.Max(math.Abs(want), 1e-6*math.Abs(at(0)))
						if !(math.Abs(grad[i]-want) <= 1e-6*size+1e-300) {
							t.Fatalf("%v of %v at %v: gradient %d is %g, differences give %g", loss, classes, logits, i, grad[i], want)
						}
					}
				}
			}
		}
	}
}

// nearTie reports whether two logits are less than d apart.
func nearTie(logits []float32, d float32) bool {
	for i, a := range logits {
		for j, b := range logits {
			if i != j && a-b < d && b-a < d {
				return true
			}
		}
	}
	return false
}

// TestLossExtremes holds the losses of two classes against their closed form at
// probabilities where 1-p or p is below the resolution of the other.
func TestLossExtremes(t *testing.T) {
	for _, z := range []float64{0, 0.5, 5, 25.25, 27.625, 60, 300, 700} {
		for _, shift := range []float64{0, 1000, -4000} { // a softmax does not see it
			logits := []float32{float32(z + shift), float32(shift)}
			e := math.Exp(-z)
			for _, tt := range []struct {
				name        string
				loss        Loss
				k           int
				value, grad float64
			}{
				{"log p near 1", LogProbability, 0, -math.Log1p(e), e / (1 + e)},
				{"log p near 0", LogProbability, 1, -z - math.Log1p(e), -1 / (1 + e)},
				{"p near 1", Probability, 0, 1 / (1 + e), e / (1 + e) / (1 + e)},
				{"p near 0", Probability, 1, e / (1 + e), -e / (1 + e) / (1 + e)},
				{"margin", Margin, 1, -z, -1},
			} {
				d := make([]float64, 2)
				got := toward(tt.loss, d, logits, tt.k)
				if !(math.Abs(got-tt.value) <= 1e-13*math.Abs(tt.value)) {
					t.Errorf("%s, z=%g%+g: loss %g, want %g", tt.name, z, shift, got, tt.value)
				}
				for i, want := range []float64{tt.grad, -tt.grad} {
					if !(math.Abs(d[i]-want) <= 1e-13*math.Abs(want)) {
						t.Errorf("%s, z=%g%+g: gradient %d is %g, want %g", tt.name, z, shift, i, d[i], want)
					}
				}
			}
			for k, want := range []float64{-math.Log1p(e), -z - math.Log1p(e)} {
				if got := logProb(logits, k); !(math.Abs(got-want) <= 1e-13*math.Abs(want)) {
					t.Errorf("logProb of class %d, z=%g%+g: %g, want %g", k, z, shift, got, want)
				}
			}
		}
	}
}

func TestSoftmax(t *testing.T) {
	logits := []float32{1000, 1001, -3000, 998.5}
	p := make([]float64, 4)
	Softmax(p, logits)
	var sum float64
	for k, v := range p {
		sum += v
		if want := math.Exp(logProb(logits, k)); !(math.Abs(v-want) <= 1e-14) {
			t.Errorf("class %d: %g, exp(logProb) %g", k, v, want)
		}
	}
	if !(math.Abs(sum-1) <= 1e-15) || p[2] != 0 {
		t.Errorf("softmax %v, sum %g", p, sum)
	}
}

// TestSameDirection checks the claim of the documentation that probability and
// log-probability have parallel gradients.
func TestSameDirection(t *testing.T) {
	logits := []float32{1, -2, 0.5, 3}
	a, b := make([]float64, 4), make([]float64, 4)
	classes := []int{0, 1}
	p := toward(Probability, a, logits, classes...)
	toward(LogProbability, b, logits, classes...)
	for k := range a {
		if !(math.Abs(a[k]-p*b[k]) <= 1e-15) {
			t.Errorf("gradient %d: %g, P times that of log P %g", k, a[k], p*b[k])
		}
	}
}

func TestLossOfAllClasses(t *testing.T) {
	logits, d := []float32{2, 1}, make([]float64, 2)
	for loss, want := range map[Loss]float64{LogProbability: 0, Probability: 1, Logit: 3, Margin: 2} {
		if got := toward(loss, d, logits, 0, 1); got != want {
			t.Errorf("%v of all classes is %g, want %g", loss, got, want)
		}
		if (loss == LogProbability || loss == Probability) && (d[0] != 0 || d[1] != 0) {
			t.Errorf("%v of all classes has gradient %v, want 0", loss, d)
		}
	}
}
