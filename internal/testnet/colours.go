package testnet

import (
	"fmt"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// Colours returns a network whose logits are products of a picture's mean colour with weights (red,
// green and blue for each class), and then the given layers one after another. A Binary without a
// constant combines the result of the layer before the last one with that of the last one.
func Colours(weights [][3]float32, then ...nn.Layer) *nn.Network {
	w := tensor.New(len(weights), 3)
	for k, row := range weights {
		copy(w.Image(k), row[:])
	}
	b := nn.NewBuilder("colours")
	b.Input("x", 3, Side, Side)
	b.Add("pool", &nn.Pooling{Method: nn.AveragePool, Global: true}, []string{"x"}, []string{"p"})
	b.Add("flat", &nn.Flatten{Axis: 1, EndAxis: -1}, []string{"p"}, []string{"f"})
	b.Add("fc", &nn.InnerProduct{Weights: w, Bias: make([]float32, len(weights))}, []string{"f"}, []string{"z"})
	last := "z"
	for i, l := range then {
		in, out := []string{last}, fmt.Sprintf("y%d", i)
		if r, ok := l.(*nn.Binary); ok && r.Const == nil {
			in = []string{fmt.Sprintf("y%d", i-2), last}
		}
		b.Add(fmt.Sprint("then", i), l, in, []string{out})
		last = out
	}
	net, err := b.Build(last)
	if err != nil {
		panic(err)
	}
	return net
}

// Colour returns a picture (1,3,Side,Side) of one colour.
func Colour(red, green, blue float32) *tensor.Tensor {
	x := tensor.New(1, 3, Side, Side)
	for c, v := range []float32{red, green, blue} {
		for i := range Side * Side {
			x.Data[c*Side*Side+i] = v
		}
	}
	return x
}
