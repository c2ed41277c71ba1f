package model

import (
	"fmt"
	"strings"

	"hoodwink/tensor"
)

// Outputs says what the results in a model's files are.
type Outputs string

const (
	// Logits are unnormalised scores: their softmax gives the probabilities.
	Logits Outputs = "logits"

	// Probabilities are at least 0 and add up to 1, except for rounding. If a softmax computes
	// them, the model uses the logits before it; otherwise the logarithms of the probabilities
	// serve as logits.
	Probabilities Outputs = "probabilities"

	// Sigmoid is an independent probability for each label. A single one is that of the second of
	// two classes. If a sigmoid computes them, the model uses the logits before it; otherwise
	// log(p/(1-p)).
	Sigmoid Outputs = "sigmoid"

	// SigmoidLogits are scores whose sigmoids are such probabilities.
	SigmoidLogits Outputs = "sigmoid-logits"
)

var outputKinds = []Outputs{Logits, Probabilities, Sigmoid, SigmoidLogits}

// Check returns an error unless o is one of the above, or "".
func (o Outputs) Check() error {
	var names []string
	for _, k := range outputKinds {
		if o == k || o == "" {
			return nil
		}
		names = append(names, fmt.Sprintf("%q", k))
	}
	return fmt.Errorf("outputs: %q, want %s or %s", o, strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}

// MultiLabel reports whether each label is on or off by itself, with a probability of its own.
// Otherwise the classes exclude each other.
func (m *Model) MultiLabel() bool {
	return (m.Outputs == Sigmoid || m.Outputs == SigmoidLogits) && !m.form.single
}

// classes returns the number of logits of a network.
func (m *Model) classes() int { return max(2, tensor.Size(m.Network.OutputShape())) }

// readOutputs finds out what the network's results are. The last function in the files takes
// precedence over the contract; if neither says it, the network is tried.
func (s Source) readOutputs(m *Model) error {
	m.said, m.Outputs = s.Outputs, s.Outputs
	if m.ends != "" {
		m.Outputs = m.ends
	}
	m.form = reading{single: tensor.Size(m.Network.OutputShape()) == 1}
	if m.form.single && m.Outputs == Logits {
		m.Outputs = SigmoidLogits
	}
	if m.form.single && m.Outputs == Probabilities {
		m.Outputs = Sigmoid
	}
	byValue := m.ends == "" && (m.Outputs == Probabilities || m.Outputs == Sigmoid)
	if m.Outputs != "" && !byValue {
		return nil
	}
	seen, err := m.see(m.Outputs == "")
	if err != nil {
		return err
	}
	if m.Outputs == "" {
		m.Outputs = seen.outputs(m.form.single)
		m.Notes = append(m.Notes, seen.notes(m, s.Name)...)
		byValue = m.Outputs == Probabilities || m.Outputs == Sigmoid
	}
	if !byValue {
		return nil
	}
	m.form.probabilities(m.Outputs, seen.least)
	if seen.step > 0 {
		m.Notes = append(m.Notes, fmt.Sprintf("the results of %s are rounded to steps of %s: attacks take the logarithm of a quarter of a step for that of 0",
			s.Name, fraction(seen.step)))
	}
	return nil
}

// notes says what was assumed about a network of which nothing is known.
func (e evidence) notes(m *Model, name string) []string {
	switch {
	case m.form.single && m.Outputs == Sigmoid:
		return []string{fmt.Sprintf("%s has one output, between 0 and 1: taken for the probability of the second of two classes", name)}
	case m.form.single:
		why := "leaves [0,1]"
		if e.still {
			why = "hardly changes"
		}
		return []string{fmt.Sprintf("%s has one output, which %s: taken for a logit, whose sigmoid is the probability of the second of two classes", name, why)}
	case m.Outputs == Probabilities:
		return []string{fmt.Sprintf("the results of %s are probabilities, it seems: their logarithms serve as logits", name)}
	case m.Outputs == Sigmoid:
		return []string{fmt.Sprintf("the results of %s stay between 0 and 1 whatever the input is, and do not add up to 1: taken for a probability of each label by itself "+
			"(outputs: sigmoid in the contract says so, outputs: logits that classes exclude each other)", name)}
	}
	return nil
}

// fraction writes a step as 1/N if it is one.
func fraction(step float64) string {
	if n := 1 / step; n-float64(int(n+0.5)) < 1e-3 && n-float64(int(n+0.5)) > -1e-3 {
		return fmt.Sprintf("1/%d", int(n+0.5))
	}
	return fmt.Sprintf("%.3g", step)
}
