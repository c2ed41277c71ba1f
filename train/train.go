// Package train fits classifiers to pictures with labels.
//
// Linear ones explain why sign(gradient) works on the large ones: logistic regression for two
// classes ([Logistic]) and softmax regression for any number ([Softmax]). Both return a [Linear], a
// weight for every pixel and class. Seen as pictures, the weights show what the classifier looks
// for in each class:
//
//	digits, err := dataset.MNIST(dir, "train")
//	l, err := train.Softmax(ctx, digits.Images, digits.Labels, 10, train.Options{})
//	seven := l.Template(7)                           // (1,28,28): ink wanted > 0, unwanted < 0
//	m := l.Model(1, 0, 1)                            // attack.Model: attacks run on it
//	flip := l.Nearest(x, 7, attack.Linf, 0, 1)       // the smallest change that fools, in closed form
//
// Goodfellow, Shlens and Szegedy (Explaining and Harnessing Adversarial Examples, arXiv:1412.6572)
// train on a mixture of clean and adversarial pictures, which [Options.Eps] switches on.
//
// [Run] trains deep networks, which [Architecture] makes, on any dataset.Source, on clean or
// adversarial pictures, with checkpoints from which training can go on:
//
//	net, err := train.Architecture("cnn", digits.Shape(), 10, train.ArchOptions{Seed: 1})
//	r, err := train.Run(ctx, net, digits, train.RunOptions{
//		Optimizer:   train.OptimizerOptions{Method: train.Adam},
//		Rate:        0.005,
//		Schedule:    train.Schedule{Shape: train.Cyclic},
//		Adversarial: train.Adversarial{Defence: train.Fast, Eps: 0.3},
//		Checkpoint:  "checkpoint",
//	})
//	accuracy, loss, err := train.Evaluate(ctx, r.Network, test, 0)
//
// Training is deterministic: the same pictures, options and seed give the same bytes, except for
// the last bit of exponentials, which differs between kinds of processors. Weights are float32,
// sums are float64.
package train

import (
	"errors"
	"fmt"
	"math"

	"hoodwink/tensor"
)

// Options are the settings of a training run. The zero value is a good start for pixels in [0,1].
type Options struct {
	Epochs       int     // passes over the pictures; 0 means 20
	Batch        int     // pictures in one step; 0 means 100, negative all of them
	LearningRate float64 // size of the first steps; 0 means 0.1, and with Center 4 / mean |x - mean|^2
	Momentum     float64 // share of the latest step that is repeated, in [0,1)
	Decay        float64 // the learning rate falls along a half cosine to this share of itself; 0 means 0.01
	L2           float64 // weight of |w|^2/2 in the loss; the bias is not penalised
	L1           float64 // weight of |w|, the sum of magnitudes, in the loss; the bias is not penalised
	Seed         uint64  // seed of the order of the pictures

	// Center fits w . (x - mean) + b, where mean is the mean picture, and finally moves w . mean
	// into the bias. The classifiers are the same, and so is the best one. But training converges
	// faster on pictures that have much in common, such as photos.
	Center bool

	// Eps, if positive, trains on the mixture Alpha*J(x) + (1-Alpha)*J(x + Eps sign(dJ/dx)): the
	// fast gradient sign method in the loop (arXiv:1412.6572, section 5), in units of the pictures.
	Eps    float64
	Alpha  float64 // share of the clean pictures, in [0,1); 0 means 0.5
	Lo, Hi float32 // limits of a valid pixel, to which adversarial pictures are clipped; both 0 means none

	// Observe, if not nil, is called after every epoch with the mean loss over it.
	Observe func(epoch int, loss float64)
}

// withDefaults returns o with its zero values replaced, for n pictures. With Center it leaves a
// learning rate of 0, since the default depends on the pictures.
func (o Options) withDefaults(n int) (Options, error) {
	set := func(v *float64, def float64) {
		if *v == 0 {
			*v = def
		}
	}
	if o.Epochs == 0 {
		o.Epochs = 20
	}
	switch {
	case o.Batch == 0:
		o.Batch = min(100, n)
	case o.Batch < 0 || o.Batch > n:
		o.Batch = n
	}
	if !o.Center {
		set(&o.LearningRate, 0.1)
	}
	set(&o.Decay, 0.01)
	set(&o.Alpha, 0.5)
	if o.Lo == 0 && o.Hi == 0 {
		o.Lo, o.Hi = float32(math.Inf(-1)), float32(math.Inf(1))
	}
	switch {
	case o.Epochs < 0:
		return o, fmt.Errorf("train: %d epochs", o.Epochs)
	case !(o.LearningRate > 0 || o.Center && o.LearningRate == 0) || math.IsInf(o.LearningRate, 0):
		return o, fmt.Errorf("train: learning rate %g, want a positive number", o.LearningRate)
	case !(o.Momentum >= 0 && o.Momentum < 1):
		return o, fmt.Errorf("train: momentum %g is outside [0,1)", o.Momentum)
	case !(o.Decay >= 0 && o.Decay <= 1):
		return o, fmt.Errorf("train: decay to %g of the learning rate is outside [0,1]", o.Decay)
	case !(o.L2 >= 0) || math.IsInf(o.L2, 0):
		return o, fmt.Errorf("train: L2 weight %g, want 0 or more", o.L2)
	case !(o.L1 >= 0) || math.IsInf(o.L1, 0):
		return o, fmt.Errorf("train: L1 weight %g, want 0 or more", o.L1)
	case !(o.Eps >= 0) || math.IsInf(o.Eps, 0):
		return o, fmt.Errorf("train: eps %g, want 0 or more", o.Eps)
	case !(o.Alpha >= 0 && o.Alpha < 1):
		return o, fmt.Errorf("train: share %g of clean pictures is outside [0,1)", o.Alpha)
	case !(o.Lo < o.Hi):
		return o, fmt.Errorf("train: pixels between %g and %g", o.Lo, o.Hi)
	}
	return o, nil
}

// checkData returns an error that says what is wrong with a training set, if anything.
func checkData(x *tensor.Tensor, labels []int, classes int) error {
	switch {
	case len(x.Shape) < 2 || len(x.Data) == 0:
		return fmt.Errorf("train: pictures of shape %v, want (N,...) and not empty", x.Shape)
	case x.Batch() != len(labels):
		return fmt.Errorf("train: %d pictures but %d labels", x.Batch(), len(labels))
	case classes < 2:
		return errors.New("train: a classifier needs 2 classes or more")
	}
	for n, l := range labels {
		if l < 0 || l >= classes {
			return fmt.Errorf("train: label %d of picture %d is outside 0..%d", l, n, classes-1)
		}
	}
	if i, ok := tensor.Finite(x.Data); !ok {
		per := len(x.Data) / x.Batch()
		return fmt.Errorf("train: value %d of picture %d is %v", i%per, i/per, x.Data[i])
	}
	return nil
}
