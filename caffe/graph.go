package caffe

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hoodwink/internal/pb"
	"hoodwink/internal/wording"
)

// A graph is the part of a definition on which the logits depend: layers that read and write
// values, which are assigned once.
type graph struct {
	nodes    []*node // in the order of the file
	input    *value
	output   *value
	notes    []string
	sigmoids bool   // the loss on the output is one of sigmoids
	scores   *value // the input of a softmax; the output, if there was no softmax
}

type node struct {
	*pb.LayerParameter
	kind    *kind // nil if the type is unknown
	name    string
	in, out []*value
	used    bool // the output depends on it
}

// weighted reports whether the layer has blobs of its own. A second input is in the place of the
// first of them.
func (n *node) weighted() bool {
	return n.kind.weights && !(n.kind.two && len(n.in) == 2 && !(n.GetType() == "Scale" && n.GetScaleParam().GetBiasTerm()))
}

// A value is one version of a blob: a layer that overwrites a blob makes another.
type value struct {
	name string
	from *node
	dims []int64 // of an input
	err  error   // why the value is unavailable
	uses int     // number of layers that read it

	// softmax is the layer that made the value, if it is a softmax, or the one before layers that
	// only change the shape; nil of others. It is known once all layers are.
	softmax *node
}

// maxEnds bounds the blobs one layer reads or makes.
const maxEnds = 1024

// A result is a value that may be the purpose of the network.
type result struct {
	value   *value
	softmax bool // a softmax reads it
	sigmoid bool // the loss is one of sigmoids
}

// resolver walks the layers in the order of the file.
type resolver struct {
	def     *Definition
	blobs   map[string]*value // the present meaning of each blob's name
	names   map[string]bool   // of values
	layers  map[string]int
	nodes   []*node
	results []result
	labels  []string // layers at the end that only pick classes
}

// resolve finds the graph of a definition.
func (d *Definition) resolve() (*graph, error) {
	r := &resolver{def: d, blobs: map[string]*value{}, names: map[string]bool{}, layers: map[string]int{}}
	for i, l := range d.layers {
		if err := r.add(i, l); err != nil {
			return nil, layerError(l, err)
		}
	}
	findSoftmaxes(r.nodes)
	g := &graph{nodes: r.nodes}
	if err := r.choose(g); err != nil {
		return nil, &Error{Err: err}
	}
	if err := g.prune(); err != nil {
		return nil, err
	}
	return g, nil
}

func (r *resolver) add(i int, l *pb.LayerParameter) error {
	k := kindOf(l.GetType())
	if k != nil && k.role == watcher {
		r.watch(l)
		return nil
	}
	if len(l.Bottom) > maxEnds || len(l.Top) > maxEnds {
		return fmt.Errorf("it has %d bottoms and %d tops: at most %d are possible", len(l.Bottom), len(l.Top), maxEnds)
	}
	n := &node{LayerParameter: l, kind: k, name: r.layerName(l.GetName())}
	for _, b := range l.Bottom {
		v := r.blobs[b]
		if v == nil {
			return r.missing(i, b)
		}
		n.in = append(n.in, v)
	}
	for j, t := range l.Top {
		if r.blobs[t] != nil && !slices.Contains(l.Bottom, t) || slices.Contains(l.Top[:j], t) {
			return fmt.Errorf("it makes %q, which is made already", t)
		}
		if k == nil || k.role != passer {
			v := r.value(t, n)
			if k != nil && k.role == source {
				v.dims, v.err = k.dims(l, j)
			}
			n.out = append(n.out, v)
		}
	}
	switch {
	case k != nil && k.role == passer:
		if len(n.in) != 1 {
			return fmt.Errorf("it reads %d blobs, 1 is wanted", len(n.in))
		}
		for _, t := range l.Top {
			r.blobs[t] = n.in[0]
		}
		return nil
	case k == nil || k.role != source:
		for _, v := range n.in {
			v.uses++
		}
		for _, v := range n.out {
			r.results = append(r.results, result{value: v})
		}
		r.nodes = append(r.nodes, n)
	}
	for j, t := range l.Top {
		r.blobs[t] = n.out[j]
	}
	return nil
}

// watch skips a layer that has no part in the result. Its outputs cannot be used. The input of a
// softmax loss is a classifier's scores.
func (r *resolver) watch(l *pb.LayerParameter) {
	t := l.GetType()
	sigmoid := t == "SigmoidCrossEntropyLoss"
	if (sigmoid || t == "SoftmaxWithLoss" || t == "SoftmaxLoss") && len(l.Bottom) > 0 {
		if v := r.blobs[l.Bottom[0]]; v != nil && v.from != nil && v.dims == nil && v.err == nil {
			r.results = append(r.results, result{value: v, softmax: !sigmoid, sigmoid: sigmoid})
		}
	}
	if t == "ArgMax" {
		r.labels = append(r.labels, l.GetName())
	}
	for _, t := range l.Top {
		r.blobs[t] = &value{name: t, err: fmt.Errorf("layer %q (%s), which makes it, is left out", l.GetName(), l.GetType())}
	}
}

// value makes the next version of a blob. The first has the blob's own name.
func (r *resolver) value(blob string, n *node) *value {
	name := blob
	if r.names[name] {
		name = blob + "@" + n.name
	}
	for r.names[name] {
		name += "'"
	}
	r.names[name] = true
	return &value{name: name, from: n}
}

// layerName returns the name under which a layer is reported: its own, with a number if that is
// taken.
func (r *resolver) layerName(name string) string {
	r.layers[name]++
	if n := r.layers[name]; n > 1 {
		return fmt.Sprintf("%s#%d", name, n)
	}
	return name
}

// missing explains why layer i cannot read a blob: no layer makes it, or a later one.
func (r *resolver) missing(i int, blob string) error {
	layers := r.def.layers
	maker := -1
	for j := i; j < len(layers) && maker < 0; j++ {
		if slices.Contains(layers[j].Top, blob) {
			maker = j
		}
	}
	if maker < 0 {
		return fmt.Errorf("it reads %q, which no layer makes", blob)
	}
	// Follow what depends on layer i. If that makes the blob, no order is possible.
	came := map[int]int{i: i}
	fresh := map[string]int{}
	for _, t := range layers[i].Top {
		fresh[t] = i
	}
	for j := i; j <= maker; j++ {
		for _, b := range layers[j].Bottom {
			if from, ok := fresh[b]; ok && j > i {
				came[j] = from
				for _, t := range layers[j].Top {
					fresh[t] = j
				}
				break
			}
		}
	}
	if _, ok := came[maker]; !ok {
		return fmt.Errorf("it reads %q before layer %q makes it: layers run in the order of the file", blob, layers[maker].GetName())
	}
	path := []string{layers[i].GetName()}
	for j := maker; j != i; j = came[j] {
		path = append(path, layers[j].GetName())
	}
	path = append(path, layers[i].GetName())
	if n := len(path); n > maxNamed {
		path = append(path[:maxNamed-1], "...", path[n-1])
	}
	return fmt.Errorf("the graph is cyclic through the layers %s", strings.Join(path, " <- "))
}

// choose picks the output: see the package comment.
func (r *resolver) choose(g *graph) error {
	var best *result
	var names []string // of the values that may be it
	seen := map[*value]bool{}
	for i := range r.results {
		c := &r.results[i]
		if want := r.def.Output; want != "" && c.value.name != want && c.value != r.blobs[want] {
			continue
		}
		if !c.softmax && !c.sigmoid {
			if c.value.uses > 0 && r.def.Output == "" {
				continue
			}
			c.softmax = c.value.softmax != nil
		}
		if scores := c.value.scores(); !seen[scores] {
			seen[scores] = true
			names = append(names, fmt.Sprintf("%q", c.value.name))
		}
		if best == nil || c.softmax || c.sigmoid || !best.softmax && !best.sigmoid {
			best = c
		}
	}
	if best == nil && r.def.Output != "" {
		return fmt.Errorf("no layer makes the result %q that is asked for", r.def.Output)
	}
	if n := len(names); n > 1 && r.def.Output == "" {
		why := "the last"
		switch {
		case best.softmax:
			why = "the last that goes into a softmax"
		case best.sigmoid:
			why = "the last that a loss of sigmoids reads"
		}
		if n > maxNamed {
			names = append(names[:maxNamed:maxNamed], fmt.Sprintf("%d more", n-maxNamed))
		}
		g.notes = append(g.notes, fmt.Sprintf("the definition has the results %s: %q is taken for the scores of the classes (%s)", strings.Join(names, ", "), best.value.name, why))
	}
	if best == nil {
		return errors.New("no layer makes a result")
	}
	if len(r.labels) > 0 {
		g.notes = append(g.notes, fmt.Sprintf("the layer %s (ArgMax), which gives the number of a class and no scores, is left out", wording.Quoted(r.labels, 10)))
	}
	g.output, g.scores, g.sigmoids = best.value, best.value, best.sigmoid
	if s := best.value.softmax; s != nil && len(s.in) == 1 {
		g.scores = s.in[0]
		if best.value.from == s {
			g.output = g.scores
			return nil
		}
		// Only the shape changed after the softmax: bypass it.
		n := best.value.from
		for n.in[0].from != s {
			n = n.in[0].from
		}
		n.in[0] = g.scores
	}
	return nil
}

// scores returns the input of the softmax that made the value, or the value itself.
func (v *value) scores() *value {
	if s := v.softmax; s != nil && len(s.in) == 1 {
		return s.in[0]
	}
	return v
}

// maxNamed bounds the number of results or layers that a note or an error names.
const maxNamed = 10

// findSoftmaxes says of all values which softmax made them, possibly with another shape. Layers come
// in the order of the file, so what a layer reads is known before what it makes.
func findSoftmaxes(nodes []*node) {
	for _, n := range nodes {
		var softmax *node
		switch n.GetType() {
		case "Softmax":
			softmax = n
		case "Flatten", "Reshape":
			if len(n.in) == 1 && n.in[0].uses == 1 {
				softmax = n.in[0].softmax
			}
		}
		for _, v := range n.out {
			v.softmax = softmax
		}
	}
}

// prune keeps the layers on which the output depends, and reports what is wrong with them.
func (g *graph) prune() error {
	var inputs []*value
	stack := []*value{g.output}
	seen := map[*value]bool{g.output: true}
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		n := v.from
		if n == nil || n.kind != nil && n.kind.role == source {
			inputs = append(inputs, v)
			continue
		}
		n.used = true
		for i, in := range n.in {
			if in.err != nil && in.from == nil {
				e := layerError(n.LayerParameter, fmt.Errorf("it reads %q, but %w", n.Bottom[i], in.err))
				e.hint = "a deploy.prototxt has no such layers"
				return e
			}
			if !seen[in] {
				seen[in] = true
				stack = append(stack, in)
			}
		}
	}
	g.nodes = slices.DeleteFunc(g.nodes, func(n *node) bool { return !n.used })
	var unknown []string
	weighted := map[string]bool{}
	for _, n := range g.nodes {
		if n.kind == nil {
			unknown = append(unknown, fmt.Sprintf("%q (%s)", n.GetName(), n.GetType()))
		} else if n.kind.refused != "" {
			unknown = append(unknown, fmt.Sprintf("%q (%s: %s)", n.GetName(), n.GetType(), n.kind.refused))
		} else if n.weighted() {
			if weighted[n.GetName()] {
				return layerError(n.LayerParameter, errors.New("another layer with weights has the same name, by which weights are found"))
			}
			weighted[n.GetName()] = true
		}
	}
	switch {
	case len(unknown) > 0:
		return &Error{Err: fmt.Errorf("layers of types that are not supported: %s", wording.Some(unknown, maxNamed)),
			hint: "supported are " + strings.Join(supported(), ", ")}
	case len(inputs) == 0:
		return &Error{Err: fmt.Errorf("the result %q depends on no input", g.output.name)}
	case len(inputs) > 1:
		return &Error{Err: fmt.Errorf("the result %q depends on the inputs %q and %q, but one picture is all there is",
			g.output.name, inputs[1].name, inputs[0].name)}
	case g.output == inputs[0]:
		return &Error{Err: errors.New("no layer makes a result")}
	}
	g.input = inputs[0]
	return nil
}
