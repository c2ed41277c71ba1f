// Package onnx reads networks in the ONNX format, as PyTorch, TensorFlow and others
// export them, and makes networks of package nn of them; and it writes networks of nn.
//
//	net, err := onnx.Load("resnet50.onnx")
//	err = onnx.Write(file, net, onnx.WriteOptions{})
//
// Load is ReadFile and Build in one.
//
// # What is read
//
// Models of opset 7 to 28, weights in the file or in others beside it. Weights of half or
// double precision become single precision, as does the computation.
//
// # What becomes of a model
//
// The network is made for one picture, whatever number the input's first dimension is.
// What the file leaves open, such as the size of pictures or which of several outputs is
// meant, Options says, or it is found out, and noted where that is an assumption. Then all
// shapes are known, and the arithmetic on shapes that exporters write down disappears: a
// value is known, or computed by the network, and whatever depends on known values alone is
// worked out beforehand. Functions are inlined, an If takes the branch that its condition
// says.
//
// What is left becomes layers of nn, one node at a time, by the table in kinds.go. Some
// patterns of nodes become one layer: a decomposed layer normalisation, GELU and its like,
// a bias behind a matrix product, zeros put around a convolution's input. A quantized
// network computes with floating-point numbers that are rounded as its integers are, or
// with whole numbers; the gradient passes through the rounding.
//
// The result is one example's scores, a vector: the output of the graph or, if a
// softmax or sigmoid makes that, what goes into it (see Model.Activation).
//
// # What is written
//
// Write emits the operators of opset 17 that compute each layer, by the table in
// writers.go. Where the format leaves open what a reader does, as about pooling windows
// that begin at the edge, another way to say the same is chosen. Read again, the network
// computes the same bits for all layers that one operator is enough for.
//
// Errors are of type *Error. One error lists all nodes that are not supported.
package onnx
