package attack

import (
	"context"
	"math"

	"hoodwink/tensor"
)

// Room returns how many pictures an attack holds at most for each example, on a model with that many
// classes and a goal like g: a number for Options.Room, and for those who count memory before they
// begin. It does not depend on the size of pictures. The attack is tried twice on small pictures: once
// where the goal can be met, once where it cannot, each time for a limited number of questions.
func Room(a Attack, th Threat, classes int, g Goal) (int, error) {
	most := 0
	for _, lead := range []float32{0.01, 1e4} {
		m := newToy(classes, g, lead)
		o := Options{Budget: Budget{Both: min(toyQuestions, max(200, toyWork/classes))}, Threads: 1, Observe: func(Step) {}}
		r, err := newRunner(m, a, th, o)
		if err != nil {
			return 0, err
		}
		x := make([]float32, r.size)
		mask := make([]float32, r.size/channels(r.shape))
		for i := range x {
			x[i] = float32(1+i*37%253) / 255
		}
		for i := range mask {
			mask[i] = 1
		}
		r.begin(Example{X: x, Mask: mask, Goal: g, Eps: th.Norm.DefaultEps()})
		p := r.live[0]
		for len(r.live) > 0 && err == nil {
			_, err = r.tick(context.Background())
		}
		most = max(most, (p.most+r.size-1)/r.size)
		r.close()
		if err != nil {
			return 0, err
		}
	}
	return most, nil
}

const (
	toySide      = 12   // of pictures, large enough for kernels and blocks
	toyReads     = 8    // values that a class looks at
	toyBatch     = 4    // questions that are answered at once
	toyQuestions = 6000 // AutoAttack begins its last stage after 4000
	toyWork      = 6e6  // classes in all answers: of many classes there are fewer questions
)

// A toy is a linear model of many classes that costs little. A class that is to be left is ahead of the
// others by lead, and one to be reached as far behind.
type toy struct {
	classes int
	bias    []float32
	weights []float32 // toyReads of each class
	logits  *tensor.Tensor
	dx      *tensor.Tensor
	views   [2]tensor.Views
}

func newToy(classes int, g Goal, lead float32) *toy {
	m := &toy{classes: classes, bias: make([]float32, classes), weights: make([]float32, toyReads*classes)}
	for i := range m.weights {
		m.weights[i] = float32(math.Sin(float64(3*i + 1)))
	}
	if list, toward := Classes(g); len(list) > 0 {
		for _, k := range list {
			if m.bias[k] = lead; toward {
				m.bias[k] = -lead
			}
		}
	}
	m.logits, m.dx = tensor.New(toyBatch, classes), tensor.New(toyBatch, 3, toySide, toySide)
	return m
}

// Shape and the others implement Model.
func (m *toy) Shape() []int                     { return []int{3, toySide, toySide} }
func (m *toy) Bounds() (lo, hi float32)         { return 0, 1 }
func (m *toy) Batch() int                       { return toyBatch }
func (m *toy) Classes() int                     { return m.classes }
func (m *toy) Access() (scores, gradients bool) { return true, true }

// read returns value j of those that a class looks at, and its weight.
func (m *toy) read(k, j int) (i int, w float32) {
	return (k*5 + j*61) % (3 * toySide * toySide), m.weights[k*toyReads+j]
}

// Ask implements Model.
func (m *toy) Ask(_ context.Context, x *tensor.Tensor, _ []uint64) (*tensor.Tensor, error) {
	z := m.views[0].First(m.logits, x.Batch())
	for n := range x.Batch() {
		for k := range m.classes {
			sum := m.bias[k]
			for j := range toyReads {
				i, w := m.read(k, j)
				sum += w * x.Image(n)[i]
			}
			z.Image(n)[k] = sum
		}
	}
	return z, nil
}

// Pull implements Model.
func (m *toy) Pull(_ context.Context, dlogits *tensor.Tensor) (*tensor.Tensor, error) {
	dx := m.views[1].First(m.dx, dlogits.Batch())
	clear(dx.Data)
	for n := range dlogits.Batch() {
		for k, d := range dlogits.Image(n) {
			for j := 0; d != 0 && j < toyReads; j++ {
				i, w := m.read(k, j)
				dx.Image(n)[i] += d * w
			}
		}
	}
	return dx, nil
}
