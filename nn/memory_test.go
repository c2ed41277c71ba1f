package nn

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"hoodwink/tensor"
)

// allocated returns how many bytes the process has allocated so far.
func allocated() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}

// checkMemory compares what Memory says with a session: exactly for what it counts, and as a bound
// for everything that making it allocates.
func checkMemory(t *testing.T, net *Network, o SessionOptions) {
	t.Helper()
	m, err := net.Memory(o)
	if err != nil {
		t.Fatal(err)
	}
	before := allocated()
	s, err := net.NewSession(o)
	if err != nil {
		t.Fatal(err)
	}
	took := allocated() - before
	if m.Session != int64(s.Bytes()) {
		t.Errorf("%+v: said %d bytes, a session has %d", o, m.Session, s.Bytes())
	}
	const spare = 128 << 10 // what is allocated is rounded up, by more where kernels are not assembly
	if took > m.Total()+spare {
		t.Errorf("%+v: said %+v, %d bytes in all; making a session took %d", o, m, m.Total(), took)
	}
	const generous = 1 << 20
	if m.Total() > 4*took+generous {
		t.Errorf("%+v: said %+v, %d bytes in all; making a session took no more than %d", o, m, m.Total(), took)
	}
}

// networkOf returns a network of one layer. All its inputs are parts of the network's one input,
// cut from a row and given their shapes. It returns nil where the layer mixes the batch's axis.
func networkOf(t *testing.T, l Layer, in [][]int) *Network {
	t.Helper()
	if m, ok := l.(Mixer); ok && m.Mixes(in) {
		return nil
	}
	b := NewBuilder("one")
	var names, parts []string
	var points []int
	total := 0
	for i, s := range in {
		if total > 0 {
			points = append(points, total)
		}
		total += tensor.Size(s[1:])
		parts, names = append(parts, fmt.Sprint("part", i)), append(names, fmt.Sprint("in", i))
	}
	if len(in) == 1 {
		b.Input("in0", in[0][1:]...)
	} else {
		b.Input("all", total)
		b.Add("cut", &Slice{Axis: 1, Points: points}, []string{"all"}, parts)
		for i, s := range in {
			b.Add("shape"+parts[i], &View{Dims: append([]int{0}, s[1:]...)}, parts[i:i+1], names[i:i+1])
		}
	}
	outs, err := l.OutShapes(in)
	if err != nil {
		t.Fatal(err)
	}
	var results []string
	for i := range outs {
		results = append(results, fmt.Sprint("out", i))
	}
	b.Add("layer", l, names, results)
	net, err := b.Build("out0")
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestMemoryOfLayers: what a session takes is known before, for every kind of layer, however large
// the batch, with blocked pictures and without.
func TestMemoryOfLayers(t *testing.T) {
	r := rand.New(rand.NewPCG(81, 1))
	for _, c := range append(layerCases(r), largeCases(r)...) {
		t.Run(c.name, func(t *testing.T) {
			net := networkOf(t, c.layer, c.in)
			if net == nil {
				return
			}
			for _, o := range []SessionOptions{
				{Threads: 1}, {Threads: 3, ForwardOnly: true}, {Batch: 3, Threads: 2}, {Batch: 2, Threads: 2, plainOnly: true},
			} {
				checkMemory(t, net, o)
			}
		})
	}
}

// TestMemoryOfTables: layers whose tables, copies or packed weights are larger than their values.
func TestMemoryOfTables(t *testing.T) {
	r := rand.New(rand.NewPCG(81, 2))
	many := make([]int, 3000)
	for i := range many {
		many[i] = i * 7 % 1000
	}
	for name, c := range map[string]struct {
		l  Layer
		in []int
	}{
		"one channel takes sixteen": {&Convolution{Weights: randomTensor(r, 1, 1, 3, 3), Pad: [4]int{1, 1, 1, 1}}, []int{1, 1, 512, 512}},
		"many weights":              {&Convolution{Weights: randomTensor(r, 200, 300, 3, 3)}, []int{1, 300, 3, 3}},
		"few channels":              {&Convolution{Weights: randomTensor(r, 100, 3, 16, 16), Stride: [2]int{16, 16}}, []int{1, 3, 64, 64}},
		"wide strides":              {&Convolution{Weights: randomTensor(r, 40, 5, 1, 1), Stride: [2]int{100, 100}}, []int{1, 5, 300, 300}},
		"strides too wide":          {&Convolution{Weights: randomTensor(r, 4, 5, 1, 1), Stride: [2]int{1000, 1000}}, []int{1, 5, 1200, 1200}},
		"groups":                    {&Convolution{Weights: randomTensor(r, 960, 2, 5, 5), Groups: 480}, []int{1, 960, 7, 7}},
		"groups of one":             {&Convolution{Weights: randomTensor(r, 1500, 1, 7, 7), Groups: 1500}, []int{1, 1500, 7, 7}},
		"transposed":                {&ConvTranspose{Weights: randomTensor(r, 3, 2, 5, 5), Stride: [2]int{3, 2}, Bias: []float32{1, 2}}, []int{1, 3, 90, 90}},
		"rows of two":               {&Transpose{Perm: []int{0, 2, 1, 3}}, []int{1, 700, 300, 2}},
		"matrices of four":          {&Transpose{Perm: []int{0, 2, 1, 4, 3}}, []int{1, 300, 300, 2, 2}},
		"nearest":                   {&Resize{Scale: [2]float32{2, 2}}, []int{1, 300, 20, 20}},
		"linear":                    {&Resize{Scale: [2]float32{2, 2}, Linear: true}, []int{1, 1, 2, 200000}},
		"many pads":                 {&Pad{Before: []int{0, 1, 1}, After: []int{0, 1, 1}}, []int{1, 1000, 300}},
		"a wide pad":                {&Pad{Mode: PadEdge, Before: []int{0, 100000}, After: []int{0, 50000}}, []int{1, 100000}},
		"cut":                       {&Crop{Starts: []int{0}, Ends: []int{1 << 20}, Steps: []int{2}, Axes: []int{1}}, []int{1, 500000}},
		"tiles":                     {&Tile{Repeats: []int{1, 1000, 1}}, []int{1, 200, 2}},
		"expanded":                  {&Expand{Shape: []int{1, 1, 200000}}, []int{1, 2, 1}},
		"gathered":                  {&Gather{Axis: 1, Indices: many, IndexShape: []int{30, 100}}, []int{1, 1000, 50}},
		"standard pixels":           {&LayerNorm{Axis: -1}, []int{1, 300000, 1}},
		"unit pixels":               {&LpNorm{Axis: -1, P: 2}, []int{1, 300000, 1}},
		"small matrices":            {&MatMul{Const: randomTensor(r, 20000, 1, 2)}, []int{1, 20000, 1, 1}},
		"a constant":                {&MatMul{Const: randomTensor(r, 700, 400)}, []int{1, 2, 700}},
		"wide windows":              {&Pooling{Kernel: [2]int{16, 16}, Pad: [4]int{15, 15, 15, 15}}, []int{1, 1, 40, 40}},
		"far windows":               {&Pooling{Kernel: [2]int{1, 1}, Stride: [2]int{90, 90}}, []int{1, 1, 180, 180}},
		"averages":                  {&Pooling{Method: AveragePool, ExcludePad: true, Kernel: [2]int{5, 50}, Stride: [2]int{2, 3}, Pad: [4]int{3, 20, 3, 20}}, []int{1, 1, 40, 140}},
		"resampled":                 {resampled(20000, 10), []int{1, 20010, 2}},
		"a long vector":             {&InnerProduct{Weights: randomTensor(r, 2, 100000)}, []int{1, 100000}},
		"many channels":             {&LRN{Size: 5, Alpha: 1, Beta: 0.75, K: 1}, []int{1, 3000, 2, 30}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, o := range []SessionOptions{{Threads: 2}, {Threads: 2, ForwardOnly: true}, {Batch: 2, Threads: 1}, {Threads: 1, plainOnly: true}} {
				checkMemory(t, networkOf(t, c.l, [][]int{c.in}), o) // its weights are not packed yet
			}
		})
	}
}

// TestMemoryOfNetworks: the same for networks drawn at random.
func TestMemoryOfNetworks(t *testing.T) {
	r := rand.New(rand.NewPCG(81, 3))
	for range 40 {
		net := sketchNetwork(t, r)
		checkMemory(t, net, SessionOptions{Threads: 1 + r.IntN(3), Batch: 1 + r.IntN(9), ForwardOnly: r.IntN(2) == 0})
	}
}

// resampled returns a layer of n sums of k places.
func resampled(n, k int) *Resample {
	l := &Resample{Axis: 1, First: make([]int, n), Weights: make([][]float32, n)}
	for i := range n {
		l.First[i], l.Weights[i] = i, make([]float32, k)
	}
	return l
}

// TestMemoryLimit: what is too much is refused before it is taken, in words that name the layer.
func TestMemoryLimit(t *testing.T) {
	b := NewBuilder("large")
	b.Input("x", 1, 512, 512)
	b.Add("small", &Pooling{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}}, []string{"x"}, []string{"p"})
	b.Add("large", &Convolution{Weights: tensor.New(40, 1, 3, 3)}, []string{"p"}, []string{"c"})
	b.Add("mean", &Pooling{Method: AveragePool, Global: true}, []string{"c"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	m, err := net.Memory(SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := net.NewSession(SessionOptions{Limit: m.Total()}); err != nil {
		t.Errorf("refused with just the limit: %v", err)
	}
	before := allocated()
	_, err = net.NewSession(SessionOptions{Limit: m.Total() - 1})
	var e *MemoryError
	if !errors.As(err, &e) || e.Need != m.Total() || e.Layer != "large" || e.Kind != "Convolution" || e.Most < 40*254*254*4 {
		t.Errorf("error %v (%+v), want a MemoryError of the layer \"large\"", err, e)
	}
	if took := allocated() - before; took > 1<<16 {
		t.Errorf("refusing took %d bytes", took)
	}
}
