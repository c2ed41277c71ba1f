package report

import (
	"fmt"
	"strings"
)

// The judgements on a run. Only the first two belong to an attack that had a gradient to follow.
const (
	Fooled      = "fooled"      // the file fools the network
	NotFooled   = "not fooled"  // it does not, though the attack could follow its gradient
	NoGradient  = "no gradient" // it does not, but somewhere the attack had no gradient: this shows no resistance
	NothingToDo = "nothing to do"
)

// rounding is the most by which a picture of more than 8 bits, which is otherwise left alone,
// differs from its file; a random start differs by a whole level.
const rounding = 0.5001 / 255

// Judge returns the judgement on a run whose other fields are filled in.
func (f *Fool) Judge() string {
	switch {
	case f.SuccessFile && f.Steps == 0 && f.Linf <= rounding:
		return NothingToDo
	case f.SuccessFile:
		return Fooled
	case f.ZeroGradients > 0:
		return NoGradient
	}
	return NotFooled
}

// GrayNote returns a sentence about a picture with colours whose brightness was attacked, "" for others.
func (f *Fool) GrayNote() string {
	if !f.Gray {
		return ""
	}
	return "The network sees no colours: the picture was made gray before it was attacked."
}

// StageNote returns a sentence about the attacks that were tried in turn, "" if the attack is not of that
// kind, or there was nothing to do.
func (f *Fool) StageNote() string {
	n := len(f.Stages)
	switch {
	case n == 0 || f.Judge() == NothingToDo:
		return ""
	case !f.SuccessFile:
		return "None of these attacks fooled: " + strings.Join(f.Stages, ", ") + "."
	case f.MaskedGradients:
		return "The attack " + f.Stages[n-1] + " fooled, which asks for no gradients; those before it did not. So gradients are probably " +
			"masked, and the network resists less than it seems."
	}
	return "The attack " + f.Stages[n-1] + " fooled."
}

// GradientNote returns a sentence about the gradient of a run: that it was zero, or that the attack
// changed to another loss because it was zero. It is "" if there was always a gradient.
func (f *Fool) GradientNote() string {
	turned := ""
	if f.LossTurned {
		turned = "The gradient of the logarithm of the probability was zero, since the scores are too far apart; the attack went on with the loss " + f.Loss + ". "
	}
	if f.SuccessFile || f.ZeroGradients == 0 {
		if turned == "" {
			return ""
		}
		return turned[:len(turned)-1]
	}
	where, why := "at every pixel", ZeroGradient(f.Loss)
	if f.HiddenGradients == f.ZeroGradients {
		where, why = "at every pixel that the mask lets change", "there is one at pixels that the mask keeps"
	}
	when := fmt.Sprintf("after %d steps", f.Steps)
	if f.ZeroGradients > 1 {
		when = fmt.Sprintf("from %d starting points", f.ZeroGradients)
	}
	return fmt.Sprintf("%sThe gradient of the %s was zero %s %s: %s. This does not show that the network resists.", turned, lossWords(f.Loss), where, when, why)
}

// ZeroGradient says what it may mean that the gradient of a loss is zero everywhere.
func ZeroGradient(loss string) string {
	if loss == "logprob" || loss == "prob" {
		return "where a probability is next to 0 or 1 this loss may have none, and the loss margin may"
	}
	return "the scores do not change with the pixels here"
}

func lossWords(loss string) string {
	if loss == "" {
		return "loss"
	}
	return "loss " + loss
}
