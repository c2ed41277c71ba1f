package model

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"hoodwink/attack"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

var _ attack.Model = (*Classifier)(nil)

func randomPictures(seed uint64, shape ...int) *tensor.Tensor {
	rng := rand.New(rand.NewPCG(seed, 2))
	x := tensor.New(shape...)
	for i := range x.Data {
		x.Data[i] = rng.Float32()
	}
	return x
}

// The gradient at the pixels of a picture of another size than the network's, held
// against central differences of a weighted sum of the logits.
func TestClassifierGradient(t *testing.T) {
	m := openTiny(t)
	c, err := m.Classifier(2, 11, 9, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x := randomPictures(3, 2, 3, 11, 9)
	dlogits := randomPictures(4, 2, 5)
	c.Forward(x)
	grad := c.Backward(dlogits).Clone()
	if !tensor.SameShape(grad.Shape, x.Shape) {
		t.Fatalf("gradient of shape %v for pictures of shape %v", grad.Shape, x.Shape)
	}
	value := func() float64 { return tensor.Dot(dlogits.Data, c.Forward(x).Data) }
	const h = 1e-3
	var worst, largest float64
	for i := range x.Data {
		v := x.Data[i]
		x.Data[i] = v + h
		up := value()
		x.Data[i] = v - h
		down := value()
		x.Data[i] = v
		worst = math.Max(worst, math.Abs((up-down)/(2*h)-float64(grad.Data[i])))
		largest = math.Max(largest, math.Abs(float64(grad.Data[i])))
	}
	if !(worst <= 0.02*largest) || largest == 0 {
		t.Errorf("largest difference from central differences %g, largest gradient %g", worst, largest)
	}
}

func TestClassifierIsTheSameForAnyBatchAndThreads(t *testing.T) {
	m := openTiny(t)
	x := randomPictures(5, 3, 3, 13, 7)
	var want []float32
	for _, threads := range []int{1, 2, 3} {
		c, err := m.Classifier(3, 13, 7, ClassifierOptions{Threads: threads, ForwardOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		got := c.Forward(x).Data
		if want == nil {
			want = slices.Clone(got)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d threads: other logits", threads)
		}
	}
	p, err := m.Predictor(1)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		got, err := p.Pixels(tensor.FromSlice(x.Image(n), 1, 3, 13, 7))
		if err != nil || !slices.Equal(got, want[5*n:5*n+5]) {
			t.Errorf("picture %d alone: %v, %v; in the batch %v", n, got, err, want[5*n:5*n+5])
		}
	}
}

func TestClassifierAllocatesNothing(t *testing.T) {
	m := openTiny(t)
	c, err := m.Classifier(2, 9, 10, ClassifierOptions{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	x, dlogits := randomPictures(6, 2, 3, 9, 10), randomPictures(7, 2, 5)
	c.Forward(x)
	if n := testing.AllocsPerRun(20, func() { c.Forward(x); c.Backward(dlogits) }); n != 0 {
		t.Errorf("%v allocations a step, want none", n)
	}
}

func TestClassifierShapesAndErrors(t *testing.T) {
	m := openTiny(t)
	c, err := m.Classifier(2, 9, 10, ClassifierOptions{ForwardOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if lo, hi := c.Bounds(); lo != 0 || hi != 1 || !slices.Equal(c.InputShape(), []int{2, 3, 9, 10}) {
		t.Errorf("bounds %v %v, shape %v", lo, hi, c.InputShape())
	}
	if got := c.Forward(tensor.New(2, 3, 9, 10)).Shape; !slices.Equal(got, []int{2, 5}) {
		t.Errorf("logits of shape %v", got)
	}
	for _, shape := range [][3]int{{-1, 9, 10}, {1, 0, 10}, {1, 9, -1}, {1 << 40, 9, 10}} {
		if _, err := m.Classifier(shape[0], shape[1], shape[2], ClassifierOptions{}); err == nil {
			t.Errorf("%v: no error", shape)
		}
	}
	p, err := m.Predictor(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []*tensor.Tensor{tensor.New(2, 3, 4, 4), tensor.New(1, 1, 4, 4), tensor.New(3, 4, 4), tensor.New(1, 3, 0, 4)} {
		if _, err := p.Pixels(x); err == nil {
			t.Errorf("picture of shape %v: no error", x.Shape)
		}
	}
}

func TestPredictorForPicturesOfManySizes(t *testing.T) {
	m := openTiny(t)
	p, err := m.Predictor(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{6, 8}, {20, 30}, {20, 30}, {3, 50}, {6, 8}} {
		x := randomPictures(8, 1, 3, size[0], size[1])
		c, err := m.Classifier(1, size[0], size[1], ClassifierOptions{Threads: 1, ForwardOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		top, err := p.Classify(&preprocess.Picture{Pixels: x}, 2)
		if err != nil || len(top) != 2 {
			t.Fatalf("%v: %v, %v", size, top, err)
		}
		if want := m.Top(c.Forward(x).Data, 2); !slices.Equal(top, want) {
			t.Errorf("%v: %v, a classifier of that size says %v", size, top, want)
		}
	}
}

func TestTop(t *testing.T) {
	m := &Model{Labels: NoLabels(4)}
	top := m.Top([]float32{1, 3, 3, -2}, 3)
	var order []int
	var sum float64
	for _, p := range top {
		order = append(order, p.Index)
	}
	for _, p := range m.Top([]float32{1e30, -1e30, 0, 1e30}, 0) {
		sum += p.Prob
	}
	if !slices.Equal(order, []int{1, 2, 0}) || math.Abs(sum-1) > 1e-12 {
		t.Errorf("order %v, sum of probabilities %v", order, sum)
	}
	if want := math.Exp(3) / (math.Exp(1) + 2*math.Exp(3) + math.Exp(-2)); math.Abs(top[0].Prob-want) > 1e-12 {
		t.Errorf("probability %v, want %v", top[0].Prob, want)
	}
	if top := m.Top([]float32{0, 0, 0, 0}, 9); len(top) != 4 {
		t.Errorf("%d of 4 classes", len(top))
	}
}
