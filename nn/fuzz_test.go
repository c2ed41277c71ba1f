package nn

import (
	"encoding/binary"
	"math"
	"testing"

	"hoodwink/tensor"
)

// wish makes hyper-parameters and shapes of bytes: mostly small ones, some absurd.
type wish []byte

func (w *wish) byte() byte {
	if len(*w) == 0 {
		return 0
	}
	b := (*w)[0]
	*w = (*w)[1:]
	return b
}

func (w *wish) int() int {
	switch b := w.byte(); {
	case b < 240:
		return int(b%16) - 2
	default:
		var x [8]byte
		for i := range x {
			x[i] = w.byte()
		}
		return int(binary.LittleEndian.Uint64(x[:]))
	}
}

func (w *wish) ints() []int {
	x := make([]int, w.byte()%6)
	for i := range x {
		x[i] = w.int()
	}
	return x
}

func (w *wish) float() float32 {
	if b := w.byte(); b < 250 {
		return float32(int8(b)) / 16
	}
	return math.Float32frombits(uint32(w.int()))
}

func (w *wish) floats() []float32 {
	x := make([]float32, w.byte()%6)
	for i := range x {
		x[i] = w.float()
	}
	return x
}

func (w *wish) flag() bool { return w.byte()%2 == 1 }

// layer makes a layer of any kind.
func (w *wish) layer() Layer {
	switch w.byte() % 23 {
	case 0:
		return &ReLU{Slope: w.float()}
	case 1:
		return &PReLU{Slope: w.floats()}
	case 2:
		return &ELU{Alpha: w.float()}
	case 3:
		return w.valueWise()
	case 4:
		return &TanH{}
	case 5:
		return &Power{Power: w.float(), Scale: w.float(), Shift: w.float()}
	case 6:
		return &Affine{Scale: w.floats(), Shift: w.floats()}
	case 7:
		return &LRN{Size: w.int(), Alpha: w.float(), Beta: w.float(), K: w.float(), WithinChannel: w.flag()}
	case 8:
		return w.combined()
	case 9:
		return &Concat{Axis: w.int()}
	case 10:
		return &Slice{Axis: w.int(), Points: w.ints()}
	case 11:
		return &Flatten{Axis: w.int(), EndAxis: w.int()}
	case 12:
		return &Reshape{Dims: w.ints(), Axis: w.int(), NumAxes: w.int()}
	case 13:
		return &Softmax{Axis: w.int()}
	case 14:
		return &Transpose{Perm: w.ints()}
	case 15:
		return &View{Dims: w.ints()}
	case 16:
		return &Expand{Shape: w.ints()}
	case 17:
		return &Tile{Repeats: w.ints()}
	case 18:
		return &Gather{Axis: w.int(), Indices: w.ints(), IndexShape: w.ints()}
	case 19:
		return &Crop{Starts: w.ints(), Ends: w.ints(), Steps: w.ints(), Axes: w.ints()}
	case 20:
		return &Pad{Mode: PadMode(w.int()), Before: w.ints(), After: w.ints(), Value: w.float()}
	case 21:
		if w.flag() {
			return &Resample{Axis: w.int(), First: []int{w.int(), w.int()}, Weights: [][]float32{w.floats(), w.floats()}}
		}
		return &Resize{Scale: [2]float32{w.float(), w.float()}, Size: [2]int{w.int(), w.int()}, Linear: w.flag(),
			Coordinates: Coordinates(w.int()), Nearest: Rounding(w.int())}
	}
	p := &Pooling{Method: PoolMethod(w.int()), Global: w.flag(), Ceil: w.flag(), ExcludePad: w.flag()}
	p.Kernel, p.Stride = [2]int{w.int(), w.int()}, [2]int{w.int(), w.int()}
	p.Pad = [4]int{w.int(), w.int(), w.int(), w.int()}
	return p
}

// FuzzLayers: whatever the hyper-parameters and input shapes, a layer refuses or runs
// both ways and leaves its inputs alone.
func FuzzLayers(f *testing.F) {
	for kind := range byte(23) {
		f.Add([]byte{kind, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 1, 4, 3, 4, 6, 7}, byte(1))
		f.Add([]byte{kind, 5, 1, 4, 4, 4, 4, 2, 2, 2, 2}, byte(2))
		f.Add([]byte{kind, 255, 255, 255, 255, 255, 255, 255, 255, 127, 255, 0, 0, 0, 0, 0, 0, 0, 64}, byte(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, inputs byte) {
		w := wish(in)
		l := w.layer()
		shapes := [][]int{w.ints()}
		for range inputs % 3 {
			next := append([]int(nil), shapes[0]...)
			if w.flag() {
				next = w.ints()
			}
			shapes = append(shapes, next)
		}
		if m, ok := l.(Mixer); ok {
			m.Mixes(shapes)
		}
		out, err := l.OutShapes(shapes)
		if err != nil {
			return
		}
		for _, s := range append(out, shapes...) {
			if err := checkValue(s); err != nil {
				return // what Build refuses
			}
			if tensor.Size(s) > 1<<14 {
				return
			}
		}
		h := newBench(t, l, shapes, 1)
		for _, x := range h.x {
			for i := range x.Data {
				x.Data[i] = float32(i%7) - 3
			}
		}
		dy := make([][]float32, len(h.b.Out))
		for i, y := range h.b.Out {
			dy[i] = make([]float32, y.Len())
		}
		h.forward()
		for i, x := range h.b.In {
			if j := firstDifference(x.Data, h.x[i].Data); j >= 0 {
				t.Fatalf("%s %+v changed its input %d at %d", l.Kind(), l, i, j)
			}
		}
		h.backward(dy, 0)
	})
}
