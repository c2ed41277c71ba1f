package onnx

import (
	"reflect"

	"hoodwink/nn"
)

// A writer emits the operators that compute a layer and returns what are its outputs.
type writer func(p *place, l nn.Layer) []string

// writers has a row for every layer of nn, by its type.
// https://onnx.ai/onnx/operators says what the operators compute.
var writers = map[reflect.Type]writer{}

func layerType(l nn.Layer) reflect.Type { return reflect.TypeOf(l) }

// written adds rows of layers with one output.
func written[L nn.Layer](write func(p *place, l L) string) {
	var l L
	writers[layerType(l)] = func(p *place, l nn.Layer) []string { return []string{write(p, l.(L))} }
}

func init() {
	written(writeConvolution)
	written(writeConvTranspose)
	written(writeInnerProduct)
	written(writeMatMul)
	written(writePooling)
	written(writeResize)

	written(writeAffine)
	written(writeGroupNorm)
	written(writeLayerNorm)
	written(writeLpNorm)
	written(writeLRN)
	written(writeQuantize)
	written(writeSoftmax)

	written(writeReLU)
	written(writePReLU)
	written(func(p *place, l *nn.ELU) string { return p.emit("Elu", attrs{"alpha": l.Alpha}, p.in(0)) })
	written(func(p *place, _ *nn.Sigmoid) string { return p.emit("Sigmoid", nil, p.in(0)) })
	written(func(p *place, _ *nn.TanH) string { return p.emit("Tanh", nil, p.in(0)) })
	written(writeUnary)
	written(writePower)
	written(writeBinary)
	written(writeEltwise)
	written(writeReduce)

	written(writeConcat)
	written(writeCrop)
	written(writeExpand)
	written(writeFlatten)
	written(writeGather)
	written(writePad)
	written(writeReshape)
	written(func(p *place, l *nn.Tile) string {
		return p.emit("Tile", nil, p.in(0), p.ints("repeats", l.Repeats...))
	})
	written(func(p *place, l *nn.Transpose) string { return p.emit("Transpose", attrs{"perm": l.Perm}, p.in(0)) })
	written(writeView)
	writers[layerType((*nn.Slice)(nil))] = func(p *place, l nn.Layer) []string { return writeSlice(p, l.(*nn.Slice)) }
}
