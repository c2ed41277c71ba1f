// Package nn runs convolutional networks forward, backward to their input, and, in training, to
// their weights.
//
// A Builder collects layers into an immutable Network: a graph whose nodes are Layers and whose
// edges are named values. A Session plans memory for one batch size and runs the network: Forward
// gives the output (the logits, for a classifier), Backward the vector-Jacobian product, that is
// the gradient of any weighted sum of the outputs with respect to the input.
//
//	b := nn.NewBuilder("tiny")
//	b.Input("data", 1, 28, 28)
//	b.Add("fc", &nn.InnerProduct{Weights: w, Bias: bias}, []string{"data"}, []string{"logits"})
//	net, err := b.Build("logits")
//	...
//	s, err := net.NewSession(nn.SessionOptions{Batch: 1})
//	copy(s.Input().Data, pixels)
//	logits := s.Forward()
//	dlogits.Data[7] = 1
//	dpixels := s.Backward(dlogits) // the gradient of logit 7
//
// A Trainer is a session with its own copy of the weights, which may change, and their gradients;
// in it BatchNorm and Dropout behave as in training. Its Network is an immutable snapshot.
//
// Goroutines may share networks; a Session or a Trainer belongs to one at a time. The bits of a
// result do not depend on the number of threads; in a session they do not depend on the batch that
// an example is in.
//
// This package has the kinds of layers, one file each. Below it, in nn/internal, package training
// changes weights, package exec runs networks, and package graph holds what a network is and the
// interfaces by which layers say what they can do. Each knows only the ones named after it.
package nn
