// Package attack is what all attacks share. It searches for adversarial pictures: pictures close to a
// given one which a model classifies as something else. The attacks themselves are in package attacks.
//
// An attack is a function of one picture, written straight down as in its paper. It asks a [Trial],
// which counts, keeps the budget, judges, rounds, masks, keeps the best and ends:
//
//   - A [Model] answers rows of pictures: logits, and vector-Jacobian products. Nothing else is known
//     of it.
//   - An [Example] is one picture, its [Goal] and its eps. A [Threat] says in which [Norm] the change is
//     measured, and whether the result is to be a file.
//   - An [Attack] is a struct of parameters that may be written as a literal; its zero value has the
//     published defaults. Their tags declare them: see [Parameter] and [Registry].
//   - A [Loss] is the function of the logits whose gradient it follows, where a [Direction] points.
//   - A [Verdict] is what became of an example, even where the attack did not succeed.
//
// [Examples] runs an attack on a stream of pictures: each is a coroutine, and what all live ones ask is
// answered by full batches. A verdict depends on its picture, the seed and the settings alone.
//
// All sizes are in pixel units of [0,1]: one level of an 8-bit picture is 1/255. With Threat.Levels
// set to 256 the result survives being written with 8 bits, because the rounded picture is what is
// judged.
//
// To make a picture x a vulture (class 23) with a probability of at least 95 %, changing no value by
// more than 2 of 255 levels:
//
//	e := attack.Example{X: x, Goal: attack.Targeted{Class: 23, Prob: 0.95}, Eps: 2.0 / 255}
//	verdicts, err := attack.Run(ctx, model, attacks.PGD{Steps: 100}, attack.Threat{Levels: 256}, attack.Options{}, e)
package attack
