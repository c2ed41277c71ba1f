package paper

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"hoodwink/dataset"
	"hoodwink/nn"
	"hoodwink/tensor"
	"hoodwink/train"
)

// A recipe says how a network is trained: by stochastic gradient descent with momentum 0.9, at a
// rate that rises during the first epoch and then falls to zero along a half cosine.
type recipe struct {
	epochs int
	rate   float64
	batch  int // 0 means 100
	seed   uint64

	// adversarial trains on half the loss of the digits and half that of the same digits after 0.25
	// along the sign of the gradient, computed anew at every step.
	adversarial bool

	l1      float64 // weight of the sum of the magnitudes of the weights in the loss
	maxNorm float64 // if positive, the weights of a unit are scaled down to this length
	loss    loss    // nil means cross-entropy of the softmax

	constrain func(p []nn.Parameter) // changes the parameters after every step, if not nil

	each func(epoch int, net *nn.Network) error // called after every epoch, if not nil
}

// A loss writes the derivative of the mean loss of a batch with respect to the logits
// (N,K) to d, and returns that loss.
type loss func(d, logits *tensor.Tensor, labels []int) float64

// crossEntropy is -log softmax.
func crossEntropy(d, logits *tensor.Tensor, labels []int) float64 {
	return train.CrossEntropy.Eval(d, logits, labels, 0)
}

// sigmoids is the loss of ten independent questions, "is it this digit?", answered with
// the sigmoid of each logit.
func sigmoids(d, logits *tensor.Tensor, labels []int) float64 {
	return train.Softplus.Eval(d, logits, labels, 0)
}

// momentum of all training.
const momentum = 0.9

// fit trains net on the study's digits and returns the result with the name what.
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

// fit trains net on a set and returns the trainer. In every epoch it leaves out the last pictures
// if they do not fill a batch.
func fit(
	ctx context.Context, net *nn.Network, set *dataset.Set, r recipe, threads int, observe func(done, total int),
) (*nn.Trainer, error) {
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
	z, err := train.NewOptimizer(t.Parameters(), train.OptimizerOptions{Momentum: momentum, L1: r.l1, MaxNorm: r.maxNorm}, threads)
	if err != nil {
		return nil, err
	}
	f := &fitting{Trainer: t, recipe: r, optimizer: z, d: tensor.New(r.batch, tensor.Size(net.OutputShape()))}
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
	optimizer *train.Optimizer
	d         *tensor.Tensor
	half      [][]float32 // the gradients of the clean digits
}

// step changes the parameters once and returns the mean loss. Adversarial digits are made here and
// not by package train, because the paper does not clip them.
func (f *fitting) step(x *tensor.Tensor, labels []int, rate float64) float64 {
	in := f.Input().Data
	copy(in, x.Data)
	mean := f.loss(f.d, f.Forward(), labels)
	dx := f.Gradients(f.d)
	if f.adversarial {
		f.half = f.half[:0]
		for _, p := range f.Parameters() {
			f.half = append(f.half, slices.Clone(p.Grad.Data))
		}
		for i, v := range dx.Data {
			in[i] = x.Data[i] + Eps*tensor.Sign(v)
		}
		mean = (mean + f.loss(f.d, f.Forward(), labels)) / 2
		f.Gradients(f.d)
		for i, p := range f.Parameters() {
			for j, v := range f.half[i] {
				p.Grad.Data[j] = (p.Grad.Data[j] + v) / 2
			}
		}
	}
	f.optimizer.Step(rate)
	if f.constrain != nil {
		f.constrain(f.Parameters())
	}
	f.Update()
	return mean
}

// gradientOf returns the gradient of a loss with which a network was trained.
func gradientOf(l loss) gradient {
	return func(d []float32, logits []float32, label int) {
		l(tensor.FromSlice(d, 1, len(d)), tensor.FromSlice(logits, 1, len(logits)), []int{label})
	}
}
