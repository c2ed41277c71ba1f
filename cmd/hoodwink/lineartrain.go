package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hoodwink"
	"hoodwink/dataset"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/tensor"
	"hoodwink/train"
)

// linearFlags are the settings of linear train.
type linearFlags struct {
	data        string
	maxData     byteSize
	classes     []string
	size        int
	gray        bool
	examples    int
	limit       int
	logistic    bool
	epochs      int
	batch       int
	rate        float64
	momentum    float64
	l1, l2      float64
	adversarial string
	eps         string
	seed        uint64
	out         string
	force       bool
}

// A linearTrained is the JSON of linear train. Accuracies are shares of the pictures. Those of the
// test part are measured on the model after reading it back.
type linearTrained struct {
	Model         string         `json:"model"` // folder
	Kind          string         `json:"kind"`  // softmax or logistic
	Hash          string         `json:"hash"`
	Classes       []string       `json:"classes"`
	Data          dataset.Origin `json:"data"`
	Shape         []int          `json:"shape"` // of a picture: channels, height, width
	Epochs        int            `json:"epochs"`
	Seed          uint64         `json:"seed"`
	Adversarial   float64        `json:"adversarial"` // eps of the pictures that it was also trained on; 0 if none
	Pictures      int            `json:"pictures"`    // number of pictures to train on
	TestPictures  int            `json:"test_pictures"`
	Loss          float64        `json:"loss"` // mean over the last epoch
	TrainAccuracy float64        `json:"train_accuracy"`
	TestAccuracy  float64        `json:"test_accuracy"`
	Eps           float64        `json:"eps"`
	Robust        float64        `json:"robust"` // share of the test pictures that no change up to eps fools; exact
	Seconds       float64        `json:"seconds"`
}

// A linearEpoch is what is printed about an epoch.
type linearEpoch struct {
	Epoch int     `json:"epoch"`
	Loss  float64 `json:"loss"`
}

// linearSide is the default side of pictures from folders and of drawings.
const linearSide = 32

func (a *app) linearTrainCommand() *cobra.Command {
	var o linearFlags
	c := &cobra.Command{
		Use:   "train --data DATA --out DIR",
		Short: "train softmax or logistic regression from scratch",
		Long: `Train a linear classifier with stochastic gradient descent from zero weights, and write
it as a model: model.onnx, its contract hoodwink.yaml and the names of its classes. It
is read back, and the accuracy that is printed is that of what is in the files.

DATA is mnist (files in $HOODWINK_DATA/datasets, else downloaded to the cache, 11.6 MB),
cifar10 (files in $HOODWINK_DATA/datasets), sketchbook (drawings), a
folder with one folder of pictures for each class, perhaps in train/ and test/, an .npz
file with x and y, or a .csv file of pixels, as 'hoodwink train --help' says.

How many test pictures no change of at most --eps a pixel fools is no estimate: for a
linear model it follows from the weights. --adversarial trains half on pictures moved
by one step of the fast gradient sign method (arXiv:1412.6572).`,
		Example: `  hoodwink linear train --data mnist --out digits
  hoodwink linear train --data mnist --classes 3,7 --logistic --out threes
  hoodwink linear train --data mnist --classes 3,7 --logistic --adversarial 0.25 --out hardened
  hoodwink linear train --data sketchbook --l2 0.01 --out sketches
  hoodwink predict -m digits digit.png`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.linearTrain(c.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.data, "data", "", "mnist, cifar10, sketchbook, a folder, or an .npz, .npy or .csv file")
	f.Var(&o.maxData, "max-data", maxDataUsage)
	f.StringSliceVar(&o.classes, "classes", nil, "train on these classes only, separated by commas")
	f.IntVar(&o.size, "size", linearSide, "side of pictures from folders and of drawings")
	f.BoolVar(&o.gray, "gray", false, "pictures from folders become gray")
	f.IntVar(&o.examples, "examples", 4000, "drawings of the sketchbook to train on")
	f.IntVar(&o.limit, "limit", 0, "train only on the first N pictures (0: all)")
	f.BoolVar(&o.logistic, "logistic", false, "logistic regression: one weight a value for two classes")
	f.IntVar(&o.epochs, "epochs", 20, "passes over the pictures")
	f.IntVar(&o.batch, "batch", 100, "pictures in a step")
	f.Float64Var(&o.rate, "rate", 0, "learning rate (0: 4 / mean squared distance of a picture from the mean)")
	f.Float64Var(&o.momentum, "momentum", 0.9, "share of the latest step that is repeated")
	f.Float64Var(&o.l1, "l1", 0, "weight of |w| in the loss")
	f.Float64Var(&o.l2, "l2", 0, "weight of |w|^2/2 in the loss")
	f.Var((*sizeFlag)(&o.adversarial), "adversarial", "also train on pictures moved by this much, e.g. 0.25 or 8/255")
	f.Var((*sizeFlag)(&o.eps), "eps", "change of a pixel for the share that cannot be fooled (default: that of --adversarial, else 8/255)")
	f.Uint64Var(&o.seed, "seed", 0, "of the order of the pictures, and of drawings")
	f.StringVarP(&o.out, "out", "o", "", "folder to write the model to")
	f.BoolVar(&o.force, "force", false, "replace a model that is there")
	return c
}

func (a *app) linearTrain(ctx context.Context, o *linearFlags) error {
	start := time.Now()
	r, eps, err := o.options()
	if err != nil {
		return err
	}
	if err := checkTraining(o.data, modelOutputs(o.out)...); err != nil {
		return err
	}
	learn, test, origin, err := o.open(ctx, a)
	if err != nil {
		return err
	}
	release, err := lockOutput(o.out)
	if err != nil {
		return err
	}
	defer release()
	if o.logistic && len(learn.Names) != 2 {
		return usageError("name two, e.g. --classes "+strings.Join(learn.Names[:2], ","), "--logistic is for two classes, and %s has %d", o.data, len(learn.Names))
	}
	a.note("%d pictures of %d classes to train on, %d to test", learn.Len(), len(learn.Names), test.Len())
	a.noteOrigin(origin)
	t := &linearTrained{Model: o.out, Kind: "softmax", Classes: learn.Names, Data: origin, Shape: learn.Shape(), Epochs: o.epochs, Seed: o.seed,
		Adversarial: r.Eps, Eps: eps, Pictures: learn.Len(), TestPictures: test.Len()}
	b := a.progress("training", o.epochs)
	defer b.stop()
	r.Observe = func(epoch int, loss float64) {
		t.Loss = loss
		b.set(int64(epoch))
		switch {
		case a.json:
			a.printJSONLine(linearEpoch{epoch, loss})
		case !a.interactive():
			say(a.stdout, "epoch %3d  loss %.4f\n", epoch, loss)
		}
	}
	var l *train.Linear
	if o.logistic {
		t.Kind = "logistic"
		l, err = train.Logistic(ctx, learn.Images, learn.Labels, r)
	} else {
		l, err = train.Softmax(ctx, learn.Images, learn.Labels, len(learn.Names), r)
	}
	b.stop()
	if errors.Is(err, context.Canceled) {
		a.note("interrupted: nothing is written")
		return quietError(exitInterrupted)
	}
	if err != nil {
		return err
	}
	t.TrainAccuracy = 1 - l.ErrorRate(learn.Images, learn.Labels)
	t.Robust = l.Robust(test.Images, test.Labels, eps, 0, 1)
	if err := a.writeLinear(o, l, learn.Names); err != nil {
		return err
	}
	got, err := store.Open(o.out, a.modelOptions())
	if err != nil {
		return err
	}
	t.Hash = got.Hash
	if t.TestAccuracy, _, err = train.Evaluate(ctx, got.Network, test, a.threads); err != nil {
		return err
	}
	t.Seconds = time.Since(start).Seconds()
	return a.printLinear(t)
}

// options turns the flags into those of package train.
func (o *linearFlags) options() (r train.Options, eps float64, err error) {
	switch {
	case o.data == "":
		return r, 0, usageError("e.g. --data mnist, --data sketchbook, or a folder with one folder of pictures for each class", "no --data was given")
	case o.out == "":
		return r, 0, usageError("name a folder for the model, e.g. --out digits", "no --out was given")
	case o.epochs < 1 || o.batch < 1 || o.limit < 0:
		return r, 0, usageError("", "--epochs and --batch want at least 1, --limit at least 0")
	}
	if path := filepath.Join(o.out, modelFile); exists(path) && !o.force {
		return r, 0, usageError("name another folder, or add --force", "%s is there already", path)
	}
	adversarial, err := linfSize("adversarial", o.adversarial, 0, 0)
	if err != nil {
		return r, 0, err
	}
	usual := adversarial
	if usual == 0 {
		usual = 8. / 255
	}
	if eps, err = linfSize("eps", o.eps, usual, 0); err != nil {
		return r, 0, err
	}
	return train.Options{Epochs: o.epochs, Batch: o.batch, LearningRate: o.rate, Momentum: o.momentum, L1: o.l1, L2: o.l2, Seed: o.seed,
		Center: true, Eps: adversarial, Lo: 0, Hi: 1}, eps, nil
}

// open reads the data into memory, and selects the wanted classes.
func (o *linearFlags) open(ctx context.Context, a *app) (learn, test *dataset.Set, origin dataset.Origin, err error) {
	parts, err := a.openData(ctx, o.data, dataset.OpenOptions{Size: o.size, Gray: o.gray,
		Examples: o.examples, Seed: o.seed, MaxBytes: int64(o.maxData)})
	if err != nil {
		return nil, nil, origin, err
	}
	var keep []int
	if len(o.classes) > 0 {
		labels, err := model.ParseLabels([]byte(strings.Join(parts.Train.Classes(), "\n")))
		if err != nil {
			return nil, nil, origin, err
		}
		if keep, err = chooseClasses(labels, o.classes); err != nil {
			return nil, nil, origin, err
		}
		if slices.Sort(keep); len(slices.Compact(slices.Clone(keep))) < max(2, len(keep)) {
			return nil, nil, origin, usageError("name two or more, e.g. --classes 3,7", "--classes %s: a classifier needs two different classes", strings.Join(o.classes, ","))
		}
	}
	if learn, err = collect(o, parts.Train, keep, o.limit); err != nil {
		return nil, nil, origin, err
	}
	test, err = collect(o, parts.Test, keep, 0)
	return learn, test, parts.Origin, err
}

// collect reads a source into memory as floats: only the classes in keep, or all if it is nil; and of
// those the first limit pictures, or all if it is 0.
func collect(o *linearFlags, s dataset.Source, keep []int, limit int) (*dataset.Set, error) {
	if keep == nil {
		s = dataset.First(s, limit)
	}
	if err := dataset.Fits(s.Len(), 4*float64(tensor.Size(s.Shape())), int64(o.maxData)); err != nil {
		return nil, fmt.Errorf("%s as floats: %w", o.data, err)
	}
	set, err := dataset.Collect(s)
	if err != nil || keep == nil {
		return set, err
	}
	set = set.Only(keep...)
	if set.Len() == 0 {
		return nil, fmt.Errorf("%s has no pictures of the classes %s", o.data, strings.Join(set.Names, ", "))
	}
	if limit > 0 {
		return dataset.Collect(dataset.First(set, limit))
	}
	return set, nil
}

// writeLinear writes the classifier as a model of pictures in [0,1].
func (a *app) writeLinear(o *linearFlags, l *train.Linear, names []string) error {
	net, err := l.Network()
	if err != nil {
		return err
	}
	shape := l.Weights.Shape[1:]
	m, err := model.New(filepath.Base(filepath.Clean(o.out)), net, rawSpec(shape), names)
	if err != nil {
		return err
	}
	_, err = m.Export(filepath.Join(o.out, modelFile), model.ExportOptions{Force: o.force, Locked: true})
	return err
}

func (a *app) printLinear(t *linearTrained) error {
	if a.json {
		return a.printJSONLine(t)
	}
	w := a.stdout
	say(w, "%s: %s regression, %d classes, SHA-256 %s, %.1f s\n", filepath.ToSlash(filepath.Join(t.Model, modelFile)), t.Kind, len(t.Classes), t.Hash[:16], t.Seconds)
	printOrigin(w, "  data               ", t.Data)
	say(w, "  training accuracy  %6.2f %% of %d pictures, loss %.4f\n", 100*t.TrainAccuracy, t.Pictures, t.Loss)
	say(w, "  test accuracy      %6.2f %% of %d pictures (read back from the file)\n", 100*t.TestAccuracy, t.TestPictures)
	say(w, "  cannot be fooled   %6.2f %% of them, by any change up to %s a pixel (exact)\n", 100*t.Robust, inLevels(t.Eps))
	say(w, "  look at it         %s\n", hoodwink.CommandLine("linear", "templates", "-m", t.Model))
	return nil
}
