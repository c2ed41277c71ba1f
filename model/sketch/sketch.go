// Package sketch holds the files of the network that is part of the program, so that
// a fresh machine has something to fool: it tells apart the ten kinds of drawings of
// dataset.Sketchbook, 64x64 RGB.
//
// The network is small and honest: three layers of fixed filters (oriented waves for
// the pixels, random ones above) with rectification and pooling, and a readout that
// softmax regression has trained on 8000 drawings. It has never seen a photograph and
// no defence is built in. Package model embeds it as "sketch".
//
// The generator makes the files anew when drawings or the network change. The golden
// hash of the drawings, in package dataset, says when they did.
package sketch

//go:generate go run ./gen
