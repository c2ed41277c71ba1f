package attack

import "time"

// An Example is one picture that is to fool a model.
type Example struct {
	X     []float32 // the original (C,H,W), inside the model's bounds; never written to
	Mask  []float32 // (H,W): 1 where all channels may change, 0 where every bit stays; nil means everywhere
	Index uint64    // its number in its data set, from which its random numbers derive
	Goal  Goal      // what is asked for

	// Stop says when to end the attack early; it should imply the goal (a higher probability, say).
	// Nil means as soon as the goal is met, and never for attacks that look for the smallest change.
	Stop Goal

	// Eps is the largest allowed size of the change, in pixel units of [0,1]; 0 returns the original,
	// +Inf allows any.
	Eps float64
}

// ends returns when an attack on the example ends early, nil for never.
func (e *Example) ends(minimal bool) Goal {
	if e.Stop != nil || minimal {
		return e.Stop
	}
	return e.Goal
}

// A Threat says what a change is measured in.
type Threat struct {
	Norm Norm

	// Levels, if positive, asks for pictures of the lattice {0, 1/(Levels-1), ..., 1}: 256 for files
	// of 8 bits a channel. Success then means that the rounded picture succeeds, and Eps limits the
	// distance of the rounded picture. The original need not be on the lattice itself, but a picture
	// of the lattice must be within Eps of it. Distances are counted in whole levels where possible:
	// with Eps 2.0/255 a value changes by two levels at most, exactly.
	Levels int
}

// A Budget limits what the attack on one picture may ask. 0 is no limit.
type Budget struct {
	Queries   int           // pictures classified, that of the file included
	Gradients int           // vector-Jacobian products
	Both      int           // of the two together: passes through the model
	Time      time.Duration // a verdict that ends by it is Interrupted
}

// Options say how a run is done. Only Seed, Budget and Samples have an effect on its results.
type Options struct {
	Seed   uint64 // every random number derives from it and from the example's index
	Budget Budget

	// Samples is the number of times that a model with random numbers of its own is asked about a
	// candidate, with other numbers each time: expectation over transformation. Logits, losses and
	// gradients are means. 0 means 1.
	//
	// Paper: Athalye et al., "Synthesizing Robust Adversarial Examples", arXiv:1707.07397.
	Samples int

	Threads int // that do the arithmetic of attacks; 0 means all

	// Room, if above 0, is how many pictures an attack may hold for each example: its own copies
	// included, the batch that is asked about not. An attack that wants more ends with an error of the
	// picture. See the function Room.
	Room int

	// Observe, if not nil, is called for every picture that an attack has classified as a candidate.
	// Calls do not overlap. Its argument is valid only during the call.
	Observe func(Step)

	// Between, if not nil, is called before the model is asked. It may wait, and until it returns the
	// pixels of the run may be elsewhere. An error ends the run.
	Between func(*Held) error
}

// A Verdict is what became of an example.
type Verdict struct {
	Number       int       // of the example among those of the run, from 0
	Index        uint64    // of the example
	X            []float32 // the best picture found (C,H,W), on the lattice if there is one; the caller's
	Logits       []float32 // its logits (K), nil if it was never classified
	Success      bool      // X meets the goal
	FloatSuccess bool      // some picture met it before rounding
	Size         float64   // the norm of the change
	Loss         float64   // of X, as Step.Loss; NaN if it was never classified

	Steps        int // gradients that were followed, over all restarts
	FirstSuccess int // Steps when the goal was first met by a valid picture, -1 if never
	Restarts     int // starting points finished before the last one
	Forwards     int // pictures classified
	Backwards    int // vector-Jacobian products

	// ZeroGradients counts gradients that were zero everywhere: the loss is flat, or the gradient
	// masked. HiddenGradients counts those of them that only the mask made zero: pixels that must not
	// change have a gradient.
	ZeroGradients   int
	HiddenGradients int

	Followed    Loss     // the loss whose gradient was followed last: Auto's choice, or the one asked for
	Turned      bool     // Auto changed the loss because its gradient was zero
	Stages      []Stage  // of an attack that tries others
	Warnings    []string // sentences on what makes the result doubtful, see [Trial.Warn]
	Interrupted bool     // the context or the time ended before the attack did
	Err         error    // what ended the attack on this picture alone: a NaN of the model, a malformed example
}

// A Stage is what an attack that was tried by another one did.
type Stage struct {
	Attack              string
	Eps                 float64
	Success             bool // it found a picture that meets the stop
	Forwards, Backwards int
}

// NoGradient reports that the attack failed, and that from one starting point at least it had no
// gradient to follow. Such a failure does not show that the picture resists.
func (v *Verdict) NoGradient() bool { return !v.Success && v.ZeroGradients > 0 }

// An Attack attacks one picture, in straight-line code, and returns when a method of the trial says
// false. Implementations are structs of parameters whose zero values are the published defaults:
// see [Parameters]. They are safe for concurrent use.
type Attack interface {
	Info() Info
	Attack(t *Trial)
}

// Info is what is known of an attack without running it.
type Info struct {
	Name    string // short, lower case: "pgd"
	Title   string // "projected gradient descent"
	TitleZh string // in Chinese; if there is none, people are shown the English one
	Paper   string // authors, title, arXiv number
	Norms   []Norm
	Access  Access
	Minimal bool // it looks for the smallest change that meets the goal; otherwise for the highest loss within Eps
	Classes int  // the fewest classes with which it works; 0 means 2

	// Says is one sentence for a newcomer, in English and in Chinese.
	Says, SaysZh string
}
