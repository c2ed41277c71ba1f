package onnx

import (
	"maps"
	"slices"
	"strings"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

func buildMatMul(s *site) []*value { return lowered(s.matmul(s.in[0], s.in[1])) }

// matmul is numpy's matmul of two values. If both are known it is evaluated. It calls itself with
// fewer vectors among its factors, or with a computed first factor instead of a known one; so the
// recursion ends.
func (s *site) matmul(a, b *value) *value {
	defer s.rewrites()()
	if len(a.shape) == 0 || len(b.shape) == 0 {
		s.fail("values of the shapes %s and %s have no product", wording.Shape(a.shape), wording.Shape(b.shape))
	}
	if len(a.shape) == 1 {
		v := s.matmul(s.reshape(a, 1, a.shape[0]), b)
		row := len(v.shape) - 2 // the axis that a got
		if len(b.shape) == 1 {
			row++
		}
		return s.reshape(v, slices.Delete(slices.Clone(v.shape), row, row+1)...)
	}
	if len(b.shape) == 1 {
		v := s.matmul(a, s.reshape(b, b.shape[0], 1))
		return s.reshape(v, v.shape[:len(v.shape)-1]...)
	}
	if a.shape[len(a.shape)-1] != b.shape[len(b.shape)-2] {
		s.fail("values of the shapes %s and %s have no product", wording.Shape(a.shape), wording.Shape(b.shape))
	}
	if a.known != nil && b.known != nil {
		return s.workOut(a, func(t *site, x *value) []*value { return lowered(t.matmul(x, b)) })[0]
	}
	if a.known != nil { // (b^T a^T)^T
		return s.turned(s.matmul(s.turned(b), s.turned(a)))
	}
	if b.known != nil {
		w := b.known
		if !w.typ.floating() || w.len() == 0 {
			s.fail("a constant of %s and shape %s has no product", w.typ, wording.Shape(w.shape))
		}
		if len(a.shape) == 2 && a.shape[0] == 1 && len(w.shape) == 2 {
			return s.emit(&nn.InnerProduct{Weights: s.turned(b).known.tensor()}, a)
		}
		return s.emit(&nn.MatMul{Const: w.tensor()}, s.ranked(a, len(w.shape)))
	}
	rank := max(len(a.shape), len(b.shape))
	return s.emit(&nn.MatMul{}, s.ranked(a, rank), s.ranked(b, rank))
}

// reshape gives any value another shape.
func (s *site) reshape(v *value, shape ...int) *value {
	if v.known != nil {
		return knownValue(v.name, v.known.reshaped(shape...))
	}
	return s.view(v, shape...)
}

// turned exchanges the last two axes.
func (s *site) turned(v *value) *value {
	perm := make([]int, len(v.shape))
	for i := range perm {
		perm[i] = i
	}
	n := len(perm)
	perm[n-1], perm[n-2] = n-2, n-1
	return s.permute(v, perm)
}

// permute is transpose for any value.
func (s *site) permute(v *value, perm []int) *value {
	if v.known == nil {
		return s.transpose(v, perm)
	}
	own := contiguous(v.shape)
	shape, strides := make([]int, len(perm)), make([]int, len(perm))
	for i, p := range perm {
		shape[i], strides[i] = v.shape[p], own[p]
	}
	s.spend(s, shape, v.known.len())
	return knownValue(v.name, v.known.strided(shape, strides, 0))
}

// buildGemm is alpha*A*B + beta*C of matrices, which may be transposed.
func buildGemm(s *site) []*value {
	a, b := s.in[0], s.in[1]
	s.rank(a, 2)
	s.rank(b, 2)
	alpha, beta := s.attrFloat("alpha", 1), s.attrFloat("beta", 1)
	if s.attrInt("transA", 0) != 0 {
		a = s.turned(a)
	}
	turned := s.attrInt("transB", 0) != 0
	var v *value
	if a.known == nil && a.shape[0] == 1 && b.known != nil {
		w := s.weights(1)
		if !turned {
			w = s.turned(b).known
		}
		v = s.emit(&nn.InnerProduct{Weights: w.tensor()}, a)
	} else {
		if turned {
			b = s.turned(b)
		}
		v = s.matmul(a, b)
	}
	if alpha != 1 {
		v = s.scaled(v, alpha)
	}
	if !s.has(2) || beta == 0 {
		return lowered(v)
	}
	c := s.in[2]
	if shape, ok := broadcastShape(c.shape, v.shape); !ok || !slices.Equal(shape, v.shape) {
		s.fail("C of the shape %s does not fit the product of %s", wording.Shape(c.shape), wording.Shape(v.shape))
	}
	if beta != 1 {
		c = s.arith("Mul", c, number(float64(beta)))
	}
	return lowered(s.arith("Add", v, c))
}

// buildEinsum lowers sums of products of one or two values, in which no label occurs twice in one
// value: transpositions around a product of matrices.
func buildEinsum(s *site) []*value {
	equation := strings.ReplaceAll(s.attrText("equation", ""), " ", "")
	left, out, explicit := strings.Cut(equation, "->")
	terms := strings.Split(left, ",")
	if len(terms) != len(s.in) {
		s.fail("equation %q is not for %d inputs", equation, len(s.in))
	}
	if len(terms) > 2 || strings.Contains(equation, ".") {
		s.refuse("equation %q", equation)
	}
	sizes := map[rune]int{}
	count := map[rune]int{}
	for i, term := range terms {
		labels := []rune(term)
		if len(labels) != len(s.in[i].shape) {
			s.fail("%q in equation %q is not for the shape %s", term, equation, wording.Shape(s.in[i].shape))
		}
		for a, r := range labels {
			if slices.Contains(labels[:a], r) {
				s.refuse("equation %q", equation)
			}
			if d, ok := sizes[r]; ok && d != s.in[i].shape[a] {
				s.fail("%q is %d and %d in equation %q", r, d, s.in[i].shape[a], equation)
			}
			sizes[r] = s.in[i].shape[a]
			count[r]++
		}
	}
	if !explicit {
		for _, r := range slices.Sorted(maps.Keys(count)) {
			if count[r] == 1 {
				out += string(r)
			}
		}
	}
	want := []rune(out)
	for i, r := range want {
		if count[r] == 0 || slices.Contains(want[:i], r) {
			s.fail("equation %q makes %q", equation, out)
		}
	}
	e := &einsum{site: s, sizes: sizes}
	v, labels := e.term(s.in[0], []rune(terms[0]), func(r rune) bool { return count[r] == 2 || slices.Contains(want, r) })
	if len(terms) == 2 {
		w, others := e.term(s.in[1], []rune(terms[1]), func(r rune) bool { return count[r] == 2 || slices.Contains(want, r) })
		v, labels = e.product(v, labels, w, others, want)
	}
	return lowered(e.order(v, labels, want))
}

type einsum struct {
	*site
	sizes map[rune]int
}

// term sums a value over the labels that are not kept.
func (e *einsum) term(v *value, labels []rune, keep func(rune) bool) (*value, []rune) {
	var axes []int
	var kept []rune
	for a, r := range labels {
		if keep(r) {
			kept = append(kept, r)
		} else {
			axes = append(axes, a)
		}
	}
	if len(axes) > 0 && v.known != nil {
		e.refuse("equation %q sums over a constant", e.attrText("equation", ""))
	}
	return e.reduce("ReduceSum", v, axes, false), kept
}

// order transposes a value to the labels wanted.
func (e *einsum) order(v *value, labels, want []rune) *value {
	perm := make([]int, len(want))
	for i, r := range want {
		perm[i] = slices.Index(labels, r)
	}
	return e.permute(v, perm)
}

func (e *einsum) shape(labels ...rune) []int {
	shape := []int{}
	for _, r := range labels {
		shape = append(shape, e.sizes[r])
	}
	return shape
}

// product multiplies matrices: the labels of a alone are rows, those of b alone are columns. The
// sum runs over the labels that are not wanted; all others are batches of matrices.
func (e *einsum) product(a *value, la []rune, b *value, lb, want []rune) (*value, []rune) {
	if a.known != nil {
		a, la, b, lb = b, lb, a, la
	}
	var batch, rows, inner, cols []rune
	for _, r := range want {
		if slices.Contains(la, r) && slices.Contains(lb, r) {
			batch = append(batch, r)
		}
	}
	for _, r := range la {
		switch {
		case !slices.Contains(lb, r):
			rows = append(rows, r)
		case !slices.Contains(want, r):
			inner = append(inner, r)
		}
	}
	for _, r := range lb {
		if !slices.Contains(la, r) {
			cols = append(cols, r)
		}
	}
	size := func(labels []rune) int { return tensor.Size(e.shape(labels...)) }
	a = e.order(a, la, slices.Concat(batch, rows, inner))
	b = e.order(b, lb, slices.Concat(batch, inner, cols))
	a = e.reshape(a, append(e.shape(batch...), size(rows), size(inner))...)
	b = e.reshape(b, append(e.shape(batch...), size(inner), size(cols))...)
	labels := slices.Concat(batch, rows, cols)
	return e.reshape(e.matmul(a, b), e.shape(labels...)...), labels
}
