package train

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"hoodwink/attack"
	"hoodwink/dataset"
	"hoodwink/tensor"
)

// fgsmError returns the error rate on x after one FGSM step of eps against the loss of
// each picture's own label, clipped to [lo,hi].
func fgsmError(l *Linear, x *tensor.Tensor, labels []int, eps float32, lo, hi float32) float64 {
	m := l.Model(1, lo, hi)
	one, dlogits := tensor.New(append([]int{1}, m.Shape()...)...), tensor.New(1, l.Classes())
	p, step := make([]float64, l.Classes()), make([]float32, one.Len())
	wrong := 0
	for n, label := range labels {
		copy(one.Data, x.Image(n))
		attack.Softmax(p, m.Forward(one).Data)
		for k, v := range p {
			dlogits.Data[k] = float32(v)
		}
		dlogits.Data[label] -= 1
		attack.Linf.Ascent(step, m.Backward(dlogits).Data, 1)
		tensor.AddScaled(one.Data, eps, step)
		tensor.Clamp(one.Data, lo, hi)
		if tensor.Argmax(m.Forward(one).Data) != label {
			wrong++
		}
	}
	return float64(wrong) / float64(len(labels))
}

// Threes against sevens is the example of arXiv:1412.6572, section 5: logistic
// regression errs on 1.6 % of them, and on 99 % after a sign step of 0.25. Clipping to
// valid pixels takes some of that back. Training on the mixture makes it harder.
func TestThreesAndSevens(t *testing.T) {
	root := os.Getenv("HOODWINK_DATA")
	if root == "" {
		t.Skip("HOODWINK_DATA is not set: no MNIST files to train on")
	}
	read := func(part string) *dataset.Set {
		s, err := dataset.MNIST(filepath.Join(root, "datasets/mnist"), part)
		if err != nil {
			t.Fatal(err)
		}
		return s.Only(3, 7)
	}
	digits, test := read("train"), read("t10k")
	const eps = 0.25
	inf := float32(math.Inf(1))
	fit := func(o Options) (l *Linear, clean, free, clipped float64) {
		l, err := Logistic(context.Background(), digits.Images, digits.Labels, o)
		if err != nil {
			t.Fatal(err)
		}
		clean = l.ErrorRate(test.Images, test.Labels)
		free = fgsmError(l, test.Images, test.Labels, eps, -inf, inf)
		clipped = fgsmError(l, test.Images, test.Labels, eps, 0, 1)
		t.Logf("%+v: error %.2f %% clean, %.2f %% after FGSM, %.2f %% clipped; |w|_1 %.1f", o, 100*clean, 100*free, 100*clipped, tensor.L1(l.Template(1).Data))
		return l, clean, free, clipped
	}
	_, clean, free, clipped := fit(Options{Epochs: 15, LearningRate: 0.5})
	if !(clean <= 0.021) {
		t.Errorf("clean error %.2f %%, want about 1.8 %%", 100*clean)
	}
	if !(free >= 0.985) || !(clipped >= 0.9 && clipped < free) {
		t.Errorf("error after FGSM %.2f %%, clipped %.2f %%; want about 99 %% and 95 %%", 100*free, 100*clipped)
	}
	_, clean, hard, _ := fit(Options{Epochs: 15, Eps: eps})
	if !(hard <= free/2) || !(clean <= 0.06) {
		t.Errorf("after adversarial training: error %.2f %%, %.2f %% after FGSM, not much better than %.2f %%", 100*clean, 100*hard, 100*free)
	}
}

// The network of arXiv:2001.03994 begins to learn digits at once. docs/training.md has the
// figures of whole training.
func TestDigits(t *testing.T) {
	root := os.Getenv("HOODWINK_DATA")
	if root == "" {
		t.Skip("HOODWINK_DATA is not set: no MNIST files to train on")
	}
	parts, err := dataset.Open("mnist", dataset.OpenOptions{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	digits, test := parts.Train, parts.Test
	net, err := Architecture("cnn", digits.Shape(), len(digits.Classes()), ArchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := must(t, net, dataset.First(digits, 2000), RunOptions{Epochs: 2, Batch: 50, Rate: 0.005, Test: dataset.First(test, 300),
		Optimizer: OptimizerOptions{Method: Adam}, Schedule: Schedule{Shape: Cyclic}})
	last := r.Epochs[1]
	t.Logf("%+v", last)
	if !(last.TestAccuracy >= 0.8) {
		t.Errorf("after 2 epochs on 2000 digits: %+v", last)
	}
}
