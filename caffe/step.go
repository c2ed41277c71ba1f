package caffe

import (
	"fmt"

	"hoodwink/nn"
)

// A part is a value on the way through a layer of Caffe's that several layers of ours make
// up: its name in the network, and its shape with a batch of 1.
type part struct {
	name  string
	shape []int
}

// A step is a layer of ours before the one that a layer of Caffe's ends in.
type step struct {
	name  string
	layer nn.Layer
	in    []part
	out   part
}

// step adds a layer with one output. After an error, which the site keeps, it does nothing.
func (s *site) step(l nn.Layer, in ...part) part {
	name := fmt.Sprintf("%s/%s%d", s.name, l.Kind(), len(s.steps)+1)
	out := part{s.out[0].name + "@" + name, in[0].shape}
	if s.err != nil {
		return out
	}
	made, err := l.OutShapes(partShapes(in))
	if err == nil {
		err = possible(made)
	}
	if err != nil {
		s.err = err
		return out
	}
	out.shape = made[0]
	s.steps = append(s.steps, step{name, l, in, out})
	return out
}

// inShape gives a part another shape of as many values. The first axis stays the batch.
func (s *site) inShape(p part, dims ...int) part {
	return s.step(&nn.View{Dims: append([]int{0}, dims...)}, p)
}

func partShapes(parts []part) (shapes [][]int) {
	for _, p := range parts {
		shapes = append(shapes, p.shape)
	}
	return shapes
}

func partNames(parts []part) (names []string) {
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}
