package nn

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hoodwink/internal/gradcheck"
	"hoodwink/internal/kernel"
	"hoodwink/tensor"
)

// A trainCase is a layer with parameters.
type trainCase struct {
	name  string
	layer Layer
	shape []int // of an example
	fill  filling
}

func trainCases(r *rand.Rand) []trainCase {
	some := func(n int) []float32 { return randomTensor(r, n).Data }
	cases := []trainCase{
		{"InnerProduct", &InnerProduct{Weights: randomTensor(r, 7, 30), Bias: some(7)}, []int{5, 3, 2}, normal},
		{"InnerProduct without bias", &InnerProduct{Weights: randomTensor(r, 40, 9)}, []int{9}, normal},
		{"Affine", &Affine{Scale: some(18), Shift: some(18)}, []int{18, 4, 5}, normal},
		{"Affine scale", &Affine{Scale: some(5)}, []int{5}, normal},
		{"Affine shift", &Affine{Shift: some(5)}, []int{5, 3}, normal},
		{"PReLU", &PReLU{Slope: some(5)}, []int{5, 3, 4}, distinct},
		{"PReLU shared", &PReLU{Slope: []float32{0.2}}, []int{5, 3, 4}, distinct},
		{"BatchNorm", &BatchNorm{Scale: some(18), Shift: some(18), Mean: make([]float32, 18), Variance: make([]float32, 18), Eps: 0.1}, []int{18, 3, 4}, normal},
		{"BatchNorm of vectors", NewBatchNorm(7), []int{7}, normal},
		{"RBF", &RBF{Mean: randomTensor(r, 4, 6), Beta: randomTensor(r, 4, 6)}, []int{3, 2}, normal},
	}
	for i := range 24 {
		g := []int{1, 1, 2, 4}[r.IntN(4)]
		in, out := g*(1+r.IntN(20/g)), g*(1+r.IntN(40/g))
		if i%6 == 5 { // a group for every channel
			in = 1 + r.IntN(20)
			g, out = in, in
		}
		k := [2]int{1 + r.IntN(4), 1 + r.IntN(4)}
		l := &Convolution{Weights: randomTensor(r, out, in/g, k[0], k[1]), Groups: g,
			Stride: [2]int{1 + r.IntN(3), 1 + r.IntN(3)}, Dilation: [2]int{1 + r.IntN(2), 1 + r.IntN(2)},
			Pad: [4]int{r.IntN(k[0]), r.IntN(k[1]), r.IntN(k[0]), r.IntN(k[1])}}
		if i%3 > 0 {
			l.Bias = some(out)
		}
		shape := []int{in, 7 + r.IntN(6), 7 + r.IntN(6)}
		name := fmt.Sprintf("Convolution %v of %v, groups %d, stride %v, dilation %v, padding %v", l.Weights.Shape, shape, g, l.Stride, l.Dilation, l.Pad)
		cases = append(cases, trainCase{name, l, shape, normal})
	}
	return cases
}

// TestParameterGradients compares the gradient of every parameter, and of the input, with
// central differences, on blocked pictures and on plain tensors.
func TestParameterGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(60, 1))
	for _, c := range trainCases(r) {
		for _, plainOnly := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, plain %v", c.name, plainOnly), func(t *testing.T) {
				net := single(t, c.layer, c.shape)
				tr := newTrainer(t, net, TrainerOptions{Batch: 5, Threads: 2, plainOnly: plainOnly})
				fill(r, []*tensor.Tensor{tr.Input()}, c.fill)
				dy := randomTensor(r, tr.Forward().Shape...)
				loss := func() float64 {
					if err := tr.SetState(tr.State()); err != nil { // takes the values in
						t.Fatal(err)
					}
					return tensor.Dot(dy.Data, tr.Forward().Data)
				}
				dx := tr.Gradients(dy).Clone()
				for _, p := range tr.Parameters() {
					all := p.Grad.Clone().Data
					spoil(p.Grad.Data)
					if tr.ParameterGradients(dy); firstDifference(p.Grad.Data, all) >= 0 {
						t.Errorf("without the input's, the gradient of %s is another", p.Name)
					}
				}
				o := gradcheck.Options{Coordinates: 12, Directions: 4}
				check := func(what string, x *tensor.Tensor, grad []float32) {
					if worst := gradcheck.Check(x, grad, loss, o); !(worst.Err <= 2e-3) {
						t.Errorf("%s of shape %v: %v", what, x.Shape, worst)
					}
				}
				check("input", tr.Input(), dx.Data)
				for _, p := range tr.Parameters() {
					check(p.Name, p.Value, p.Grad.Data)
				}
			})
		}
	}
}

// results are all that a step of a trainer makes, as slices.
func (t *Trainer) results(dy *tensor.Tensor) (all [][]float32) {
	all = append(all, t.Forward().Clone().Data)
	all = append(all, t.Gradients(dy).Clone().Data)
	for _, p := range t.Parameters() {
		all = append(all, p.Grad.Clone().Data)
	}
	for _, s := range t.State().Statistics {
		all = append(all, s.Value.Clone().Data)
	}
	return all
}

// TestTrainerBlockedAgainstPlain: networks drawn at random train on blocked pictures as they
// do on plain tensors, with the same bits for any number of threads and on all kernels,
// and as often as one likes.
func TestTrainerBlockedAgainstPlain(t *testing.T) {
	active := kernel.Active
	defer func() { kernel.Active = active }()
	for seed := range uint64(16) {
		r := rand.New(rand.NewPCG(61, seed))
		net := (&sketch{r: r, train: true}).network(t)
		const batch = 3
		x := randomTensor(r, append([]int{batch}, net.InputShape()...)...)
		dy := randomTensor(r, append([]int{batch}, net.OutputShape()...)...)
		step := func(o TrainerOptions) [][]float32 {
			o.Batch, o.Seed = batch, seed
			tr := newTrainer(t, net, o)
			copy(tr.Input().Data, x.Data)
			once := tr.results(dy)
			for _, p := range tr.Parameters() {
				tensor.AddScaled(p.Value.Data, -1e-3, p.Grad.Data)
			}
			tr.Update()
			all := append(once, tr.results(dy)...)
			for _, p := range tr.Parameters() {
				all = append(all, p.Grad.Clone().Data)
				spoil(p.Grad.Data)
			}
			tr.ParameterGradients(dy)
			for i, p := range tr.Parameters() {
				if firstDifference(p.Grad.Data, all[len(all)-len(tr.Parameters())+i]) >= 0 {
					t.Errorf("seed %d: without the input's, the gradient of %s is another", seed, p.Name)
				}
			}
			return all
		}
		kernel.Active = active
		want := step(TrainerOptions{Threads: 2, plainOnly: true})
		var first [][]float32
		for _, kernel.Active = range kernel.Available() {
			for _, threads := range []int{1, 3} {
				if threads == 1 && kernel.Active == kernel.Generic {
					continue
				}
				name := fmt.Sprintf("seed %d, %s, %d threads", seed, kernel.Active.Name, threads)
				got := step(TrainerOptions{Threads: threads})
				if first == nil {
					first = got
				}
				compareBits(t, name, got, first)
				for i := range got {
					// The gradient of what a normalisation takes away is noise around 0.
					norm := tensor.L2(want[i])
					if d := distance(got[i], want[i]) * norm; !(d <= 2e-4*(norm+1)) {
						t.Errorf("%s: result %d off by %g, its norm is %g", name, i, d, norm)
					}
				}
			}
		}
	}
}
