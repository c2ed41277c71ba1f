package attack

import (
	"context"
	"math"

	"hoodwink/internal/names"
	"hoodwink/tensor"
)

// A Model answers questions about rows of pictures. Nothing else is known of it. It is not safe for
// concurrent use. The answer for a row must not depend on the other rows.
type Model interface {
	// Shape returns the shape of one picture, (C,H,W) in the model's own channels.
	Shape() []int

	// Classes returns the number of logits, K.
	Classes() int

	// Bounds returns the range of a valid pixel, normally 0 and 1. Either may be infinite.
	Bounds() (lo, hi float32)

	// Access says what the model answers besides its decision. Without scores, the logits of a row
	// are 1 for the class that it decides for and 0 for the others. Without gradients, Pull must not
	// be called.
	Access() (scores, gradients bool)

	// Batch returns the number of rows that are best asked together, which is the most that Ask takes.
	Batch() int

	// Ask returns the logits (n,K) of the rows of x (n,C,H,W), 1 <= n <= Batch(). The tensor belongs
	// to the model until the next Ask. Where a model draws random numbers, those of row i derive from
	// keys[i] alone. An error is for all rows, unless it is of type RowErrors. When ctx ends, Ask
	// returns its error soon.
	Ask(ctx context.Context, x *tensor.Tensor, keys []uint64) (logits *tensor.Tensor, err error)

	// Pull returns the vector-Jacobian products (n,C,H,W) of dlogits (n,K) at the latest Ask: the
	// gradient of sum(dlogits * logits) with respect to the pixels of its first n rows, which may be
	// fewer than were asked about. It may be called again, with as many or fewer. The caller
	// may change the tensor, which belongs to the model until the next Pull.
	Pull(ctx context.Context, dlogits *tensor.Tensor) (dx *tensor.Tensor, err error)
}

// RowErrors is the error of an Ask that answered some rows: one error for each row, nil where there
// is an answer.
type RowErrors []error

// Error implements error: the first of the errors.
func (e RowErrors) Error() string {
	for _, err := range e {
		if err != nil {
			return err.Error()
		}
	}
	return "no row failed"
}

// Access is what an attack needs of a model. Each kind includes those before it.
type Access int

// The kinds of access.
const (
	Decisions Access = iota // the class of a picture
	Scores                  // its logits
	Gradients               // and vector-Jacobian products
)

var accessNames = [...]string{Decisions: "decisions", Scores: "scores", Gradients: "gradients"}

// String returns "decisions", "scores" or "gradients".
func (a Access) String() string { return names.Of(int(a), accessNames[:], "Access") }

// AccessOf returns what a model answers.
func AccessOf(m Model) Access {
	switch scores, gradients := m.Access(); {
	case gradients:
		return Gradients
	case scores:
		return Scores
	}
	return Decisions
}

// Unbounded returns m without bounds on its pixels: the article's notebook, too, does not clip.
func Unbounded(m Model) Model { return unbounded{m} }

type unbounded struct{ Model }

// Bounds implements Model.
func (unbounded) Bounds() (lo, hi float32) {
	return float32(math.Inf(-1)), float32(math.Inf(1))
}
