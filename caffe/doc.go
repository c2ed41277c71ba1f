// Package caffe reads networks in Caffe's file formats: a prototxt, which is the
// definition of the layers in text, and a caffemodel, which holds their weights.
//
//	net, err := caffe.Load("deploy.prototxt", "bvlc_googlenet.caffemodel")
//
// Load is Parse, ReadWeights and Build in one. The pieces are for networks that do
// not come from files: Definition.RandomWeights makes weights to start training
// from, WriteWeights writes trained ones.
//
// # What is read
//
// Both spellings of layers (layers with an enum for a type, used until 2014, and
// layer with a string), inputs as layers or as input, input_dim and input_shape,
// and blobs of either precision with new or legacy dimensions, packed or not.
// A blob is one array of weights; layers find theirs by name.
//
// # What becomes of a definition
//
// Layers are taken in the order of the file, as Caffe runs them, in the phase TEST:
// include and exclude rules are obeyed. A layer that writes the blob it reads makes
// a new value; Dropout and Split are no more than names for the value they pass on.
// Data layers become the input if they say how large their pictures are; losses,
// accuracies and other layers that only watch are left out.
//
// The result of the network is one example's logits, a vector: of the values nobody
// reads, the last that goes into a softmax (as a layer or inside a loss) or, where
// there is none, the last of all, which Definition.Notes says if there are several;
// Definition.Output names another. The softmax itself is left out, and so is every
// layer the result does not depend on, such as the auxiliary heads of GoogLeNet.
// The batch size in the file means nothing: nn.SessionOptions has it.
//
// Layers are known by the table in kinds.go. Errors are of type *Error.
package caffe
