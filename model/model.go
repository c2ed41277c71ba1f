// Package model opens trained classifiers together with everything that is needed to use them on
// pictures.
//
// A [Model] is a network, the contract of how a picture becomes its input (a
// preprocess.Spec), and the names of its classes. A [Source] is a model's files, in a folder
// that has a contract hoodwink.yaml or may do without; package store, below this one, knows
// models by name.
//
//	m, err := store.Open("googlenet", store.Options{})
//	pic, err := preprocess.ReadFile("panda.jpg", preprocess.Limits{})
//	p, err := m.Predictor(0)
//	top, err := p.Classify(pic, 5) // giant panda 99.9 %, ...
//
//	h, w := pic.Size()
//	c, err := m.Classifier(1, h, w, model.ClassifierOptions{})
//	logits := c.Forward(pic.Pixels)
//	gradient := c.Backward(dlogits) // with respect to the pixels of the file
package model

import (
	"context"
	"path/filepath"
	"slices"

	"hoodwink/nn"
	"hoodwink/preprocess"
)

// A Model is an opened classifier. It is immutable and may be shared by goroutines.
type Model struct {
	Name    string          // registered name, or that of the folder
	Dir     string          // folder it was read from; "(built in)" if embedded
	Network *nn.Network     // its outputs are logits, or probabilities if no softmax or sigmoid computes them
	Spec    preprocess.Spec // how pictures become input
	Labels  *Labels         // one class for each logit; two for a network with one output
	// what the results in its files are; Classifier and Predictor always give logits, Probs gives probabilities
	Outputs Outputs
	Output  string   // name of the used output, if the file has several
	Hash    string   // SHA-256 of the definition followed by the weights and any further files of them, in hex
	Notes   []string // what was assumed because no file says it; sentences for the user

	files   []string // paths of definition, weights and labels, "" if there is none; then more weights
	ends    Outputs  // Probabilities or Sigmoid: the last function in the files, before which the network ends; or ""
	said    Outputs  // what the contract says about the outputs
	form    reading  // how the network's results become logits
	input   string   // type of the network's input in its file; "" if unknown
	threads int
	memory  int64           // bytes that each session may take, or 0
	ctx     context.Context // while the model is loaded or checked: ends that; else nil

	prepared *preparation // what files of Caffe's say of how pictures are prepared, or nil
	mean     string       // path of a mean image that the network subtracts pixel by pixel, or ""
}

// Files returns the paths of all files that the model was read from, also those that say what it is:
// its contract, class names, mean image.
func (m *Model) Files() []string {
	if m.Dir == "" || m.Dir == BuiltIn {
		return nil
	}
	list := append([]string{filepath.Join(m.Dir, ContractName)}, m.files...)
	if m.prepared != nil {
		list = append(list, m.prepared.read...)
	}
	return slices.DeleteFunc(list, func(p string) bool { return p == "" })
}

// A Prediction is a class with its probability, as [Model.Probs] computes it.
type Prediction struct {
	Class
	Prob float64 `json:"prob"` // in [0,1]
}

// Top returns the k most probable classes of logits (K), best first; equal ones in
// the order of their index. k below 1 or above K means all.
func (m *Model) Top(logits []float32, k int) []Prediction {
	if k < 1 || k > len(logits) {
		k = len(logits)
	}
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case logits[a] > logits[b]:
			return -1
		case logits[a] < logits[b]:
			return 1
		}
		return 0
	})
	probs := make([]float64, len(logits))
	m.Probs(probs, logits)
	top := make([]Prediction, k)
	for i := range top {
		c := order[i]
		top[i] = Prediction{m.Labels.Class(c), probs[c]}
	}
	return top
}

// AtModel returns the same model for pictures that already have the size of the
// network's input: it neither resizes nor crops.
func (m *Model) AtModel() *Model {
	at := *m
	at.Spec = m.Spec.AtModel()
	return &at
}

// Apart returns the same model without its network, which may then leave the memory: names, logits
// and probabilities can still be read.
func (m *Model) Apart() *Model {
	apart := *m
	apart.Network = nil
	return &apart
}
