// Package sketch holds the files of the network that is part of the program, so that
// a fresh machine has something to fool: it tells apart the sixteen kinds of drawings of
// dataset.Sketchbook, 64x64 RGB.
//
// The network is small and honest: three layers of fixed filters (oriented waves for
// the pixels, random ones above) with rectification, pooling and contrast
// normalisation, and a readout that softmax regression has trained on 8000 drawings.
// It has never seen a photograph and no defence is built in. Package model embeds it
// as "sketch".
//
// The generator makes the files anew when drawings or the network change; the golden
// hash in package dataset says when the drawings did. The network's answer for a black
// picture, in model/embedded.go, has to be renewed with them: "hoodwink models verify
// sketch" prints it.
package sketch

//go:generate go run ./gen
