package onnx

import (
	"reflect"

	"hoodwink/nn"
)

// A writer emits the operators that compute a layer and returns the names of its outputs.
type writer func(p *place, l nn.Layer) []string

// writers has a row for every type of layer in nn, except BatchNorm and Dropout, which only
// trainers see. https://onnx.ai/onnx/operators says what the operators compute.
var writers = map[reflect.Type]writer{}

func layerType(l nn.Layer) reflect.Type { return reflect.TypeOf(l) }

// register adds rows of layers with one output.
func register[L nn.Layer](write func(p *place, l L) string) {
	var l L
	writers[layerType(l)] = func(p *place, l nn.Layer) []string { return []string{write(p, l.(L))} }
}

func init() {
	register(writeConvolution)
	register(writeConvTranspose)
	register(writeInnerProduct)
	register(writeMatMul)
	register(writePooling)
	register(writeRBF)
	register(writeResize)
	register(writeResample)

	register(writeAffine)
	register(writeGroupNorm)
	register(writeLayerNorm)
	register(writeLpNorm)
	register(writeLRN)
	register(writeQuantize)
	register(writeRound)
	register(writeSoftmax)

	register(writeReLU)
	register(writePReLU)
	register(func(p *place, l *nn.ELU) string { return p.emit("Elu", attrs{"alpha": l.Alpha}, p.in(0)) })
	register(func(p *place, _ *nn.Sigmoid) string { return p.emit("Sigmoid", nil, p.in(0)) })
	register(func(p *place, _ *nn.TanH) string { return p.emit("Tanh", nil, p.in(0)) })
	register(writeUnary)
	register(writePower)
	register(writeBinary)
	register(writeEltwise)
	register(writeReduce)

	register(writeConcat)
	register(writeCrop)
	register(writeExpand)
	register(writeFlatten)
	register(writeGather)
	register(writePad)
	register(writeReshape)
	register(func(p *place, l *nn.Tile) string {
		return p.emit("Tile", nil, p.in(0), p.ints("repeats", l.Repeats...))
	})
	register(func(p *place, l *nn.Transpose) string { return p.emit("Transpose", attrs{"perm": l.Perm}, p.in(0)) })
	register(writeView)
	writers[layerType((*nn.DynamicQuantize)(nil))] = func(p *place, l nn.Layer) []string { return writeDynamicQuantize(p, l.(*nn.DynamicQuantize)) }
	writers[layerType((*nn.Slice)(nil))] = func(p *place, l nn.Layer) []string { return writeSlice(p, l.(*nn.Slice)) }
}
