package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// drawLinear draws a classifier and an input in [0,1] with its top class.
func drawLinear(t *rapid.T) (l *Linear, x []float32, top int) {
	k, n := rapid.IntRange(2, 5).Draw(t, "classes"), rapid.IntRange(1, 12).Draw(t, "values")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	l = &Linear{Weights: tensor.New(k, n), Bias: make([]float32, k)}
	for i := range l.Weights.Data {
		l.Weights.Data[i] = float32(r.NormFloat64())
	}
	for i := range l.Bias {
		l.Bias[i] = float32(r.NormFloat64())
	}
	x = make([]float32, n)
	for i := range x {
		x[i] = r.Float32()
		if r.IntN(4) == 0 { // pictures have values at their limits
			x[i] = float32(r.IntN(2))
		}
	}
	return l, x, l.Predict(tensor.FromSlice(x, 1, n))[0]
}

var (
	norms   = []attack.Norm{attack.Linf, attack.L2, attack.L1, attack.L0, attack.L0Values}
	noLimit = float32(math.Inf(1))
)

// A flip ends on the boundary, is as long as it says, and stays between its limits; a
// thousandth further the classifier is fooled, a thousandth less far it is not.
func TestFlipEndsOnTheBoundary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, x, top := drawLinear(t)
		for _, norm := range norms {
			for _, limit := range []float32{1, noLimit} {
				lo := min(0, 1-limit)
				f := l.Nearest(x, top, norm, lo, limit)
				if f.Delta == nil {
					if limit == noLimit {
						t.Fatalf("%v: no flip without limits", norm)
					}
					continue
				}
				moved := func(share float32) []float32 {
					y := make([]float32, len(x))
					for i, v := range x {
						y[i] = v + share*f.Delta[i]
						if share == 1 && !(y[i] >= lo-1e-6 && y[i] <= limit+1e-6) {
							t.Fatalf("%v: value %d is %g, outside [%g,%g]", norm, i, y[i], lo, limit)
						}
					}
					return y
				}
				if m := l.Margin(moved(1), top, f.To); !(math.Abs(m) <= 1e-5*(1+l.Margin(x, top, f.To)+tensor.L1(x))) {
					t.Fatalf("%v: margin %g at the boundary", norm, m)
				}
				if d := norm.Distance(moved(1), x, 1); !(math.Abs(d-f.Size) <= 1e-5*(1+d)) {
					t.Fatalf("%v: size %g, distance %g", norm, f.Size, d)
				}
				if f.Size < 1e-2 || norm.Counts() != "" { // half of a change counts as much as all of it
					continue
				}
				for k := range l.Classes() {
					if m := l.Margin(moved(0.999), top, k); k != top && !(m > 0) {
						t.Fatalf("%v: class %d wins before the boundary of %d", norm, k, f.To)
					}
				}
				if m := l.Margin(moved(1.001), top, f.To); !(m < 0) {
					t.Fatalf("%v: margin %g beyond the boundary", norm, m)
				}
			}
		}
	})
}

// No change of at most the closed form's size fools, whatever it is: the far corners and
// many others are tried. Without limits the size is f/||w|| of the dual norm.
func TestFlipIsSmallest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, x, top := drawLinear(t)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "tries"), 0))
		w := make([]float32, len(x))
		for _, norm := range norms {
			limited := l.Nearest(x, top, norm, 0, 1)
			for k := range l.Classes() {
				if k == top {
					continue
				}
				l.Difference(w, top, k)
				margin := l.Margin(x, top, k)
				want := map[attack.Norm]float64{attack.Linf: margin / tensor.L1(w), attack.L2: margin / tensor.L2(w), attack.L1: margin / tensor.Linf(w),
					attack.L0: 1, attack.L0Values: 1}[norm]
				if got := l.Flip(x, top, k, norm, -noLimit, noLimit).Size; !(math.Abs(got-want) <= 1e-6*(1+want)) {
					t.Fatalf("%v: class %d at %g, formula %g", norm, k, got, want)
				}
				if limited.To == k && limited.Size < want*(1-1e-6)-1e-9 {
					t.Fatalf("%v: %g with limits, %g without", norm, limited.Size, want)
				}
			}
			size := 0.999 * min(limited.Size, 10)
			y, direction := make([]float32, len(x)), make([]float32, len(x))
			for range 200 {
				b := attack.Ball{Norm: norm, Eps: size, X: x, Channels: 1, Hi: 1}
				for i := range direction {
					direction[i] = float32(r.NormFloat64())
				}
				copy(y, x)
				b.Ascend(y, direction, size)
				b.Project(y)
				for k := range l.Classes() {
					if m := l.Margin(y, top, k); m < -1e-6 {
						t.Fatalf("%v: class %d wins by %g within %g, and the smallest is %g", norm, k, -m, size, limited.Size)
					}
				}
			}
		}
	})
}

// What attacks find is no smaller than the closed form, and as small where they are known
// to be best: for two classes.
func TestFlipAgainstAttacks(t *testing.T) {
	for seed := range uint64(6) {
		x, labels := clouds(seed, 40, 6, 2, 0.8)
		for i := range x.Data {
			x.Data[i] = min(max(0.5+0.2*x.Data[i], 0), 1)
		}
		l, err := Logistic(context.Background(), x, labels, Options{Center: true, Momentum: 0.9})
		if err != nil {
			t.Fatal(err)
		}
		one := tensor.FromSlice(x.Image(int(seed)), 1, 6)
		top := l.Predict(one)[0]
		for _, norm := range norms {
			for _, a := range []attack.Attack{attacks.FGSM{}, attacks.BIM{Steps: 100}} {
				if norm == attack.L2 && a.Info().Name == "fgsm" {
					continue // one step stops at the limits and does not go around them
				}
				want := l.Nearest(one.Data, top, norm, 0, 1).Size
				leave := func(int) attack.Goal { return attack.Misclassification{Classes: []int{top}} }
				least := attacks.Smallest{Base: a, Tolerance: 1e-3}
				_, found, err := attack.Pictures(
					t.Context(), l.Model(1, 0, 1), least, attack.Threat{Norm: norm}, attack.Options{}, one, math.Inf(1), leave)
				if err != nil {
					t.Fatal(err)
				}
				got := found[0]
				if !got.Success || !(got.Size >= want*(1-1e-4) && got.Size <= want*1.01) {
					t.Errorf("seed %d, %s in %v: %g, closed form %g", seed, a.Info().Name, norm, got.Size, want)
				}
			}
		}
	}
}

// TestFlipFixture: the smallest changes of a worked example with weights that differ and values at
// their limits, and with three pixels of two channels instead of six values.
func TestFlipFixture(t *testing.T) {
	w, x := []float32{3, -1, .5, 2, -.2, 1}, []float32{.9, .5, 0, .2, 1, .5}
	for _, c := range []struct {
		norm           attack.Norm
		channels       int
		margin         float32
		limited, freed float64
	}{
		{attack.Linf, 1, 1.2, .191489, .155844}, {attack.L2, 1, 1.2, .372526, .306886}, {attack.L1, 1, 1.2, .55, .4},
		{attack.L0, 1, 1.2, 1, 1}, {attack.L0, 1, 1.7, 2, 1}, {attack.L0, 1, 2.2, 3, 1}, {attack.L0, 1, 3.5, 6, 1}, {attack.L0, 1, 3.7, math.Inf(1), 1},
		{attack.L0, 2, 1.7, 1, 1}, {attack.L0, 2, 2.2, 2, 1}, {attack.L0, 2, 3.5, 3, 1}, {attack.L0Values, 2, 1.7, 2, 1}, {attack.L1, 2, 1.2, .55, .4},
	} {
		l := &Linear{Weights: tensor.New(2, c.channels, 1, 6/c.channels), Bias: make([]float32, 2)}
		copy(l.Weights.Image(1), w)
		l.Bias[0] = float32(-l.Margin(x, 0, 1)) + c.margin
		for limit, want := range map[float32]float64{1: c.limited, noLimit: c.freed} {
			f := l.Flip(x, 0, 1, c.norm, min(0, 1-limit), limit)
			if !(math.Abs(f.Size-want) < 2e-6) && f.Size != want {
				t.Errorf("%v of %d channels, margin %g, limit %g: %g, want %g", c.norm, c.channels, c.margin, limit, f.Size, want)
			}
			if f.Delta == nil {
				continue
			}
			y := make([]float32, 6)
			for i := range y {
				y[i] = x[i] + f.Delta[i]
			}
			if m := l.Margin(y, 0, 1); !(math.Abs(m) < 1e-6) || c.norm.Distance(y, x, c.channels) > f.Size+1e-6 {
				t.Errorf("%v of %d channels: margin %g at %v", c.norm, c.channels, m, f.Delta)
			}
		}
	}
}

// The article's reason, on the example of Karpathy, "Breaking Linear Classifiers on
// ImageNet" (2015): 5 % become 88 % by half a unit along the signs.
func TestTenWeights(t *testing.T) {
	l, x := Example()
	if p := Sigmoid(l.Margin(x, 1, 0)); !(math.Abs(p-0.0474) < 1e-4) {
		t.Errorf("probability %.4f before", p)
	}
	d, err := l.Directions(x, 0, 1, 0.5, 50, 1, -noLimit, noLimit)
	if err != nil {
		t.Fatal(err)
	}
	if p := Sigmoid(d.Sign[len(d.Sign)-1]); !(math.Abs(p-0.8808) < 1e-4) {
		t.Errorf("probability %.4f after", p)
	}
	if f := l.Flip(x, 0, 1, attack.Linf, -noLimit, noLimit); !(math.Abs(f.Size-0.3) < 1e-9) {
		t.Errorf("smallest change %g", f.Size)
	}
}

func TestDirections(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, x, top := drawLinear(t)
		to := (top + 1) % l.Classes()
		d, err := l.Directions(x, top, to, 0.3, 20, 7, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		low, high := d.RandomRange()
		for i, e := range d.Eps {
			if !(d.Limited[i] <= d.Sign[i]+1e-5) || !(high[i] <= d.Sign[i]+1e-5) || !(low[i] <= high[i]) {
				t.Fatalf("at %g: %g along the signs, %g within limits, random %g to %g", e, d.Sign[i], d.Limited[i], low[i], high[i])
			}
			if !(high[i]-low[i] <= 2*e*d.SignSlope+1e-9) {
				t.Fatalf("random directions differ by %g", high[i]-low[i])
			}
		}
		if i := len(d.Eps) - 1; i > 0 && !(math.Abs(d.Sign[i]-d.Sign[0]-0.3*d.SignSlope) < 1e-5) {
			t.Fatalf("slope %g, not %g", (d.Sign[i]-d.Sign[0])/0.3, d.SignSlope)
		}
	})
	l, x := Example()
	for _, c := range []struct {
		from, to int
		eps      float64
	}{{0, 0, 1}, {0, 2, 1}, {-1, 0, 1}, {0, 1, 0}, {0, 1, math.NaN()}, {0, 1, math.Inf(1)}} {
		if _, err := l.Directions(x, c.from, c.to, c.eps, 1, 1, 0, 1); err == nil {
			t.Errorf("directions %+v are not refused", c)
		}
	}
}

// The exact robust accuracy is what an attack that is best for two classes leaves.
func TestRobust(t *testing.T) {
	x, labels := clouds(12, 80, 6, 2, 0.9)
	for i := range x.Data {
		x.Data[i] = min(max(0.5+0.2*x.Data[i], 0), 1)
	}
	l, err := Logistic(context.Background(), x, labels, Options{Center: true, Momentum: 0.9})
	if err != nil {
		t.Fatal(err)
	}
	for _, eps := range []float64{0, 0.03, 0.1, 0.2, 1} {
		leave := func(i int) attack.Goal { return attack.Misclassification{Classes: labels[i : i+1]} }
		found, _, err := attack.Pictures(t.Context(), l.Model(80, 0, 1), attacks.FGSM{}, attack.Threat{}, attack.Options{}, x, eps, leave)
		if err != nil {
			t.Fatal(err)
		}
		got, want := l.Robust(x, labels, eps, 0, 1), 1-l.ErrorRate(found, labels)
		if !(math.Abs(got-want) <= 1./80) {
			t.Errorf("eps %g: robust accuracy %g, FGSM leaves %g", eps, got, want)
		}
	}
}

// What is read out of a network is what was put into it, and anything else is refused.
func TestReadLinear(t *testing.T) {
	x, labels := clouds(8, 60, 12, 3, 0.3)
	want, err := Softmax(context.Background(), x.Reshape(60, 3, 2, 2), labels, 3, Options{})
	if err != nil {
		t.Fatal(err)
	}
	net, err := want.Network()
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewModel(net, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadLinear(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if !tensor.SameShape(got.Weights.Shape, []int{3, 3, 2, 2}) {
		t.Fatalf("weights of shape %v", got.Weights.Shape)
	}
	for i, w := range want.Weights.Data {
		if got.Weights.Data[i] != w {
			t.Fatalf("weight %d is %g, want %g", i, got.Weights.Data[i], w)
		}
	}
	for k, b := range want.Bias {
		if got.Bias[k] != b {
			t.Fatalf("bias %d is %g, want %g", k, got.Bias[k], b)
		}
	}
	b := nn.NewBuilder("bent")
	b.Input("x", 3, 2, 2)
	b.Add("a", &nn.InnerProduct{Weights: want.Weights.Reshape(3, 12), Bias: want.Bias}, []string{"x"}, []string{"a"})
	b.Add("r", &nn.ReLU{}, []string{"a"}, []string{"r"})
	if net, err = b.Build("r"); err != nil {
		t.Fatal(err)
	}
	if m, err = NewModel(net, 1, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadLinear(t.Context(), m); !errors.Is(err, ErrNotLinear) {
		t.Errorf("a rectified network is read as linear: %v", err)
	}
	if again, err := ReadLinear(t.Context(), want.Model(2, 0, 1)); err != nil || !slices.Equal(again.Weights.Data, want.Weights.Data) {
		t.Errorf("a model for batches of two: %v", err)
	}
}

func ExampleLinear_Flip() {
	l, x := Example()
	f := l.Flip(x, 0, 1, attack.Linf, float32(math.Inf(-1)), float32(math.Inf(1)))
	fmt.Printf("score %.0f, %.1f a value along the signs to change sides\n", l.Margin(x, 1, 0), f.Size)
	// Output:
	// score -3, 0.3 a value along the signs to change sides
}
