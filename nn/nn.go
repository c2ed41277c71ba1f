// Package nn runs convolutional networks forward, backward to their input, and, in
// training, to their weights.
//
// A Builder collects layers into an immutable Network: a graph whose nodes are
// Layers and whose edges are named values. A Session plans memory for one batch
// size and runs the network: Forward gives the output (the logits, for a
// classifier), Backward the vector-Jacobian product, that is the gradient of any
// weighted sum of the outputs with respect to the input.
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
// A Trainer is a session with weights of its own, which may change, and their gradients;
// BatchNorm and Dropout work in it as in training. Its Network is an immutable snapshot.
//
// Networks may be shared by goroutines; a Session or a Trainer belongs to one at a time.
// The bits of a result do not depend on the number of threads; in a session they do not
// depend on the batch an example is in.
//
// The kinds of layers lie here, a file each. Below them, in nn/internal, package training
// changes weights, package exec runs networks, and package graph holds what a network is and
// by which interfaces layers say what they can do. Each knows only those named after it.
package nn
