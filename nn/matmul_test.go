package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/tensor"
)

// TestMatMul: shapes as numpy has them, and values in float64, with the second factor as an
// input and as a constant.
func TestMatMul(t *testing.T) {
	r := rand.New(rand.NewPCG(44, 1))
	for _, c := range []struct {
		a, b, want []int
		mixes      [2]bool // of two inputs, and with a constant
	}{
		{[]int{3, 4}, []int{4, 5}, []int{3, 5}, [2]bool{true, false}},
		{[]int{2, 3, 4}, []int{4, 5}, []int{2, 3, 5}, [2]bool{true, false}},
		{[]int{2, 3, 4}, []int{2, 4, 5}, []int{2, 3, 5}, [2]bool{false, true}},
		{[]int{2, 3, 4}, []int{1, 4, 5}, []int{2, 3, 5}, [2]bool{true, false}},
		{[]int{1, 3, 4}, []int{6, 4, 5}, []int{6, 3, 5}, [2]bool{true, true}},
		{[]int{3, 4}, []int{2, 6, 4, 5}, []int{2, 6, 3, 5}, [2]bool{true, true}},
		{[]int{2, 1, 3, 4}, []int{2, 6, 4, 5}, []int{2, 6, 3, 5}, [2]bool{false, true}},
		{[]int{2, 6, 3, 4}, []int{6, 4, 5}, []int{2, 6, 3, 5}, [2]bool{true, false}},
		{[]int{2, 6, 3, 4}, []int{2, 1, 4, 5}, []int{2, 6, 3, 5}, [2]bool{false, true}},
		{[]int{4}, []int{4}, []int{1}, [2]bool{true, true}},
		{[]int{4}, []int{4, 5}, []int{5}, [2]bool{true, true}},
		{[]int{3, 4}, []int{4}, []int{3}, [2]bool{true, false}},
		{[]int{2, 3, 4}, []int{4}, []int{2, 3}, [2]bool{true, false}},
		{[]int{4}, []int{3, 4, 5}, []int{3, 5}, [2]bool{true, true}},
		{[]int{2, 70, 130}, []int{2, 130, 40}, []int{2, 70, 40}, [2]bool{false, true}},
	} {
		x := [2]*tensor.Tensor{randomTensor(r, c.a...), randomTensor(r, c.b...)}
		want := matmulReference(x[0], x[1])
		for k, l := range []*MatMul{{}, {Const: x[1]}} {
			in := [][]int{c.a, c.b}[:2-k]
			name := fmt.Sprint(c.a, c.b, [2]string{" inputs", " constant"}[k])
			if got := l.Mixes(in); got != c.mixes[k] {
				t.Errorf("%s: mixes: %t, want %t", name, got, c.mixes[k])
			}
			b := newBench(t, l, in, 2)
			for i := range b.x {
				copy(b.x[i].Data, x[i].Data)
			}
			y := b.forward()[0]
			if !slices.Equal(y.Shape, c.want) {
				t.Errorf("%s: makes %v, want %v", name, y.Shape, c.want)
			}
			for i, v := range want {
				if diff := math.Abs(float64(y.Data[i]) - v); !(diff <= 1e-5*(3+math.Abs(v))) {
					t.Fatalf("%s: value %d is %g, want %g", name, i, y.Data[i], v)
				}
			}
		}
	}
}

// matmulReference goes through all axes of the result in the order of memory.
func matmulReference(a, b *tensor.Tensor) (y []float64) {
	sa, sb := a.Shape, b.Shape
	if len(sa) == 1 {
		sa = []int{1, sa[0]}
	}
	if len(sb) == 1 {
		sb = []int{sb[0], 1}
	}
	axes := max(len(sa), len(sb)) - 2
	ones := func(n int) []int { return slices.Repeat([]int{1}, n) }
	sa, sb = append(ones(axes+2-len(sa)), sa...), append(ones(axes+2-len(sb)), sb...)
	var shape []int
	for i := range axes {
		shape = append(shape, max(sa[i], sb[i]))
	}
	each(append(shape, sa[axes], sb[axes+1]), func(at []int) {
		ia, ib := slices.Clone(at), slices.Clone(at)
		for i := range axes {
			ia[i], ib[i] = min(at[i], sa[i]-1), min(at[i], sb[i]-1)
		}
		var s float64
		for k := range sa[axes+1] {
			ia[axes+1], ib[axes] = k, k
			s += float64(a.Data[flat(sa, ia)]) * float64(b.Data[flat(sb, ib)])
		}
		y = append(y, s)
	})
	return y
}

// TestMatMulOfItself: a value may be both factors.
func TestMatMulOfItself(t *testing.T) {
	b := NewBuilder("square")
	b.Input("x", 3, 3)
	b.Add("square", &MatMul{}, []string{"x", "x"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		t.Fatal(err)
	}
	s, err := net.NewSession(SessionOptions{Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(44, 2))
	x, dy := randomTensor(r, 2, 3, 3), randomTensor(r, 2, 3, 3)
	copy(s.Input().Data, x.Data)
	s.Forward()
	dx := s.Backward(dy)
	each(x.Shape, func(at []int) { // dy xᵀ + xᵀ dy
		var want float64
		n := at[0] * 9
		for k := range 3 {
			want += float64(dy.Data[n+at[1]*3+k]) * float64(x.Data[n+at[2]*3+k])
			want += float64(x.Data[n+k*3+at[1]]) * float64(dy.Data[n+k*3+at[2]])
		}
		if got := float64(dx.Data[flat(x.Shape, at)]); !(math.Abs(got-want) <= 1e-5) {
			t.Errorf("gradient at %v is %g, want %g", at, got, want)
		}
	})
}

// TestMatMulRefuses: one clear error that says what is wrong, and no panic.
func TestMatMulRefuses(t *testing.T) {
	const huge = 1 << 62
	for name, c := range map[string]struct {
		l    *MatMul
		in   [][]int
		says string
	}{
		"one input":         {&MatMul{}, [][]int{{2, 3}}, "takes 2 input(s), got 1"},
		"two and constant":  {&MatMul{Const: claim(3, 4)}, [][]int{{2, 3}, {3, 4}}, "takes 1 input(s), got 2"},
		"no axes":           {&MatMul{}, [][]int{{}, {3}}, "at least 1 dimensions"},
		"constant":          {&MatMul{Const: claim(3, -4)}, [][]int{{2, 3}}, "constant of shape [3 -4]"},
		"constant of none":  {&MatMul{Const: claim()}, [][]int{{2, 3}}, "constant of shape []"},
		"rows":              {&MatMul{}, [][]int{{2, 3}, {4, 5}}, "want the 3 values of a row of the first to be the rows of the second, which has 4"},
		"vectors":           {&MatMul{}, [][]int{{3}, {4}}, "which has 4"},
		"batches":           {&MatMul{}, [][]int{{2, 1, 3}, {4, 3, 5}}, "do not fit each other"},
		"size":              {&MatMul{}, [][]int{{1 << 20, 1}, {1, 1 << 20}}, "at most"},
		"overflow":          {&MatMul{}, [][]int{{1 << 28, 1, 1, 1}, {1 << 28, 1, 1}}, "at most"},
		"operations":        {&MatMul{}, [][]int{{1 << 13, 1 << 13}, {1 << 13, 1 << 13}}, "operations"},
		"matrices":          {&MatMul{}, [][]int{{1, 1 << 21, 1, 1}, {1, 1 << 21, 1, 1}}, "want at most 1048576"},
		"constant overflow": {&MatMul{Const: claim(3, huge, huge)}, [][]int{{2, 3}}, "constant of shape"},
	} {
		if out, err := c.l.OutShapes(c.in); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, error %v; want one that says %q", name, out, err, c.says)
		}
	}
}
