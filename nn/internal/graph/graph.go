// Package graph holds what a network is: layers, the contracts by which they say what they can do,
// and the graph that joins them.
//
// A Builder checks a graph and makes a Network of it, which package exec runs. The contracts are
// small interfaces, so that neither this package nor the executor knows any kind of layer. Every
// layer is a Layer; one that has kernels for blocked pictures is a BlockLayer; Folder and Scaler,
// Joiner, Rectifier and Summer say what layers can do for their neighbours; an Inferrer is replaced
// when training is over.
package graph

import (
	"errors"
	"fmt"

	"hoodwink/tensor"
)

// Limits on what a model file may ask for, in floats: one value of one example, and all values of
// one example together.
const (
	MaxValueSize = 1 << 28
	MaxTotalSize = 1 << 30
)

// ErrTooLarge is the error for a batch that exceeds MaxTotalSize.
var ErrTooLarge = errors.New("the values of the batch exceed the memory limit: use a smaller batch")

// CheckValue returns an error unless a value of this shape is within the limits.
func CheckValue(shape []int) error {
	if n, ok := tensor.CheckedSize(shape, MaxValueSize); !ok || n == 0 {
		return fmt.Errorf("shape %v: want positive dimensions of at most %d values", shape, MaxValueSize)
	}
	return nil
}

// A LayerError says which layer of a network is wrong, and why.
type LayerError struct {
	Layer string // name in the model file
	Kind  string // operator
	Err   error
}

func (e *LayerError) Error() string { return fmt.Sprintf("layer %q (%s): %v", e.Layer, e.Kind, e.Err) }

// Unwrap returns the cause.
func (e *LayerError) Unwrap() error { return e.Err }
