// Package attack searches for adversarial pictures: pictures close to a given one which a model
// classifies as something else.
//
// An attack sees a model through three questions, asked by the interface Model: which pixel values
// are valid, what are the logits of these pixels, and how do the logits change with the pixels. It
// knows nothing of networks or files.
//
//   - A Problem is a batch of originals, the model, and what is asked for: a
//     Goal for each picture, a Norm and the budget Eps.
//   - An Attack is a struct of hyper-parameters that may be written as a literal;
//     its zero value has the published defaults. FGSM takes one step, BIM several,
//     PGD several from a random point.
//   - A Loss is the function of the logits whose gradient it follows.
//   - A Result is a picture and a record, an Outcome, for each original, even
//     where the attack did not succeed.
//
// Smallest looks for the smallest budget with which an attack succeeds.
//
// A Recorder, as a problem's observer, keeps the curves of the probabilities and the path of top
// classes. Gradient computes a single gradient, as attacks do. Unbounded removes a model's bounds.
//
// All sizes are in pixel units of [0,1]: one level of an 8-bit picture is 1/255. With
// Problem.Levels set to 256 the result survives being written with 8 bits, because the rounded
// picture is what is judged.
//
// To make a picture x (1,3,H,W) a vulture (class 23) with a probability of at least 95 %, changing
// no value by more than 2 of 255 levels:
//
//	p := &attack.Problem{
//		Model:    model,
//		X:        x,
//		Criteria: []attack.Goal{attack.Targeted{Class: 23, Prob: 0.95}},
//		Eps:      2.0 / 255,
//		Levels:   256,
//	}
//	result, err := attack.PGD{Steps: 100}.Run(ctx, p)
//
// The same seed gives the same bits, whatever the other pictures of the batch. A picture's random
// numbers derive from Problem.Seed and its index alone.
package attack
