package model

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"hoodwink/internal/gradcheck"
	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// grayModel returns a model of a small network that takes gray pictures of 6 x 5, with two
// convolutions and a given number of outputs.
func grayModel(t testing.TB, outputs int, s preprocess.Spec) *Model {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 1))
	weights := func(shape ...int) *tensor.Tensor {
		w := tensor.New(shape...)
		for i := range w.Data {
			w.Data[i] = float32(r.NormFloat64()) / 3
		}
		return w
	}
	b := nn.NewBuilder("gray")
	b.Input("x", s.InputShape()...)
	b.Add("conv", &nn.Convolution{Weights: weights(8, s.Channels(), 3, 3), Pad: [4]int{1, 1, 1, 1}}, []string{"x"}, []string{"a"})
	b.Add("tanh", &nn.TanH{}, []string{"a"}, []string{"b"})
	b.Add("fc", &nn.InnerProduct{Weights: weights(outputs, 8*30), Bias: weights(outputs).Data}, []string{"b"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range max(2, outputs) {
		names = append(names, fmt.Sprint("class ", i))
	}
	m, err := New("gray", net, s, names)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func graySpec() preprocess.Spec {
	return preprocess.Spec{Width: 5, Height: 6, Resize: preprocess.Stretch, Order: "gray", Scale: 1, Mean: []float32{.3}, Std: []float32{.7}}
}

// asked returns copies of logits and gradient.
func asked(t testing.TB, c *Classifier, x, d *tensor.Tensor) (logits, dx *tensor.Tensor) {
	t.Helper()
	y, err := c.Ask(context.Background(), x, nil)
	if err != nil {
		t.Fatal(err)
	}
	y = y.Clone()
	g, err := c.Pull(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return y, g.Clone()
}

// TestAskAnyNumber: a picture has the same logits and gradient in any batch, of any size, on any
// threads, whether the network has one output or several; and nothing is allocated.
func TestAskAnyNumber(t *testing.T) {
	for _, outputs := range []int{1, 4} {
		m := grayModel(t, outputs, graySpec())
		k := max(2, outputs)
		x, d := randomPictures(11, 7, 3, 13, 8), randomPictures(12, 7, k)
		one, err := m.Classifier(1, 13, 8, ClassifierOptions{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		var wantY, wantX []float32
		for i := range 7 {
			y, dx := asked(t, one, tensor.FromSlice(x.Image(i), 1, 3, 13, 8), tensor.FromSlice(d.Image(i), 1, k))
			wantY, wantX = append(wantY, y.Data...), append(wantX, dx.Data...)
		}
		for _, threads := range []int{1, 2, 3} {
			c, err := m.Classifier(7, 13, 8, ClassifierOptions{Threads: threads})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{7, 3, 1, 6} {
				first, dfirst := tensor.FromSlice(x.Data[:n*312], n, 3, 13, 8), tensor.FromSlice(d.Data[:n*k], n, k)
				y, dx := asked(t, c, first, dfirst)
				if !slices.Equal(y.Shape, dfirst.Shape) || !slices.Equal(dx.Shape, first.Shape) {
					t.Fatalf("%d of 7 pictures: shapes %v and %v", n, y.Shape, dx.Shape)
				}
				if !slices.Equal(y.Data, wantY[:n*k]) || !slices.Equal(dx.Data, wantX[:n*312]) {
					t.Errorf("%d outputs, %d threads: %d of 7 pictures get other bits than alone", outputs, threads, n)
				}
				ctx := context.Background()
				if a := testing.AllocsPerRun(5, func() { c.Ask(ctx, first, nil); c.Pull(ctx, dfirst) }); a != 0 {
					t.Errorf("%d of 7 pictures: %v allocations", n, a)
				}
			}
		}
	}
}

// TestAskStopped: a context that is done ends Ask and Pull with its error.
func TestAskStopped(t *testing.T) {
	c, err := grayModel(t, 3, graySpec()).Classifier(2, 6, 5, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	x, d := randomPictures(13, 2, 3, 6, 5), randomPictures(14, 2, 3)
	if y, err := c.Ask(over, x, nil); y != nil || err != context.Canceled {
		t.Errorf("Ask gives %v, %v", y, err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a gradient of an Ask that was stopped")
			}
		}()
		c.Pull(context.Background(), d)
	}()
	y, dx := asked(t, c, x, d)
	if g, err := c.Pull(over, d); g != nil || err != context.Canceled {
		t.Errorf("Pull gives %v, %v", g, err)
	}
	if g, err := c.Pull(context.Background(), d); err != nil || !slices.Equal(g.Data, dx.Data) {
		t.Errorf("Pull after one that was stopped gives %v, %v", g, err)
	}
	if y2, _ := asked(t, c, x, d); !slices.Equal(y.Data, y2.Data) {
		t.Error("other logits after a stop")
	}
}

// TestOwnPictures: a gray network's pictures have one channel. Three equal channels give the same
// logits to the bit; the gradient is held against differences; a gray file gives the same answer.
func TestOwnPictures(t *testing.T) {
	m := grayModel(t, 3, graySpec())
	own, err := m.Classifier(1, 11, 9, ClassifierOptions{Own: true})
	if err != nil {
		t.Fatal(err)
	}
	files, err := m.Classifier(1, 11, 9, ClassifierOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(own.Shape(), []int{1, 11, 9}) || !slices.Equal(files.Shape(), []int{3, 11, 9}) {
		t.Fatalf("pictures of shapes %v and %v", own.Shape(), files.Shape())
	}
	x, d := randomPictures(15, 1, 1, 11, 9), randomPictures(16, 1, 3)
	preprocess.Quantize(x.Data, x.Data)
	y, dx := asked(t, own, x, d)
	if y3, _ := asked(t, files, preprocess.RGB(x), d); !slices.Equal(y.Data, y3.Data) {
		t.Errorf("logits %v, of three equal channels %v", y.Data, y3.Data)
	}
	loss := func() float64 { return tensor.Dot(own.Forward(x).Data, d.Data) }
	if worst := gradcheck.Check(x, dx.Data, loss, gradcheck.Options{Step: 1e-2, Coordinates: 30, Directions: 5}); !(worst.Err <= 1e-2) {
		t.Error(worst)
	}
	path := t.TempDir() + "/gray.png"
	if err := preprocess.WritePNG(path, x, nil); err != nil {
		t.Fatal(err)
	}
	pic, err := preprocess.ReadFile(path, preprocess.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Predictor(0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Logits(pic); err != nil || !slices.Equal(got, y.Data) {
		t.Errorf("the file gives %v, %v, its pixels %v", got, err, y.Data)
	}
	if got, err := p.Pixels(m.Spec.Own(pic.Pixels)); err != nil || !slices.Equal(got, y.Data) {
		t.Errorf("the file in one channel gives %v, %v, its pixels %v", got, err, y.Data)
	}
}

// TestPixelsThatAreRead: a classifier of the gathered picture gives the logits and the gradient of
// the whole one, to the bit; elsewhere the gradient is 0.
func TestPixelsThatAreRead(t *testing.T) {
	for _, order := range []string{"gray", "RGB"} {
		for _, own := range []bool{false, true} {
			s := graySpec()
			if s.Order = order; order == "RGB" {
				s.Mean, s.Std = nil, nil
			}
			m := grayModel(t, 3, s)
			full, err := m.Classifier(2, 40, 31, ClassifierOptions{Own: own})
			if err != nil {
				t.Fatal(err)
			}
			small, err := m.Classifier(2, 40, 31, ClassifierOptions{Own: own, Read: true})
			if err != nil {
				t.Fatal(err)
			}
			reads := small.Reads()
			h, w := reads.Size()
			if shape := small.Shape(); !slices.Equal(shape, []int{full.Shape()[0], h, w}) || h > 12 || w > 10 {
				t.Fatalf("pictures of shape %v; %+v", shape, reads)
			}
			x, d := randomPictures(17, full.InputShape()...), randomPictures(18, 2, 3)
			part := tensor.New(small.InputShape()...)
			reads.Gather(nil, part.Data, x.Data)
			y, dx := asked(t, full, x, d)
			y2, dpart := asked(t, small, part, d)
			rest := tensor.New(dx.Shape...)
			reads.Scatter(nil, rest.Data, dpart.Data)
			if !slices.Equal(y.Data, y2.Data) || !slices.Equal(rest.Data, dx.Data) {
				t.Errorf("%s, own %v: the gathered picture has other logits or another gradient", order, own)
			}
		}
	}
}

// TestNaturalBatch: a batch of 0 is the network's natural one, smaller for large pictures, and as
// small as the memory wants.
func TestNaturalBatch(t *testing.T) {
	m := grayModel(t, 3, graySpec())
	of := func(m *Model, h, w int) int {
		t.Helper()
		c, err := m.Classifier(0, h, w, ClassifierOptions{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		return c.Batch()
	}
	if n := of(m, 6, 5); n != 32 {
		t.Errorf("a natural batch of %d, want 16 for each thread", n)
	}
	if n := of(m, 1000, 2000); n != 2 {
		t.Errorf("a natural batch of %d for pictures of 6 million values, want 2", n)
	}
	if n := of(m, 3000, 4000); n != 1 {
		t.Errorf("a natural batch of %d for pictures of 36 million values", n)
	}
	need, err := m.Network.Memory(nn.SessionOptions{Batch: 4, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	tight := *m
	tight.memory = need.Total()
	if n := of(&tight, 6, 5); n != 4 {
		t.Errorf("a natural batch of %d in the memory of one of 4", n)
	}
	tight.memory = 100
	if _, err := tight.Classifier(0, 6, 5, ClassifierOptions{}); err == nil {
		t.Error("no memory, and no error")
	}
}

// TestReleaseAcquire: after its memory was given back and taken again, a classifier answers the same.
func TestReleaseAcquire(t *testing.T) {
	c, err := grayModel(t, 1, graySpec()).Classifier(5, 9, 9, ClassifierOptions{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	x, d := randomPictures(19, 3, 3, 9, 9), randomPictures(20, 3, 2)
	y, dx := asked(t, c, x, d)
	bytes := c.Bytes()
	c.Release()
	if err := c.Acquire(); err != nil {
		t.Fatal(err)
	}
	y2, dx2 := asked(t, c, x, d)
	if c.Bytes() != bytes || !slices.Equal(y.Data, y2.Data) || !slices.Equal(dx.Data, dx2.Data) {
		t.Errorf("%d bytes and %v, before %d and %v", c.Bytes(), y2.Data, bytes, y.Data)
	}
}
