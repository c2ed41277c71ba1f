// Package onnx reads networks in the ONNX format, as PyTorch, TensorFlow and others
// export them, and makes networks of package nn of them.
//
//	net, err := onnx.Load("resnet50.onnx")
//
// Load is ReadFile and Build in one.
//
// # What is read
//
// Models of opset 7 to 21, weights in the file or in others beside it. Weights of half or
// double precision become single precision, as does the computation.
//
// # What becomes of a model
//
// The network is made for one picture: the input's batch dimension is 1 or dynamic, all
// others are fixed. Then all shapes are known, and the arithmetic on shapes that exporters
// write down disappears: a value is known, or computed by the network, and whatever depends
// on known values alone is worked out beforehand. Functions are inlined, an If takes the
// branch that its condition says.
//
// What is left becomes layers of nn, one node at a time, by the table in kinds.go. Some
// patterns of nodes become one layer: a decomposed layer normalisation, GELU and its like,
// a bias behind a matrix product, zeros put around a convolution's input. A quantized
// network computes with floating-point numbers that are rounded as its integers are; the
// gradient passes through the rounding.
//
// The result is one example's scores, a vector: the first output of the graph or, if a
// softmax makes that, what goes into it (see Model.Probabilities).
//
// Errors are of type *Error. One error lists all nodes that are not supported.
package onnx
