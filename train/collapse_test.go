package train

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hoodwink/dataset"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// A turncoat is a source that unlearns: from its third epoch on, only a pattern that is smaller than
// eps tells the classes apart. What the network learns of it any attack turns round.
type turncoat struct{ *dataset.Set }

func (s turncoat) Picture(dst []float32, epoch, i int) (int, error) {
	label := s.Labels[i]
	for j := range dst {
		sign := float32(2*((label+j)%2) - 1) // stripes: the mean tells nothing
		dst[j] = 0.5 + sign*0.1              // weak, everywhere
		if j < 32 {
			dst[j] = 0.5 + sign*0.4
			if epoch > 1 {
				dst[j] = 0.5
			}
		}
	}
	return label, nil
}

func newTurncoat(n int) turncoat {
	s := &dataset.Set{Images: tensor.New(n, 1, 8, 8), Labels: make([]int, n), Names: []string{"dark", "bright"}}
	for i := range n {
		s.Labels[i] = i % 2
	}
	return turncoat{s}
}

// Training that collapses ends with the network of the epoch before, and says so; resumed, it ends
// the same. If it is wanted, it goes on.
func TestCollapse(t *testing.T) {
	data := newTurncoat(120)
	net, err := Architecture("linear", []int{1, 8, 8}, 2, ArchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "checkpoint")
	// A step of almost nothing: pictures as they are, and a check within eps.
	o := RunOptions{Epochs: 8, Batch: 120, Rate: 0.5, Seed: 3, Checkpoint: path,
		Adversarial: Adversarial{Defence: FGSM, Eps: 0.3, StepSize: 1e-9}}
	r := must(t, net, data, o)
	t.Logf("%+v %+v", r.Collapse, r.Epochs)
	c := r.Collapse
	if c == nil || c.Epoch < 3 || c.Kept != c.Epoch-1 || len(r.Epochs) != c.Epoch || !(c.Best >= .9) || !(c.Robust < .45) || !r.Epochs[c.Epoch-1].Collapsed {
		t.Fatalf("no collapse: %+v, %+v", c, r.Epochs)
	}
	if e := r.Epochs[c.Kept-1]; e.Collapsed || e.RobustPictures != 50 || !(e.Robust >= .45) {
		t.Errorf("the epoch before is no good one: %+v", e)
	}
	h, err := ReadCheckpoint(path)
	if err != nil || len(h.Epochs) != c.Kept {
		t.Fatalf("the checkpoint has %d epochs, want %d: %v", len(h.Epochs), c.Kept, err)
	}
	before, _ := os.ReadFile(path)
	o.Resume, o.Threads = true, 1
	again := must(t, net, data, o)
	after, _ := os.ReadFile(path)
	if *again.Collapse != *c || !slices.Equal(again.Epochs, r.Epochs) || !sameWeights(t, again.Network, r.Network) || !bytes.Equal(before, after) {
		t.Errorf("resumed, it ends as %+v, not %+v", again.Collapse, c)
	}

	// What is kept is what training makes that ends there.
	o = RunOptions{Epochs: 8, Batch: 120, Rate: 0.5, Seed: 3, Adversarial: o.Adversarial, Optimizer: o.Optimizer, KeepCollapsed: true}
	all := must(t, net, data, o)
	if all.Collapse != nil || len(all.Epochs) != 8 || !slices.Equal(all.Epochs[:c.Epoch], r.Epochs) {
		t.Errorf("with KeepCollapsed: %+v, %+v", all.Collapse, all.Epochs)
	}
	got, _, err := Evaluate(t.Context(), r.Network, data, 0)
	if err != nil || got != 1 {
		t.Errorf("the network kept is right on %g of the pictures: %v", got, err)
	}
	if sameWeights(t, all.Network, r.Network) {
		t.Error("the network kept is the collapsed one")
	}
}

// sameWeights reports whether two networks have the same weights.
func sameWeights(t *testing.T, a, b *nn.Network) bool {
	t.Helper()
	var values [2][]nn.Parameter
	for i, net := range []*nn.Network{a, b} {
		trainer, err := net.NewTrainer(nn.TrainerOptions{Batch: 1})
		if err != nil {
			t.Fatal(err)
		}
		values[i] = trainer.Parameters()
	}
	return slices.EqualFunc(values[0], values[1], func(p, q nn.Parameter) bool { return slices.Equal(p.Value.Data, q.Value.Data) })
}

// What is a collapse, and what is only bad.
func TestCollapsed(t *testing.T) {
	done := []EpochReport{{Robust: .3}, {Robust: .8}, {Robust: .7}}
	for _, c := range []struct {
		clean, robust float64
		want          bool
	}{
		{.98, .0, true}, {.98, .39, true}, {.98, .4, false}, {.98, .85, false},
		{.5, .1, false}, // clean pictures are wrong too
		{.8, .1, true},
	} {
		if got := collapsed(done, Robustness{Clean: c.clean, Robust: c.robust}); got != c.want {
			t.Errorf("clean %g, robust %g: %v", c.clean, c.robust, got)
		}
	}
	if collapsed(nil, Robustness{Clean: .9}) || collapsed([]EpochReport{{Robust: .1}}, Robustness{Clean: .9}) {
		t.Error("what was never robust has collapsed")
	}
}
