package hoodwink

import (
	"context"
	"fmt"
	"image"
	"time"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/internal/files"
	"hoodwink/model"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
)

// A FoolRequest says which picture should become what, and how.
type FoolRequest struct {
	Model  *model.Model
	Input  string // picture file
	Output string // PNG file to write

	// OnlyFooling leaves Output alone unless the picture was changed and its file fools. Anyway a
	// file that fools is not replaced by one that does not.
	OnlyFooling bool

	// Picture is the content of the file, if it has been read already. Then Input is only the name
	// that appears in the record and in the written file.
	Picture *preprocess.Picture

	// Criterion says what counts as fooled: attack.Targeted or attack.Misclassification, or
	// attack.Labels if each label of the model is on or off by itself. Become and Leave make the
	// right one.
	Criterion attack.Goal

	// NotOwn asks for anything but what the model sees in the picture, instead of Criterion: another
	// top class, or all labels off that are on.
	NotOwn bool

	// Until, if not nil, says when the attack may stop early; it should imply the criterion. Nil
	// means as soon as the criterion is met. A picture that meets the criterion as it is stays as it
	// is, even if it does not meet Until.
	Until attack.Goal

	Attack attack.Attack // nil means attacks.PGD{}
	Norm   attack.Norm
	Eps    float64 // in pixel units of [0,1]
	Seed   uint64

	// AtModel attacks the picture at the network's input size: first it is resized, cropped and
	// rounded to 8 bits, as in the article. Otherwise the file's own pixels are attacked. In both
	// cases the gradient goes through all of the model's preprocessing, since the written file will
	// too.
	AtModel bool

	// Mask, if not nil, is a picture as large as Input. Where it is light the picture may change;
	// where it is dark every bit stays.
	Mask *preprocess.Picture

	Threads int
	Room    int // as in attack.Options; 0 is no limit
	Limits  preprocess.Limits
	Observe func(attack.Step) // is called for every step, after Curves; may be nil
	Whole   bool              // its steps have all pixels of the file, not only those that the model reads
	Curves  *attack.Recorder  // records the run; it must not have recorded another; nil means a new one

	// Between, if not nil, is called before every classification of the attack. It may wait, and
	// meanwhile have the run's memory: see Held. An error ends the run, which then has no result.
	Between func(*Held) error

	Version string // of the program, for the record
}

// A FoolResult describes what became of a picture. The embedded report is the stable JSON contract.
// Everything in it about the file was measured on the file after reading it back.
type FoolResult struct {
	report.Fool
	Original    *tensor.Tensor   // (1,C,H,W), in the model's own channels: what was attacked
	Adversarial *tensor.Tensor   // (1,C,H,W): what the output file holds
	Gradient    *image.RGBA      // report.GradientImage of the loss at the original; nil if no step was taken
	Curves      *attack.Recorder // probabilities and top classes at every step
	labels      *model.Labels
}

func (res *FoolResult) label(class int) string { return res.labels.Class(class).Label }

// topClasses is how many classes a result lists.
const topClasses = 5

// Fool makes a picture file fool a model. It attacks the pixels through the model's preprocessing,
// rounds them to 8 bits, writes a PNG, reads that file back, classifies it anew, and only then
// calls it a success. A model that takes gray is attacked in one channel, in which sizes are measured
// too, and the PNG is a gray one. The result does not depend on Threads. If ctx ends, the best picture
// so far is written and judged too.
func Fool(ctx context.Context, r FoolRequest) (*FoolResult, error) {
	start := time.Now()
	if !r.NotOwn {
		if err := checkGoal(r.Model, r.Criterion); err != nil {
			return nil, err
		}
	}
	x, coloured, err := r.pixels()
	if err != nil {
		return nil, err
	}
	if err := r.CheckEps(x.Shape); err != nil {
		return nil, err
	}
	mask, err := r.Changeable(x)
	if err != nil {
		return nil, err
	}
	if err := CheckOutputs(r.inputs(), r.Output); err != nil {
		return nil, err
	}
	before, err := classify(r.Model, x, r.Threads)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Input, err)
	}
	if r.NotOwn {
		if r.Criterion, err = leaveOwn(r.Model, before); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Input, err)
		}
	}
	classifier, err := r.Model.Classifier(1, x.Shape[2], x.Shape[3], model.ClassifierOptions{Threads: r.Threads, Own: true, Read: true})
	if err != nil {
		return nil, err
	}
	r.Picture, r.Mask = nil, nil // x and mask have what is needed of them
	res := &FoolResult{Original: x, Curves: r.Curves, labels: r.Model.Labels}
	if res.Curves == nil {
		res.Curves = &attack.Recorder{}
	}
	res.Curves.Probs = r.Model.Probs
	method := r.Attack
	if method == nil {
		method = attacks.PGD{}
	}
	c := newCanvas(classifier.Reads(), x, mask, &r)
	options := attack.Options{Seed: r.Seed, Threads: r.Threads, Room: r.Room, Observe: func(s attack.Step) {
		res.Curves.Observe(s)
		if res.Gradient == nil && s.Grad != nil {
			res.Gradient = c.gradient(s.Grad)
		}
		if r.Observe != nil {
			r.Observe(c.whole(s))
		}
	}}
	if r.Between != nil {
		options.Between = func(h *attack.Held) error { return r.Between(&Held{h, classifier, c}) }
	}
	example := attack.Example{Goal: r.Criterion, Eps: r.Eps}
	if r.Until != nil && !r.Criterion.Met(before) {
		example.Stop = r.Until
	}
	v, err := c.attack(ctx, classifier, method, attack.Threat{Norm: r.Norm, Levels: fileLevels}, options, example)
	if err == nil && v.Err != nil {
		err = fmt.Errorf("%s: %w", method.Info().Name, v.Err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Input, notFinite(r.Model, err))
	}
	found := c.scatter(v.X)
	res.describe(r, before, v, method)
	masked, hash := changeable(mask)
	res.Masked = masked
	res.Gray = coloured && x.Shape[1] == 1
	if err := res.write(r, x, found, r.record(x, hash, method, v.Interrupted)); err != nil {
		return nil, err
	}
	res.Seconds = time.Since(start).Seconds()
	return res, nil
}

// Pixels returns the pixels that the request attacks, (1,C,H,W): those of the picture in the model's
// own channels ([preprocess.Spec.Own]), or of the picture at the network's input size, rounded to 8
// bits.
func (r *FoolRequest) Pixels() (*tensor.Tensor, error) {
	x, _, err := r.pixels()
	return x, err
}

// pixels also reports whether the picture has colours.
func (r *FoolRequest) pixels() (x *tensor.Tensor, coloured bool, err error) {
	pic := r.Picture
	if pic == nil {
		if pic, err = preprocess.ReadFile(r.Input, r.Limits); err != nil {
			return nil, false, err
		}
	}
	coloured = preprocess.Coloured(pic.Pixels)
	if !r.AtModel {
		return r.Model.Spec.Own(pic.Pixels), coloured, nil
	}
	if x, err = r.Model.Spec.Geometry(pic.Pixels); err != nil {
		return nil, false, fmt.Errorf("%s: %w", r.Input, err)
	}
	x = r.Model.Spec.Own(x)
	preprocess.Quantize(x.Data, x.Data)
	return x, coloured, nil
}

// inputs lists the files that are read.
func (r *FoolRequest) inputs() []string {
	list := r.Model.Files()
	if r.Picture == nil || files.Is(r.Input) {
		list = append(list, r.Input)
	}
	return list
}

// describe fills in what is known before the file is written.
func (res *FoolResult) describe(r FoolRequest, before []float32, out *attack.Verdict, method attack.Attack) {
	classes, toward := attack.Classes(r.Criterion)
	label := r.Model.Labels.Class(classes[0])
	res.Fool = report.Fool{
		Input: r.Input, Output: r.Output, Model: r.Model.Name, ModelHash: r.Model.Hash, Version: r.Version,
		Goal: report.GoalAs, Target: label.Index, TargetLabel: label.Label,
		Attack: method.Info().Name, Norm: r.Norm.String(), Eps: r.Eps, Seed: r.Seed, At: "file",
		Loss: out.Followed.String(), LossTurned: out.Turned, ZeroGradients: out.ZeroGradients, HiddenGradients: out.HiddenGradients,
		SuccessFloat: out.FloatSuccess, Steps: out.Steps, Forwards: out.Forwards, Backwards: out.Backwards,
		ProbBefore: probability(r.Model, before, classes), Before: predictions(r.Model, before), MultiLabel: r.Model.MultiLabel(),
		Interrupted: out.Interrupted,
	}
	if !toward {
		res.Goal, res.Not = report.GoalNot, classes
	}
	if r.AtModel {
		res.At = "model"
	}
	_, smallest := method.(attacks.Smallest)
	for _, s := range out.Stages {
		if least := res.LeastEps; smallest && s.Success && (least == nil || s.Eps < *least) {
			res.LeastEps = &s.Eps
		}
		if !smallest {
			res.Stages = append(res.Stages, s.Attack)
		}
	}
	res.MaskedGradients, res.Warnings = attacks.Masked(out), out.Warnings
	if !res.MultiLabel { // otherwise no class replaces another as the top class
		res.Path = res.path()
	}
}

// path lists the changes of the top class. If a step was judged twice, as floats and rounded, the
// second counts.
func (res *FoolResult) path() []report.PathStep {
	var path []report.PathStep
	for _, w := range res.Curves.Path {
		if n := len(path); n > 0 && path[n-1].Step == w.Step {
			path = path[:n-1]
		}
		if n := len(path); n > 0 && path[n-1].Class == w.Class {
			continue
		}
		path = append(path, report.PathStep{Step: w.Step, Class: w.Class, Label: res.label(w.Class)})
	}
	return path
}

// classify runs the model on pixels with a session of its own.
func classify(m *model.Model, x *tensor.Tensor, threads int) ([]float32, error) {
	p, err := m.Predictor(threads)
	if err != nil {
		return nil, err
	}
	return p.Pixels(x)
}

func predictions(m *model.Model, logits []float32) []report.Prediction {
	var out []report.Prediction
	for _, p := range m.Top(logits, topClasses) {
		out = append(out, report.Prediction{Class: p.Index, Synset: p.Synset, Label: p.Label, Prob: p.Prob})
	}
	return out
}
