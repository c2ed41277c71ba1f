package attack

import (
	"math"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// several is the goal of reaching any of several classes.
type several []int

func (several) Met([]float32) bool                 { return false }
func (c several) Direct(d *Direction, _ []float32) { Direct(d, c, nil) }
func (c several) Check(k int) error                { return checkClasses(c, k) }

// TestGradient compares the gradient of every loss through a network with
// differences of the loss.
func TestGradient(t *testing.T) {
	m := random(1, 4, 5)
	x := noise(m, 0, 12)
	for _, classes := range [][]int{{2}, {0, 3}} {
		for _, loss := range losses {
			value, logits, grad, err := Gradient(t.Context(), m, x.Data, loss, several(classes))
			if err != nil {
				t.Fatal(err)
			}
			d := make([]float64, 4)
			if want := toward(loss, d, m.Forward(x).Data, classes...); value != want {
				t.Errorf("%v: value %g, want %g", loss, value, want)
			}
			if len(logits) != 4 || len(grad) != x.Len() {
				t.Errorf("%d logits, gradient of %d values", len(logits), len(grad))
			}
			const h = 1.0 / 64
			y := x.Clone()
			for i, g := range grad {
				at := func(step float32) float64 {
					y.Data[i] = x.Data[i] + step
					v := toward(loss, d, m.Forward(y).Data, classes...)
					y.Data[i] = x.Data[i]
					return v
				}
				want := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
				if !(math.Abs(float64(g)-want) <= 2e-4*math.Max(1, math.Abs(want))) {
					t.Errorf("%v of %v: gradient %d is %g, differences give %g", loss, classes, i, g, want)
				}
			}
		}
	}
}

// TestGradientTiny checks a gradient whose cotangent is below the range of float32.
func TestGradientTiny(t *testing.T) {
	m := linear(1, []float64{1e20, 0}, -120)
	x := tensor.New(m.shape...)
	value, _, grad, err := Gradient(t.Context(), m, x.Data, Probability, several{1})
	if err != nil {
		t.Fatal(err)
	}
	p := math.Exp(-120) // about 1e-52
	if !(math.Abs(value-p) <= 1e-12*p) || !(math.Abs(float64(grad[0])-1e20*p) <= 1e-6*1e20*p) {
		t.Errorf("value %g, gradient %g; want %g, %g", value, grad[0], p, 1e20*p)
	}
}

func TestGradientErrors(t *testing.T) {
	for _, tt := range []struct {
		n         int
		classes   []int
		spoil     bool
		spoilGrad bool
		want      string
	}{
		{11, []int{1}, false, false, "the picture has 11 values, and the model takes [3 2 2]"},
		{12, nil, false, false, "no class is named"},
		{12, []int{4}, false, false, "class 4 is outside 0..3"},
		{12, []int{1, 1}, false, false, "class 1 is named twice"},
		{12, []int{1}, true, false, "the model's logit of class 3 is NaN"},
		{12, []int{1}, false, true, "gradient: at value 6 it is -Inf"},
	} {
		m := random(1, 4, 5)
		if tt.spoil {
			m.spoil = func(_ int, l *tensor.Tensor) { l.Data[3] = float32(math.NaN()) }
		}
		if tt.spoilGrad {
			m.spoilGrad = func(_ int, d *tensor.Tensor) { d.Data[6] = float32(math.Inf(-1)) }
		}
		if _, _, _, err := Gradient(t.Context(), m, noise(m, 0, 12).Data[:tt.n], nil, several(tt.classes)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %s", err, tt.want)
		}
	}
}
