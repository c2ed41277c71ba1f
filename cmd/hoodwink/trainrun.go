package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hoodwink"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/internal/filelock"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/nn"
	"hoodwink/train"
)

// modelFile is the network in the folder that train writes.
const modelFile = "model.onnx"

// An epochLine is what train prints about an epoch; its JSON is a contract.
type epochLine struct {
	train.EpochReport
	Seconds float64 `json:"seconds"`
}

// A trained is what train prints at the end; its JSON is a contract. Accuracies are shares of the
// test pictures, of the network after reading it back.
type trained struct {
	Model        string            `json:"model"` // folder
	Arch         string            `json:"arch"`
	Params       int64             `json:"params"`
	Hash         string            `json:"hash"`
	Epochs       int               `json:"epochs"`
	Seed         uint64            `json:"seed"`
	Data         dataset.Origin    `json:"data"`     // which parts were used for what
	Pictures     int               `json:"pictures"` // number of pictures to train on
	TestPictures int               `json:"test_pictures"`
	TestAccuracy float64           `json:"test_accuracy"`
	TestLoss     float64           `json:"test_loss"`
	Attack       *attackedPictures `json:"attack,omitempty"`
	Collapse     *train.Collapse   `json:"collapse,omitempty"` // why the network is that of an earlier epoch
	Seconds      float64           `json:"seconds"`            // of this run of the program
}

// attackedPictures is the result of PGD in the Linf norm.
type attackedPictures struct {
	train.Robustness
	Eps      float64 `json:"eps"`
	Steps    int     `json:"steps"`
	Restarts int     `json:"restarts"`
}

// train trains a network as o says.
func (a *app) train(ctx context.Context, o *trainFlags) error {
	start := time.Now()
	r, err := o.options()
	if err != nil {
		return err
	}
	if err := checkTraining(o.Data, append(modelOutputs(o.out), o.checkpoint())...); err != nil {
		return err
	}
	parts, spec, err := o.open(ctx, a)
	if err != nil {
		return err
	}
	pictures, test := parts.Train, parts.Test
	net, err := train.Architecture(o.Arch, pictures.Shape(), len(pictures.Classes()), train.ArchOptions{
		Width: o.Width, Depth: o.Depth, Dropout: o.Dropout, InputDropout: o.InputDropout, Seed: o.Seed})
	if err != nil {
		return err
	}
	release, err := lockOutput(o.out)
	if err != nil {
		return err
	}
	defer release()
	if err := o.mayStart(); err != nil { // another training may have ended just before
		return err
	}
	if o.force && !o.resume { // so that after an interruption all files are from this run
		if err := os.Remove(o.checkpoint()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if r.Note, err = json.Marshal(o); err != nil {
		return err
	}
	r.Threads, r.Test, r.Checkpoint, r.Resume = a.threads, test, o.checkpoint(), o.resume
	a.note("%d pictures of %d classes to train on, %d to test; %s has %d weights", pictures.Len(), len(pictures.Classes()), test.Len(), o.Arch, net.Params())
	a.noteOrigin(parts.Origin)
	result, err := a.trainLoop(ctx, net, pictures, r)
	if errors.Is(err, context.Canceled) {
		return a.interrupted(o)
	}
	if err != nil {
		return err
	}
	a.warnCollapse(result)
	m, err := model.New(filepath.Base(filepath.Clean(o.out)), result.Network, spec, pictures.Classes())
	if err != nil {
		return err
	}
	if _, err := m.Export(filepath.Join(o.out, modelFile), model.ExportOptions{Force: true, Locked: true}); err != nil {
		return err
	}
	got, err := store.Open(o.out, a.modelOptions())
	if err != nil {
		return err
	}
	t := &trained{Model: o.out, Arch: o.Arch, Params: net.Params(), Hash: got.Hash, Epochs: len(result.Epochs), Collapse: result.Collapse, Seed: o.Seed,
		Data: parts.Origin, Pictures: pictures.Len(), TestPictures: test.Len()}
	err = a.evaluate(ctx, o, got.Network, test, t)
	if errors.Is(err, context.Canceled) {
		a.note("interrupted; the model in %s is complete, but was not tested to the end", o.out)
		return quietError(exitInterrupted)
	}
	if err != nil {
		return err
	}
	t.Seconds = time.Since(start).Seconds()
	return a.printTrained(t)
}

// lockOutput makes the folder that a training writes its model into, and locks it until release is
// called: a second training there would replace the first one's files. A folder that was made here
// and stays empty is removed.
func lockOutput(dir string) (release func(), err error) {
	made := !exists(dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	unlock, err := filelock.Folder(dir)
	if err != nil {
		return nil, err
	}
	return func() {
		unlock()
		if made {
			os.Remove(dir)
		}
	}, nil
}

// trainLoop trains with a bar for every epoch and a line for it afterwards.
func (a *app) trainLoop(
	ctx context.Context, net *nn.Network, pictures dataset.Source, r train.RunOptions,
) (*train.Result, error) {
	current := &bar{}
	defer func() { current.stop() }()
	begun := time.Now()
	r.OnStep = func(s train.StepReport) {
		if s.Step == 1 {
			current = a.progress(fmt.Sprintf("epoch %d of %d", s.Epoch, r.Epochs), s.Steps)
		}
		current.set(int64(s.Step))
	}
	r.OnEpoch = func(e train.EpochReport) {
		current.stop()
		line := epochLine{e, time.Since(begun).Seconds()}
		begun = time.Now()
		if a.json {
			a.printJSONLine(line)
			return
		}
		robust := ""
		if e.RobustPictures > 0 {
			robust = fmt.Sprintf("  pgd %6.2f %%", 100*e.Robust)
		}
		if e.Collapsed {
			robust += " (collapsed)"
		}
		say(a.stdout, "epoch %3d  loss %.4f  accuracy %6.2f %%  test %6.2f %%%s  %.1f s\n",
			e.Epoch, e.Loss, 100*e.Accuracy, 100*e.TestAccuracy, robust, line.Seconds)
	}
	return train.Run(ctx, net, pictures, r)
}

// warnCollapse says that adversarial training has collapsed, and what may help.
func (a *app) warnCollapse(r *train.Result) {
	const help = "another --seed, a smaller --rate, a smaller --step or --adversarial pgd help"
	if c := r.Collapse; c != nil {
		a.note("warning: training collapsed in epoch %d: under PGD %.1f %% are right, %.1f %% were before. The network is that of epoch %d; %s",
			c.Epoch, 100*c.Robust, 100*c.Best, c.Kept, help)
		return
	}
	for _, e := range r.Epochs {
		if e.Collapsed {
			a.note("warning: training collapsed in epoch %d: under PGD %.1f %% are right; %s", e.Epoch, 100*e.Robust, help)
			return
		}
	}
}

// interrupted says how to go on.
func (a *app) interrupted(o *trainFlags) error {
	h, err := train.ReadCheckpoint(o.checkpoint())
	if err != nil {
		a.note("interrupted in the first epoch: nothing is kept")
		return quietError(exitInterrupted)
	}
	a.note("interrupted; %d of %d epochs are in %s. To go on:", len(h.Epochs), o.Epochs, o.checkpoint())
	a.note("  %s", hoodwink.CommandLine("train", "--out", o.out, "--resume"))
	return quietError(exitInterrupted)
}

// evaluate tests the network that was read back: on clean pictures, and under attack.
func (a *app) evaluate(
	ctx context.Context, o *trainFlags, net *nn.Network, test dataset.Source, t *trained,
) (err error) {
	if t.TestAccuracy, t.TestLoss, err = train.Evaluate(ctx, net, test, a.threads); err != nil || o.evaluate == 0 {
		return err
	}
	some := dataset.First(test, o.evaluate)
	eps, err := o.eps()
	if err != nil {
		return err
	}
	b := a.progress("attacking", some.Len())
	defer b.stop()
	pgd := attacks.PGD{Steps: o.attackSteps, Restarts: o.restarts}
	t.Attack = &attackedPictures{Eps: eps, Steps: o.attackSteps, Restarts: o.restarts}
	t.Attack.Robustness, err = train.Attacked(ctx, net, some, train.AttackOptions{Attack: pgd, Eps: eps, Seed: o.Seed,
		Threads: a.threads, Progress: func(done int) { b.set(int64(done)) }})
	return err
}

func (a *app) printTrained(t *trained) error {
	if a.json {
		return a.printJSONLine(t)
	}
	w := a.stdout
	say(w, "%s: %d weights, SHA-256 %s, %.1f s\n", filepath.ToSlash(filepath.Join(t.Model, modelFile)), t.Params, t.Hash[:16], t.Seconds)
	printOrigin(w, "  data             ", t.Data)
	if c := t.Collapse; c != nil {
		say(w, "  collapsed        in epoch %d: %.1f %% under PGD, %.1f %% before; this is the network of epoch %d\n", c.Epoch, 100*c.Robust, 100*c.Best, c.Kept)
	}
	say(w, "  clean accuracy   %6.2f %% of %d test pictures (read back from the file)\n", 100*t.TestAccuracy, t.TestPictures)
	if r := t.Attack; r != nil {
		starts := ""
		if r.Restarts > 1 {
			starts = fmt.Sprintf(", %d restarts", r.Restarts)
		}
		say(w, "  robust accuracy  %6.2f %% of the first %d under PGD-%d%s, eps %s\n", 100*r.Robust, r.Pictures, r.Steps, starts, inLevels(r.Eps))
		if r.NoGradient > 0 {
			say(w, "  no gradient      for %d of these: this does not show that they resist\n", r.NoGradient)
		}
	}
	say(w, "  use it           %s\n", strings.Replace(hoodwink.CommandLine("predict", "--model", t.Model), "hoodwink predict", "hoodwink predict PICTURE", 1))
	return nil
}

// noteOrigin says before the work which parts of the data are used for what.
func (a *app) noteOrigin(o dataset.Origin) {
	if s := o.String(); s != "" {
		a.note("%s", s)
	}
}

// printOrigin prints this with the result.
func printOrigin(w io.Writer, head string, o dataset.Origin) {
	if s := o.String(); s != "" {
		say(w, "%s%s\n", head, s)
	}
}

// inLevels writes a size as people do: 8/255, or 0.3.
func inLevels(eps float64) string {
	if levels := math.Round(255 * eps); math.Abs(255*eps-levels) < 1e-9 {
		return fmt.Sprintf("%g/255", levels)
	}
	return fmt.Sprintf("%.4g", eps)
}
