package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"hoodwink/dataset"
	"hoodwink/tensor"
)

// A batch is what one step trains on.
type batch struct {
	x      *tensor.Tensor // (N,C,H,W)
	labels []int
	index  []int // of the examples in the data
	err    error
}

// ahead is how many batches lie ready while one is trained on.
const ahead = 2

// A feeder prepares the batches of an epoch while others are trained on. What is in them
// depends on seed and epoch alone.
type feeder struct {
	data    dataset.Source
	augment Augment
	size    int
	seed    uint64
	free    chan *batch
	workers []worker
}

// A worker is the memory of one goroutine that prepares pictures.
type worker struct {
	picture []float32
	random  *rand.ChaCha8
}

func newFeeder(data dataset.Source, o *RunOptions, threads int) *feeder {
	f := &feeder{data: data, augment: o.Augment, size: o.Batch, seed: o.Seed, free: make(chan *batch, ahead+1)}
	for range ahead + 1 {
		f.free <- &batch{x: tensor.New(append([]int{o.Batch}, data.Shape()...)...), labels: make([]int, o.Batch)}
	}
	for range min(threads, o.Batch) {
		f.workers = append(f.workers, worker{make([]float32, tensor.Size(data.Shape())), new(rand.ChaCha8)})
	}
	return f
}

// epoch sends the whole batches of an epoch; the examples left over are not used. Batches
// go back to free. The channel is closed behind the last batch, after an error, and when
// ctx ends.
func (f *feeder) epoch(ctx context.Context, epoch int) <-chan *batch {
	out := make(chan *batch, ahead)
	rows := order(f.seed, epoch, f.data.Len())
	go func() {
		defer close(out)
		for ; len(rows) >= f.size; rows = rows[f.size:] {
			var b *batch
			select {
			case b = <-f.free:
			case <-ctx.Done():
				return
			}
			b.index = rows[:f.size:f.size]
			b.err = f.fill(b, epoch)
			select {
			case out <- b:
			case <-ctx.Done():
				f.free <- b
				return
			}
			if b.err != nil {
				return
			}
		}
	}()
	return out
}

// fill prepares the examples of a batch; the error is that of the first one that has one.
func (f *feeder) fill(b *batch, epoch int) error {
	errs := make([]error, f.size)
	var wg sync.WaitGroup
	for w := range f.workers {
		wg.Go(func() {
			for n := w; n < f.size; n += len(f.workers) {
				b.labels[n], errs[n] = f.example(b.x.Image(n), &f.workers[w], epoch, b.index[n])
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *feeder) example(dst []float32, w *worker, epoch, i int) (int, error) {
	label, err := f.data.Picture(w.picture, epoch, i)
	if err != nil {
		return 0, err
	}
	if k := len(f.data.Classes()); label < 0 || label >= k {
		return 0, &Error{Msg: fmt.Sprintf("picture %d has the label %d, but there are %d classes", i, label, k)}
	}
	f.augment.apply(dst, w.picture, f.data.Shape(), stream(w.random, f.seed, forAugment, epoch, i))
	return label, nil
}
