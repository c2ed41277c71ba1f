package nn

import (
	"fmt"

	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/graph"
	"hoodwink/tensor"
)

// MatMul is the matrix product of numpy: (...,M,K) x (...,K,N) -> (...,M,N), where the axes before
// the last two are broadcast. A vector on the left is a row, one on the right a column, and the
// product lacks that axis. There are two inputs, or one and Const on the right.
type MatMul struct {
	Const *tensor.Tensor // or nil
}

// Kind implements Layer.
func (l *MatMul) Kind() string { return "MatMul" }

// Reads implements Layer: the gradient of each factor needs the other.
func (l *MatMul) Reads() Reads { return Reads{In: l.Const == nil} }

// factors returns the shapes of both factors.
func (l *MatMul) factors(in [][]int) (a, b []int, err error) {
	want := 2
	if l.Const != nil {
		want = 1
	}
	if err := checkInputs(in, want, 1); err != nil {
		return nil, nil, err
	}
	if l.Const == nil {
		return in[0], in[1], nil
	}
	if err := checkValue(l.Const.Shape); err != nil || len(l.Const.Shape) == 0 {
		return nil, nil, fmt.Errorf("has a constant of shape %v: want positive dimensions", l.Const.Shape)
	}
	return in[0], l.Const.Shape, nil
}

// Mixes implements Mixer. Axis 0 stays a batch if both inputs have it as their batch, or if each of
// its rows or matrices is multiplied by the same constant.
func (l *MatMul) Mixes(in [][]int) bool {
	a, b, err := l.factors(in)
	if err != nil {
		return true
	}
	if l.Const == nil {
		return len(a) < 3 || len(a) != len(b) || a[0] != b[0]
	}
	return len(a) == 1 || len(b) > len(a) || len(a) > 2 && len(a) == len(b) && b[0] != 1
}

// OutShapes implements Layer.
func (l *MatMul) OutShapes(in [][]int) ([][]int, error) {
	a, b, err := l.factors(in)
	if err != nil {
		return nil, err
	}
	p, err := matrices(a, b)
	if err != nil {
		return nil, err
	}
	if err := checkValue(p.out); err != nil {
		return nil, err
	}
	p.fold(l.foldable())
	if _, ok := tensor.CheckedSize(p.batch, maxMatrices); !ok {
		return nil, fmt.Errorf("multiplies %v matrices: want at most %d", p.batch, maxMatrices)
	}
	each := p.out
	if !l.Mixes(in) {
		each = each[1:]
	}
	return [][]int{p.out}, checkWork(append([]int{p.k}, each...)...)
}

// foldable returns the first axis that may be folded. The gradient of a second input sums over
// folded axes, which must not include the examples.
func (l *MatMul) foldable() int {
	if l.Const != nil {
		return 0
	}
	return 1
}

// maxMatrices bounds the number of matrix products, since they are kept in a list.
const maxMatrices = 1 << 20

// Cost implements Coster.
func (l *MatMul) Cost(in [][]int) (params, macs int64) {
	if l.Const != nil {
		params = int64(l.Const.Len())
	}
	a, b, err := l.factors(in)
	if err != nil {
		return params, 0
	}
	p, err := matrices(a, b)
	if err != nil {
		return params, 0
	}
	return params, int64(tensor.Size(p.out)) * int64(p.k)
}

// matrixShapes says how a product of arrays consists of products of matrices.
type matrixShapes struct {
	m, k, n int
	batch   []int // the axes before the last two
	a, b    []int // those of the factors, as many; 1 where they are broadcast
	out     []int
}

// matrices returns the matrixShapes of the product of two arrays.
func matrices(a, b []int) (*matrixShapes, error) {
	p := &matrixShapes{m: 1, k: a[len(a)-1], n: 1}
	rows, cols := b[0], []int(nil)
	if len(a) > 1 {
		p.m = a[len(a)-2]
		cols = append(cols, p.m)
	}
	if len(b) > 1 {
		rows, p.n = b[len(b)-2], b[len(b)-1]
		cols = append(cols, p.n)
	}
	if rows != p.k {
		return nil, fmt.Errorf("multiplies shapes %v and %v: want the %d values of a row of the first to be the rows of the second, which has %d", a, b, p.k, rows)
	}
	axes := max(len(a), len(b), 2) - 2
	p.a, p.b = leading(a, axes), leading(b, axes)
	for i, d := range p.a {
		e := p.b[i]
		if d != e && d != 1 && e != 1 {
			return nil, fmt.Errorf("multiplies shapes %v and %v, whose axes before the last two do not fit each other: want equal ones or 1", a, b)
		}
		p.batch = append(p.batch, max(d, e))
	}
	if p.out = append(append(p.out, p.batch...), cols...); len(p.out) == 0 {
		p.out = []int{1}
	}
	return p, nil
}

// leading returns the axes of a shape before the last two, with axes of length 1 in front so that
// there are axes of them.
func leading(shape []int, axes int) []int {
	var out []int
	for range axes - max(len(shape)-2, 0) {
		out = append(out, 1)
	}
	return append(out, shape[:max(len(shape)-2, 0)]...)
}

// A matrixUnit is one product of matrices, by their indices.
type matrixUnit struct{ a, b, c int }

// fold joins the products of many matrices with the same one into a single product. It takes in
// axes from the last down to the given one.
func (p *matrixShapes) fold(axis int) {
	for d := len(p.b) - 1; d >= axis && p.b[d] == 1; d-- {
		p.m *= p.a[d]
		p.a, p.b, p.batch = p.a[:d], p.b[:d], p.batch[:d]
	}
}

// units lists the products.
func (p *matrixShapes) units() []matrixUnit {
	number := func(shape, at []int) (i int) {
		for d, n := range shape {
			i = i*n + min(at[d], n-1)
		}
		return i
	}
	units := make([]matrixUnit, tensor.Size(p.batch))
	at := make([]int, len(p.batch))
	for c := range units {
		units[c] = matrixUnit{number(p.a, at), number(p.b, at), c}
		for d := len(at) - 1; d >= 0; d-- {
			if at[d]++; at[d] < p.batch[d] {
				break
			}
			at[d] = 0
		}
	}
	return units
}

// grouped returns the units of every number that of gives, in order.
func grouped(units []matrixUnit, of func(u matrixUnit) int) [][]matrixUnit {
	var lists [][]matrixUnit
	for _, u := range units {
		i := of(u)
		for len(lists) <= i {
			lists = append(lists, nil)
		}
		lists[i] = append(lists[i], u)
	}
	return lists
}

// matrixKey is the key of a constant packed for one direction.
type matrixKey struct {
	layer    *MatMul
	set      *kernel.Set
	backward bool
}

// Bind implements Layer.
func (l *MatMul) Bind(b *Binding) Op {
	right := l.Const
	if right == nil {
		right = b.In[1]
	}
	p, _ := matrices(b.In[0].Shape, right.Shape) // checked by OutShapes
	p.fold(l.foldable())
	units := p.units()
	m, k, n, threads := p.m, p.k, p.n, b.Team.Threads()
	rowMajor := func(t *tensor.Tensor, i, rows, cols int) kernel.Factor {
		return kernel.RowMajor(t.Data[i*rows*cols:(i+1)*rows*cols], cols)
	}
	ahead := kernel.Active.NewProduct(m, k, n, threads)
	factors := l.packed(b, ahead, false)
	x, y := b.In[0], b.Out[0]
	op := Op{Forward: overMatrices(b, ahead, grouped(units, func(u matrixUnit) int { return u.c }), func(u matrixUnit) (to []float32, left, right kernel.Factor) {
		if factors != nil {
			right = factors[u.b]
		} else {
			right = rowMajor(b.In[1], u.b, k, n)
		}
		return y.Data[u.c*m*n : (u.c+1)*m*n], rowMajor(x, u.a, m, k), right
	}, false)}
	if !b.WantsGrad() {
		return op
	}
	var backward []func()
	dy := b.DOut[0]
	if dx := b.DIn[0]; dx != nil {
		back := kernel.Active.NewProduct(m, n, k, threads)
		factors := l.packed(b, back, true)
		backward = append(backward, overMatrices(b, back, grouped(units, func(u matrixUnit) int { return u.a }), func(u matrixUnit) (to []float32, left, right kernel.Factor) {
			if factors != nil {
				right = factors[u.b]
			} else {
				right = rowMajor(b.In[1], u.b, k, n).Transposed()
			}
			return dx.Data[u.a*m*k : (u.a+1)*m*k], rowMajor(dy, u.c, m, n), right
		}, true))
	}
	if l.Const == nil && b.DIn[1] != nil {
		back := kernel.Active.NewProduct(k, m, n, threads)
		backward = append(backward, overMatrices(b, back, grouped(units, func(u matrixUnit) int { return u.b }), func(u matrixUnit) (to []float32, left, right kernel.Factor) {
			return b.DIn[1].Data[u.b*k*n : (u.b+1)*k*n], rowMajor(x, u.a, m, k).Transposed(), rowMajor(dy, u.c, m, n)
		}, true))
	}
	op.Backward = sequence(backward)
	return op
}

// packed returns the matrices of the constant, or their transposes, packed for p; nil if
// there is none.
func (l *MatMul) packed(b *Binding, p *kernel.Product, transposed bool) []kernel.Factor {
	if l.Const == nil {
		return nil
	}
	return b.Once(matrixKey{l, kernel.Active, transposed}, func() any {
		size := p.K * p.N
		factors := make([]kernel.Factor, 0, len(l.Const.Data)/size)
		for data := l.Const.Data; len(data) > 0; data = data[size:] {
			f := kernel.RowMajor(data[:size], p.N)
			if transposed {
				f = kernel.RowMajor(data[:size], p.K).Transposed()
			}
			factors = append(factors, p.PackFactor(f))
		}
		return factors
	}).([]kernel.Factor)
}

// matrixCost is how many multiply-adds make a task.
const matrixCost = 1 << 18

// overMatrices returns a function that computes the results 0, 1 and so on, each the sum of the
// products in its list. operands gives the place of the result and both factors of a product. With
// add it adds to what is there.
func overMatrices(
	b *Binding, p *kernel.Product, lists [][]matrixUnit,
	operands func(u matrixUnit) (to []float32, left, right kernel.Factor), add bool,
) func() {
	work := b.Scratch(p.Work())
	each := max(1, int(matrixCost*int64(p.Tasks())/(int64(p.M)*int64(p.K)*int64(p.N))))
	total := len(lists) * p.Tasks()
	body := func(worker, t int) {
		for i := t * each; i < min(total, (t+1)*each); i++ {
			for _, u := range lists[i/p.Tasks()] {
				to, left, right := operands(u)
				p.Run(worker, i%p.Tasks(), to, p.N, left, right, nil, add, work(worker))
			}
		}
	}
	return func() { b.Team.For((total+each-1)/each, body) }
}

// Work implements graph.Worker.
func (l *MatMul) Work(in [][]int, u graph.Use) (w graph.Work) {
	first, second, err := l.factors(in)
	if err != nil {
		return w
	}
	p, err := matrices(first, second)
	if err != nil {
		return w
	}
	p.fold(l.foldable())
	const unitBytes = 24 + 24 + 5*24 // in the list of all, and in a list of its own; the list of those grows
	directions := int64(1)
	w.Scratch = kernel.Active.NewProduct(p.m, p.k, p.n, 0).Work()
	if u.Backward {
		directions++
		w.Scratch = max(w.Scratch, kernel.Active.NewProduct(p.m, p.n, p.k, 0).Work())
		if l.Const == nil {
			directions++
			w.Scratch = max(w.Scratch, kernel.Active.NewProduct(p.k, p.m, p.n, 0).Work())
		}
	}
	w.Tables = directions * unitBytes * int64(tensor.Size(p.batch))
	if l.Const != nil {
		const factorBytes = 64
		each := kernel.PackedFactor(p.k, p.n)
		if u.Backward {
			each += kernel.PackedFactor(p.n, p.k)
		}
		count := int64(len(l.Const.Data) / (p.k * p.n))
		w.Packed = count * (floatBytes*each + directions*factorBytes)
	}
	return w
}
