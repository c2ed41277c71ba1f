package attack

import (
	"context"

	"hoodwink/tensor"
)

// A LoopModel is what a gradient attack needs to know about a network. All shapes have the batch first.
// Implementations are not safe for concurrent use.
type LoopModel interface {
	// InputShape returns the shape (N,C,H,W) of the batches Forward takes.
	InputShape() []int

	// Bounds returns the range of a valid pixel, normally 0 and 1. Either may be infinite.
	Bounds() (lo, hi float32)

	// Forward returns the logits (N,K) of a batch. The tensor belongs to the model
	// and is overwritten by the next Forward.
	Forward(x *tensor.Tensor) (logits *tensor.Tensor)

	// Backward returns the vector-Jacobian product of dlogits (N,K) at the latest
	// Forward: the gradient of sum(dlogits * logits) with respect to the pixels,
	// shape (N,C,H,W). The attack may change the tensor; it belongs to the model and
	// is overwritten by the next Backward.
	Backward(dlogits *tensor.Tensor) (dx *tensor.Tensor)
}

// A Problem is a batch of pictures that are to fool a model, within a budget.
type Problem struct {
	Model    LoopModel
	X        *tensor.Tensor // the originals (N,C,H,W), inside the model's bounds; never written to
	Criteria []Goal         // what counts as success, one per picture

	Norm Norm    // how the size of a perturbation is measured
	Eps  float64 // its largest allowed size, in pixel units of [0,1]; 0 returns the originals, +Inf allows any

	// Levels, if positive, asks for a result on the lattice {0, 1/(Levels-1), ..., 1}: 256 for a
	// picture that will be written with 8 bits a channel. Success then means that the rounded
	// picture succeeds, and Eps limits the distance of the rounded picture.
	//
	// The originals need not be on the lattice themselves, but a picture of the lattice must be
	// within Eps of each. Distances are measured in whole levels where possible: with Eps 2.0/255 a
	// value changes by two levels at most, exactly.
	Levels int

	// Mask, if not nil, says which pixels may change: (N,1,H,W) for originals (N,C,H,W), 1 where
	// they may and 0 where all channels keep their bits. Gradients and steps count only the pixels
	// that may change.
	Mask *tensor.Tensor

	// Stop, if not nil, says when to end the attack on a picture early; nil means as soon as its
	// criterion is met. It should imply the criterion (a higher probability, say).
	Stop []Goal

	Seed  uint64   // every random number derives from it and from the picture's index
	Index []uint64 // indices of the pictures in their data set; nil means 0, 1, 2, ...

	// Observe, if not nil, is called after every Forward of the attack, once for each picture still
	// under attack. Its argument is valid only during the call.
	Observe func(Step)

	// Between, if not nil, is called before every Forward. It may wait, and until it returns the
	// attack's pixels may be elsewhere. An error ends the attack, which then has no result.
	Between func(*LoopHeld) error
}

// A Step is what Observe gets about one picture at one step.
type Step struct {
	Image   int       // position in the batch
	Restart int       // number of starting points finished before
	Step    int       // gradient steps taken so far, over all restarts; 0 is the first starting point
	Pixels  []float32 // the pixels (C,H,W) that were classified
	Grad    []float32 // the latest gradient of Loss (C,H,W): it was followed, or was zero; nil before the first step
	Logits  []float32 // the logits (K) of Pixels
	// what the attack climbs: the loss of the goal's classes, or its negative if they are to be left; see Labels
	Loss float64
	Met  bool // the criterion holds for these pixels
	File bool // these pixels are on the lattice of Levels
}

// A Result holds one adversarial picture and its record for every picture of a problem.
type Result struct {
	X      *tensor.Tensor // the best pictures found (N,C,H,W), on the lattice if Levels was given
	Images []Outcome
}

// An Outcome is what an attack achieved on one picture.
type Outcome struct {
	Success      bool // the criterion holds for the picture in Result.X
	FloatSuccess bool // it held at some step before rounding
	Steps        int  // gradient steps taken, over all restarts
	FirstSuccess int  // the step at which the criterion first held for a valid result, -1 if never
	Restarts     int  // number of starting points finished before
	Forwards     int  // number of pictures classified
	Backwards    int  // number of gradients computed
	// gradients that were zero everywhere, which ends a restart: the loss is flat, or the gradient masked
	ZeroGradients   int
	HiddenGradients int       // those of them that only the mask made zero: pixels that must not change have a gradient
	Followed        Loss      // the loss whose gradient was followed last: Auto's choice, or the one asked for
	Turned          bool      // Auto changed the loss because its gradient was zero
	Loss            float64   // the loss of the picture in Result.X, as Step.Loss
	Logits          []float32 // the logits (K) of the picture in Result.X, nil if it was never classified
	Err             error     // what ended the attack on this picture: the model gave a NaN or an infinity
}

// NoGradient reports that the attack failed, and that from one starting point at least it had no
// gradient to follow. Such a failure does not show that the picture resists.
func (o *Outcome) NoGradient() bool { return !o.Success && o.ZeroGradients > 0 }

// An LoopAttack searches for adversarial pictures. Implementations are structs of
// hyper-parameters whose zero values are the published defaults, safe for
// concurrent use.
type LoopAttack interface {
	// Name is the short lower-case name used on the command line, e.g. "pgd".
	Name() string

	// Run attacks every picture of p. For a malformed problem it returns an error and no result,
	// before the first Forward. A class out of range is found before the first Forward if the model
	// has a method Classes() int, otherwise right after it.
	//
	// When ctx ends it returns the best pictures so far, rounded and classified like any result,
	// together with ctx.Err(). Where a model gives NaN or infinite numbers for a picture, the
	// attack on that one ends; Run finishes the others and returns the result together with the
	// first such error.
	//
	// A picture's result depends only on that picture, its criterion, its index and the seed, never
	// on the rest of the batch.
	Run(ctx context.Context, p *Problem) (*Result, error)
}
