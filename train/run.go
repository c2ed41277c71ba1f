package train

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"hoodwink/dataset"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// RunOptions say how a network is trained. A zero field means its default.
type RunOptions struct {
	Epochs int // passes over the data; 0 means 10
	// examples in a step; 0 means DefaultBatch. Examples that do not fill a batch are left out of an epoch
	Batch     int
	Rate      float64 // learning rate, which the schedule scales; 0 means 0.05 for SGD, 0.001 for Adam
	Schedule  Schedule
	Optimizer OptimizerOptions
	Loss      Loss
	Smoothing float64 // of the targets, in [0,1)

	Adversarial Adversarial
	Augment     Augment
	Seed        uint64 // seed of the order, augmentation, random starts and dropout

	// KeepCollapsed goes on after adversarial training has collapsed (see Collapse). Otherwise
	// training ends there, and the result is the network of the epoch before.
	KeepCollapsed bool

	// The following fields do not affect the resulting network.

	Threads    int            // 0 means GOMAXPROCS
	Test       dataset.Source // evaluated after every epoch, or nil
	Checkpoint string         // file that is replaced after every epoch, or ""
	Resume     bool           // go on from Checkpoint, which must exist
	Note       []byte         // JSON for the checkpoint, for the caller's own use
	OnStep     func(StepReport)
	OnEpoch    func(EpochReport)
}

// A StepReport is the argument of OnStep.
type StepReport struct {
	Epoch int     // 1, 2, ...
	Step  int     // within the epoch: 1 to Steps
	Steps int     // in an epoch
	Rate  float64 // learning rate
	Loss  float64 // of this step
}

// An EpochReport sums up an epoch.
type EpochReport struct {
	Epoch int     `json:"epoch"` // 1, 2, ...
	Rate  float64 `json:"rate"`  // learning rate of the last step
	Loss  float64 `json:"loss"`  // mean over the epoch
	// in [0,1], of the training pictures, measured while the network changed
	Accuracy     float64 `json:"accuracy"`
	TestLoss     float64 `json:"test_loss"`     // cross-entropy; 0 without test pictures
	TestAccuracy float64 `json:"test_accuracy"` // in [0,1]

	// Of adversarial training: the share of the first training pictures that are classified as
	// labelled under PGD of 10 steps within eps; their number (0: not attacked); and whether that
	// share has fallen to less than half of what it was while clean pictures are still right.
	Robust         float64 `json:"robust"`
	RobustPictures int     `json:"robust_pictures"`
	Collapsed      bool    `json:"collapsed,omitempty"`
}

// A Result is a trained network.
type Result struct {
	Network  *nn.Network
	Epochs   []EpochReport // all of them, including those before a Resume and one that collapsed
	Collapse *Collapse     // why training ended early, and which epoch's network is the result; or nil
}

// DefaultBatch is the usual number of examples in a step: 100. For fewer than 1000 examples it is a
// tenth of them, so that an epoch has several steps, but at least 8, or all there are.
func DefaultBatch(n int) int {
	return max(1, min(100, max(n/10, 8), n))
}

func (o RunOptions) withDefaults(n int) RunOptions {
	if o.Epochs == 0 {
		o.Epochs = 10
	}
	if o.Batch == 0 {
		o.Batch = DefaultBatch(n)
	}
	if o.Rate == 0 {
		o.Rate = 0.05
		if o.Optimizer.Method != SGD {
			o.Rate = 0.001
		}
	}
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	o.Optimizer = o.Optimizer.withDefaults()
	o.Adversarial = o.Adversarial.withDefaults()
	return o
}

func (o RunOptions) check(net *nn.Network, data dataset.Source) error {
	n, shape, classes := data.Len(), data.Shape(), len(data.Classes())
	in, out := net.InputShape(), net.OutputShape()
	switch {
	case n < 1:
		return &Error{Msg: "there are no pictures to train on"}
	case classes < 2:
		return &Error{Msg: fmt.Sprintf("the pictures are of %d class", classes), Advice: "a classifier needs two classes or more"}
	case fmt.Sprint(in) != fmt.Sprint(shape):
		return &Error{Msg: fmt.Sprintf("the network takes pictures of shape %v, the data has %v", in, shape)}
	case len(out) != 1 || out[0] != classes:
		return &Error{Msg: fmt.Sprintf("the network's output has shape %v, the data %d classes", out, classes)}
	case o.Epochs < 1 || o.Epochs > 1e6:
		return &Error{Msg: fmt.Sprintf("%d epochs", o.Epochs), Advice: "want 1 or more"}
	case o.Batch < 1 || o.Batch > n:
		return &Error{Msg: fmt.Sprintf("a batch of %d, and %d pictures", o.Batch, n), Advice: "want a batch of 1 or more, and no more than there are pictures"}
	case !(o.Rate > 0) || math.IsInf(o.Rate, 1):
		return &Error{Msg: fmt.Sprintf("the learning rate is %g", o.Rate), Advice: "want a number above 0"}
	case o.Loss < CrossEntropy || o.Loss > Hinge:
		return &Error{Msg: fmt.Sprintf("there is no loss %v", o.Loss)}
	case !(o.Smoothing >= 0 && o.Smoothing < 1) || o.Loss == Hinge && o.Smoothing != 0:
		return &Error{Msg: fmt.Sprintf("label smoothing is %g with the loss %v", o.Smoothing, o.Loss), Advice: "want 0 or more and less than 1, and 0 with hinge"}
	}
	for _, err := range []error{o.Optimizer.check(), o.Schedule.check(), o.Adversarial.check(), o.Augment.check()} {
		if err != nil {
			return err
		}
	}
	if o.Test != nil && (fmt.Sprint(o.Test.Shape()) != fmt.Sprint(shape) || len(o.Test.Classes()) != classes) {
		return &Error{Msg: fmt.Sprintf("test pictures have shape %v and %d classes, training pictures %v and %d", o.Test.Shape(), len(o.Test.Classes()), shape, classes)}
	}
	return nil
}

// A run is a training in progress.
type run struct {
	o         RunOptions
	data      dataset.Source
	trainer   *nn.Trainer
	optimizer *Optimizer
	learner   *learner
	feeder    *feeder
	identity  []byte // what a checkpoint must have been made with
	done      []EpochReport
	good      *nn.Network // after the latest epoch
	collapse  *Collapse
}

// Run trains a network, which does not change: its weights are where training begins. The result
// depends on the network, the data and the first part of the options, not on threads, interruptions
// or resuming. Adversarial training that collapses ends with the network of the epoch before, whose
// checkpoint stays; if resumed, it collapses and ends in the same way.
//
// When ctx ends, Run returns its error. The checkpoint, if there is one, holds the state after the
// latest finished epoch. That is also true after any other error and when the process is killed.
func Run(ctx context.Context, net *nn.Network, data dataset.Source, o RunOptions) (*Result, error) {
	r, err := newRun(net, data, o)
	if err != nil {
		return nil, err
	}
	if r.o.Resume {
		if err := r.resume(); err != nil {
			return nil, err
		}
	}
	if r.good, err = r.trainer.Network(); err != nil {
		return nil, r.diverged(err)
	}
	for len(r.done) < r.o.Epochs && r.collapse == nil {
		if err := r.epoch(ctx); err != nil {
			return nil, err
		}
	}
	return &Result{Network: r.good, Epochs: r.done, Collapse: r.collapse}, nil
}

func newRun(net *nn.Network, data dataset.Source, o RunOptions) (*run, error) {
	o = o.withDefaults(data.Len())
	if err := o.check(net, data); err != nil {
		return nil, err
	}
	t, err := net.NewTrainer(nn.TrainerOptions{Batch: o.Batch, Threads: o.Threads, Seed: o.Seed})
	if err != nil {
		return nil, &Error{Msg: "this network cannot be trained", Err: err}
	}
	r := &run{o: o, data: data, trainer: t}
	if len(t.Parameters()) == 0 {
		return nil, &Error{Msg: fmt.Sprintf("the network %q has no weights to train", net.Name())}
	}
	if r.optimizer, err = NewOptimizer(t.Parameters(), o.Optimizer, o.Threads); err != nil {
		return nil, err
	}
	r.learner = newLearner(t, &r.o)
	x := t.Input()
	if o.Adversarial.Defence != Undefended { // needs clean pictures again
		x = tensor.New(x.Shape...)
	}
	r.feeder = newFeeder(data, &r.o, x)
	r.identity, err = identify(&r.o, data)
	return r, err
}

// epoch trains for one epoch, evaluates, and writes the checkpoint.
func (r *run) epoch(ctx context.Context) error {
	epoch := len(r.done)
	steps := r.data.Len() / r.o.Batch
	replays := r.learner.replays()
	report := EpochReport{Epoch: epoch + 1}
	right := 0
	rows := order(r.o.Seed, epoch, r.data.Len())
	r.learner.begin()
	for step := range steps {
		b, err := r.feeder.fill(rows[step*r.o.Batch:][:r.o.Batch], epoch)
		if err != nil {
			return err
		}
		for replay := range replays {
			at := (epoch*steps+step)*replays + replay
			report.Rate = r.o.Rate * r.o.Schedule.share(at, r.o.Epochs*steps*replays)
			loss := r.learner.step(b, epoch)
			if loss-loss != 0 {
				return &Error{Msg: fmt.Sprintf("the loss is %g at step %d of epoch %d, at a learning rate of %.3g", loss, step+1, epoch+1, report.Rate),
					Advice: r.smaller()}
			}
			report.Loss += loss
			right += r.learner.right
			r.optimizer.Step(report.Rate)
			r.trainer.Update()
			if err := ctx.Err(); err != nil {
				return err
			}
			if r.o.OnStep != nil && replay == replays-1 {
				r.o.OnStep(StepReport{Epoch: epoch + 1, Step: step + 1, Steps: steps, Rate: report.Rate, Loss: loss})
			}
		}
	}
	report.Loss /= float64(steps * replays)
	report.Accuracy = float64(right) / float64(steps*replays*r.o.Batch)
	net, err := r.trainer.Network()
	if err != nil {
		return r.diverged(err)
	}
	if r.o.Test != nil {
		if report.TestAccuracy, report.TestLoss, err = Evaluate(ctx, net, r.o.Test, r.o.Threads); err != nil {
			return err
		}
		if report.TestLoss-report.TestLoss != 0 {
			return r.diverged(fmt.Errorf("the loss of the test pictures is %g", report.TestLoss))
		}
	}
	if r.o.Adversarial.Defence != Undefended {
		if err := r.checkRobust(ctx, net, &report); err != nil {
			return err
		}
	}
	if report.Collapsed && !r.o.KeepCollapsed {
		r.collapse = &Collapse{Epoch: report.Epoch, Robust: report.Robust, Best: bestRobust(r.done), Kept: epoch}
	} else {
		r.good = net
	}
	r.done = append(r.done, report)
	if r.o.Checkpoint != "" && r.collapse == nil {
		if err := r.save(); err != nil {
			return err
		}
	}
	if r.o.OnEpoch != nil {
		r.o.OnEpoch(report)
	}
	return nil
}

func (r *run) diverged(err error) error {
	return &Error{Msg: fmt.Sprintf("after epoch %d", len(r.done)+1), Err: err, Advice: r.smaller()}
}

func (r *run) smaller() string {
	hint := fmt.Sprintf("a smaller learning rate than %g or clipped gradients may help", r.o.Rate)
	if len(r.done) > 0 && r.o.Checkpoint != "" {
		hint += fmt.Sprintf("; %s holds epoch %d", r.o.Checkpoint, len(r.done))
	}
	return hint
}
