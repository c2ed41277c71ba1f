package tensor

import (
	"math"
	"testing"
)

func TestShapes(t *testing.T) {
	x := New(2, 3, 4)
	if x.Len() != 24 || x.Batch() != 2 || len(x.Image(1)) != 12 {
		t.Fatalf("%d values, batch %d, %d an example", x.Len(), x.Batch(), len(x.Image(1)))
	}
	x.Image(1)[0] = 7
	if x.Data[12] != 7 {
		t.Error("Image is not a view")
	}
	y := x.Clone()
	y.Data[0] = 1
	if x.Data[0] != 0 || !SameShape(x.Shape, y.Shape) || SameShape(x.Shape, []int{2, 3}) || SameShape(x.Shape, []int{2, 3, 5}) {
		t.Error("Clone or SameShape")
	}
	if z := x.Reshape(6, 4); &z.Data[0] != &x.Data[0] {
		t.Error("Reshape copies")
	}
	for name, f := range map[string]func(){
		"FromSlice": func() { FromSlice(make([]float32, 5), 2, 3) },
		"New":       func() { New(2, -1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s accepts an impossible shape", name)
				}
			}()
			f()
		}()
	}
}

func TestCheckedSize(t *testing.T) {
	for _, c := range []struct {
		shape []int
		limit int
		n     int
		ok    bool
	}{
		{[]int{2, 3}, 6, 6, true},
		{[]int{2, 3}, 5, 0, false},
		{[]int{}, 1, 1, true},
		{[]int{0, 1 << 62, 1 << 62}, 1, 0, true},
		{[]int{1 << 62, 1 << 62}, math.MaxInt, 0, false},
		{[]int{3, -1}, 100, 0, false},
		{[]int{-1, 0}, 100, 0, false},
		{[]int{0, -1}, 100, 0, false},
	} {
		if n, ok := CheckedSize(c.shape, c.limit); n != c.n || ok != c.ok {
			t.Errorf("CheckedSize(%v, %d) = %d, %v, want %d, %v", c.shape, c.limit, n, ok, c.n, c.ok)
		}
	}
}

func TestNorms(t *testing.T) {
	x := []float32{3, 0, -4}
	if L1(x) != 7 || L2(x) != 5 || Linf(x) != 4 || Dot(x, []float32{1, 2, 3}) != -9 {
		t.Errorf("L1 %g, L2 %g, Linf %g, Dot %g", L1(x), L2(x), Linf(x), Dot(x, []float32{1, 2, 3}))
	}
	nan := []float32{1, float32(math.NaN())}
	if !math.IsNaN(L1(nan)) || !math.IsNaN(L2(nan)) || !math.IsNaN(Linf(nan)) {
		t.Error("a norm hides NaN")
	}
	if i, ok := Finite(nan); ok || i != 1 {
		t.Errorf("Finite says %d, %v", i, ok)
	}
	if i, ok := Finite([]float32{1, float32(math.Inf(-1)), 0}); ok || i != 1 {
		t.Errorf("Finite says %d, %v", i, ok)
	}
	if _, ok := Finite(x); !ok {
		t.Error("finite values are called infinite")
	}
}

func TestArgmax(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		x    []float32
		want int
	}{
		{nil, -1}, {[]float32{nan}, -1}, {[]float32{nan, 2, nan, 2}, 1}, {[]float32{-3, -1, -2}, 1},
	} {
		if got := Argmax(c.x); got != c.want {
			t.Errorf("Argmax(%v) = %d, want %d", c.x, got, c.want)
		}
	}
}

func TestElementwise(t *testing.T) {
	d := FromSlice([]float32{1, 5, -2}, 3)
	AddScaled(d.Data, -2, []float32{1, -0.5, -0.5})
	if d.Data[0] != -1 || d.Data[1] != 6 || d.Data[2] != -1 {
		t.Errorf("sum %v", d.Data)
	}
	Clamp(d.Data, 0, 5)
	if d.Data[0] != 0 || d.Data[1] != 5 {
		t.Errorf("clamped %v", d.Data)
	}
	if Sign(3) != 1 || Sign(-0.5) != -1 || Sign(0) != 0 || Sign(float32(math.NaN())) != 0 {
		t.Error("Sign")
	}
}
