package hoodwink

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"time"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/internal/filelock"
	"hoodwink/model"
	"hoodwink/report"
	"hoodwink/tensor"
)

// A BenchRequest asks how good attacks are at finding small changes for a model. The measure is that of
// Cinà and others, "AttackBench: Evaluating Gradient-based Attacks for Adversarial Examples",
// arXiv:2404.19460: the same number of passes through the model for every attack and picture.
type BenchRequest struct {
	Model    *model.Model
	Data     string         // what Pictures is called
	Pictures dataset.Source // the model's input size; labels are the model's classes
	First    int            // how many of them are attacked
	Attacks  []attack.Attack
	Norm     attack.Norm
	Passes   int // forward and backward together, for a picture; 0 means 2000
	Seed     uint64
	Dir      string // of the journal; is made if it is not there
	Version  string
	Threads  int
	Batch    int // pictures attacked together; 0 means 32
}

// BenchPasses is how many passes through the model an attack has for a picture, as in AttackBench.
const BenchPasses = 2000

// benchBatch is how many pictures are attacked together if nothing else is said.
const benchBatch = 32

// A BenchShot is what an attack did to a picture.
type BenchShot struct {
	Attack    string   `json:"attack"`
	Picture   int      `json:"picture"`
	Size      *float64 `json:"size"` // of the smallest change that fools; nil if none was found
	Last      *float64 `json:"last"` // of what was tried last, if that fools: what is left if the best is not kept
	Outside   int      `json:"outside"`
	Forwards  int      `json:"forwards"`
	Backwards int      `json:"backwards"`
	Seconds   float64  `json:"seconds"` // since the shot before
	Error     string   `json:"error,omitempty"`
}

// BenchAttacks attacks the pictures with every attack in turn, and calls yield after each. What the journal in
// the folder has is taken from there, so that a run that was ended goes on where it was. An attack with a
// fixed budget is tried with several eps until the smallest is found. When ctx ends, its error comes last.
func BenchAttacks(ctx context.Context, r BenchRequest, yield func(BenchShot)) (*report.AttackBench, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(r.Dir, 0o777); err != nil {
		return nil, err
	}
	release, err := filelock.Folder(r.Dir)
	if err != nil {
		return nil, err
	}
	defer release()
	j, err := openBenchJournal(r.Dir, r.settings())
	if err != nil {
		return nil, err
	}
	defer j.close()
	shape := r.Pictures.Shape()
	batch := min(r.First, r.Batch)
	c, err := r.Model.Classifier(batch, shape[1], shape[2], model.ClassifierOptions{Threads: r.Threads, Own: true})
	if err != nil {
		return nil, err
	}
	defer c.Release()
	list, err := r.examples(c)
	if err != nil {
		return nil, err
	}
	all := make([][]BenchShot, len(r.Attacks))
	for i, a := range r.Attacks {
		all[i], err = r.shoot(ctx, j, c, a, list, yield)
		if err != nil {
			return nil, err
		}
	}
	return r.measure(all), nil
}

// check returns an error for what makes no sense, and fills in what is not said.
func (r *BenchRequest) check() error {
	if r.Passes == 0 {
		r.Passes = BenchPasses
	}
	if r.Batch == 0 {
		r.Batch = benchBatch
	}
	if len(r.Attacks) == 0 {
		return errors.New("no attack is named")
	}
	seen := map[string]bool{}
	for _, a := range r.Attacks {
		name := a.Info().Name
		if seen[name] {
			return fmt.Errorf("the attack %s is named twice", name)
		}
		seen[name] = true
	}
	r.First = min(r.First, r.Pictures.Len())
	if r.First < 1 || r.Passes < 1 || r.Batch < 1 {
		return fmt.Errorf("%d pictures, %d passes and a batch of %d: want at least 1 of each", r.First, r.Passes, r.Batch)
	}
	return nil
}

// examples reads the pictures.
func (r *BenchRequest) examples(c *model.Classifier) ([]attack.Example, error) {
	shape := r.Pictures.Shape()
	if want := c.Shape(); tensor.Size(want) != tensor.Size(shape) || want[0] != shape[0] {
		return nil, fmt.Errorf("%s has pictures of %v, and the model %s takes %v", r.Data, shape, r.Model.Name, want)
	}
	if have, want := len(r.Pictures.Classes()), c.Classes(); have != want {
		return nil, fmt.Errorf("%s has %d classes, and the model %s has %d: their labels do not belong together", r.Data, have, r.Model.Name, want)
	}
	list := make([]attack.Example, r.First)
	for i := range list {
		x := make([]float32, tensor.Size(shape))
		label, err := r.Pictures.Picture(x, 0, i)
		if err != nil {
			return nil, err
		}
		list[i] = attack.Example{X: x, Index: uint64(i), Eps: math.Inf(1), Goal: attack.Misclassification{Classes: []int{label}}}
	}
	return list, nil
}

// shoot returns what an attack does to every picture.
func (r *BenchRequest) shoot(
	ctx context.Context, j *benchJournal, c *model.Classifier, a attack.Attack, list []attack.Example, yield func(BenchShot),
) ([]BenchShot, error) {
	name := a.Info().Name
	shots := make([]BenchShot, len(list))
	var open []attack.Example
	for i, e := range list {
		if s, ok := j.done[benchKey{name, i}]; ok {
			shots[i] = s
			yield(s)
			continue
		}
		open = append(open, e)
	}
	if !a.Info().Minimal {
		a = attacks.Smallest{Base: a}
	}
	w := watcher{norm: r.Norm, list: open, channels: c.Shape()[0], last: make([]*float64, len(open)), outside: make([]int, len(open))}
	w.lo, w.hi = c.Bounds()
	o := attack.Options{Seed: r.Seed, Threads: r.Threads, Budget: attack.Budget{Both: r.Passes}, Observe: w.see}
	began := time.Now()
	for v, err := range attack.Examples(ctx, c, a, attack.Threat{Norm: r.Norm}, o, each(open)) {
		if err != nil {
			return nil, err
		}
		if v.Interrupted {
			continue // what ended it comes last
		}
		now := time.Now()
		s := BenchShot{
			Attack: name, Picture: int(v.Index), Last: w.last[v.Number], Outside: w.outside[v.Number],
			Forwards: v.Forwards, Backwards: v.Backwards, Seconds: now.Sub(began).Seconds(),
		}
		began = now
		if v.Success {
			s.Size = &v.Size
		}
		if v.Err != nil {
			s.Error = v.Err.Error()
		}
		if err := j.add(s); err != nil {
			return nil, err
		}
		shots[s.Picture] = s
		yield(s)
	}
	return shots, nil
}

func each(list []attack.Example) iter.Seq[attack.Example] {
	return func(yield func(attack.Example) bool) {
		for _, e := range list {
			if !yield(e) {
				return
			}
		}
	}
}

// A watcher keeps what an attack tried last, and counts what was outside the bounds.
type watcher struct {
	norm     attack.Norm
	list     []attack.Example
	channels int
	lo, hi   float32
	last     []*float64
	outside  []int
}

func (w *watcher) see(s attack.Step) {
	w.last[s.Image] = nil
	if s.Met {
		size := w.norm.Distance(s.Pixels, w.list[s.Image].X, w.channels)
		w.last[s.Image] = &size
	}
	for _, v := range s.Pixels {
		if !(v >= w.lo && v <= w.hi) {
			w.outside[s.Image]++
			break
		}
	}
}
