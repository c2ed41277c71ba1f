package paper

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"hoodwink/dataset"
	"hoodwink/nn"
	"hoodwink/report"
	"hoodwink/tensor"
)

// A Kennel is the experiment behind the article's remark that you cannot fool a dog: networks that
// have seen more and more dogs, and how far each dog is from a tennis ball. Its pictures are the
// sketchbook's drawings, so it needs no data.
type Kennel struct {
	Threads int
	Quick   bool // fewer drawings, one network of each kind

	// Observe, if not nil, is called with the progress of the present task.
	Observe func(what string, done, total int)

	schools []*school
	dogs    *tensor.Tensor // fresh drawings (N,3,64,64)
	kittens *tensor.Tensor // as a control
}

// A school is the networks that were trained with the same number of dogs.
type school struct {
	times    int // number of dogs, in multiples of the other classes
	share    float64
	networks []*classified
	dogs     []float64 // sizes that turn dogs into tennis balls, in levels of 255
	kittens  []float64
}

// DogCount is the number of the kennel's experiments.
const DogCount = 2

// The classes that matter here, of dataset.SketchClasses.
const (
	kittenClass = "kitten"
	dogClass    = "dog"
	ballClass   = "tennis ball"
)

// The first seeds of the drawings: those to train on, and those to fool.
const (
	schoolDrawings = 1 << 20
	freshDrawings  = 1 << 30
)

// sizes returns the sizes of the experiment: drawings of a class, steps of training, networks of
// each kind, dogs to fool.
func (k *Kennel) sizes() (drawings, steps, seeds, fresh int) {
	if k.Quick {
		return 20, 60, 1, 4
	}
	return 300, 1200, 3, 30
}

// Run does the experiments and returns their page; see [Study.Run].
func (k *Kennel) Run(ctx context.Context, progress func(done int)) (*report.ArticlePage, error) {
	page := &report.ArticlePage{Title: "Why you cannot fool a dog", Lead: textKennel}
	err := page.Run(ctx, []report.Step{
		{Title: "Three schools", Text: textSchools, Run: k.teach},
		{Title: "How far a dog is from a tennis ball", Text: textBall, Run: k.fool},
	}, progress)
	drawings, steps, seeds, fresh := k.sizes()
	page.Settings = []report.Setting{
		{Name: "drawings", Value: fmt.Sprintf("%d of every class but dogs, %d pixels a side", drawings, dataset.SketchSize)},
		{Name: "networks", Value: fmt.Sprintf("%d a school, each trained for %d steps of %d drawings", seeds, steps, schoolBatch)},
		{Name: "to be fooled", Value: fmt.Sprintf("%d fresh drawings of dogs, and of kittens as a control", fresh)},
	}
	return page, err
}

func (k *Kennel) observe(what string, done, total int) {
	if k.Observe != nil {
		k.Observe(what, done, total)
	}
}

// sketchClass returns the label of a class of the sketchbook.
func sketchClass(name string) int { return slices.Index(dataset.SketchClasses(), name) }

// drawn returns n drawings of one class.
func drawn(class, n int, seed uint64) (*tensor.Tensor, error) {
	out := tensor.New(n, 3, dataset.SketchSize, dataset.SketchSize)
	for i := range n {
		x, err := dataset.Draw(class, seed+uint64(i), dataset.SketchSize)
		if err != nil {
			return nil, err
		}
		copy(out.Image(i), x.Data)
	}
	return out, nil
}

// schoolBatch is the number of drawings in a step of training.
const schoolBatch = 50

func (k *Kennel) teach(ctx context.Context, e *report.Experiment) error {
	drawings, _, seeds, fresh := k.sizes()
	schools := []*school{{times: 1}, {times: 3}, {times: 10}}
	all, err := k.drawings(ctx, drawings, schools[len(schools)-1].times)
	if err != nil {
		return err
	}
	exam, labels := tensor.New(examBatch, 3, dataset.SketchSize, dataset.SketchSize), make([]int, examBatch)
	if err := (dataset.Sketchbook{Seed: freshDrawings}).Batch(exam, labels, 0); err != nil {
		return err
	}
	for _, s := range schools {
		each := len(dataset.SketchClasses()) + s.times - 1
		s.share = float64(s.times) / float64(each)
		set := first(all, drawings*each)
		var errs []float64
		for seed := range seeds {
			net, err := k.taught(ctx, fmt.Sprintf("%dx dogs, network %d", s.times, seed+1), set, uint64(seed+1))
			if err != nil {
				return err
			}
			many, err := newNetwork("", net, examBatch, k.Threads)
			if err != nil {
				return err
			}
			m, err := measure(ctx, many.classifier, exam, labels, nil)
			if err != nil {
				return err
			}
			errs = append(errs, m.err())
			one, err := newNetwork("", net, 1, k.Threads)
			if err != nil {
				return err
			}
			s.networks = append(s.networks, one)
		}
		e.Record(fmt.Sprintf("%dx dogs, %.0f %% of all drawings: error on fresh drawings", s.times, 100*s.share), "", report.Points(median(errs)),
			fmt.Sprintf("median of %d, on %d drawings", seeds, examBatch))
	}
	k.schools = schools
	if k.dogs, err = drawn(sketchClass(dogClass), fresh, freshDrawings); err != nil {
		return err
	}
	k.kittens, err = drawn(sketchClass(kittenClass), fresh, freshDrawings)
	return err
}

// drawings returns n drawings of every class, followed by more dogs until there are most times as
// many. Every school is trained with the first part of them.
func (k *Kennel) drawings(ctx context.Context, n, most int) (*dataset.Set, error) {
	names := dataset.SketchClasses()
	total := n * (len(names) + most - 1)
	set := &dataset.Set{Images: tensor.New(total, 3, dataset.SketchSize, dataset.SketchSize)}
	for len(set.Labels) < total {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		at := len(set.Labels)
		class, seed := at/n, schoolDrawings+at%n
		if class >= len(names) {
			class, seed = sketchClass(dogClass), schoolDrawings+at-n*(len(names)-1)
		}
		x, err := dataset.Draw(class, uint64(seed), dataset.SketchSize)
		if err != nil {
			return nil, err
		}
		copy(set.Images.Image(at), x.Data)
		set.Labels = append(set.Labels, class)
		k.observe("drawing", at+1, total)
	}
	return set, nil
}

// taught trains a network on a set.
func (k *Kennel) taught(ctx context.Context, what string, set *dataset.Set, seed uint64) (*nn.Network, error) {
	net, err := sketchNetwork(len(dataset.SketchClasses()), seed)
	if err != nil {
		return nil, err
	}
	_, steps, _, _ := k.sizes()
	r := recipe{epochs: max(1, (steps*schoolBatch+set.Len()/2)/set.Len()), rate: 0.01, batch: schoolBatch, seed: seed}
	t, err := fit(ctx, net, set, r, k.Threads, func(done, total int) { k.observe(what, done, total) })
	if err != nil {
		return nil, fmt.Errorf("training %s: %w", what, err)
	}
	return t.Network()
}

// examBatch is the number of fresh drawings that test a network.
const examBatch = 200

// sketchNetwork returns a small convolutional network for drawings with fresh weights.
func sketchNetwork(classes int, seed uint64) (*nn.Network, error) {
	rng := rand.New(rand.NewPCG(seed, 264))
	b := nn.NewBuilder("school")
	b.Input("pixels", 3, dataset.SketchSize, dataset.SketchSize)
	last, inputs, extent := "pixels", 3, dataset.SketchSize
	for i, outputs := range []int{16, 32, 64} {
		conv, relu := fmt.Sprintf("conv%d", i+1), fmt.Sprintf("relu%d", i+1)
		b.Add(conv, &nn.Convolution{Weights: he(rng, tensor.New(outputs, inputs, 4, 4), 16*inputs), Bias: make([]float32, outputs), Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}}, []string{last}, []string{conv})
		b.Add(relu, &nn.ReLU{}, []string{conv}, []string{relu})
		last, inputs, extent = relu, outputs, extent/2
	}
	b.Add("linear", &nn.InnerProduct{Weights: he(rng, tensor.New(classes, inputs*extent*extent), inputs*extent*extent), Bias: make([]float32, classes)}, []string{last}, []string{"logits"})
	return b.Build("logits")
}
