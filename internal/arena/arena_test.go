package arena

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

// fill writes numbers that belong to a buffer alone.
func fill(v []float32, number int) {
	for i := range v {
		v[i] = float32(number)
	}
}

// isFull reports whether nobody else wrote to a buffer that was filled.
func isFull(v []float32, number int) bool {
	return !slices.ContainsFunc(v, func(f float32) bool { return f != float32(number) })
}

// TestBuffers: whatever is asked for, parked, returned and reset, buffers are zeros at first, aligned, and
// nobody else's.
func TestBuffers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := New()
		defer a.Close()
		var buffers [][]float32
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) {
				n := rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(0, 2*shared)).Draw(t, "n")
				v := a.Floats(n)
				if len(v) != n || cap(v) != n || !isFull(v, 0) || uintptr(unsafe.Pointer(unsafe.SliceData(v)))%alignment != 0 && n > 0 {
					t.Fatalf("Floats(%d) has length %d, capacity %d and begins at %p, or is not zero", n, len(v), cap(v), v)
				}
				buffers = append(buffers, v)
				fill(v, len(buffers))
			},
			"park": func(t *rapid.T) {
				var file bytes.Buffer
				if err := errors.Join(a.Park(&file), a.Return(&file)); err != nil {
					t.Fatal(err)
				}
			},
			"reset": func(*rapid.T) {
				a.Reset()
				buffers = nil
			},
			"": func(t *rapid.T) {
				for i, v := range buffers {
					if !isFull(v, i+1) {
						t.Fatalf("buffer %d of %d floats has changed", i, len(v))
					}
				}
			},
		})
	})
}

// TestReset: the same requests need no new memory, in any order, and what they no longer need goes.
func TestReset(t *testing.T) {
	a := New()
	defer a.Close()
	sizes := []int{784, 40000, 10, 784, 150528, 150528, 65536, 20000}
	ask := func() {
		for _, n := range sizes {
			a.Floats(n)
		}
	}
	ask()
	before := a.Bytes()
	if allocs := testing.AllocsPerRun(10, func() {
		a.Reset()
		slices.Reverse(sizes)
		ask()
	}); allocs != 0 || a.Bytes() != before {
		t.Errorf("the same requests take %v allocations, and %d bytes instead of %d", allocs, a.Bytes(), before)
	}
	for n := 100000; n < 400000; n += 10000 {
		a.Reset()
		a.Floats(n)
	}
	if a.Bytes() > 2*4*400000 {
		t.Errorf("growing pictures leave %d bytes", a.Bytes())
	}
	for range 2 {
		a.Reset()
		a.Floats(30000)
	}
	if a.Bytes() > 2*4*30000+shared {
		t.Errorf("a small picture after large ones keeps %d bytes", a.Bytes())
	}
}

// failing fails after some bytes.
type failing struct{ left int }

func (f *failing) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errors.New("full")
	}
	return len(b), nil
}

// TestFailures: an error of a file loses nothing, and what makes no sense is refused.
func TestFailures(t *testing.T) {
	a := New()
	v, w := a.Floats(100000), a.Floats(5)
	fill(v, 3)
	fill(w, 4)
	if err := a.Park(&failing{left: 400000}); err == nil || a.Bytes() == 0 || !isFull(v, 3) || !isFull(w, 4) {
		t.Errorf("Park to a full disk: %v, and %d bytes are held", err, a.Bytes())
	}
	if a.Return(&bytes.Buffer{}) == nil {
		t.Error("what was not parked returns")
	}
	var file bytes.Buffer
	if err := a.Park(&file); err != nil {
		t.Fatal(err)
	}
	parkedBytes := a.Bytes()
	if a.Park(&file) == nil {
		t.Error("what is parked is parked again")
	}
	whole := file.Bytes()
	if a.Return(bytes.NewReader(whole[:len(whole)-1])) == nil || a.Bytes() != parkedBytes {
		t.Errorf("half a file returns, or leaves %d bytes held instead of %d", a.Bytes(), parkedBytes)
	}
	refused := func(what string, f func()) {
		defer func() {
			if _, ok := recover().(error); !ok {
				t.Error(what, "is not refused")
			}
		}()
		f()
	}
	refused("Floats of a parked arena", func() { a.Floats(1) })
	refused("Reset of a parked arena", a.Reset)
	if err := a.Return(bytes.NewReader(whole)); err != nil || !isFull(v, 3) || !isFull(w, 4) {
		t.Errorf("the whole file after half of it: %v, or other contents", err)
	}
	refused("a length below 0", func() { a.Floats(-1) })
	refused("a length out of range", func() { a.Floats(math.MaxInt) })
	a.Close()
	a.Close()
	refused("Floats of a closed arena", func() { a.Floats(1) })
}

// TestRewind: buffers handed out since a mark are taken back, are zeros when they come again, and take no new
// memory; those before the mark stay as they are.
func TestRewind(t *testing.T) {
	a := New()
	defer a.Close()
	for _, size := range []int{100, 1 << 20} {
		before := a.Floats(size)
		before[size-1] = 3
		mark := a.Mark()
		for range 4 {
			v := a.Floats(size)
			w := a.Floats(3 * size)
			for i := range v {
				if v[i] != 0 || w[i] != 0 {
					t.Fatalf("a buffer of %d is not zero", size)
				}
				v[i], w[i] = 1, 2
			}
			most := a.Bytes()
			a.Rewind(mark)
			if a.Bytes() != most || before[size-1] != 3 {
				t.Errorf("%d bytes, %d before; %g", a.Bytes(), most, before[size-1])
			}
			if again := a.Floats(size); &again[0] != &v[0] {
				t.Error("the memory is another")
			}
			a.Rewind(mark)
		}
		most := a.Bytes()
		a.Floats(size)
		a.Floats(3 * size)
		if a.Bytes() != most {
			t.Errorf("%d bytes, %d before", a.Bytes(), most)
		}
	}
}
