package main

import (
	"context"
	"math"

	"hoodwink/dataset"
	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
	"hoodwink/train"
)

// contract is how a drawing becomes the network's input. Package model, which cannot be
// built before the network is there, says the same in embedded.go.
var contract = preprocess.Spec{
	Width: dataset.SketchSize, Height: dataset.SketchSize, Resize: preprocess.Stretch, Antialias: true,
	Order: "RGB", Scale: 1, Mean: []float32{0.5, 0.5, 0.5}, Std: []float32{0.25, 0.25, 0.25},
}

// batch is the number of pictures that go through the network together.
const batch = 20

// evaluate runs the first n pictures of a book through the network, after preparing
// them as the model's contract says, and returns its outputs (n,K) and the labels.
func evaluate(net *nn.Network, book dataset.Sketchbook, n int) (*tensor.Tensor, []int, error) {
	s, err := net.NewSession(nn.SessionOptions{Batch: batch, ForwardOnly: true})
	if err != nil {
		return nil, nil, err
	}
	prepare, err := contract.Bind(batch, dataset.SketchSize, dataset.SketchSize)
	if err != nil {
		return nil, nil, err
	}
	pictures, labels := tensor.New(prepare.InShape()...), make([]int, n)
	out := tensor.New(n, tensor.Size(net.OutputShape()))
	for i := 0; i < n; i += batch {
		if err := book.Batch(pictures, labels[i:i+batch], uint64(i)); err != nil {
			return nil, nil, err
		}
		prepare.Forward(s.Input(), pictures)
		copy(out.Data[i*out.Shape[1]:], s.Forward().Data)
	}
	return out, labels, nil
}

// fit trains the readout on features (N,D). They are standardised for training; the
// weights returned are for the features as they are.
func fit(features *tensor.Tensor, labels []int, classes int, o train.Options) (*train.Linear, error) {
	mean, std := moments(features)
	standard := features.Clone()
	for n := range labels {
		for j := range standard.Image(n) {
			standard.Image(n)[j] = float32((float64(standard.Image(n)[j]) - mean[j]) / std[j])
		}
	}
	l, err := train.Softmax(context.Background(), standard, labels, classes, o)
	if err != nil {
		return nil, err
	}
	for k := range classes {
		w, shift := l.Weights.Image(k), 0.0
		for j := range w {
			w[j] = float32(float64(w[j]) / std[j])
			shift += float64(float64(w[j]) * mean[j])
		}
		l.Bias[k] -= float32(shift)
	}
	return l, nil
}

// moments returns the mean and standard deviation of every feature; a feature that
// hardly varies has the deviation of one that does a little.
func moments(x *tensor.Tensor) (mean, std []float64) {
	n, d := x.Shape[0], x.Shape[1]
	mean, std = make([]float64, d), make([]float64, d)
	for i := range n {
		for j, v := range x.Image(i) {
			mean[j] += float64(v) / float64(n)
		}
	}
	for i := range n {
		for j, v := range x.Image(i) {
			std[j] += float64((float64(v) - mean[j]) * (float64(v) - mean[j]) / float64(n))
		}
	}
	for j := range std {
		std[j] = max(math.Sqrt(std[j]), 1e-3)
	}
	return mean, std
}
