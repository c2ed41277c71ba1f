package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hoodwink/dataset"
	"hoodwink/preprocess"
	"hoodwink/train"
)

// trainFlags are the settings of a training run on the command line. Those that determine the
// result are kept in the checkpoint.
type trainFlags struct {
	Data     string
	Size     int
	Gray     bool
	Examples int
	Fresh    bool
	Limit    int

	Arch           string
	Width, Depth   int
	Dropout        float32
	InputDropout   float32
	Epochs, Batch  int
	Rate           float64
	Optimizer      string
	Momentum       float64
	Nesterov       bool
	Decay, L1      float64
	MaxNorm, Clip  float64
	Schedule       string
	WarmUp         float64
	Loss           string
	Smoothing      float64
	Adversarial    string
	Eps, Step      string
	Steps          int
	Alpha, Beta    float64
	Stop           bool // on collapse
	Shift          int
	Flip           bool
	Rotate, Bright float64
	Seed           uint64

	maxData       byteSize
	out           string
	resume, force bool
	evaluate      int
	attackSteps   int
	restarts      int
}

func (a *app) trainCommand() *cobra.Command {
	var o trainFlags
	names, about := train.Architectures()
	archs := ""
	for i, n := range names {
		archs += "\n  " + n + strings.Repeat(" ", 9-len(n)) + about[i]
	}
	c := &cobra.Command{
		Use:   "train --data DATA --out DIR",
		Short: "train a network of your own, also against adversarial pictures",
		Long: `Train a network from random weights, and write it as a model: model.onnx, its contract
hoodwink.yaml and the names of its classes. The files are read back, and the accuracy
printed at the end is that of what is in them: on the test pictures as they are, and
under PGD within --eps.

DATA is mnist (files in $HOODWINK_DATA/datasets, else downloaded to the cache, 11.6 MB),
cifar10 (files in $HOODWINK_DATA/datasets), sketchbook (drawings), a
folder with one folder of pictures for each class, perhaps in train/ and test/, a folder
with the files of MNIST or CIFAR-10, an .npz file with x and y (or x_train, y_train,
x_test, y_test), an .npy file with its labels beside it, or a .csv file of labels and
pixels. Without test pictures, every tenth is held out.

Splits are folders whose name has train, test, val, dev or the like in it (seg_train,
Validation, "Training Data", test2017) and that hold folders of classes. A folder that
holds pictures is a class, whatever its name. What was trained on, tested with and left
out is said at the end, and is "data" in --json. Labels that do not begin at 0 or have
gaps become the names of the classes that there are.

Architectures:` + archs + `

Adversarial training: fgsm (half of the loss on pictures moved by one step), pgd
(--steps, 7), fast (one step from a random start; use --schedule cyclic), trades
(--steps, 10; --beta, 6), free (every batch --steps times, 4).

After every epoch of it, PGD of 10 steps attacks up to 200 training pictures ("pgd" in the
line of the epoch). One-step training can collapse: clean accuracy stays, and robustness
is gone. Then training ends, and the network of the epoch before is written;
--stop-on-collapse=false goes on.

A checkpoint in DIR is replaced after every epoch. Ctrl-C ends training; --resume goes
on, and ends in the same bytes as training without a break.`,
		Example: `  hoodwink train --data mnist --arch cnn --rate 0.005 --schedule cyclic --out digits
  hoodwink train --data mnist --arch cnn --adversarial fast --eps 0.3 --rate 0.005 --schedule cyclic --out hardened
  hoodwink train --data sketchbook --arch resnet --adversarial pgd --eps 8/255 --out sketches
  hoodwink train --out sketches --resume
  hoodwink predict --model sketches drawing.png`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.complete(c); err != nil {
				return err
			}
			return a.train(c.Context(), &o)
		},
	}
	o.register(c.Flags())
	return c
}

// notKept are the flags that may be given with --resume, since they do not determine the result.
var notKept = []string{"out", "resume", "data", "max-data", "evaluate", "attack-steps", "restarts", "threads", "json", "quiet"}

func (o *trainFlags) register(f *pflag.FlagSet) {
	f.StringVar(&o.Data, "data", "", "mnist, cifar10, sketchbook, a folder, or an .npz, .npy or .csv file")
	f.Var(&o.maxData, "max-data", maxDataUsage)
	f.IntVar(&o.Size, "size", 0, "side of pictures from folders and of drawings (0: 64)")
	f.BoolVar(&o.Gray, "gray", false, "pictures from folders become gray")
	f.IntVar(&o.Examples, "examples", 0, "drawings of the sketchbook in an epoch (0: 20000)")
	f.BoolVar(&o.Fresh, "fresh", false, "other drawings in every epoch")
	f.IntVar(&o.Limit, "limit", 0, "train only on the first N pictures (0: all)")
	f.StringVar(&o.Arch, "arch", "", "architecture (default cnn for gray pictures, else resnet)")
	f.IntVar(&o.Width, "width", 0, "units or channels (0: the architecture's usual)")
	f.IntVar(&o.Depth, "depth", 0, "layers or blocks (0: the architecture's usual)")
	f.Float32Var(&o.Dropout, "dropout", 0, "rate of dropout before every layer but the first")
	f.Float32Var(&o.InputDropout, "input-dropout", 0, "rate of dropout before the first layer")
	f.IntVar(&o.Epochs, "epochs", 10, "passes over the pictures")
	f.IntVar(&o.Batch, "batch", 0, "pictures in a step (0: 100, a tenth of fewer than 1000 pictures, at least 8)")
	f.Float64Var(&o.Rate, "rate", 0, "learning rate (0: 0.05 for sgd, 0.001 for adam and adamw)")
	f.StringVar(&o.Optimizer, "optimizer", "adam", "sgd, adam or adamw")
	f.Float64Var(&o.Momentum, "momentum", 0.9, "of sgd")
	f.BoolVar(&o.Nesterov, "nesterov", false, "Nesterov's momentum")
	f.Float64Var(&o.Decay, "weight-decay", 0, "weight of |w|^2/2")
	f.Float64Var(&o.L1, "l1", 0, "weight of |w|")
	f.Float64Var(&o.MaxNorm, "max-norm", 0, "largest length of a unit's weights (0: any)")
	f.Float64Var(&o.Clip, "clip", 0, "largest length of the gradient (0: any)")
	f.StringVar(&o.Schedule, "schedule", "cosine", "of the learning rate: constant, cosine, cyclic or step")
	f.Float64Var(&o.WarmUp, "warm-up", 0, "share of training in which the rate grows")
	f.StringVar(&o.Loss, "loss", "cross-entropy", "cross-entropy, softplus or hinge")
	f.Float64Var(&o.Smoothing, "smoothing", 0, "label smoothing, in [0,1)")
	f.StringVar(&o.Adversarial, "adversarial", "none", "fgsm, pgd, fast, trades or free")
	f.Var((*sizeFlag)(&o.Eps), "eps", "largest change of a pixel, e.g. 8/255: in training, and under attack at the end (default 8/255)")
	f.IntVar(&o.Steps, "steps", 0, "steps of pgd and trades, replays of free (0: usual)")
	f.Var((*sizeFlag)(&o.Step), "step", "size of a step of adversarial training (default: usual)")
	f.Float64Var(&o.Alpha, "alpha", 0, "share of clean pictures in fgsm (0: 0.5)")
	f.Float64Var(&o.Beta, "beta", 0, "weight of robustness in trades (0: 6)")
	f.BoolVar(&o.Stop, "stop-on-collapse", true, "end adversarial training that loses its robustness, with the network of the epoch before")
	f.IntVar(&o.Shift, "shift", 0, "move training pictures by up to N pixels")
	f.BoolVar(&o.Flip, "flip", false, "mirror every other training picture")
	f.Float64Var(&o.Rotate, "rotate", 0, "turn training pictures by up to N degrees")
	f.Float64Var(&o.Bright, "brightness", 0, "brighten or darken training pictures by up to this, in [0,1]")
	f.Uint64Var(&o.Seed, "seed", 0, "of weights, order and everything else at random")
	f.StringVarP(&o.out, "out", "o", "", "folder to write the model to")
	f.BoolVar(&o.resume, "resume", false, "go on where the checkpoint in --out was made, with its settings")
	f.BoolVar(&o.force, "force", false, "start again in a folder that has a model or a checkpoint")
	f.IntVar(&o.evaluate, "evaluate", 1000, "test pictures to attack at the end, the first ones (0: none)")
	f.IntVar(&o.attackSteps, "attack-steps", 20, "steps of that attack")
	f.IntVar(&o.restarts, "restarts", 1, "random starts of that attack")
}

// checkpointName is the file in a model's folder from which training can go on.
const checkpointName = "checkpoint"

func (o *trainFlags) checkpoint() string { return filepath.Join(o.out, checkpointName) }

// complete checks what can be checked before any work. With --resume it takes the settings of the
// checkpoint.
func (o *trainFlags) complete(c *cobra.Command) error {
	if o.out == "" {
		return usageError("name a folder for the model, e.g. --out digits", "no --out was given")
	}
	if o.evaluate < 0 || o.attackSteps < 1 || o.restarts < 1 {
		return usageError("", "--evaluate wants 0 or more, --attack-steps and --restarts at least 1")
	}
	if o.resume {
		return o.restore(c)
	}
	if o.Data == "" {
		return usageError("e.g. --data mnist, --data sketchbook, or a folder with one folder of pictures for each class", "no --data was given")
	}
	return o.mayStart()
}

// mayStart refuses to start again where a model or a checkpoint is, unless told to.
func (o *trainFlags) mayStart() error {
	if o.force || o.resume {
		return nil
	}
	for _, name := range []string{checkpointName, modelFile, "hoodwink.yaml"} {
		if path := filepath.Join(o.out, name); exists(path) {
			return usageError("go on with --resume, name another folder, or start again with --force", "%s is there already", path)
		}
	}
	return nil
}

// restore takes the settings with which the checkpoint was made.
func (o *trainFlags) restore(c *cobra.Command) error {
	var given []string
	c.Flags().Visit(func(f *pflag.Flag) {
		for _, name := range notKept {
			if f.Name == name {
				return
			}
		}
		given = append(given, "--"+f.Name)
	})
	if len(given) > 0 {
		return usageError("leave them out: the settings are those of the checkpoint", "--resume and %s do not go together", strings.Join(given, ", "))
	}
	h, err := train.ReadCheckpoint(o.checkpoint())
	if err != nil {
		return err
	}
	data := o.Data
	if err := json.Unmarshal(h.Note, o); err != nil {
		return &codedError{err: err, code: exitFailure, hint: o.checkpoint() + " was not made by this command"}
	}
	if data != "" {
		o.Data = data
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// options converts the flags to options of package train.
func (o *trainFlags) options() (r train.RunOptions, err error) {
	r = train.RunOptions{Epochs: o.Epochs, Batch: o.Batch, Rate: o.Rate, Smoothing: o.Smoothing, Seed: o.Seed, KeepCollapsed: !o.Stop,
		Schedule:  train.Schedule{WarmUp: o.WarmUp},
		Augment:   train.Augment{Shift: o.Shift, Flip: o.Flip, Rotate: o.Rotate, Brightness: o.Bright},
		Optimizer: train.OptimizerOptions{Nesterov: o.Nesterov, WeightDecay: o.Decay, L1: o.L1, MaxNorm: o.MaxNorm, Clip: o.Clip}}
	parse := func(err2 error) {
		if err == nil && err2 != nil {
			err = &codedError{err: err2, code: exitUsage}
		}
	}
	var err2 error
	r.Optimizer.Method, err2 = train.ParseMethod(o.Optimizer)
	parse(err2)
	if r.Optimizer.Method == train.SGD {
		r.Optimizer.Momentum = o.Momentum
	}
	r.Schedule.Shape, err2 = train.ParseShape(o.Schedule)
	parse(err2)
	r.Loss, err2 = train.ParseLoss(o.Loss)
	parse(err2)
	d, err2 := train.ParseDefence(o.Adversarial)
	parse(err2)
	eps, err2 := o.eps()
	parse(err2)
	step, err2 := linfSize("step", o.Step, 0, 0)
	parse(err2)
	r.Adversarial = train.Adversarial{Defence: d, Steps: o.Steps, StepSize: step, Alpha: o.Alpha, Beta: o.Beta}
	if d != train.Undefended {
		r.Adversarial.Eps = eps
	}
	return r, err
}

// eps returns the size of perturbations.
func (o *trainFlags) eps() (float64, error) { return linfSize("eps", o.Eps, 8./255, 0) }

// rawSpec returns the contract of networks for pictures (C,H,W) as in training: values from 0 to 1,
// RGB or gray.
func rawSpec(shape []int) preprocess.Spec {
	spec := preprocess.Spec{Preset: "raw", Width: shape[2], Height: shape[1], Resize: preprocess.Stretch, Antialias: true, Order: "RGB", Scale: 1}
	if shape[0] == 1 {
		spec.Order = "gray"
	}
	return spec
}

// open reads the data and returns it with the contract of the network.
func (o *trainFlags) open(ctx context.Context, a *app) (parts *dataset.Parts, spec preprocess.Spec, err error) {
	parts, err = a.openData(ctx, o.Data, dataset.OpenOptions{Size: o.Size, Gray: o.Gray,
		Examples: o.Examples, Fresh: o.Fresh, Seed: o.Seed, MaxBytes: int64(o.maxData)})
	if err != nil {
		return nil, spec, err
	}
	if o.Limit > 0 {
		parts.Train = dataset.First(parts.Train, o.Limit)
	}
	shape := parts.Train.Shape()
	spec = rawSpec(shape)
	if o.Arch == "" {
		o.Arch = "resnet"
		if shape[0] == 1 {
			o.Arch = "cnn"
		}
	}
	return parts, spec, nil
}
