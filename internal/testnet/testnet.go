// Package testnet makes small networks for the tests of several packages.
package testnet

import (
	"bytes"

	"hoodwink/nn"
	"hoodwink/onnx"
	"hoodwink/tensor"
)

// Side is the height and width of the pictures (3,Side,Side) that the networks take.
const Side = 8

// Brightness returns a network with the logits 0 and slope*(m-threshold), where m is the mean of a
// picture's values: bright pictures are class 1. With a slope of 0 it is flat, and every picture is
// class 0.
//
// A large slope drives the logits so far apart that the gradient of the probability underflows: for
// 1e5 and 0.49 the grey of 0.5 has logits 1000 apart, and from about 745 on 1-P is 0 in float64.
func Brightness(slope, threshold float32) *nn.Network {
	const n = 3 * Side * Side
	w := tensor.New(2, n)
	for i := range w.Image(1) {
		w.Image(1)[i] = slope / n
	}
	b := nn.NewBuilder("brightness")
	b.Input("pixels", 3, Side, Side)
	b.Add("mean", &nn.InnerProduct{Weights: w, Bias: []float32{0, -slope * threshold}}, []string{"pixels"}, []string{"scores"})
	net, err := b.Build("scores")
	if err != nil {
		panic(err)
	}
	return net
}

// Greedy returns a network of a few weights whose values at work are pictures (3,side+Side,side+Side):
// its file has a few hundred bytes, a session gigabytes if side is large.
func Greedy(side int) *nn.Network {
	b := nn.NewBuilder("greedy")
	b.Input("x", 3, Side, Side)
	b.Add("pad", &nn.Pad{Before: []int{0, 0, 0, 0}, After: []int{0, 0, side, side}}, []string{"x"}, []string{"wide"})
	b.Add("pool", &nn.Pooling{Method: nn.AveragePool, Global: true}, []string{"wide"}, []string{"mean"})
	b.Add("flat", &nn.Flatten{Axis: 1, EndAxis: -1}, []string{"mean"}, []string{"row"})
	b.Add("classes", &nn.InnerProduct{Weights: tensor.New(2, 3)}, []string{"row"}, []string{"y"})
	net, err := b.Build("y")
	if err != nil {
		panic(err)
	}
	return net
}

// ONNX returns a network as an .onnx file.
func ONNX(net *nn.Network) []byte {
	var file bytes.Buffer
	if err := onnx.Write(&file, net, onnx.WriteOptions{}); err != nil {
		panic(err)
	}
	return file.Bytes()
}

// Grey returns a picture (1,3,Side,Side) whose values are all v.
func Grey(v float32) *tensor.Tensor { return Colour(v, v, v) }

// Halves returns a network of gray pictures (1,Side,Side): class 0 is brighter on the left, class 1 on
// the right. Every pixel counts the same.
func Halves() *nn.Network {
	const n = Side * Side
	w := tensor.New(2, n)
	for i := range n {
		w.Image(i % Side / (Side / 2))[i] = 40. / n
	}
	b := nn.NewBuilder("halves")
	b.Input("pixels", 1, Side, Side)
	b.Add("halves", &nn.InnerProduct{Weights: w}, []string{"pixels"}, []string{"scores"})
	net, err := b.Build("scores")
	if err != nil {
		panic(err)
	}
	return net
}
