package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/tensor"
)

var _, _ attack.Model = (*LinearModel)(nil), (*Model)(nil)

// clouds returns n points in dims dimensions, of k classes with well-separated centres.
func clouds(seed uint64, n, dims, k int, spread float64) (*tensor.Tensor, []int) {
	centres := rand.New(rand.NewPCG(99, 0))
	at := tensor.New(k, dims)
	for i := range at.Data {
		at.Data[i] = float32(centres.NormFloat64())
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	x, labels := tensor.New(n, dims), make([]int, n)
	for i := range labels {
		labels[i] = i % k
		for j := range x.Image(i) {
			x.Image(i)[j] = at.Image(labels[i])[j] + float32(spread*rng.NormFloat64())
		}
	}
	return x, labels
}

// Gradients agree with central differences, for both losses, with the penalty, and on
// the adversarial mixture while the adversarial pictures are held still.
func TestGradient(t *testing.T) {
	for _, c := range []struct {
		name string
		f    loss
		rows int
		o    Options
	}{
		{"softmax", softmaxLoss, 4, Options{}},
		{"softmax with L2", softmaxLoss, 4, Options{L2: 0.3}},
		{"softmax with L1", softmaxLoss, 4, Options{L1: 0.3}},
		{"softmax, centred", softmaxLoss, 4, Options{Center: true}},
		{"logistic", logisticLoss, 1, Options{}},
		{"logistic with L2", logisticLoss, 1, Options{L2: 0.3}},
		{"logistic with both, centred", logisticLoss, 1, Options{L1: 0.1, L2: 0.3, Center: true}},
	} {
		x, labels := clouds(1, 12, 5, max(c.rows, 2), 0.7)
		l := zero(x, c.rows)
		rng := rand.New(rand.NewPCG(5, 5))
		for i := range l.Weights.Data {
			l.Weights.Data[i] = float32(rng.NormFloat64())
		}
		o, err := c.o.withDefaults(12)
		if err != nil {
			t.Fatal(err)
		}
		all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
		g, check := newGradient(l, c.f, o), newGradient(l, c.f, o)
		if o.Center {
			g.center(x)
			check.center(x)
		}
		g.of(x, labels, all)
		got := append(slices.Clone(g.weights), g.bias...)
		for i := range got {
			v := &l.Weights.Data[min(i, len(l.Weights.Data)-1)]
			if i >= len(l.Weights.Data) {
				v = &l.Bias[i-len(l.Weights.Data)]
			}
			const h = 1.0 / 1024
			was := *v
			*v = was + h
			up := check.of(x, labels, all)
			*v = was - h
			down := check.of(x, labels, all)
			*v = was
			if want := (up - down) / (2 * h); !(math.Abs(got[i]-want) <= 1e-5) {
				t.Errorf("%s: derivative %d is %.8f, central difference %.8f", c.name, i, got[i], want)
			}
		}
	}
}

// On a linear model the adversarial picture has a closed form: for logistic regression
// the logit falls (label 1) or rises (label 0) by eps |w|_1.
func TestAdversarialMixtureClosedForm(t *testing.T) {
	x, labels := clouds(2, 8, 6, 2, 0.7)
	l := zero(x, 1)
	for i := range l.Weights.Data {
		l.Weights.Data[i] = float32(i) - 2.5
	}
	o, err := Options{Eps: 0.125, Alpha: 0.25}.withDefaults(8)
	if err != nil {
		t.Fatal(err)
	}
	var want float64
	for n, y := range labels {
		sign := 2*float64(y) - 1
		z := tensor.Dot(l.Weights.Data, x.Image(n))
		want += 0.25*softplus(-sign*z) + 0.75*softplus(-sign*z+0.125*tensor.L1(l.Weights.Data))
	}
	got := newGradient(l, logisticLoss, o).of(x, labels, []int{0, 1, 2, 3, 4, 5, 6, 7})
	if want /= 8; !(math.Abs(got-want) <= 1e-5) {
		t.Errorf("mixture loss %.7f, closed form %.7f", got, want)
	}
}

func TestSeparable(t *testing.T) {
	for _, o := range []Options{{}, {Momentum: 0.9, Batch: 16}, {Batch: -1, Epochs: 200, LearningRate: 0.5}, {Eps: 0.05}} {
		x, labels := clouds(3, 300, 8, 5, 0.15)
		fresh, truth := clouds(4, 500, 8, 5, 0.15)
		l, err := Softmax(context.Background(), x, labels, 5, o)
		if err != nil {
			t.Fatal(err)
		}
		if e := l.ErrorRate(fresh, truth); !(e <= 0.01) {
			t.Errorf("%+v: error rate %.3f on separable data", o, e)
		}
		x, labels = clouds(3, 300, 8, 2, 0.15)
		fresh, truth = clouds(4, 500, 8, 2, 0.15)
		if l, err = Logistic(context.Background(), x, labels, o); err != nil {
			t.Fatal(err)
		}
		if e := l.ErrorRate(fresh, truth); !(e <= 0.01) {
			t.Errorf("%+v: logistic error rate %.3f on separable data", o, e)
		}
	}
}

// Both ways of writing two-class regression have the same optimum.
func TestLogisticIsTwoClassSoftmax(t *testing.T) {
	x, labels := clouds(6, 60, 4, 2, 1)
	o := Options{Batch: -1, Epochs: 3000, LearningRate: 1, L2: 0.1}
	a, err := Logistic(context.Background(), x, labels, o)
	if err != nil {
		t.Fatal(err)
	}
	o.L2 = 0.2 // each of two opposite rows carries half the weight vector: 2 (w/2)^2 = w^2/2
	b, err := Softmax(context.Background(), x, labels, 2, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range a.Template(1).Data {
		if d := b.Template(1).Data[i] - b.Template(0).Data[i]; !(math.Abs(float64(d-w)) <= 1e-3) {
			t.Errorf("weight %d: logistic %.5f, softmax difference %.5f", i, w, d)
		}
	}
}

// Centring changes the way, not where it ends: pictures far from the origin, on which
// plain descent is still under way, are fitted.
func TestCenter(t *testing.T) {
	x, labels := clouds(6, 60, 4, 3, 1)
	far := x.Clone()
	for i := range far.Data {
		far.Data[i] += 8
	}
	o := Options{Batch: -1, Epochs: 3000, LearningRate: 1, L2: 0.1}
	want, err := Softmax(context.Background(), x, labels, 3, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Center, o.LearningRate, o.Momentum = true, 0, 0.9
	got, err := Softmax(context.Background(), far, labels, 3, o)
	if err != nil {
		t.Fatal(err)
	}
	a, b := make([]float32, 3), make([]float32, 3)
	for n := range labels {
		want.Logits(a, x.Image(n))
		got.Logits(b, far.Image(n))
		for k := range a {
			if d := (a[k] - a[0]) - (b[k] - b[0]); !(math.Abs(float64(d)) <= 2e-3) {
				t.Fatalf("input %d: logits %v, centred %v", n, a, b)
			}
		}
	}
}

// A penalty on magnitudes makes weights zero that a penalty on squares leaves small.
func TestL1IsSparse(t *testing.T) {
	x, labels := clouds(9, 200, 12, 2, 0.5)
	small := func(o Options) (n int) {
		o.Epochs, o.Batch, o.LearningRate = 400, -1, 0.5
		l, err := Logistic(context.Background(), x, labels, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range l.Template(1).Data {
			if math.Abs(float64(w)) < 5e-3 {
				n++
			}
		}
		return n
	}
	if l1, l2 := small(Options{L1: 0.1}), small(Options{L2: 0.1}); l1 < 4 || l1 <= l2 {
		t.Errorf("%d of 12 weights vanish under L1, %d under L2", l1, l2)
	}
}

func TestDeterministic(t *testing.T) {
	x, labels := clouds(7, 100, 6, 3, 0.5)
	fit := func(seed uint64) []float32 {
		l, err := Softmax(context.Background(), x, labels, 3, Options{Epochs: 3, Batch: 7, Momentum: 0.5, Eps: 0.1, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		return append(slices.Clone(l.Weights.Data), l.Bias...)
	}
	if !slices.Equal(fit(1), fit(1)) {
		t.Error("the same seed gives different weights")
	}
	if slices.Equal(fit(1), fit(2)) {
		t.Error("another seed gives the same weights")
	}
}

func TestLinearModel(t *testing.T) {
	x, labels := clouds(8, 30, 12, 3, 0.3)
	x = x.Reshape(30, 3, 2, 2)
	l, err := Softmax(context.Background(), x, labels, 3, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Template(2).Shape; !slices.Equal(got, []int{3, 2, 2}) {
		t.Errorf("template shape %v", got)
	}
	m := l.Model(30, 0, 1)
	if !slices.Equal(m.Shape(), x.Shape[1:]) || m.Batch() != 30 || m.Classes() != 3 {
		t.Errorf("shape %v, batch %d, %d classes, want %v", m.Shape(), m.Batch(), m.Classes(), x.Shape)
	}
	logits := m.Forward(x)
	dlogits := tensor.New(30, 3)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range dlogits.Data {
		dlogits.Data[i] = float32(rng.NormFloat64())
	}
	// The model is affine, so <dlogits, f(x+v) - f(x)> = <Backward(dlogits), v> exactly.
	v, moved := tensor.New(x.Shape...), x.Clone()
	for i := range v.Data {
		v.Data[i] = float32(rng.NormFloat64())
		moved.Data[i] += v.Data[i]
	}
	before := tensor.Dot(dlogits.Data, logits.Data)
	dx := m.Backward(dlogits).Clone()
	want := tensor.Dot(dlogits.Data, m.Forward(moved).Data) - before
	if got := tensor.Dot(dx.Data, v.Data); !(math.Abs(got-want) <= 1e-4*(1+math.Abs(want))) {
		t.Errorf("vector-Jacobian product %.6f, difference of logits %.6f", got, want)
	}
	if n := testing.AllocsPerRun(5, func() { m.Forward(x); m.Backward(dlogits) }); n != 0 {
		t.Errorf("%v allocations in a step", n)
	}
}

func TestSigmoid(t *testing.T) {
	for _, c := range []struct{ t, want float64 }{{0, 0.5}, {1, 0.7310585786300049}, {-1, 0.2689414213699951}, {800, 1}, {-800, 0}, {math.Inf(-1), 0}} {
		if got := Sigmoid(c.t); !(math.Abs(got-c.want) <= 1e-15) {
			t.Errorf("Sigmoid(%g) = %.17g, want %.17g", c.t, got, c.want)
		}
	}
}

func TestRefuses(t *testing.T) {
	x, labels := clouds(1, 6, 3, 2, 0.1)
	bad := x.Clone()
	bad.Data[4] = float32(math.NaN())
	ctx := context.Background()
	for _, c := range []struct {
		x      *tensor.Tensor
		labels []int
		o      Options
		want   string
	}{
		{x, labels[:5], Options{}, "6 pictures but 5 labels"},
		{x, []int{0, 1, 0, 1, 0, 2}, Options{}, "label 2 of picture 5 is outside 0..1"},
		{bad, labels, Options{}, "value 1 of picture 1 is NaN"},
		{tensor.New(0, 3), nil, Options{}, "not empty"},
		{x, labels, Options{LearningRate: -1}, "learning rate -1"},
		{x, labels, Options{Momentum: 1}, "momentum 1"},
		{x, labels, Options{L1: -1}, "L1 weight -1"},
		{x, labels, Options{Center: true, LearningRate: -1}, "learning rate -1"},
		{x, labels, Options{Eps: -0.1}, "eps -0.1"},
		{x, labels, Options{Eps: math.NaN()}, "eps NaN"},
		{x, labels, Options{Alpha: 1}, "share 1"},
		{x, labels, Options{Lo: 1, Hi: 0.5}, "pixels between 1 and 0.5"},
		{x, labels, Options{LearningRate: 1e300, L2: 1e9}, "a smaller learning rate"},
	} {
		if _, err := Softmax(ctx, c.x, c.labels, 2, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if l, err := Logistic(stopped, x, labels, Options{}); !errors.Is(err, context.Canceled) || l != nil {
		t.Errorf("cancelled training returned %v, %v", l, err)
	}
	if l, err := Softmax(stopped, x, labels, 2, Options{}); !errors.Is(err, context.Canceled) || l != nil {
		t.Errorf("cancelled training returned %v, %v", l, err)
	}
}

func ExampleLogistic() {
	// Is the picture brighter on the left or on the right?
	x := tensor.FromSlice([]float32{1, 0, 0.9, 0.2, 0.1, 0.8, 0, 1}, 4, 1, 1, 2)
	l, err := Logistic(context.Background(), x, []int{0, 0, 1, 1}, Options{Epochs: 500})
	if err != nil {
		panic(err)
	}
	w := l.Template(1).Data
	fmt.Println("left counts against, right for:", w[0] < 0, w[1] > 0)
	fmt.Println(l.Predict(tensor.FromSlice([]float32{0.7, 0.3, 0.3, 0.7}, 2, 1, 1, 2)))
	// Output:
	// left counts against, right for: true true
	// [0 1]
}
