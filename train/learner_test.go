package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hoodwink/internal/gradcheck"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// linearLearner is a learner on softmax regression with random weights, and a batch whose
// values stay clear of 0 and 1.
func linearLearner(t *testing.T, a Adversarial) (*learner, *batch) {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 3))
	b := nn.NewBuilder("linear")
	b.Input("pixels", 1, 2, 3)
	w := tensor.New(3, 6)
	for i := range w.Data {
		w.Data[i] = float32(r.NormFloat64())
	}
	b.Add("logits", &nn.InnerProduct{Weights: w, Bias: make([]float32, 3)}, []string{"pixels"}, []string{"logits"})
	net, err := b.Build("logits")
	if err != nil {
		t.Fatal(err)
	}
	trainer, err := net.NewTrainer(nn.TrainerOptions{Batch: 4})
	if err != nil {
		t.Fatal(err)
	}
	l := newLearner(trainer, &RunOptions{Adversarial: a.withDefaults(), Seed: 1})
	l.begin()
	one := &batch{x: tensor.New(4, 1, 2, 3), labels: []int{0, 1, 2, 1}, index: []int{5, 0, 9, 2}}
	for i := range one.x.Data {
		one.x.Data[i] = 0.3 + 0.4*r.Float32()
	}
	return l, one
}

// signs returns sign(dJ/dx) of the cross-entropy, in closed form: sign(sum_k (p_k-t_k) w_k).
func signs(l *learner, x *tensor.Tensor, labels []int) []float32 {
	w := l.weights[0].Value
	var out []float32
	for n, label := range labels {
		var z [3]float64
		var sum float64
		for k := range z {
			z[k] = math.Exp(tensor.Dot(w.Image(k), x.Image(n)))
			sum += z[k]
		}
		for i := range x.Image(n) {
			var g float64
			for k := range z {
				g += z[k] / sum * float64(w.Image(k)[i])
			}
			out = append(out, tensor.Sign(float32(g-float64(w.Image(label)[i]))))
		}
	}
	return out
}

// On a linear network the perturbations have a closed form.
func TestPerturbations(t *testing.T) {
	const eps = 0.1
	l, b := linearLearner(t, Adversarial{Defence: FGSM, Eps: eps})
	l.step(b, 0)
	for i, s := range signs(l, b.x, b.labels) {
		if got := l.moved.Data[i] - b.x.Data[i]; !near(float64(got), eps*float64(s), 1e-6) {
			t.Errorf("FGSM: value %d moves by %g, the sign is %g", i, got, s)
		}
	}
	for _, d := range []Defence{PGD, Fast, TRADES} {
		l, b := linearLearner(t, Adversarial{Defence: d, Eps: eps})
		l.step(b, 0)
		first := slices.Clone(l.moved.Data)
		if d := tensor.FromSlice(first, 24); !within(d.Data, b.x.Data, eps) || slices.Equal(d.Data, b.x.Data) {
			t.Errorf("%v: the perturbation leaves the ball, or is none", l.a.Defence)
		}
		l.step(b, 0)
		if !slices.Equal(first, l.moved.Data) {
			t.Errorf("%v: the same step gives other pictures", d)
		}
		l.step(b, 1)
		if d != TRADES && d != PGD && slices.Equal(first, l.moved.Data) {
			t.Errorf("%v: another epoch begins at the same point", d)
		}
	}
	// A step of 1.25 eps from anywhere in the ball goes at least eps/4 beyond the middle.
	l, b = linearLearner(t, Adversarial{Defence: Fast, Eps: eps})
	l.step(b, 0)
	for i, s := range signs(l, b.x, b.labels) {
		if got := float64(l.moved.Data[i]-b.x.Data[i]) * float64(s); !(got >= eps/4-1e-6 && got <= eps+1e-6) {
			t.Errorf("fast: value %d moves by %g along the gradient", i, got)
		}
	}
	// Where the gradient is positive, black pixels end at many values between eps/4 and eps.
	clear(b.x.Data)
	l.step(b, 0)
	ends := map[float32]bool{}
	for _, v := range l.moved.Data {
		ends[v] = true
		if v < 0 || v > eps {
			t.Errorf("fast: a black pixel becomes %g", v)
		}
	}
	if len(ends) < 4 {
		t.Errorf("fast: black pixels become %d different values", len(ends))
	}
	// Free continues from its last perturbation, and starts again with an epoch.
	l, b = linearLearner(t, Adversarial{Defence: Free, Eps: eps, StepSize: eps / 2})
	for replay := range 3 {
		l.step(b, 0)
		if got, want := tensor.Linf(l.delta.Data), min(eps, float64(replay+1)*eps/2); !near(got, want, 1e-6) {
			t.Errorf("free: after %d replays the perturbation is %g, want %g", replay+1, got, want)
		}
	}
	if l.begin(); tensor.Linf(l.delta.Data) != 0 || l.replays() != 4 {
		t.Errorf("free: an epoch begins with %g", tensor.Linf(l.delta.Data))
	}
}

func within(v, x []float32, eps float64) bool {
	for i := range v {
		if !(math.Abs(float64(v[i])-float64(x[i])) <= eps+1e-6) || v[i] < 0 || v[i] > 1 {
			return false
		}
	}
	return true
}

// What a step leaves in the parameters is the gradient of the loss it returns, for the
// perturbation it found.
func TestStepGradients(t *testing.T) {
	for _, a := range []Adversarial{{}, {Defence: FGSM, Eps: .1, Alpha: .3}, {Defence: Fast, Eps: .1}, {Defence: TRADES, Eps: .1, Beta: 2}} {
		l, b := linearLearner(t, a)
		l.step(b, 0)
		moved := l.moved.Clone()
		grads := [][]float32{slices.Clone(l.weights[0].Grad.Data), slices.Clone(l.weights[1].Grad.Data)}
		scratch, dz, dw := tensor.New(4, 3), make([]float64, 3), make([]float64, 3)
		loss := func() float64 {
			l.t.Update()
			clean := l.forward(b.x).Clone()
			there := l.forward(moved).Clone()
			j, k := CrossEntropy.Eval(scratch, clean, b.labels, 0), CrossEntropy.Eval(scratch, there, b.labels, 0)
			switch a.Defence {
			case FGSM:
				return .3*j + .7*k
			case Fast:
				return k
			case TRADES:
				for n := range 4 {
					j += 2 * divergence(dz, dw, clean.Image(n), there.Image(n)) / 4
				}
			}
			return j
		}
		for i, g := range grads {
			if worst := gradcheck.Check(l.weights[i].Value, g, loss, gradcheck.Options{Coordinates: 18, Directions: 4}); !(worst.Err <= 2e-3) {
				t.Errorf("%v, %s: %v", a.Defence, l.weights[i].Name, worst)
			}
		}
	}
}

func TestAugment(t *testing.T) {
	src := make([]float32, 3*5*4)
	for i := range src {
		src[i] = float32(i) / 60
	}
	dst, shape := make([]float32, len(src)), []int{3, 5, 4}
	draw := func(a Augment, seed uint64) []float32 {
		a.apply(dst, src, shape, rand.New(rand.NewPCG(seed, 1)))
		return slices.Clone(dst)
	}
	if !slices.Equal(draw(Augment{}, 1), src) {
		t.Error("no augmentation changes the picture")
	}
	flipped := 0
	for seed := range uint64(40) {
		got := draw(Augment{Flip: true}, seed)
		if slices.Equal(got, src) {
			continue
		}
		flipped++
		for y := range 15 {
			for x := range 4 {
				if got[4*y+x] != src[4*y+3-x] {
					t.Fatalf("row %d is not mirrored", y)
				}
			}
		}
	}
	if flipped < 10 || flipped > 30 {
		t.Errorf("%d of 40 pictures are mirrored", flipped)
	}
	moves := map[float32]bool{}
	for seed := range uint64(80) {
		got := draw(Augment{Shift: 1}, seed)
		moves[got[4*2+2]] = true // the middle of the first plane
		if !slices.Contains(src, got[0]) {
			t.Fatal("a shift makes a new value")
		}
	}
	if len(moves) != 9 {
		t.Errorf("%d different shifts, want 9", len(moves))
	}
	for seed := range uint64(20) {
		turned := draw(Augment{Rotate: 20, Shift: 1, Flip: true}, seed)
		light := draw(Augment{Brightness: .2}, seed)
		for i := range src {
			if !(turned[i] >= 0 && turned[i] <= 1) || !near(float64(light[i]), float64(src[i]), .2001) {
				t.Fatalf("value %d is %g turned, %g brightened, %g before", i, turned[i], light[i], src[i])
			}
		}
	}
	// A quarter turn of a square.
	square := []float32{1, 2, 3, 4}
	got := make([]float32, 4)
	turn(got, square, 2, 2, math.Pi/2, 0, 0, false)
	if want := []float32{2, 4, 1, 3}; !slices.EqualFunc(got, want, func(a, b float32) bool { return near(float64(a), float64(b), 1e-6) }) {
		t.Errorf("a quarter turn of %v is %v, want %v", square, got, want)
	}
}
