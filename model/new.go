package model

import (
	"fmt"

	"hoodwink/nn"
	"hoodwink/preprocess"
)

// New returns a model of a network that is not from a file. classes has a name for each of its
// logits, or two names for a network with one output, whose sigmoid is the probability of the
// second. [Model.Export] writes it.
func New(name string, net *nn.Network, spec preprocess.Spec, classes []string) (*Model, error) {
	fail := func(err error) (*Model, error) { return nil, &Error{Model: name, Err: err} }
	if err := (Source{Weights: name}).checkOutput(net); err != nil {
		return fail(err)
	}
	if err := spec.Validate(); err != nil {
		return fail(err)
	}
	if in, want := net.InputShape(), spec.InputShape(); fmt.Sprint(in) != fmt.Sprint(want) {
		return fail(fmt.Errorf("pictures are prepared as %v but the network wants %v", want, in))
	}
	labels, err := newLabels(classes)
	if err != nil {
		return fail(err)
	}
	m := &Model{Name: name, Dir: BuiltIn, Network: net, Spec: spec, Labels: labels, Outputs: Logits, files: make([]string, 3)}
	if m.form.single = net.OutputShape()[0] == 1; m.form.single {
		m.Outputs = SigmoidLogits
	}
	if labels.Len() != m.classes() {
		return fail(fmt.Errorf("%d class names for the %d outputs of the network", labels.Len(), m.classes()))
	}
	return m, nil
}
