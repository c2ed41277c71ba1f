package train

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// blobs is a set of n pictures (1,8,8) of 3 classes: a bright patch in one of three
// places, and noise.
func blobs(n int, seed uint64) *dataset.Set {
	r := rand.New(rand.NewPCG(seed, 8))
	s := &dataset.Set{Images: tensor.New(n, 1, 8, 8), Labels: make([]int, n), Names: []string{"left", "middle", "right"}}
	for i := range n {
		label := r.IntN(3)
		s.Labels[i] = label
		x := s.Images.Image(i)
		for j := range x {
			x[j] = 0.3 * r.Float32()
		}
		for y := 2; y < 5; y++ {
			for k := range 2 {
				x[8*y+3*label+k] += 0.6
			}
		}
	}
	return s
}

func draft(t testing.TB, name string, o ArchOptions) *nn.Network {
	t.Helper()
	net, err := Architecture(name, []int{1, 8, 8}, 3, o)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func must(t testing.TB, net *nn.Network, data dataset.Source, o RunOptions) *Result {
	t.Helper()
	r, err := Run(context.Background(), net, data, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every architecture learns, with the same bits for any number of threads.
func TestRunEveryArchitecture(t *testing.T) {
	data, test := blobs(120, 1), blobs(60, 2)
	names, _ := Architectures()
	for _, name := range names {
		o := RunOptions{Epochs: 6, Batch: 20, Rate: 0.01, Test: test, Optimizer: OptimizerOptions{Method: Adam}, Seed: 3, Augment: Augment{Brightness: .05}}
		arch := ArchOptions{Seed: 5}
		switch name {
		case "maxout", "mlp":
			arch.Width, arch.Dropout, arch.InputDropout = 24, .2, .1
		case "rbf":
			o.Rate = 0.05
		case "resnet":
			arch.Width = 4
		}
		var first *Result
		for threads := 1; threads <= 3; threads++ {
			o.Threads = threads
			r := must(t, draft(t, name, arch), data, o)
			if first == nil {
				first = r
				t.Logf("%s: %+v", name, r.Epochs[len(r.Epochs)-1])
			}
			if !slices.Equal(r.Epochs, first.Epochs) {
				t.Errorf("%s: %d threads give %+v, one gives %+v", name, threads, r.Epochs, first.Epochs)
			}
		}
		last := first.Epochs[5]
		if !(last.TestAccuracy >= 0.9) || !(last.Loss < first.Epochs[0].Loss) {
			t.Errorf("%s: %+v", name, first.Epochs)
		}
	}
}

// Every defence makes the network harder to fool than training without one.
func TestRunEveryDefence(t *testing.T) {
	data, test := blobs(200, 1), blobs(100, 2)
	const eps = 0.25
	robust := func(a Adversarial) float64 {
		o := RunOptions{Epochs: 8, Batch: 20, Rate: 0.005, Optimizer: OptimizerOptions{Method: Adam}, Adversarial: a, Seed: 2}
		r := must(t, draft(t, "mlp", ArchOptions{Width: 32, Seed: 1}), data, o)
		got, err := Attacked(context.Background(), r.Network, test, AttackOptions{Attack: attacks.PGD{Steps: 10, StepSize: eps / 4}, Eps: eps, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%v: %+v", a.Defence, got)
		if !(got.Clean >= 0.8) || got.Robust > got.Clean || got.Pictures != 100 {
			t.Errorf("%v: %+v", a.Defence, got)
		}
		return got.Robust
	}
	plain := robust(Adversarial{})
	for _, d := range []Defence{FGSM, PGD, Fast, TRADES, Free} {
		if got := robust(Adversarial{Defence: d, Eps: eps}); !(got >= plain+0.1) {
			t.Errorf("%v: robust accuracy %g, %g without it", d, got, plain)
		}
	}
}

// A loss that is no number ends training with one clear error, and the checkpoint of the
// latest whole epoch stays.
func TestNaNLoss(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	o := RunOptions{Epochs: 4, Batch: 10, Rate: 1e30, Checkpoint: path, Schedule: Schedule{WarmUp: .7}, Optimizer: OptimizerOptions{Momentum: .9}}
	data := blobs(40, 1)
	_, err := Run(context.Background(), draft(t, "mlp", ArchOptions{Width: 8}), data, o)
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint(), "smaller learning rate") || !strings.Contains(err.Error(), "epoch 1") {
		t.Errorf("error %v, hint %q", err, e.Hint())
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a checkpoint of an epoch that failed")
	}
	// One picture of the second epoch is not a number.
	bad := &spoiled{data, 2}
	o.Rate = 0.01
	_, err = Run(context.Background(), draft(t, "mlp", ArchOptions{Width: 8}), bad, o)
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "the loss is NaN at step") || !strings.Contains(err.Error(), "of epoch 3, at a learning rate of 0.0") || !strings.Contains(e.Hint(), "holds epoch 2") {
		t.Errorf("error %v, hint %q", err, e.Hint())
	}
	if h, err := ReadCheckpoint(path); err != nil || len(h.Epochs) != 2 {
		t.Errorf("checkpoint after the error: %v", err)
	}
}

// spoiled has one value that is not a number from an epoch on.
type spoiled struct {
	*dataset.Set
	from int
}

func (s *spoiled) Picture(dst []float32, epoch, i int) (int, error) {
	label, err := s.Set.Picture(dst, epoch, i)
	if epoch >= s.from && i == 5 {
		dst[3] = float32(math.NaN())
	}
	return label, err
}

func TestRunRefuses(t *testing.T) {
	ok := blobs(20, 1)
	mislabelled := blobs(20, 1)
	mislabelled.Labels[7] = 3
	one := blobs(20, 1)
	one.Names = one.Names[:1]
	for want, c := range map[string]struct {
		data dataset.Source
		o    RunOptions
	}{
		"picture 7 has the label 3":     {mislabelled, RunOptions{}},
		"of 1 class":                    {one, RunOptions{}},
		"no pictures":                   {dataset.First(&dataset.Set{Images: tensor.New(0, 1, 8, 8)}, 0), RunOptions{}},
		"a batch of 21, and 20":         {ok, RunOptions{Batch: 21}},
		"-1 epochs":                     {ok, RunOptions{Epochs: -1}},
		"learning rate is -1":           {ok, RunOptions{Rate: -1}},
		"smoothing is 1":                {ok, RunOptions{Smoothing: 1}},
		"shifted by -1":                 {ok, RunOptions{Augment: Augment{Shift: -1}}},
		"eps of adversarial training":   {ok, RunOptions{Adversarial: Adversarial{Defence: PGD}}},
		"but not which one":             {ok, RunOptions{Adversarial: Adversarial{Eps: .1}}},
		"beta is 3":                     {ok, RunOptions{Adversarial: Adversarial{Defence: PGD, Eps: .1, Beta: 3}}},
		"training fast with 3 steps":    {ok, RunOptions{Adversarial: Adversarial{Defence: Fast, Eps: .1, Steps: 3}}},
		"test pictures have shape":      {ok, RunOptions{Test: &dataset.Set{Images: tensor.New(1, 1, 9, 9), Labels: []int{0}}}},
		"warm-up takes 2":               {ok, RunOptions{Schedule: Schedule{WarmUp: 2}}},
		"there is no loss Loss(9)":      {ok, RunOptions{Loss: 9}},
		"checkpoint after epoch 1 cann": {ok, RunOptions{Checkpoint: "no/such/folder/file"}},
	} {
		if _, err := Run(context.Background(), draft(t, "linear", ArchOptions{}), c.data, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	for want, c := range map[string]struct {
		name string
		o    ArchOptions
	}{
		"unknown architecture \"alexnet\"": {"alexnet", ArchOptions{}},
		"a width of 3":                     {"linear", ArchOptions{Width: 3}},
		"a depth of -1":                    {"mlp", ArchOptions{Depth: -1}},
		"dropout at rates of 0 and 0.5":    {"resnet", ArchOptions{Dropout: .5}},
	} {
		if _, err := Architecture(c.name, []int{1, 8, 8}, 3, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
