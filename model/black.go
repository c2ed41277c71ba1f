package model

import (
	"fmt"
	"math"

	"hoodwink/tensor"
)

// An Answer is a class with its probability.
type Answer struct {
	Class int     `yaml:"class"`
	Prob  float64 `yaml:"prob"` // in [0,1]
}

// answersKept is the number of classes whose probabilities a contract records.
const answersKept = 5

// Black returns what the network makes of an all-black picture of its own size: all classes,
// best first. A picture of constant colour needs no file and gives the same input everywhere;
// what the network makes of it depends on every layer.
func (m *Model) Black() ([]Prediction, error) {
	p, err := m.AtModel().Predictor(0)
	if err != nil {
		return nil, err
	}
	logits, err := p.Pixels(tensor.New(1, 3, m.Spec.Height, m.Spec.Width))
	if err != nil {
		return nil, err
	}
	return m.Top(logits, 0), nil
}

// answers is Black as a contract records it: the likeliest classes, with six decimals.
func (m *Model) answers() ([]Answer, error) {
	all, err := m.Black()
	if err != nil {
		return nil, fmt.Errorf("a black picture: %w", err)
	}
	var answers []Answer
	for _, p := range all[:min(answersKept, len(all))] {
		answers = append(answers, Answer{p.Index, math.Round(p.Prob*1e6) / 1e6})
	}
	return answers, nil
}
