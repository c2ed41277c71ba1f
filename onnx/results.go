package onnx

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"hoodwink/internal/wording"
)

// A result is an output of the graph that may be the classifier's.
type result struct {
	valueInfo
	core  string          // the value before operators that move values or change their type
	made  map[string]bool // the values from which core is computed, and core
	nodes int             // number of nodes that compute core
}

const (
	maxResults = 32 // outputs that are examined
	mostNamed  = 12 // outputs that an error lists
)

// chosen returns the output that has the scores of the classes. If the graph has several outputs,
// it notes why it chose that one. Options.Output takes precedence.
func (m *Model) chosen() (name string, err error) {
	g := m.graph
	if len(g.outputs) == 0 {
		return "", &Error{Err: errors.New("the graph has no outputs")}
	}
	if want := m.Options.Output; want != "" {
		if !slices.Contains(g.results(), want) {
			return "", &Error{Err: fmt.Errorf("the graph has no output %q: it has %s", want, wording.Quoted(g.results(), mostNamed)), Asks: AsksOutput}
		}
		m.output = want
		return want, nil
	}
	if len(g.outputs) == 1 {
		return g.outputs[0].name, nil
	}
	left, why := m.sift()
	if len(left) > 1 {
		return "", &Error{Err: fmt.Errorf("the graph has the outputs %s, and nothing says which of %s has the scores of the classes",
			wording.Quoted(g.results(), mostNamed), wording.Quoted(names(left), mostNamed)), Asks: AsksOutput}
	}
	m.output = left[0].name
	m.note("the graph has the outputs %s: %q is taken for the scores of the classes (%s)", wording.Quoted(g.results(), mostNamed), left[0].name, why)
	return left[0].name, nil
}

// sift drops outputs for one reason after another, until one is left or no reason applies, and
// returns the last reason.
func (m *Model) sift() (left []*result, why string) {
	for _, v := range m.graph.outputs {
		left = append(left, &result{valueInfo: v})
	}
	keep := func(reason string, f func(*result) bool) {
		some := slices.DeleteFunc(slices.Clone(left), func(r *result) bool { return !f(r) })
		if len(some) > 0 && len(some) < len(left) {
			left, why = some, reason
		}
	}
	keep("the others hold no floating-point numbers", func(r *result) bool { return r.typ == 0 || r.typ.floating() })
	keep(fmt.Sprintf("it has %d values, one for each class", m.Options.Classes), func(r *result) bool { return m.Options.Classes > 0 && r.classes() == m.Options.Classes })
	keep("the others are not one number for each class", func(r *result) bool { return r.classes() != notScores })
	keep("the others are single numbers", func(r *result) bool { return r.classes() != 1 })
	keep("by the names", func(r *result) bool { return !namedOtherwise.in(r.name) })
	if len(left) == 1 || len(left) > maxResults {
		return left, why
	}
	producer := m.producers()
	trace(left, producer)
	keep("the others are picked out of scores", func(r *result) bool { return !r.picked(producer) })
	keep("it is computed from what the others are", func(r *result) bool {
		return !slices.ContainsFunc(left, func(o *result) bool { return o != r && o.core != r.core && o.made[r.core] })
	})
	keep("by the names", func(r *result) bool { return namedScores.in(r.name) })
	keep("by the names", func(r *result) bool { return namedOutput.in(r.name) })
	keep("it ends in a linear layer or a softmax", func(r *result) bool { return r.head(producer) })
	first := left[0]
	keep("the first of those with as many values, and the longest way from the picture", func(r *result) bool {
		return r == first && !slices.ContainsFunc(left, func(o *result) bool {
			return o.nodes > r.nodes || o.classes() != r.classes() || o.classes() < 0
		})
	})
	keep("the others are the same values", func(r *result) bool {
		return r == first && !slices.ContainsFunc(left, func(o *result) bool { return o.core != r.core })
	})
	return left, why
}

// Results of classes that are not a number.
const (
	unknownClasses = -1 // the file does not say it
	notScores      = -2
)

// classes returns the number of values for one picture, by the shape of the output in the file: at
// most one axis except the first may be longer than 1.
func (r *result) classes() int {
	if !r.hasShape {
		return unknownClasses
	}
	if len(r.dims) == 0 {
		return notScores // a scalar, such as a loss
	}
	rest := r.dims
	if len(rest) > 1 {
		rest = rest[1:]
	}
	n := 1
	for _, d := range rest {
		switch {
		case d.value == 1:
		case n != 1:
			return notScores
		case d.value > 0:
			n = int(min(d.value, maxStatic))
		default:
			n = unknownClasses
		}
	}
	return n
}

// words are words in the names of outputs; those of whole count as whole words only.
type words struct{ parts, whole []string }

var (
	namedOtherwise = words{[]string{"feature", "embed", "hidden", "pooler", "pooled", "attention", "auxiliary", "aux_", "_aux", "aux-", "loss", "boxes", "heatmap", "latent", "representation"},
		[]string{"feat", "feats", "attn", "aux", "aux1", "aux2", "mask", "box", "cam"}}
	namedScores = words{[]string{"logit", "prob", "score", "class", "pred", "softmax"}, []string{"cls"}}
	namedOutput = words{nil, []string{"output", "outputs", "out"}}
)

func (w words) in(name string) bool {
	name = strings.ToLower(name)
	split := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.ContainsFunc(w.parts, func(p string) bool { return strings.Contains(name, p) }) ||
		slices.ContainsFunc(w.whole, func(p string) bool { return slices.Contains(split, p) })
}

// moving are operators that do not change values.
var moving = map[string]bool{"Identity": true, "Flatten": true, "Reshape": true, "Squeeze": true, "Unsqueeze": true, "Cast": true, "Dropout": true,
	"ZipMap": true, "Transpose": true, "QuantizeLinear": true, "DequantizeLinear": true}

// trace finds out from what outputs are computed.
func trace(list []*result, producer map[string]*nodeProto) {
	for _, r := range list {
		r.core = r.name
		for range len(producer) {
			n := producer[r.core]
			if n == nil || !moving[n.op] || len(n.in) == 0 {
				break
			}
			r.core = n.in[0]
		}
		r.made, r.nodes = reach(producer, r.core)
	}
}

// reach returns the values from which one is computed, including itself, and the number of nodes
// that compute it.
func reach(producer map[string]*nodeProto, name string) (made map[string]bool, nodes int) {
	made = map[string]bool{name: true}
	seen := map[*nodeProto]bool{}
	stack := []string{name}
	for len(stack) > 0 {
		n := producer[stack[len(stack)-1]]
		stack = stack[:len(stack)-1]
		if n == nil || seen[n] {
			continue
		}
		seen[n] = true
		n.mentions(func(name string) {
			if !made[name] {
				made[name] = true
				stack = append(stack, name)
			}
		})
	}
	return made, len(seen)
}

// producers returns the node that computes each value.
func (m *Model) producers() map[string]*nodeProto {
	producer := map[string]*nodeProto{}
	for _, n := range m.graph.nodes {
		for _, name := range n.out {
			producer[name] = n
		}
	}
	return producer
}

// picked reports whether the output is a choice among scores, and not the scores.
func (r *result) picked(producer map[string]*nodeProto) bool {
	n := producer[r.core]
	return n != nil && slices.Contains([]string{"TopK", "ArgMax", "ArgMin", "ReduceMax", "ReduceMin", "NonMaxSuppression", "ArrayFeatureExtractor"}, n.op)
}

// head reports whether the output comes from an operator with which classifiers end.
func (r *result) head(producer map[string]*nodeProto) bool {
	n := producer[r.core]
	if n != nil && n.op == "Add" { // the bias of a matrix product
		for _, name := range n.in {
			if p := producer[name]; p != nil && p.op == "MatMul" {
				n = p
			}
		}
	}
	return n != nil && slices.Contains([]string{"Gemm", "MatMul", "Softmax", "LogSoftmax", "Sigmoid", "LinearClassifier"}, n.op)
}

func names(list []*result) []string {
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = r.name
	}
	return out
}
