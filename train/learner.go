package train

import (
	"math/rand/v2"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// A learner computes the gradients of training steps.
type learner struct {
	t         *nn.Trainer
	weights   []nn.Parameter
	loss      Loss
	smoothing float64
	a         Adversarial
	seed      uint64

	random  *rand.ChaCha8
	dlogits *tensor.Tensor // (N,K)
	moved   *tensor.Tensor // x+d
	delta   *tensor.Tensor // of Free
	clean   *tensor.Tensor // TRADES: logits of x
	dclean  *tensor.Tensor
	sum     [][]float32 // gradients of the first of two passes
	team    *tensor.Team
	losses  []float64   // by example
	d       [][]float64 // by worker: the gradient of one example's loss
	right   int         // number of pictures of the latest step that are classified as labelled
}

func newLearner(t *nn.Trainer, o *RunOptions) *learner {
	l := &learner{t: t, weights: t.Parameters(), loss: o.Loss, smoothing: o.Smoothing, a: o.Adversarial, seed: o.Seed, random: new(rand.ChaCha8)}
	shape := t.Forward().Shape
	l.dlogits, l.moved = tensor.New(shape...), tensor.New(t.Input().Shape...)
	l.team, l.losses = tensor.NewTeam(o.Threads), make([]float64, shape[0])
	for range l.team.Threads() {
		l.d = append(l.d, make([]float64, shape[1]))
	}
	switch l.a.Defence {
	case Free:
		l.delta = tensor.New(t.Input().Shape...)
	case TRADES:
		l.clean, l.dclean = tensor.New(shape...), tensor.New(shape...)
	}
	if l.a.Defence == FGSM || l.a.Defence == TRADES {
		for _, p := range l.weights {
			l.sum = append(l.sum, make([]float32, p.Grad.Len()))
		}
	}
	return l
}

// begin starts an epoch.
func (l *learner) begin() {
	if l.delta != nil {
		clear(l.delta.Data)
	}
}

// replays returns how often step is called for a batch.
func (l *learner) replays() int {
	if l.a.Defence == Free {
		return l.a.Steps
	}
	return 1
}

// step leaves the gradients of one step in the trainer's parameters, and returns its loss.
func (l *learner) step(b *batch, epoch int) float64 {
	switch l.a.Defence {
	case FGSM:
		return l.mixture(b)
	case PGD, Fast:
		l.start(b, epoch, l.a.Eps)
		l.ascend(b, func(logits *tensor.Tensor) { l.eval(logits, b.labels) })
		return l.learn(l.moved, b.labels)
	case TRADES:
		return l.trades(b, epoch)
	case Free:
		return l.free(b)
	}
	return l.learn(b.x, b.labels)
}

// forward runs pictures through the network.
func (l *learner) forward(x *tensor.Tensor) *tensor.Tensor {
	if in := l.t.Input(); x != in {
		copy(in.Data, x.Data)
	}
	return l.t.Forward()
}

// learn is a step on clean pictures.
func (l *learner) learn(x *tensor.Tensor, labels []int) float64 {
	logits := l.forward(x)
	l.count(logits, labels)
	loss := l.eval(logits, labels)
	l.t.ParameterGradients(l.dlogits)
	return loss
}

// eval is the loss's Eval on all threads; it fills dlogits.
func (l *learner) eval(logits *tensor.Tensor, labels []int) (mean float64) {
	n := len(labels)
	l.team.For(n, func(worker, i int) {
		l.losses[i] = l.loss.example(l.dlogits.Image(i), l.d[worker], logits.Image(i), labels[i], l.smoothing, n)
	})
	for _, v := range l.losses {
		mean += v
	}
	return mean / float64(n)
}

func (l *learner) count(logits *tensor.Tensor, labels []int) {
	l.right = 0
	for n, label := range labels {
		if tensor.Argmax(logits.Image(n)) == label {
			l.right++
		}
	}
}

// start draws a perturbation of at most size for every picture. That of Fast may leave [0,1], as in
// the paper. If it were clipped, every start of a black pixel would end at 0 or Eps after the one
// step, and networks would learn to defend those points alone.
func (l *learner) start(b *batch, epoch int, size float64) {
	for n, i := range b.index {
		v, x := l.moved.Image(n), b.x.Image(n)
		uniform(v, size, stream(l.random, l.seed, forStart, epoch, i))
		tensor.AddScaled(v, 1, x)
		if l.a.Defence != Fast {
			confine(v, x, l.a.Eps)
		}
	}
}

// ascend climbs the loss whose gradient eval writes to dlogits.
func (l *learner) ascend(b *batch, eval func(logits *tensor.Tensor)) {
	for range l.a.Steps {
		eval(l.forward(l.moved))
		climb(l.moved.Data, l.t.Backward(l.dlogits).Data, l.a.StepSize)
		confine(l.moved.Data, b.x.Data, l.a.Eps)
	}
}

// mixture is a step of FGSM. The gradient with respect to the pictures comes with that of the clean
// part.
func (l *learner) mixture(b *batch) float64 {
	logits := l.forward(b.x)
	l.count(logits, b.labels)
	clean := l.eval(logits, b.labels)
	scale(l.dlogits.Data, l.a.Alpha)
	dx := l.t.Gradients(l.dlogits)
	copy(l.moved.Data, b.x.Data)
	climb(l.moved.Data, dx.Data, l.a.StepSize)
	confine(l.moved.Data, b.x.Data, l.a.Eps)
	l.keep()
	moved := l.eval(l.forward(l.moved), b.labels)
	scale(l.dlogits.Data, 1-l.a.Alpha)
	l.t.ParameterGradients(l.dlogits)
	l.add()
	return float64(l.a.Alpha*clean) + float64((1-l.a.Alpha)*moved)
}

// trades is a step of TRADES.
func (l *learner) trades(b *batch, epoch int) float64 {
	const start = 0.001
	copy(l.clean.Data, l.forward(b.x).Data)
	l.start(b, epoch, start)
	l.ascend(b, func(logits *tensor.Tensor) { l.diverge(logits) })
	kl := l.diverge(l.forward(l.moved)) * l.a.Beta
	scale(l.dlogits.Data, l.a.Beta)
	scale(l.dclean.Data, l.a.Beta)
	l.t.ParameterGradients(l.dlogits)
	l.keep()
	logits := l.forward(b.x)
	l.count(logits, b.labels)
	loss := l.eval(logits, b.labels)
	tensor.AddScaled(l.dlogits.Data, 1, l.dclean.Data)
	l.t.ParameterGradients(l.dlogits)
	l.add()
	return loss + kl
}

// diverge returns the mean divergence of the clean logits from others, and writes its gradients to
// dclean and dlogits.
func (l *learner) diverge(logits *tensor.Tensor) float64 {
	n, k := logits.Shape[0], logits.Shape[1]
	dz, dw := make([]float64, k), make([]float64, k)
	var total float64
	for i := range n {
		total += divergence(dz, dw, l.clean.Image(i), logits.Image(i))
		for j := range k {
			l.dclean.Image(i)[j] = float32(dz[j] / float64(n))
			l.dlogits.Image(i)[j] = float32(dw[j] / float64(n))
		}
	}
	return total / float64(n)
}

// free is one replay of Free.
func (l *learner) free(b *batch) float64 {
	copy(l.moved.Data, b.x.Data)
	tensor.AddScaled(l.moved.Data, 1, l.delta.Data)
	confine(l.moved.Data, b.x.Data, l.a.Eps)
	logits := l.forward(l.moved)
	l.count(logits, b.labels)
	loss := l.eval(logits, b.labels)
	climb(l.delta.Data, l.t.Gradients(l.dlogits).Data, l.a.StepSize)
	e := float32(l.a.Eps)
	tensor.Clamp(l.delta.Data, -e, e)
	return loss
}

// keep saves the gradients; add adds the saved ones to the present ones.
func (l *learner) keep() {
	for i, p := range l.weights {
		copy(l.sum[i], p.Grad.Data)
	}
}

func (l *learner) add() {
	for i, p := range l.weights {
		tensor.AddScaled(p.Grad.Data, 1, l.sum[i])
	}
}

func scale(x []float32, by float64) {
	for i, v := range x {
		x[i] = float32(float64(v) * by)
	}
}
