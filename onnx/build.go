package onnx

import (
	"errors"
	"fmt"
	"slices"

	"hoodwink/internal/wording"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// Build makes the network. Its result is the scores of one example, a vector: the graph's output
// (see Options) or, if a softmax or sigmoid computes that, the input of that function. The weights
// are used, not copied, if layers take them as they are in the file.
//
// The model's own graph is dropped: Build returns the same network every time.
func (m *Model) Build() (*nn.Network, error) {
	m.build.Do(func() {
		m.net, m.err = m.make()
		if m.err != nil {
			m.err = inFile(m.File, m.err)
		}
		m.graph, m.functions = nil, nil
	})
	return m.net, m.err
}

// Activation returns the last function of the graph; only operators that move, round or limit its
// results may follow it. The network gives its input, the logits. It is NoActivation if the
// network's results are the graph's, or if the network cannot be built.
func (m *Model) Activation() Activation {
	m.Build()
	return m.activation
}

// InputType returns the type of the graph's input in ONNX's words, e.g. "float" or "uint8". If it
// is a type of integers, pictures go in as integers.
func (m *Model) InputType() string {
	m.Build()
	return m.inputType.String()
}

// Probabilities reports whether the graph's outputs are probabilities that add up to 1, or their
// logarithms, so that the network gives their logits.
func (m *Model) Probabilities() bool { return m.Activation() == Softmax }

// Output returns the name of the output that was chosen if the graph has several, otherwise "".
func (m *Model) Output() string { return m.output }

func (m *Model) make() (net *nn.Network, err error) {
	defer recovered(&err)
	l, out, err := m.lower()
	if err != nil {
		return nil, err
	}
	m.inputType = l.input.typ
	s := &site{lowering: l, node: &nodeProto{name: "logits", op: "Reshape", out: []string{"logits"}}, opset: m.Opset}
	scores := out
	if !out.typ.floating() {
		scores = s.numbers(out)
	}
	if e := out.ending; e != nil {
		scores, m.activation = e.logits, e.function
	}
	n := tensor.Size(scores.shape)
	if len(out.shape) == 0 || slices.Max(out.shape) != n {
		return nil, &Error{Err: fmt.Errorf("the result %q has the shape %s: one score for each class is wanted, (1,K) or (1,K,1,1)", out.name, wording.Shape(out.shape)),
			hint: "does the network end in a classifier?"}
	}
	scores = s.view(scores, 1, n)
	if scores.from == nil {
		return nil, &Error{Err: errors.New("no node makes a result")}
	}
	return l.assemble(scores)
}
