package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"hoodwink/tensor"
)

// Softmax fits softmax regression to pictures x (N,...) and their labels 0..classes-1:
// it minimises the mean of J = -log p(label), p = softmax(W x + b), by stochastic
// gradient descent with momentum, starting from zero weights. When ctx ends it returns
// ctx.Err() and no classifier.
func Softmax(ctx context.Context, x *tensor.Tensor, labels []int, classes int, o Options) (*Linear, error) {
	if err := checkData(x, labels, classes); err != nil {
		return nil, err
	}
	l := zero(x, classes)
	if err := descend(ctx, l, softmaxLoss, x, labels, o); err != nil {
		return nil, err
	}
	return l, nil
}

// Logistic fits logistic regression to pictures x (N,...) with labels 0 and 1: it
// minimises the mean of J = -log p(label), p(1) = S(w . x + b). The result has two
// classes with the logits 0 and w . x + b, whose softmax is that same p; the weights
// w are its Template(1).
func Logistic(ctx context.Context, x *tensor.Tensor, labels []int, o Options) (*Linear, error) {
	if err := checkData(x, labels, 2); err != nil {
		return nil, err
	}
	l := zero(x, 1)
	if err := descend(ctx, l, logisticLoss, x, labels, o); err != nil {
		return nil, err
	}
	both := zero(x, 2)
	copy(both.Weights.Image(1), l.Weights.Data)
	both.Bias[1] = l.Bias[0]
	return both, nil
}

func zero(x *tensor.Tensor, rows int) *Linear {
	return &Linear{Weights: tensor.New(append([]int{rows}, x.Shape[1:]...)...), Bias: make([]float32, rows)}
}

// A loss turns the logits z of one picture into its loss, and writes the derivative to d.
type loss func(d, z []float64, label int) float64

// softmaxLoss is J = log sum_k e^z_k - z_label, with dJ/dz_k = p_k - [k = label].
func softmaxLoss(d, z []float64, label int) float64 {
	top := math.Inf(-1)
	for _, v := range z {
		top = max(top, v)
	}
	var sum float64
	for k, v := range z {
		d[k] = math.Exp(v - top)
		sum += d[k]
	}
	for k := range d {
		d[k] /= sum
	}
	d[label]--
	return math.Log(sum) + top - z[label]
}

// logisticLoss is J = log(1 + e^-z) for label 1 and log(1 + e^z) for label 0, with
// dJ/dz = S(z) - label.
func logisticLoss(d, z []float64, label int) float64 {
	d[0] = Sigmoid(z[0]) - float64(label)
	if label == 1 {
		return softplus(-z[0])
	}
	return softplus(z[0])
}

// softplus is log(1 + e^t) without overflow.
func softplus(t float64) float64 { return max(t, 0) + math.Log1p(math.Exp(-math.Abs(t))) }

// descend minimises the mean loss over the pictures, starting at l.
func descend(ctx context.Context, l *Linear, f loss, x *tensor.Tensor, labels []int, o Options) error {
	n := len(labels)
	o, err := o.withDefaults(n)
	if err != nil {
		return err
	}
	g := newGradient(l, f, o)
	if o.Center {
		spread := g.center(x)
		if o.LearningRate == 0 {
			o.LearningRate = 4 / spread // 1 divided by the curvature of the logistic loss
		}
		defer g.fold()
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	velocity := make([]float32, len(l.Weights.Data)+len(l.Bias))
	steps := (n + o.Batch - 1) / o.Batch
	for epoch := range o.Epochs {
		rng := rand.New(rand.NewPCG(o.Seed, uint64(epoch)))
		rng.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
		var total float64
		for step := range steps {
			if err := ctx.Err(); err != nil {
				return err
			}
			batch := order[step*o.Batch : min((step+1)*o.Batch, n)]
			total += float64(g.of(x, labels, batch) * float64(len(batch)))
			done := float64(epoch*steps+step) / float64(max(o.Epochs*steps-1, 1))
			rate := o.LearningRate * (o.Decay + float64((1-o.Decay)*(1+math.Cos(math.Pi*done))/2))
			move(l.Weights.Data, velocity, g.weights, rate, o.Momentum)
			move(l.Bias, velocity[len(l.Weights.Data):], g.bias, rate, o.Momentum)
		}
		if total-total != 0 {
			return fmt.Errorf("train: the loss is %v after epoch %d; a smaller learning rate than %g may help", total, epoch+1, o.LearningRate)
		}
		if o.Observe != nil {
			o.Observe(epoch+1, total/float64(n))
		}
	}
	return nil
}

// move makes one step with momentum: v = momentum*v - rate*grad, w += v. Here and below, products
// are converted before they are added, so that no compiler fuses the two: the bytes must be the
// same on every machine with the same math.Exp.
func move(w, v []float32, grad []float64, rate, momentum float64) {
	for i, d := range grad {
		v[i] = float32(float64(momentum*float64(v[i])) - float64(rate*d))
		w[i] += v[i]
	}
}

// A gradient computes the mean loss of a few pictures and its derivative.
type gradient struct {
	l             *Linear
	f             loss
	o             Options
	weights, bias []float64
	z, d          []float64
	dx            []float64
	adversarial   []float32

	mean  []float64 // the mean picture, zero if pictures are not centred
	shift []float64 // K: w . mean
}

func newGradient(l *Linear, f loss, o Options) *gradient {
	k, m := len(l.Bias), len(l.Weights.Data)/len(l.Bias)
	return &gradient{l: l, f: f, o: o, weights: make([]float64, k*m), bias: make([]float64, k),
		z: make([]float64, k), d: make([]float64, k), dx: make([]float64, m), adversarial: make([]float32, m),
		mean: make([]float64, m), shift: make([]float64, k)}
}

// center computes the mean picture and the mean of |x - mean|^2, at least a tiny one.
func (g *gradient) center(x *tensor.Tensor) (spread float64) {
	n := float64(x.Batch())
	for i := range x.Batch() {
		for j, v := range x.Image(i) {
			g.mean[j] += float64(v) / n
		}
	}
	for i := range x.Batch() {
		for j, v := range x.Image(i) {
			d := float64(v) - g.mean[j]
			spread += float64(d * d)
		}
	}
	return max(spread/n, 1e-6)
}

// fold moves the mean picture into the bias: w . (x - mean) + b = w . x + (b - w . mean).
func (g *gradient) fold() {
	g.project()
	for k, s := range g.shift {
		g.l.Bias[k] = float32(float64(g.l.Bias[k]) - s)
	}
}

// project computes w . mean for the present weights.
func (g *gradient) project() {
	for k := range g.shift {
		var s float64
		for i, w := range g.l.Weights.Image(k) {
			s += float64(float64(w) * g.mean[i])
		}
		g.shift[k] = s
	}
}

// of returns the mean loss over the pictures of the batch, with the penalty on the
// weights, and leaves its gradient in g.weights and g.bias.
func (g *gradient) of(x *tensor.Tensor, labels, batch []int) float64 {
	clear(g.weights)
	clear(g.bias)
	if g.o.Center {
		g.project()
	}
	var total float64
	each := 1 / float64(len(batch))
	for _, n := range batch {
		pixels := x.Image(n)
		if g.o.Eps == 0 {
			total += g.add(pixels, labels[n], each)
			continue
		}
		total += g.add(pixels, labels[n], each*g.o.Alpha)
		total += g.add(g.fgsm(pixels), labels[n], each*(1-g.o.Alpha))
	}
	if g.o.L2 > 0 {
		for i, w := range g.l.Weights.Data {
			total += float64(g.o.L2 / 2 * (float64(w) * float64(w)))
			g.weights[i] += float64(g.o.L2 * float64(w))
		}
	}
	if g.o.L1 > 0 {
		for i, w := range g.l.Weights.Data {
			total += float64(g.o.L1 * math.Abs(float64(w)))
			g.weights[i] += float64(g.o.L1 * float64(tensor.Sign(w)))
		}
	}
	return total
}

// add adds share times the gradient of one picture's loss, and returns share times the
// loss. It leaves dJ/dlogits in g.d.
func (g *gradient) add(pixels []float32, label int, share float64) float64 {
	for k := range g.z {
		g.z[k] = tensor.Dot(g.l.Weights.Image(k), pixels) + float64(g.l.Bias[k]) - g.shift[k]
	}
	j := g.f(g.d, g.z, label)
	for k, d := range g.d {
		row, c := g.weights[k*len(pixels):(k+1)*len(pixels)], d*share
		for i, v := range pixels {
			row[i] += float64(c * (float64(v) - g.mean[i]))
		}
		g.bias[k] += c
	}
	return j * share
}

// fgsm returns the picture moved by Eps along the sign of dJ/dx, for the g.d that add has computed.
// The gradient treats it as a constant, as in the paper.
func (g *gradient) fgsm(pixels []float32) []float32 {
	clear(g.dx)
	for k, d := range g.d {
		for i, w := range g.l.Weights.Image(k) {
			g.dx[i] += float64(d * float64(w))
		}
	}
	for i, v := range pixels {
		step := float32(g.o.Eps) * tensor.Sign(float32(g.dx[i]))
		g.adversarial[i] = min(max(v+step, g.o.Lo), g.o.Hi)
	}
	return g.adversarial
}
