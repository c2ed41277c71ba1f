package onnx

import (
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// A graph for a fixed number of pictures, such as 8, contains that number in the shapes of its
// reshapes. It is lowered twice: first as it is, for 8 copies of the picture, which is right but 8
// times the work; then for one picture, where each shape of a reshape loses the factor of 8 on the
// batch's axis. If that axis cannot be found, the first result is used.

// lower runs all nodes on which the chosen output depends and returns its value for one picture.
func (m *Model) lower() (l *lowering, out *value, err error) {
	result, err := m.chosen()
	if err != nil {
		return nil, nil, err
	}
	in, settings, err := m.inputs(result)
	if err != nil {
		return nil, nil, err
	}
	run := func(copies int, full map[string][]int) (*lowering, *value, error) {
		l := &lowering{model: m, full: full, batch: in.batch}
		if copies > 1 {
			l.shapes = map[string][]int{}
		}
		out, err := l.graph(result, in, settings, copies)
		return l, out, err
	}
	if in.batch == 1 {
		return run(1, nil)
	}
	copied, many, wrong := run(in.batch, nil)
	if wrong != nil {
		return run(1, nil)
	}
	l, out, err = run(1, copied.shapes)
	if err == nil && in.batch*tensor.Size(out.shape) == tensor.Size(many.shape) {
		return l, out, nil
	}
	out, err = copied.firstOf(many, in.batch)
	return copied, out, err
}

// firstOf returns the part of a result for several pictures that belongs to the first.
func (l *lowering) firstOf(v *value, batch int) (out *value, err error) {
	defer recovered(&err)
	s := l.made1("first picture")
	if len(v.shape) == 0 || v.shape[0] != batch {
		s.fail("the result has the shape %s for %d pictures", wording.Shape(v.shape), batch)
	}
	return s.emit(&nn.Crop{Axes: []int{0}, Starts: []int{0}, Ends: []int{1}, Steps: []int{1}}, v), nil
}

// made1 returns a site for operators that are not in the file.
func (l *lowering) made1(name string) *site {
	return &site{lowering: l, node: &nodeProto{name: name, op: "Reshape", out: []string{name}}, opset: l.model.Opset}
}

// feed computes the graph's input from the network's, for a number of copies of the picture.
func (l *lowering) feed(in *picture, copies int) *value {
	s := l.made1(in.valueInfo.name + " as in the graph")
	v := s.view(l.input, in.graph...)
	if copies > 1 {
		s.node.name = "copies of the picture"
		shape := append([]int{copies}, in.graph[1:]...)
		v = s.emitAs(shape, &nn.Expand{Shape: shape}, v)
	}
	return v
}

// record stores the shape of a value for several pictures. A name that two values share, in two
// calls of a function, is useless.
func (l *lowering) record(name string, v *value) {
	if l.shapes == nil || v.shape == nil {
		return
	}
	if old, ok := l.shapes[name]; ok && !slices.Equal(old, v.shape) {
		l.shapes[name] = nil
		return
	}
	l.shapes[name] = v.shape
}

// forOne returns the shape of a node's reshape for one picture, given its shape for several. The
// factor of the batch is removed from the axis that has as many values before it as the batch's
// axis has in the reshape's input. It returns false if nothing has to change.
func (s *site) forOne() ([]int, bool) {
	if s.full == nil || s.in[0].known != nil || len(s.node.out) == 0 {
		return nil, false
	}
	in, full, to := s.in[0].shape, s.full[s.node.in[0]], slices.Clone(s.full[s.node.out[0]])
	if full == nil || to == nil || len(in) != len(full) {
		s.fail("its shape for %d pictures is not known", s.batch)
	}
	if slices.Equal(in, full) {
		return nil, false
	}
	before := 1
	for i, n := range in {
		if n != full[i] {
			break
		}
		before *= n
	}
	if tensor.Size(full) == s.batch*tensor.Size(in) {
		outer := 1
		for i, n := range to {
			if outer == before && n%s.batch == 0 {
				to[i] /= s.batch
				return to, true
			}
			outer *= n
		}
	}
	s.fail("it is made for %d pictures: %s of %s", s.batch, wording.Shape(to), wording.Shape(full))
	return nil, false
}
