package model

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/dataset"
	"hoodwink/internal/files"
	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// zoo opens a real ONNX network by its folder, without a contract.
func zoo(t *testing.T, name string) *Model {
	t.Helper()
	path := filepath.Join(realModels(t), name, name+".onnx")
	if !files.Is(path) {
		t.Skipf("%s is not there", path)
	}
	m, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// realData returns a folder of data sets, or skips the test.
func realData(t *testing.T, path ...string) string {
	t.Helper()
	dir := os.Getenv("HOODWINK_DATA")
	if dir == "" {
		t.Skip("HOODWINK_DATA is not set: it names a folder with datasets")
	}
	return filepath.Join(append([]string{dir, "datasets"}, path...)...)
}

// An inner is a network as an attack.Model of what goes into it, not of pictures.
type inner struct {
	*nn.Session
	out *tensor.Tensor
}

func newInner(t *testing.T, m *Model, batch int) *inner {
	t.Helper()
	s, err := m.Network.NewSession(nn.SessionOptions{Batch: batch})
	if err != nil {
		t.Fatal(err)
	}
	return &inner{Session: s}
}

func (m *inner) Shape() []int                     { return m.Input().Shape[1:] }
func (m *inner) Classes() int                     { return m.Output().Len() / m.Batch() }
func (m *inner) Batch() int                       { return m.Input().Batch() }
func (m *inner) Bounds() (lo, hi float32)         { return 0, 1 }
func (m *inner) Access() (scores, gradients bool) { return true, true }
func (m *inner) Ask(ctx context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	copy(m.Input().Data, x.Data)
	return m.ForwardRows(ctx, x.Batch())
}
func (m *inner) Pull(ctx context.Context, d *tensor.Tensor) (*tensor.Tensor, error) {
	return m.BackwardRows(ctx, d)
}
func (m *inner) Backward(d *tensor.Tensor) *tensor.Tensor { return m.Session.Backward(d) }
func (m *inner) Forward(x *tensor.Tensor) *tensor.Tensor {
	copy(m.Input().Data, x.Data)
	m.out = m.Session.Forward()
	return m.out
}

// classes returns the likeliest class of every picture.
func (m *inner) classes(x *tensor.Tensor) []int {
	m.Forward(x)
	var c []int
	for n := range x.Batch() {
		c = append(c, tensor.Argmax(m.out.Image(n)))
	}
	return c
}

func first(x *tensor.Tensor, n int) *tensor.Tensor {
	shape := append([]int{n}, x.Shape[1:]...)
	return tensor.FromSlice(slices.Clone(x.Data[:tensor.Size(shape)]), shape...)
}

// change compares an attack's result with published figures: mean, least and largest
// value of the change, each to its last digit, and the new classes.
func change(t *testing.T, name string, m *inner, x, adv *tensor.Tensor, mean, lo, hi float64, want []int) {
	t.Helper()
	var sum float64
	least, largest := math.Inf(1), math.Inf(-1)
	for i, v := range x.Data {
		d := float64(adv.Data[i]) - float64(v)
		sum += d
		least, largest = math.Min(least, d), math.Max(largest, d)
	}
	sum /= float64(x.Len())
	for i, got := range []float64{sum, least, largest} {
		want := []float64{mean, lo, hi}[i]
		if digits := math.Abs(want) * 1e-4; !(math.Abs(got-want) <= digits) {
			t.Errorf("%s: %s of the change is %.7g, want %.7g", name, []string{"mean", "least", "largest"}[i], got, want)
		}
	}
	if got := m.classes(adv); !slices.Equal(got, want) {
		t.Errorf("%s: classes %v, want %v", name, got, want)
	}
}

// TestARTNetwork repeats figures that the test suite of the Adversarial Robustness
// Toolbox holds for a network of 310 parameters.
func TestARTNetwork(t *testing.T) {
	model := zoo(t, "art_cnn")
	test, err := dataset.MNIST(realData(t, "mnist"), "t10k")
	if err != nil {
		t.Fatal(err)
	}

	hundred := newInner(t, model, 100)
	x := first(test.Images, 100)
	right := 0
	for i, c := range hundred.classes(x) {
		if c == test.Labels[i] {
			right++
		}
	}
	if right != 32 {
		t.Errorf("%d of 100 right, want 32", right)
	}
	for k, want := range []float64{.1571, -.7311, -.0404, -.4790, .0938, -.8011, -.4775, 1.0869, -.3066, -.5750} {
		if got := float64(hundred.out.Data[k]); !(math.Abs(got-want) <= 0.51e-4) {
			t.Errorf("logit %d of the first picture is %.5f, want %.4f", k, got, want)
		}
	}

	m := newInner(t, model, 11)
	x = first(test.Images, 11)
	original := slices.Clone(x.Data)
	labels := m.classes(x)
	var criteria []attack.Goal
	for _, c := range labels {
		criteria = append(criteria, attack.Misclassification{Classes: []int{c}})
	}
	fgsm := func(norm attack.Norm, eps float64) (*tensor.Tensor, []*attack.Verdict) {
		goal := func(i int) attack.Goal { return criteria[i] }
		found, verdicts, err := attack.Pictures(t.Context(), m, attacks.FGSM{}, attack.Threat{Norm: norm}, attack.Options{}, x, eps, goal)
		if err != nil {
			t.Fatal(err)
		}
		return found, verdicts
	}
	linf, _ := fgsm(attack.Linf, 1)
	change(t, "Linf", m, x, linf, .2346725, -1, 1, []int{4, 4, 4, 7, 7, 4, 7, 2, 2, 3, 0})
	l2, _ := fgsm(attack.L2, 1)
	change(t, "L2", m, x, l2, .0076364, -.211055, .209592, []int{7, 2, 4, 4, 4, 7, 7, 4, 0, 4, 4})

	// One step of length 1 in L1, along the gradient itself.
	m.Forward(x)
	d := tensor.New(11, 10)
	for n, c := range labels {
		p := make([]float64, 10)
		attack.Softmax(p, m.out.Image(n))
		p[c]--
		for k, v := range p {
			d.Image(n)[k] = float32(v)
		}
	}
	g, adv := m.Backward(d), tensor.New(x.Shape...)
	for n := range 11 {
		l1 := 1e-7 // as there
		for _, v := range g.Image(n) {
			l1 += math.Abs(float64(v))
		}
		for i, v := range g.Image(n) {
			adv.Image(n)[i] = float32(min(max(float64(x.Image(n)[i])+float64(v)/l1, 0), 1))
		}
	}
	change(t, "L1", m, x, adv, .0005137, -.014865, .014762, []int{7, 1, 1, 4, 4, 1, 4, 4, 4, 4, 4})

	// The smallest multiple of 0.1 at which one step fools.
	copy(adv.Data, x.Data)
	done := make([]bool, 11)
	for k := 1; k <= 10; k++ {
		some, verdicts := fgsm(attack.Linf, 0.1*float64(k))
		for n, v := range verdicts {
			if !done[n] {
				copy(adv.Image(n), some.Image(n))
				done[n] = v.Success
			}
		}
	}
	change(t, "minimal", m, x, adv, .03759, -.3, .3, []int{4, 2, 4, 7, 0, 4, 7, 2, 0, 7, 0})
	if !slices.Equal(x.Data, original) {
		t.Error("an attack changed the originals")
	}
}

// TestMNISTNetworks checks the clean accuracy that "Fast is better than free" states.
func TestMNISTNetworks(t *testing.T) {
	test, err := dataset.MNIST(realData(t, "mnist"), "t10k")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"mnist_fgsm": 9850, "mnist_pgd_madry": 9899} {
		m := newInner(t, zoo(t, name), 500)
		right := 0
		for from := 0; from < test.Len(); from += 500 {
			part := tensor.FromSlice(test.Images.Data[from*784:(from+500)*784], 500, 1, 28, 28)
			for i, c := range m.classes(part) {
				if c == test.Labels[from+i] {
					right++
				}
			}
		}
		if right != want {
			t.Errorf("%s: %d of 10000 right, want %d", name, right, want)
		}
	}
}

// TestCIFARNetwork attacks 20 picture files and counts those that stay right. PyTorch's
// cross-entropy, in single precision, loses the gradient of pictures whose class has a
// probability next to 1: with it, steps of 1, 2 and 8 levels leave 12, 8 and 2 right.
// The gradients of package attack do not vanish, and leave fewer.
func TestCIFARNetwork(t *testing.T) {
	m := zoo(t, "cifar10_resnet20")
	files, err := dataset.Walk(realData(t, "cifar10", "lossless20"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 20 {
		t.Fatalf("%d pictures, want 20", len(files))
	}
	x := tensor.New(20, 3, 32, 32)
	labels := make([]int, 20)
	var criteria []attack.Goal
	for n, f := range files {
		pic, err := preprocess.ReadFile(f, preprocess.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		copy(x.Image(n), pic.Pixels.Data)
		name := strings.TrimSuffix(f, ".png")
		labels[n], _ = strconv.Atoi(name[strings.LastIndex(name, "_")+1:])
		criteria = append(criteria, attack.Misclassification{Classes: []int{labels[n]}})
	}
	c, err := m.Classifier(20, 32, 32, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	right := func(x *tensor.Tensor) (n int) {
		logits := c.Forward(x)
		for i, label := range labels {
			if tensor.Argmax(logits.Image(i)) == label {
				n++
			}
		}
		return n
	}
	if n := right(x); n != 20 {
		t.Errorf("%d of 20 right, want all", n)
	}
	logits := c.Forward(x)
	for k, want := range []float32{-5.31, -.496, .877, 23.731, -4.105, 4.464, -.234, -5.418, -3.712, -9.882} {
		if got := logits.Data[k]; !(math.Abs(float64(got-want)) <= 1e-3) {
			t.Errorf("logit %d of the first picture is %.4f, want %.3f", k, got, want)
		}
	}
	for _, step := range []struct{ levels, exact, single int }{{1, 12, 12}, {2, 3, 8}, {8, 0, 2}} {
		goal := func(i int) attack.Goal { return criteria[i] }
		eps := float64(step.levels) / 255
		found, _, err := attack.Pictures(t.Context(), c, attacks.FGSM{}, attack.Threat{Levels: 256}, attack.Options{}, x, eps, goal)
		if err != nil {
			t.Fatal(err)
		}
		if n := right(found); n != step.exact {
			t.Errorf("FGSM of %d/255 leaves %d right, want %d", step.levels, n, step.exact)
		}

		logits := c.Forward(x)
		d := tensor.New(logits.Shape...)
		for i, label := range labels {
			crossEntropy32(d.Image(i), logits.Image(i), label)
		}
		adv := x.Clone()
		for i, g := range c.Backward(d).Data {
			if g != 0 {
				adv.Data[i] += float32(math.Copysign(float64(step.levels)/255, float64(g)))
			}
		}
		tensor.Clamp(adv.Data, 0, 1)
		if n := right(adv); n != step.single {
			t.Errorf("with a gradient in single precision, %d/255 leaves %d right, want %d", step.levels, n, step.single)
		}
	}
}

// crossEntropy32 computes the gradient of -log softmax of one class with every step
// rounded to single precision.
func crossEntropy32(d, logits []float32, class int) {
	top := logits[tensor.Argmax(logits)]
	var sum float32
	for _, z := range logits {
		sum += float32(math.Exp(float64(z - top)))
	}
	log := float32(math.Log(float64(sum)))
	for k, z := range logits {
		d[k] = float32(math.Exp(float64(z - top - log)))
	}
	d[class]--
}
