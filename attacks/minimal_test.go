package attacks_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/attack/conform"
	"hoodwink/attacks"
)

// TestMinimalOnBoxed: how near attacks of minimum norm come to the exact smallest change of a linear model within
// bounds, with their defaults or what a row says.
func TestMinimalOnBoxed(t *testing.T) {
	for _, row := range []struct {
		a    attack.Attack
		most float64 // of the exact size
	}{
		{attacks.DeepFool{Steps: 200}, 1.03}, {attacks.SuperDeepFool{}, 1.03},
		{attacks.DDN{}, 1.05}, {attacks.DDN{Steps: 1000}, 1.01},
		{attacks.FMN{Steps: 1000}, 1.002}, {attacks.FMNSphere{Steps: 1000}, 1.002},
		{attacks.CWL2{Steps: 1000}, 1.02}, {attacks.PDPGD{Steps: 2000}, 1.03}, {attacks.PDGD{}, 1.02},
		{attacks.TR{Steps: 5000, Fixed: true}, 1.02},
		{attacks.SigmaZero{}, 1},
	} {
		for _, c := range conform.BoxedSizes {
			if !slices.Contains(row.a.Info().Norms, c.Norm) {
				continue
			}
			v := onBoxed(t, row.a, c)
			t.Logf("%s%v in %v, margin %g: %.4f of the exact size", row.a.Info().Name, attack.Settings(row.a), c.Norm, c.Margin, v.Size/c.Size)
			if !v.Success || !(v.Size >= c.Size*(1-1e-6) && v.Size <= c.Size*row.most) {
				t.Errorf("%s%v in %v, margin %g: success %v with %g, exact is %g",
					row.a.Info().Name, attack.Settings(row.a), c.Norm, c.Margin, v.Success, v.Size, c.Size)
			}
		}
	}
}

// plane is a linear model of two classes without bounds that matter: class 1 wins where w.x exceeds 1.2.
func plane() *conform.Model {
	w := []float64{3, -1, .5, 2, -.2, 1}
	return conform.NewModel(&conform.Form{
		Shape: []int{1, 2, 3}, K: 2, Lo: -100, Hi: 100,
		Forward: func(logits, x []float32) {
			var s float64
			for i, v := range x {
				s += float64(w[i] * float64(v))
			}
			logits[0], logits[1] = 1.2, float32(s)
		},
		Backward: func(dx, d, _ []float32) {
			for i := range dx {
				dx[i] = float32(w[i]) * d[1]
			}
		},
	}, 1)
}

// onPlane attacks 0 of a plane, and returns the sizes of all pictures that were asked about, too.
func onPlane(t *testing.T, a attack.Attack, norm attack.Norm) (v *attack.Verdict, sizes []float64) {
	t.Helper()
	e := attack.Example{X: make([]float32, 6), Goal: attack.Misclassification{Classes: []int{0}}, Eps: math.Inf(1)}
	o := attack.Options{Observe: func(s attack.Step) { sizes = append(sizes, norm.Distance(s.Pixels, e.X, 1)) }}
	vs, err := attack.Run(t.Context(), plane(), a, attack.Threat{Norm: norm}, o, e)
	if err != nil || vs[0].Err != nil {
		t.Fatal(err, vs[0].Err)
	}
	return vs[0], sizes
}

var planeDual = map[attack.Norm]float64{
	attack.L2: math.Sqrt(9 + 1 + .25 + 4 + .04 + 1), attack.Linf: 7.7, attack.L1: 3,
}

// TestDeepFoolStep: one step does on a plane, of the length in its paper.
func TestDeepFoolStep(t *testing.T) {
	for _, norm := range []attack.Norm{attack.L2, attack.Linf} {
		for _, overshoot := range []float64{0.02, 0.5} {
			v, sizes := onPlane(t, attacks.DeepFool{Overshoot: overshoot}, norm)
			want := (1 + overshoot) * (1.2 + 1e-4) / planeDual[norm]
			if !v.Success || len(sizes) != 3 || math.Abs(v.Size-want) > 1e-6*want {
				t.Errorf("%v, overshoot %g: success %v with %g, want %g; asked about %g", norm, overshoot, v.Success, v.Size, want, sizes)
			}
		}
	}
	deep, _ := onPlane(t, attacks.DeepFool{}, attack.L2)
	super, _ := onPlane(t, attacks.SuperDeepFool{Search: 1}, attack.L2)
	if math.Abs(deep.Size-super.Size) > 1e-6 {
		t.Errorf("on a plane SuperDeepFool gives %g, DeepFool %g", super.Size, deep.Size)
	}
}

// TestFMNEstimate: the first radius on a plane is the distance of the boundary, in every norm.
func TestFMNEstimate(t *testing.T) {
	for norm, dual := range planeDual {
		_, sizes := onPlane(t, attacks.FMN{Steps: 2, Alpha: 10}, norm)
		if want := 1.2 / dual; len(sizes) < 2 || math.Abs(sizes[1]-want) > 2e-5*want {
			t.Errorf("%v: the first step ends at %g, want %g", norm, sizes, want)
		}
	}
}

// TestDDNNorms: the norm of a change grows by gamma while nothing fools, and shrinks by it afterwards.
func TestDDNNorms(t *testing.T) {
	_, sizes := onPlane(t, attacks.DDN{Steps: 30, Norm: 0.2}, attack.L2)
	for i, want := 1, 0.2; i < len(sizes); i++ {
		if sizes[i-1] > 1.2/planeDual[attack.L2] {
			want *= 0.95
		} else {
			want *= 1.05
		}
		if math.Abs(sizes[i]-want) > 1e-5 {
			t.Fatalf("step %d: the change has the norm %g, want %g", i, sizes[i], want)
		}
	}
}

// TestNewtonFoolStep: a step goes to where the probability would be that of a guess, or a part of the picture's
// length.
func TestNewtonFoolStep(t *testing.T) {
	x := []float32{0.3, -0.2, 0.4, 0, 0.1, -0.1}
	z := 0.0
	for i, w := range []float64{3, -1, .5, 2, -.2, 1} {
		z += w * float64(x[i])
	}
	p := 1 / (1 + math.Exp(z-1.2))
	slope := p * (1 - p) * planeDual[attack.L2]
	norm := attack.L2.Distance(x, make([]float32, 6), 1)
	for _, eta := range []float64{0.01, 0.1, 9} {
		var seen []float64
		e := attack.Example{X: x, Goal: attack.Misclassification{Classes: []int{0}}, Eps: math.Inf(1)}
		if z > 1.2 {
			t.Fatal("the picture fools as it is")
		}
		o := attack.Options{Observe: func(s attack.Step) { seen = append(seen, attack.L2.Distance(s.Pixels, x, 1)) }}
		vs, err := attack.Run(t.Context(), plane(), attacks.NewtonFool{Eta: eta}, attack.Threat{Norm: attack.L2}, o, e)
		if err != nil || vs[0].Err != nil {
			t.Fatal(err, vs[0].Err)
		}
		want := min(eta*norm, (p-0.5)/slope)
		if len(seen) < 2 || math.Abs(seen[1]-want) > 1e-5*want {
			t.Errorf("eta %g: the first step has the length %g, want %g", eta, seen[1], want)
		}
	}
}

// TestSuperDeepFoolNormal: on a bent boundary the change that it finds is along the boundary's normal.
func TestSuperDeepFoolNormal(t *testing.T) {
	form := &conform.Form{ // class 1 wins outside an ellipse
		Shape: []int{1, 1, 2}, K: 2, Lo: -9, Hi: 9,
		Forward: func(logits, x []float32) {
			logits[0], logits[1] = 1, float32(float64(x[0]*x[0])+float64(x[1]*x[1])/4)
		},
		Backward: func(dx, d, x []float32) { dx[0], dx[1] = d[1]*2*x[0], d[1]*x[1]/2 },
	}
	e := attack.Example{X: []float32{0.3, 0.5}, Goal: attack.Misclassification{Classes: []int{0}}, Eps: math.Inf(1)}
	run := func(a attack.Attack) (size, cosine float64) {
		vs, err := attack.Run(t.Context(), conform.NewModel(form, 1), a, attack.Threat{Norm: attack.L2}, attack.Options{}, e)
		if err != nil || vs[0].Err != nil || !vs[0].Success {
			t.Fatal(err, vs[0])
		}
		v := vs[0].X
		r0, r1 := float64(v[0]-0.3), float64(v[1]-0.5)
		w0, w1 := 2*float64(v[0]), float64(v[1])/2
		return vs[0].Size, (r0*w0 + r1*w1) / math.Hypot(r0, r1) / math.Hypot(w0, w1)
	}
	deep, _ := run(attacks.DeepFool{})
	super, cosine := run(attacks.SuperDeepFool{})
	if !(cosine > 0.999) || super > deep {
		t.Errorf("the cosine is %g; sizes %g, of DeepFool %g", cosine, super, deep)
	}
}

// TestDDNAsInFloat32: with the cross-entropy of float32, and its zeros, DDN finds the very changes of two libraries.
func TestDDNAsInFloat32(t *testing.T) {
	for _, network := range []string{"mnist_fgsm", "mnist_pgd_madry"} {
		d := openDigits(t, network, 20)
		want := theirs(t, network, "DDN-100")
		got, _ := d.sizes(t, attacks.DDN{Loss: rounded{attack.LogProbability}}, attack.L2)
		same := 0
		for i := range got {
			if math.Abs(got[i]-want[i]) < 1e-3 {
				same++
			}
		}
		if t.Logf("%s: %d of %d are the same", network, same, len(got)); same < len(got)-1 {
			t.Errorf("%s: %.4f, want %.4f", network, got, want)
		}
	}
}

// rounded is minus the cross-entropy as libraries compute it in float32: where a class has the probability 1
// to seven digits, its logit has the gradient 0, and those of the others have not.
type rounded struct{ attack.Loss }

// Eval implements attack.Loss.
func (l rounded) Eval(dlogits []float64, logits []float32, d *attack.Direction) float64 {
	value := l.Loss.Eval(dlogits, logits, d)
	top, sum := slices.Max(logits), float32(0)
	for _, z := range logits {
		sum += float32(math.Exp(float64(z - top)))
	}
	least := float32(math.Log(float64(sum)))
	for k, z := range logits {
		p := float32(math.Exp(float64(z - top - least)))
		if k == d.Away[0] {
			p--
		}
		dlogits[k] = float64(p)
	}
	return value
}

func ExampleDeepFool() {
	printSmallest(attacks.DeepFool{})
	// Output: true: it fools with 0.373, exact is 0.373
}

func ExampleSuperDeepFool() {
	printSmallest(attacks.SuperDeepFool{})
	// Output: true: it fools with 0.373, exact is 0.373
}

func ExampleDDN() {
	printSmallest(attacks.DDN{})
	// Output: true: it fools with 0.373, exact is 0.373
}

func ExampleFMN() {
	printSmallest(attacks.FMN{})
	// Output: true: it fools with 0.373, exact is 0.373
}

func ExampleFMNSphere() {
	printSmallest(attacks.FMNSphere{})
	// Output: true: it fools with 0.373, exact is 0.373
}

func ExampleCWL2() {
	printSmallest(attacks.CWL2{Steps: 100})
	// Output: true: it fools with 0.409, exact is 0.373
}

func ExampleNewtonFool() {
	th := attack.Threat{Norm: attack.L2}
	list := conform.Examples(th, math.Inf(1), 8)
	vs, err := attack.Run(context.Background(), conform.Network(8), attacks.NewtonFool{}, th, attack.Options{}, list...)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range vs[:3] {
		fmt.Printf("%v, %.2f after %d gradients\n", v.Success, v.Size, v.Backwards)
	}
	// Output:
	// true, 0.03 after 2 gradients
	// true, 0.68 after 26 gradients
	// true, 0.30 after 11 gradients
}

func ExamplePDPGD() {
	printSmallest(attacks.PDPGD{})
	// Output: true: it fools with 0.375, exact is 0.373
}

func ExamplePDGD() {
	printSmallest(attacks.PDGD{})
	// Output: true: it fools with 0.377, exact is 0.373
}

func ExampleTR() {
	printSmallest(attacks.TR{})
	// Output: false: it fools with 0.210, exact is 0.373
}

func ExampleSigmaZero() {
	form, x := conform.Boxed(1.7, 1)
	e := attack.Example{X: x, Goal: attack.Targeted{Class: 1}, Eps: math.Inf(1)}
	vs, err := attack.Run(context.Background(), conform.NewModel(form, 1), attacks.SigmaZero{}, attack.Threat{Norm: attack.L0}, attack.Options{}, e)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v: it changes %g values\n", vs[0].Success, vs[0].Size)
	// Output: true: it changes 2 values
}
