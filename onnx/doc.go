// Package onnx reads networks in the ONNX format, as PyTorch, TensorFlow and others export them,
// and makes networks of package nn from them. It also writes networks of nn.
//
//	net, err := onnx.Load("resnet50.onnx")
//	err = onnx.Write(file, net, onnx.WriteOptions{})
//
// Load is ReadFile and Build in one.
//
// # What is read
//
// Models of opset 7 to 28, with weights in the file or in others beside it. Weights of half or
// double precision become single precision, and so does the computation.
//
// # What becomes of a model
//
// The network is made for one picture, whatever the first dimension of the input is. The file may
// leave things open, such as the size of pictures or which of several outputs to use. Options
// answer such questions; otherwise the answer is found out, and noted if it is an assumption. Then
// all shapes are known, and the arithmetic on shapes that exporters write disappears: a value is
// either known or computed by the network, and everything that depends on known values alone is
// evaluated beforehand. Functions are inlined; an If takes the branch that its condition selects.
//
// The rest becomes layers of nn, one node at a time, by the table in kinds.go. Some patterns of
// nodes become one layer: a decomposed layer normalisation, GELU and similar functions, a bias
// behind a matrix product, zeros padded around a convolution's input. A quantized network computes
// with floating-point numbers that are rounded as its integers are, or with whole numbers; the
// gradient passes through the rounding.
//
// The result is the scores of one example, a vector: the output of the graph or, if a softmax or
// sigmoid computes that, the input of that function (see Model.Activation).
//
// # What is written
//
// Write emits the operators of opset 17 that compute each layer, by the table in writers.go. Where
// the format does not define what a reader does, as for pooling windows that begin at the edge, it
// writes an equivalent form that is defined. Read again, the network computes the same bits for all
// layers that are a single operator.
//
// Errors are of type *Error. One error lists all nodes that are not supported.
package onnx
