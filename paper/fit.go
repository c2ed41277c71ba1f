package paper

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/attack"
	"hoodwink/dataset"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// A recipe says how a network is trained: by stochastic gradient descent with momentum
// 0.9, at a rate that rises during the first epoch and falls to zero along a half cosine.
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
	t, err := fit(ctx, net, s.Train, r, s.Threads, func(done, total int) { s.observe(what, done, total) })
	if err != nil {
		return nil, fmt.Errorf("training %s: %w", what, err)
	}
	if net, err = t.Network(); err != nil {
		return nil, err
	}
	c, err := newNetwork(what, net, batchSize, s.Threads)
	if err != nil {
		return nil, err
	}
	c.first = t.Parameters()[0].Value.Clone()
	return c, nil
}

// fit trains net on a set, whose last pictures of an epoch are left out where they do not
// fill a batch, and returns the trainer.
func fit(ctx context.Context, net *nn.Network, set *dataset.Set, r recipe, threads int, observe func(done, total int)) (*nn.Trainer, error) {
	if r.batch == 0 {
		r.batch = 100
	}
	if r.loss == nil {
		r.loss = crossEntropy
	}
	t, err := net.NewTrainer(nn.TrainerOptions{Batch: r.batch, Threads: threads, Seed: r.seed})
	if err != nil {
		return nil, err
	}
	classes := tensor.Size(net.OutputShape())
	f := &fitting{Trainer: t, recipe: r, d: tensor.New(r.batch, classes), work: make([]float64, classes)}
	for _, p := range t.Parameters() {
		f.velocity = append(f.velocity, make([]float32, p.Value.Len()))
	}
	order := make([]int, set.Len())
	for i := range order {
		order[i] = i
	}
	labels := make([]int, r.batch)
	x := tensor.New(t.Input().Shape...)
	steps := set.Len() / r.batch
	total := r.epochs * steps
	for epoch := range r.epochs {
		rng := rand.New(rand.NewPCG(r.seed, uint64(epoch)))
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for step := range steps {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			for n, i := range order[step*r.batch : (step+1)*r.batch] {
				copy(x.Image(n), set.Images.Image(i))
				labels[n] = set.Labels[i]
			}
			done := epoch*steps + step
			rate := r.rate * (1 + math.Cos(math.Pi*float64(done)/float64(total))) / 2
			rate *= min(1, float64(done+1)/float64(steps))
			if loss := f.step(x, labels, rate); !(loss < math.Inf(1)) {
				return nil, fmt.Errorf("the loss is %v in epoch %d", loss, epoch+1)
			}
			if done%20 == 0 {
				observe(done, total)
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
	observe(total, total)
	return t, nil
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
		if i == 0 && f.l1 > 0 {
			for j, v := range w {
				g[j] += float32(float32(f.l1) * tensor.Sign(v))
			}
		}
		r := float32(rate)
		g, v = g[:len(w)], v[:len(w)]
		for j, d := range g {
			v[j] = float32(momentum*v[j]) - float32(r*d)
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
