package onnx

import (
	"fmt"
	"math"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// A site is where a node is lowered. Its methods end the lowering with an error if the file lacks
// something necessary; they panic, and lower recovers.
type site struct {
	*lowering
	node  *nodeProto
	opset int
	in    []*value // nil for optional inputs that are left out
}

// title returns the name of the node in lists.
func (s *site) title() string {
	op := s.node.op
	if !standard(s.node.domain) {
		op = s.node.domain + "." + op
	}
	return fmt.Sprintf("%q (%s)", s.node.label(), op)
}

// fail ends the lowering with an error about the node.
func (s *site) fail(format string, args ...any) {
	fail(&Error{Node: s.node.label(), Op: s.node.op, Err: fmt.Errorf(format, args...)})
}

// note adds the node to the list of unsupported ones.
func (s *site) note(why string) {
	t := s.title()
	if why != "" {
		t += ": " + why
	}
	s.lowering.unsupported = append(s.lowering.unsupported, t)
}

// refusal is what refuse panics with.
type refusal struct{}

// refuse calls note, and stops lowering the node.
func (s *site) refuse(format string, args ...any) {
	s.note(fmt.Sprintf(format, args...))
	panic(refusal{})
}

// caught calls f and reports whether it did not refuse.
func (s *site) caught(f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			if _, refused := p.(refusal); !refused {
				panic(p)
			}
		}
	}()
	f()
	return true
}

// apply lowers a node of a known kind; static says that all its inputs are known.
func (s *site) apply(k *kind, static bool) []*value {
	if len(s.in) < k.min || k.max >= 0 && len(s.in) > k.max {
		s.fail("it has %d inputs, %s are wanted", len(s.in), k.arity())
	}
	for i, v := range s.in {
		if v == nil && (i < k.min || k.max < 0) {
			s.fail("input %d is missing", i+1)
		}
	}
	if k.fold != nil && (static || k.shapes) {
		if out := k.fold(s); out != nil {
			values := make([]*value, len(out))
			for i, c := range out {
				values[i] = knownValue("", c)
			}
			return values
		}
	}
	if k.build == nil {
		s.refuse("an input depends on the picture")
	}
	if static {
		return s.evaluate(k)
	}
	if k.integers == ownIntegers {
		return k.build(s)
	}
	return s.integers(k)
}

// has reports whether there is an input i.
func (s *site) has(i int) bool { return i < len(s.in) && s.in[i] != nil }

// optional returns input i, nil if it is left out.
func (s *site) optional(i int) *value {
	if s.has(i) {
		return s.in[i]
	}
	return nil
}

// constant returns input i, which must be known.
func (s *site) constant(i int) *constant {
	if !s.has(i) {
		s.fail("input %d is missing", i+1)
	}
	c := s.in[i].known
	if c == nil {
		s.refuse("input %d depends on the picture", i+1)
	}
	return c
}

// computed returns input i, which must depend on the picture.
func (s *site) computed(i int) *value {
	if s.in[i].known != nil {
		s.refuse("input %d is a constant, only other inputs depend on the picture", i+1)
	}
	return s.in[i]
}

// weights returns input i, which must be known, floating-point and finite.
func (s *site) weights(i int) *constant {
	c := s.constant(i)
	if !c.typ.floating() {
		s.fail("input %d holds values of %s, floating-point ones are wanted", i+1, c.typ)
	}
	if at, ok := tensor.Finite(c.f); !ok {
		s.fail("input %d has the value %v at index %d of %d: these weights are broken", i+1, c.f[at], at, len(c.f))
	}
	return c
}

// vector returns weights that must have n values.
func (s *site) vector(i, n int) []float32 {
	c := s.weights(i)
	if c.len() != n {
		s.fail("input %d has the shape %s, %d values are wanted", i+1, wording.Shape(c.shape), n)
	}
	return c.f
}

// ints returns the numbers of input i, which must be known.
func (s *site) ints(i int) []int {
	c := s.constant(i)
	if c.typ.floating() {
		s.fail("input %d holds values of %s, integers are wanted", i+1, c.typ)
	}
	if len(c.shape) > 1 {
		s.fail("input %d has the shape %s, a list of numbers is wanted", i+1, wording.Shape(c.shape))
	}
	return toInts(c.i.list())
}

func toInts(list []int64) []int {
	out := make([]int, len(list))
	for i, v := range list {
		out[i] = int(v)
	}
	return out
}

// attr returns an attribute of the given kind, or nil.
func (s *site) attr(name string, kind attrKind) *attribute {
	a := s.node.attrs[name]
	if a != nil && a.kind != kind {
		s.fail("attribute %s is %s, %s is wanted", name, a.kind, kind)
	}
	return a
}

func (s *site) attrInt(name string, absent int) int {
	if a := s.attr(name, attrInt); a != nil {
		return int(a.i)
	}
	return absent
}

func (s *site) attrFloat(name string, absent float32) float32 {
	a := s.attr(name, attrFloat)
	if a == nil {
		return absent
	}
	if v := float64(a.f); math.IsNaN(v) || math.IsInf(v, 0) {
		s.fail("attribute %s is %v", name, a.f)
	}
	return a.f
}

func (s *site) attrText(name, absent string) string {
	if a := s.attr(name, attrString); a != nil {
		return a.s
	}
	return absent
}

// attrInts returns a list of numbers, nil if there is none.
func (s *site) attrInts(name string) []int {
	if a := s.attr(name, attrInts); a != nil {
		return toInts(a.ints)
	}
	return nil
}

// list returns numbers that are an attribute before a version and input i from it on; false if
// there are none.
func (s *site) list(name string, i, since int) ([]int, bool) {
	if s.opset < since {
		a := s.attrInts(name)
		return a, a != nil
	}
	if !s.has(i) {
		return nil, false
	}
	return s.ints(i), true
}

// axis resolves an axis of a shape with rank axes; negative ones count from the end.
func (s *site) axis(a, rank int) int {
	at := a
	if at < 0 {
		at += rank
	}
	if at < 0 || at >= rank {
		s.fail("axis %d is not one of %d", a, rank)
	}
	return at
}

// axes is axis for a list, in which none may occur twice.
func (s *site) axes(list []int, rank int) []int {
	out := make([]int, len(list))
	for i, a := range list {
		out[i] = s.axis(a, rank)
		if slices.Contains(out[:i], out[i]) {
			s.fail("axis %d is there twice in %v", a, list)
		}
	}
	return out
}

// rank checks that a value has the given number of axes.
func (s *site) rank(v *value, n int) {
	if len(v.shape) != n {
		s.fail("its input has the shape %s, one of %d axes is wanted", wording.Shape(v.shape), n)
	}
}

// spend counts values of the given shape that are evaluated beforehand. from is the number of
// values of the largest constant from which they are computed.
func (l *lowering) spend(s *site, shape []int, from int) {
	n, ok := tensor.CheckedSize(shape, maxStatic)
	if ok {
		l.made += n
		l.grown += max(0, n-from)
	}
	if !ok || l.grown > maxGrown || l.made > maxGrown+maxPasses*l.model.weights {
		s.fail("it makes a constant of shape %s: all constants made beforehand together exceed the limit", wording.Shape(shape))
	}
}

// emit adds a layer that reads computed values and returns its output.
func (s *site) emit(layer nn.Layer, in ...*value) *value { return s.emitAll(layer, in...)[0] }

// emitAs is emit for a result whose shape, in ONNX's terms, is known: a scalar has no axes.
func (s *site) emitAs(shape []int, layer nn.Layer, in ...*value) *value {
	v := s.emit(layer, in...)
	if !slices.Equal(v.shape, padRank(shape)) {
		s.fail("the result has the shape %s, wanted is %s", wording.Shape(v.shape), wording.Shape(shape))
	}
	v.shape = shape
	return v
}

// emitAll is emit for layers with several outputs.
func (s *site) emitAll(layer nn.Layer, in ...*value) []*value {
	if s.layers++; s.layers > maxLayers {
		s.fail("more than %d layers are needed", maxLayers)
	}
	shapes := make([][]int, len(in))
	for i, v := range in {
		shapes[i] = padRank(v.shape)
	}
	made, err := layer.OutShapes(shapes)
	if err != nil {
		s.fail("%w", err)
	}
	st := &step{node: s.node, layer: layer, in: in}
	for _, shape := range made {
		if n, ok := tensor.CheckedSize(shape, maxStatic); !ok || n == 0 {
			s.fail("its result has the shape %s: between 1 and %d values are possible", wording.Shape(shape), maxStatic)
		}
		st.outs = append(st.outs, &value{typ: typeFloat, shape: shape, from: st, index: len(st.outs), name: s.name(len(st.outs))})
	}
	st.out = st.outs[0]
	return st.outs
}

// name returns the name of output i of a layer. The last layer of a node has the name of the node's
// output.
func (s *site) name(i int) string {
	if i < len(s.node.out) && s.node.out[i] != "" {
		return s.node.out[i]
	}
	return s.node.label()
}

// view gives a computed value another shape of the same size.
func (s *site) view(v *value, shape ...int) *value {
	if slices.Equal(shape, v.shape) {
		return v
	}
	ending := v.ending
	for v.from != nil {
		if _, ok := v.from.layer.(*nn.View); !ok {
			break
		}
		v = v.from.in[0]
	}
	if slices.Equal(padRank(shape), padRank(v.shape)) {
		// nn has no scalars, but the shape here may differ.
		w := *v
		w.shape, w.ending = slices.Clone(shape), ending
		return &w
	}
	dims := slices.Clone(padRank(shape))
	if dims[0] == padRank(v.shape)[0] {
		dims[0] = 0 // the batch stays as it is
	}
	w := s.emitAs(slices.Clone(shape), &nn.View{Dims: dims}, v)
	w.ending = ending
	return w
}
