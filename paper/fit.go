package paper

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/attack"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// A recipe says how a network is trained: by stochastic gradient descent with momentum
// 0.9, at a rate that falls to zero along a half cosine.
type recipe struct {
	epochs int
	rate   float64
	batch  int // 0 means 100
	seed   uint64

	// adversarial trains on half the loss of the digits and half that of the same digits
	// after 0.25 along the sign of the gradient, made afresh at every step.
	adversarial bool

	l1   float64 // weight of the sum of the magnitudes of the first layer's weights in the loss
	loss outputs // nil means cross-entropy of the softmax

	constrain func(p []nn.Parameter) // changes the parameters after every step, if not nil

	each func(epoch int, net *nn.Network) error // called after every epoch, if not nil
}

// An outputs is a loss: it writes the derivative with respect to the logits of one
// example to d, and returns the loss.
type outputs func(d []float64, logits []float32, label int) float64

// crossEntropy is -log softmax.
func crossEntropy(d []float64, logits []float32, label int) float64 {
	loss := -attack.LogProbability.Eval(d, logits, []int{label})
	for k := range d {
		d[k] = -d[k]
	}
	return loss
}

// sigmoids is the loss of ten independent questions, "is it this digit?", answered with
// the sigmoid of each logit.
func sigmoids(d []float64, logits []float32, label int) (loss float64) {
	for k, z := range logits {
		t, sign := float64(z), 1.0
		if k == label {
			sign = -1
		}
		loss += max(sign*t, 0) + math.Log1p(math.Exp(-math.Abs(t)))
		d[k] = sign / (1 + math.Exp(-sign*t))
	}
	return loss
}

// momentum of all training.
const momentum = 0.9

// fit trains net on the study's digits and returns the result under the name what.
func (s *Study) fit(ctx context.Context, what string, net *nn.Network, r recipe) (*classified, error) {
	if r.batch == 0 {
		r.batch = 100
	}
	if r.loss == nil {
		r.loss = crossEntropy
	}
	t, err := net.NewTrainer(nn.TrainerOptions{Batch: r.batch, Threads: s.Threads, Seed: r.seed})
	if err != nil {
		return nil, err
	}
	f := &fitting{Trainer: t, recipe: r, d: tensor.New(r.batch, classes), work: make([]float64, classes)}
	for _, p := range t.Parameters() {
		f.velocity = append(f.velocity, make([]float32, p.Value.Len()))
	}
	steps := s.Train.Len() / r.batch
	order := make([]int, s.Train.Len())
	for i := range order {
		order[i] = i
	}
	labels := make([]int, r.batch)
	x := tensor.New(t.Input().Shape...)
	for epoch := range r.epochs {
		rng := rand.New(rand.NewPCG(r.seed, uint64(epoch)))
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for step := range steps {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			for n, i := range order[step*r.batch : (step+1)*r.batch] {
				copy(x.Image(n), s.Train.Images.Image(i))
				labels[n] = s.Train.Labels[i]
			}
			done := epoch*steps + step
			rate := r.rate * (1 + math.Cos(math.Pi*float64(done)/float64(r.epochs*steps))) / 2
			if loss := f.step(x, labels, rate); !(loss < math.Inf(1)) {
				return nil, fmt.Errorf("training %s: the loss is %v in epoch %d", what, loss, epoch+1)
			}
			if step%50 == 0 {
				s.observe(what, done, r.epochs*steps)
			}
		}
		if r.each != nil {
			net, err := t.Network()
			if err != nil {
				return nil, err
			}
			if err := r.each(epoch+1, net); err != nil {
				return nil, err
			}
		}
	}
	s.observe(what, r.epochs*steps, r.epochs*steps)
	if net, err = t.Network(); err != nil {
		return nil, err
	}
	c, err := s.newNetwork(what, net)
	if err != nil {
		return nil, err
	}
	c.first = t.Parameters()[0].Value.Clone()
	return c, nil
}

// A fitting is the state of fit.
type fitting struct {
	*nn.Trainer
	recipe
	d        *tensor.Tensor
	work     []float64
	velocity [][]float32
	half     [][]float32 // the gradients of the clean digits
}

// step moves the parameters once and returns the mean loss.
func (f *fitting) step(x *tensor.Tensor, labels []int, rate float64) float64 {
	in := f.Input().Data
	copy(in, x.Data)
	share := 1 / float64(len(labels))
	if !f.adversarial {
		loss := f.loss1(labels, share)
		f.Gradients(f.d)
		f.move(nil, rate)
		return loss
	}
	loss := f.loss1(labels, share/2)
	dx := f.Gradients(f.d)
	if f.half == nil {
		for _, v := range f.velocity {
			f.half = append(f.half, make([]float32, len(v)))
		}
	}
	for i, p := range f.Parameters() {
		copy(f.half[i], p.Grad.Data)
	}
	for i, v := range dx.Data {
		in[i] = x.Data[i] + Eps*tensor.Sign(v)
	}
	loss += f.loss1(labels, share/2)
	f.Gradients(f.d)
	f.move(f.half, rate)
	return loss
}

// loss1 runs the network on its input, leaves share times the derivative of every
// example's loss in f.d, and returns share times their sum.
func (f *fitting) loss1(labels []int, share float64) (sum float64) {
	logits := f.Forward()
	for n, k := range labels {
		sum += share * f.loss(f.work, logits.Image(n), k)
		for j, v := range f.work {
			f.d.Image(n)[j] = float32(share * v)
		}
	}
	return sum
}

// move makes one step with momentum along the gradients, to which more is added.
func (f *fitting) move(more [][]float32, rate float64) {
	for i, p := range f.Parameters() {
		w, g, v := p.Value.Data, p.Grad.Data, f.velocity[i]
		if more != nil {
			tensor.AddScaled(g, 1, more[i])
		}
		l1 := float32(0)
		if i == 0 {
			l1 = float32(f.l1)
		}
		for j := range w {
			d := g[j] + float32(l1*tensor.Sign(w[j]))
			v[j] = float32(momentum*v[j]) - float32(float32(rate)*d)
			w[j] += v[j]
		}
	}
	if f.constrain != nil {
		f.constrain(f.Parameters())
	}
	f.Update()
}

// gradientOf is the gradient of a loss with which a network was trained.
func gradientOf(loss outputs) gradient {
	return func(d []float32, logits []float32, label int) {
		g := make([]float64, len(logits))
		loss(g, logits, label)
		for k, v := range g {
			d[k] = float32(v)
		}
	}
}
