// Package caffe reads networks in Caffe's file formats: a prototxt, which is the definition of the
// layers in text, and a caffemodel, which holds their weights.
//
//	net, err := caffe.Load("deploy.prototxt", "bvlc_googlenet.caffemodel")
//
// Load is Parse, ReadWeights and Build in one. The pieces are for networks that do not come from
// files: Definition.RandomWeights makes weights to start training from, WriteWeights writes trained
// ones.
//
// # What is read
//
// Both spellings of layers (layers with an enum for a type, used until 2014, and layer with a
// string), inputs as layers or as input, input_dim and input_shape, and blobs of either precision
// with new or legacy dimensions, packed or not. A blob is one array of weights; layers find theirs
// by name.
//
// # What becomes of a definition
//
// Layers are taken in the order of the file, as Caffe runs them, in the phase TEST: include and
// exclude rules are obeyed. A layer that overwrites the blob it reads makes a new value. Dropout
// and Split only give their input another name. Data layers become the input if they, or
// Definition.Height and Width, say how large their pictures are; Definition.Transform says what
// they do to pictures, and ReadMean reads the mean image that they subtract. Losses, accuracies
// and other layers that only observe are left out. A layer that needs several of package nn
// becomes those, with names that begin with its own.
//
// The result of the network is the logits of one example, a vector. Of the values that nobody
// reads, it is the last one that goes into a softmax (as a layer or inside a loss); if there is
// none, it is the last of all. If there are several, Definition.Notes says which was chosen;
// Definition.Output names another. The softmax itself is left out, and so is every layer on which
// the result does not depend, such as the auxiliary heads of GoogLeNet. The batch size in the file
// is ignored: nn.SessionOptions has it.
//
// The table in kinds.go lists the known layers. Errors are of type *Error.
package caffe
