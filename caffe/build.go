package caffe

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// maxValues bounds every array a definition asks for, in values.
const maxValues = 1 << 29

// Build makes the network of a definition and its weights. The weights are used,
// not copied: they must not change afterwards. Weights of layers that are not part
// of the network are ignored.
func (d *Definition) Build(w *Weights) (*nn.Network, error) {
	if w == nil {
		w = &Weights{}
	}
	g, err := d.resolve()
	if err != nil {
		return nil, d.named(err)
	}
	d.Notes, d.Sigmoids = g.notes, g.sigmoids
	blobs := map[string][]*tensor.Tensor{}
	for _, l := range w.Layers {
		blobs[l.Name] = l.Blobs
	}
	d.complete(g, blobs)
	var missing []string
	for _, n := range g.nodes {
		if n.weighted() && len(blobs[n.GetName()]) == 0 {
			missing = append(missing, n.GetName())
		}
	}
	if len(missing) > 0 {
		return nil, &Error{File: w.File, Err: fmt.Errorf("weights are missing for the layers %s", wording.Quoted(missing, 10)),
			hint: "are these the weights of this definition?"}
	}
	return d.build(g, func(n *node) blobSource {
		src := &given{file: w.File}
		if n.weighted() { // another layer may have weights under the same name
			src.blobs = blobs[n.GetName()]
		}
		return src
	})
}

// named adds the definition's file to errors that name none.
func (d *Definition) named(err error) error {
	var e *Error
	if errors.As(err, &e) && e.File == "" {
		e.File = d.File
	}
	return err
}

// build makes the network of a graph with weights from a source for each layer.
func (d *Definition) build(g *graph, weights func(*node) blobSource) (*nn.Network, error) {
	b := nn.NewBuilder(d.Name)
	dims, batch, err := inputShape(g.input)
	if err != nil {
		return nil, d.named(err)
	}
	b.Input(g.input.name, dims...)
	spare := maxRepeated
	shapes := map[*value][]int{g.input: append([]int{1}, dims...)}
	for _, n := range g.nodes {
		s := &site{node: n, batch: batch, spare: &spare, blobSource: weights(n)}
		out := make([]string, len(n.out))
		for _, v := range n.in {
			s.reads(v, shapes[v])
		}
		for i, v := range n.out {
			out[i] = v.name
		}
		layer, made, err := s.layer()
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				e = &Error{Err: err}
			}
			e.Layer, e.Type = n.GetName(), n.GetType()
			return nil, d.named(e)
		}
		for i, v := range n.out {
			shapes[v] = made[i]
		}
		for _, p := range s.steps {
			b.Add(p.name, p.layer, partNames(p.in), []string{p.out.name})
		}
		b.Add(n.name, layer, partNames(s.args), out)
	}
	// The input of a softmax must be one score for each class.
	scores := shapes[g.scores]
	if n := tensor.Size(scores); len(scores) < 2 || scores[1] != n {
		return nil, d.named(&Error{Err: fmt.Errorf("the result %q has the shape %s: one score for each class is wanted, (K) or (K,1,1)",
			g.scores.name, wording.Shape(scores[1:])), hint: "does the network end in a classifier, and is its input of the size it was made for?"})
	}
	output := g.output.name
	if len(shapes[g.output]) != 2 {
		output += "@logits"
		b.Add("logits", &nn.Flatten{Axis: 1, EndAxis: -1}, []string{g.output.name}, []string{output})
	}
	net, err := b.Build(output)
	var wrong *nn.LayerError
	if errors.As(err, &wrong) {
		return nil, d.named(&Error{Layer: wrong.Layer, Type: wrong.Kind, Err: wrong.Err})
	}
	if err != nil {
		return nil, d.named(&Error{Err: err})
	}
	return net, nil
}

// inputShape returns the shape of one example and the batch size the file gives.
func inputShape(v *value) (shape []int, batch int, err error) {
	if v.err != nil {
		return nil, 0, &Error{Err: fmt.Errorf("the input %q has no known shape: %w", v.name, v.err),
			hint: `say the size of its pictures, or give the network a layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 224 dim: 224 } } }, as a deploy.prototxt has`}
	}
	wrong := &Error{Err: fmt.Errorf("the input %q has the dimensions %v: batch, channels, height and width are wanted", v.name, v.dims)}
	if len(v.dims) < 2 || len(v.dims) > maxAxes {
		return nil, 0, wrong
	}
	for _, d := range v.dims[1:] {
		if d < 1 || d > maxValues {
			return nil, 0, wrong
		}
		shape = append(shape, int(d))
	}
	if _, ok := tensor.CheckedSize(shape, maxValues); !ok {
		return nil, 0, wrong
	}
	if d := v.dims[0]; d > 1 && d < math.MaxInt32 {
		return shape, int(d), nil
	}
	return shape, 1, nil
}

// A site is where an operator is built: its parameters, the shapes that it reads with a batch of 1,
// and its source of weights.
type site struct {
	*node
	in    [][]int
	batch int  // the batch size in the file
	spare *int // how many values may still be repeated, in all layers
	blobSource

	args  []part // what the last layer reads: the inputs, unless the builder says otherwise
	steps []step // layers before the last
	err   error  // of a step
}

// reads adds an input.
func (s *site) reads(v *value, shape []int) {
	s.in = append(s.in, shape)
	s.args = append(s.args, part{v.name, shape})
}

// layer builds the operator and returns it with the shapes of its outputs.
func (s *site) layer() (nn.Layer, [][]int, error) {
	if len(s.in) == 0 {
		return nil, nil, errors.New("it reads nothing")
	}
	if n := len(s.in); s.kind.weights && n != 1 && !(s.kind.two && n == 2) {
		return nil, nil, fmt.Errorf("it reads %d blobs: only weights of its own are supported", n)
	}
	l, err := s.kind.build(s)
	if err := cmp.Or(s.err, err); err != nil {
		return nil, nil, err
	}
	if err := s.finish(); err != nil {
		return nil, nil, err
	}
	shapes, err := l.OutShapes(partShapes(s.args))
	if err != nil {
		return nil, nil, err
	}
	if len(shapes) != len(s.out) {
		return nil, nil, fmt.Errorf("it makes %d blobs, the definition names %d", len(shapes), len(s.out))
	}
	return l, shapes, possible(shapes)
}

// possible refuses outputs of too many values.
func possible(shapes [][]int) error {
	for _, shape := range shapes {
		if n, ok := tensor.CheckedSize(shape, maxValues); !ok || n == 0 {
			return fmt.Errorf("it makes a blob of shape %s: between 1 and %d values are possible", wording.Shape(shape), maxValues)
		}
	}
	return nil
}

// channels returns the number of channels of the first input, or an error if it has none.
func (s *site) channels() (int, error) {
	if len(s.in[0]) < 2 {
		return 0, fmt.Errorf("its input of shape %s has no channels", wording.Shape(s.in[0]))
	}
	return s.in[0][1], nil
}

// axis resolves an axis that may count from the end; limit is the largest value allowed.
func (s *site) axis(a int32, limit int) (int, error) {
	rank := len(s.in[0])
	at := int(a)
	if at < 0 {
		at += rank
	}
	if at < 0 || at > limit {
		return 0, fmt.Errorf("axis %d is outside its input of shape %s", a, wording.Shape(s.in[0]))
	}
	return at, nil
}
