package train

import (
	"math"
	"slices"
	"testing"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// Three steps from the same weights along the same gradients, beside PyTorch 1.13.
func TestOptimizersAgainstPyTorch(t *testing.T) {
	gradients := [][]float32{{.1, -.2, .3}, {.4, .1, -.6}, {-.3, .5, .2}}
	for name, c := range map[string]struct {
		o    OptimizerOptions
		want [3]float64
	}{
		"sgd":      {OptimizerOptions{}, [3]float64{0.980000019, -2.03999996, 0.51000005}},
		"momentum": {OptimizerOptions{Momentum: .9, WeightDecay: .01}, [3]float64{0.921372771, -2.00365567, 0.509951413}},
		"nesterov": {OptimizerOptions{Momentum: .9, WeightDecay: .01, Nesterov: true}, [3]float64{0.906422198, -2.03741956, 0.517504573}},
		"adam":     {OptimizerOptions{Method: Adam, WeightDecay: .01}, [3]float64{0.790205598, -1.90772331, 0.443498045}},
		"adamw":    {OptimizerOptions{Method: AdamW, WeightDecay: .1, Beta1: .8, Beta2: .99}, [3]float64{0.770261765, -1.88005996, 0.437747389}},
		"clip":     {OptimizerOptions{Clip: .5}, [3]float64{0.98686111, -2.02742338, 0.494985998}},
	} {
		p := nn.Parameter{Value: tensor.FromSlice([]float32{1, -2, .5}, 1, 3), Grad: tensor.New(1, 3), Decay: true}
		z, err := NewOptimizer([]nn.Parameter{p}, c.o, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range gradients {
			copy(p.Grad.Data, g)
			z.Step(0.1)
		}
		for i, w := range c.want {
			if !near(float64(p.Value.Data[i]), w, 3e-7) {
				t.Errorf("%s: weight %d is %.9g, want %.9g", name, i, p.Value.Data[i], w)
			}
		}
	}
}

// Penalties leave alone what does not decay.
func TestPenalties(t *testing.T) {
	weights := nn.Parameter{Value: tensor.FromSlice([]float32{3, -4, .1, 0}, 2, 2), Grad: tensor.New(2, 2), Decay: true}
	bias := nn.Parameter{Value: tensor.FromSlice([]float32{30, -40}, 2), Grad: tensor.New(2)}
	z, err := NewOptimizer([]nn.Parameter{weights, bias}, OptimizerOptions{L1: .5, WeightDecay: 1, MaxNorm: 2}, 3)
	if err != nil {
		t.Fatal(err)
	}
	z.Step(.1)
	// 3 - .1*(3+.5) = 2.65, -4 + .1*(4+.5) = -3.55, then the row is shrunk to a length of 2.
	length := math.Hypot(2.65, 3.55)
	for i, want := range []float64{2.65 * 2 / length, -3.55 * 2 / length, .1 - .1*(.1+.5), 0} {
		if !near(float64(weights.Value.Data[i]), want, 1e-6) {
			t.Errorf("weight %d is %g, want %g", i, weights.Value.Data[i], want)
		}
	}
	if !slices.Equal(bias.Value.Data, []float32{30, -40}) {
		t.Errorf("the bias became %v", bias.Value.Data)
	}
	for _, o := range []OptimizerOptions{{Momentum: 1}, {WeightDecay: -1}, {Clip: math.NaN()}, {Nesterov: true}, {Method: 7}, {Method: Adam, Beta2: 1}} {
		if _, err := NewOptimizer(nil, o, 1); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

func TestSchedules(t *testing.T) {
	for _, c := range []struct {
		s    Schedule
		want []float64 // of the steps 0 to 9 of 10
	}{
		{Schedule{}, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{Schedule{Shape: Step}, []float64{1, 1, 1, 1, 1, .1, .1, .1, .01, .01}},
		{Schedule{Shape: Step, Marks: []float64{.2}, Factor: .5}, []float64{1, 1, .5, .5, .5, .5, .5, .5, .5, .5}},
		{Schedule{Shape: Cyclic}, []float64{.25, .5, .75, 1, 5. / 6, 4. / 6, .5, 2. / 6, 1. / 6, 0}},
		{Schedule{WarmUp: .2}, []float64{.5, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{Schedule{Shape: Cosine}, []float64{1, (1 + math.Cos(.1*math.Pi)) / 2, (1 + math.Cos(.2*math.Pi)) / 2, (1 + math.Cos(.3*math.Pi)) / 2,
			(1 + math.Cos(.4*math.Pi)) / 2, .5, (1 + math.Cos(.6*math.Pi)) / 2, (1 + math.Cos(.7*math.Pi)) / 2, (1 + math.Cos(.8*math.Pi)) / 2, (1 + math.Cos(.9*math.Pi)) / 2}},
	} {
		for i, want := range c.want {
			if got := c.s.share(i, 10); !near(got, want, 1e-12) {
				t.Errorf("%v, warm-up %g: share of step %d is %g, want %g", c.s.Shape, c.s.WarmUp, i, got, want)
			}
		}
	}
	for _, s := range []Schedule{{WarmUp: 1}, {Marks: []float64{.5, .2}}, {Shape: -1}, {Factor: -1}} {
		if s.check() == nil {
			t.Errorf("%+v: no error", s)
		}
	}
}
