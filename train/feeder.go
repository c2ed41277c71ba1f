package train

import (
	"fmt"
	"math/rand/v2"

	"hoodwink/dataset"
	"hoodwink/tensor"
)

// A batch is what one step trains on.
type batch struct {
	x      *tensor.Tensor // (N,C,H,W)
	labels []int
	index  []int // of the examples in the data
}

// A feeder prepares batches, on all threads at once. Their contents depend on seed and epoch alone.
// Preparing them ahead would gain nothing, since training uses all threads too.
type feeder struct {
	data    dataset.Source
	classes int
	augment Augment
	seed    uint64
	batch   *batch
	errs    []error
	team    *tensor.Team
	workers []worker
}

// A worker is the memory of one thread that prepares pictures.
type worker struct {
	picture []float32
	random  *rand.ChaCha8
}

// newFeeder returns the feeder that writes pictures to x (N,C,H,W).
func newFeeder(data dataset.Source, o *RunOptions, x *tensor.Tensor) *feeder {
	f := &feeder{data: data, classes: len(data.Classes()), augment: o.Augment, seed: o.Seed, errs: make([]error, o.Batch), team: tensor.NewTeam(o.Threads)}
	f.batch = &batch{x: x, labels: make([]int, o.Batch)}
	for range f.team.Threads() {
		f.workers = append(f.workers, worker{make([]float32, tensor.Size(data.Shape())), new(rand.ChaCha8)})
	}
	return f
}

// fill prepares the examples of a batch. The error is that of the first example that has one. The
// next fill overwrites the batch.
func (f *feeder) fill(rows []int, epoch int) (*batch, error) {
	b := f.batch
	b.index = rows
	f.team.For(len(rows), func(worker, n int) {
		b.labels[n], f.errs[n] = f.example(b.x.Image(n), &f.workers[worker], epoch, rows[n])
	})
	for _, err := range f.errs {
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (f *feeder) example(dst []float32, w *worker, epoch, i int) (int, error) {
	picture := w.picture
	if f.augment == (Augment{}) {
		picture = dst
	}
	label, err := f.data.Picture(picture, epoch, i)
	if err != nil {
		return 0, err
	}
	if label < 0 || label >= f.classes {
		return 0, &Error{Msg: fmt.Sprintf("picture %d has the label %d, but there are %d classes", i, label, f.classes)}
	}
	if f.augment != (Augment{}) {
		f.augment.apply(dst, picture, f.data.Shape(), stream(w.random, f.seed, forAugment, epoch, i))
	}
	return label, nil
}
