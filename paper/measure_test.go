package paper

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hoodwink/dataset"
	"hoodwink/tensor"
	"hoodwink/train"
)

// twoPixels is a classifier of pictures (1,1,2): class 1 where w.x > 0.
func twoPixels(w ...float32) classifier {
	l := &train.Linear{Weights: tensor.FromSlice(append([]float32{0, 0}, w...), 2, 1, 1, 2), Bias: make([]float32, 2)}
	return classifier{"two pixels", l.Model(2, 0, 1)}
}

func TestMeasure(t *testing.T) {
	c := twoPixels(2, -1)
	x := tensor.FromSlice([]float32{1, 0, 0, 1, 1, 1}, 3, 1, 1, 2) // logits 2, -1, 1: three of them in batches of two
	s, err := measure(context.Background(), c, x, []int{1, 1, 0}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.examples != 3 || s.wrong != 2 || !slices.Equal(s.taken, []int{1, 0, 1}) {
		t.Errorf("%+v", s)
	}
	if want := (train.Sigmoid(1) + train.Sigmoid(1)) / 2; !(math.Abs(s.confidence-want) < 1e-6) {
		t.Errorf("confidence %g, want %g", s.confidence, want)
	}
	if want := (train.Sigmoid(2) + 2*train.Sigmoid(1)) / 3; !(math.Abs(s.certainty-want) < 1e-6) {
		t.Errorf("certainty %g, want %g", s.certainty, want)
	}
	if want := 200. / 3; !(math.Abs(s.err()-want) < 1e-9) {
		t.Errorf("error %g %%, want %g", s.err(), want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := measure(ctx, c, x, []int{1, 1, 0}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestFGSM compares with the closed form for a linear model, x - eps sign(w) for class 1,
// which is not clipped.
func TestFGSM(t *testing.T) {
	c := twoPixels(3, -2)
	x := tensor.FromSlice([]float32{0, 1, 1, 0, 0.5, 0.5}, 3, 1, 1, 2)
	got, err := fgsm(context.Background(), c, x, []int{1, 1, 0}, 0.25, exact)
	if err != nil {
		t.Fatal(err)
	}
	if want := []float32{-0.25, 1.25, 0.75, 0.25, 0.75, 0.25}; !slices.Equal(got.Data, want) {
		t.Errorf("got %v, want %v", got.Data, want)
	}
	if want := []float32{0, 1, 0.75, 0.25, 0.75, 0.25}; !slices.Equal(clipped(got).Data, want) {
		t.Errorf("clipped: got %v, want %v", clipped(got).Data, want)
	}
}

// TestPrecision: the exact gradient keeps its direction however sure the model is, the
// one in single precision loses the label's part.
func TestPrecision(t *testing.T) {
	for _, margin := range []float32{1, 10, 16, 18, 50, 90, 600} {
		logits := []float32{margin, 0, -1}
		full, rounded := make([]float32, 3), make([]float32, 3)
		exact(full, logits, 0)
		single(rounded, logits, 0)
		if full[0] != -1 || !(full[1] > full[2] && full[2] > 0) || !(math.Abs(float64(full[0]+full[1]+full[2])) < 1e-6) {
			t.Errorf("margin %g: exact gradient %v", margin, full)
		}
		if lost := rounded[0] == 0; lost != (margin >= 18) {
			t.Errorf("margin %g: gradient in single precision %v", margin, rounded)
		}
		if gone := rounded[1] == 0; gone != (margin > 104) {
			t.Errorf("margin %g: gradient in single precision %v", margin, rounded)
		}
	}
}

// TestLosses compares the derivatives of the losses with central differences.
func TestLosses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, loss := range map[string]loss{"cross-entropy": crossEntropy, "sigmoids": sigmoids, "exponents": exponents} {
		for range 20 {
			z := make([]float32, 5)
			for k := range z {
				z[k] = float32(-0.1 - 3*rng.Float64())
			}
			label := rng.IntN(len(z))
			d, scratch := tensor.New(1, len(z)), tensor.New(1, len(z))
			if v := loss(d, tensor.FromSlice(z, 1, len(z)), []int{label}); !(v > 0) {
				t.Errorf("%s: the loss is %g", name, v)
			}
			for k := range z {
				const h = 1.0 / 1024
				at := func(v float32) float64 {
					y := slices.Clone(z)
					y[k] = v
					return loss(scratch, tensor.FromSlice(y, 1, len(y)), []int{label})
				}
				if want := (at(z[k]+h) - at(z[k]-h)) / (float64(z[k]+h) - float64(z[k]-h)); !(math.Abs(float64(d.Data[k])-want) < 1e-3*(1+math.Abs(want))) {
					t.Errorf("%s: derivative %d is %g, by differences %g", name, k, d.Data[k], want)
				}
			}
		}
	}
}

func TestSmallFigures(t *testing.T) {
	w := make([]float32, 100)
	w[3], w[70] = 5, -5
	if got := spreadOf(w); got != 0.02 {
		t.Errorf("two weights of a hundred: spread %g", got)
	}
	for i := range w {
		w[i] = 1
	}
	if got := spreadOf(w); got != 0.9 {
		t.Errorf("equal weights: spread %g", got)
	}
	x := []float64{0, 1, 2, 3}
	if got := straightness(x, []float64{1, 3, 5, 7}); !(math.Abs(got-1) < 1e-12) {
		t.Errorf("a line: %g", got)
	}
	if got := straightness(x, []float64{1, -1, -1, 1}); !(got < 1e-12) {
		t.Errorf("a bow: %g", got)
	}
	labels, one, other := []int{0, 0, 0, 0, 0}, []int{0, 1, 1, 2, 3}, []int{1, 1, 0, 3, 3}
	if a, b := agreement(labels, one, other); a != 50 || !(math.Abs(b-200./3) < 1e-9) {
		t.Errorf("agreement %g and %g", a, b)
	}
	if got := quantile([]float64{4, 1, 3, 2}, 0.5); got != 2.5 {
		t.Errorf("median %g", got)
	}
	if got := first(&dataset.Set{Images: tensor.New(3, 1, 2, 2), Labels: []int{1, 2, 3}}, 2); got.Len() != 2 || got.Images.Batch() != 2 {
		t.Errorf("first two: %d, %v", got.Len(), got.Images.Shape)
	}
}
