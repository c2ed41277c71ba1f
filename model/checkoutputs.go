package model

import (
	"math"

	"hoodwink/tensor"
)

// outputs checks whether the network's results are what the contract says.
func (u *Checkup) outputs(m *Model) error {
	results, driven, err := m.tried()
	if err != nil {
		return err
	}
	logs := true
	for i, out := range results {
		if k, ok := tensor.Finite(out); !ok {
			u.add("outputs", Wrong, "the values are too large for the network, or its file is damaged",
				"for made-up picture %d, the result for class %d is %v", i, k, out[k])
			u.broken = true
			return nil
		}
		var exp float64
		for _, v := range out {
			exp += math.Exp(float64(v))
		}
		logs = logs && math.Abs(exp-1) <= 1e-3
	}
	e := weigh(results, driven)
	each := e.unit && e.bounded && !e.sums // probabilities that do not exclude each other
	wrong := func(right Outputs, format string, args ...any) {
		u.add("outputs", Wrong, "outputs: "+string(right), format, args...)
	}
	fine := func(format string, args ...any) { u.add("outputs", Fine, "", format, args...) }
	switch {
	case m.ends != "":
		u.ending(m)
	case m.Outputs == Probabilities && e.sums && e.step > 0:
		fine("the results are probabilities, rounded to steps of %s; their logarithms serve as logits", fraction(e.step))
	case m.Outputs == Probabilities && e.sums:
		fine("the results are probabilities; their logarithms serve as logits")
	case m.Outputs == Probabilities && each:
		wrong(Sigmoid, "the contract says that the results are probabilities, but they do not add up to 1: a sigmoid for each label")
	case m.Outputs == Probabilities:
		wrong(Logits, "the contract says that the results are probabilities, but they do not add up to 1")
	case m.Outputs == Sigmoid && !e.unit:
		wrong(SigmoidLogits, "the contract says that the results are sigmoids, but they leave [0,1]")
	case e.sums:
		wrong(Probabilities, "the results are probabilities and not %s: they add up to 1", m.Outputs)
	case m.Outputs == Sigmoid && m.form.single:
		fine("the result is the probability of the second of two classes; log(p/(1-p)) serves as logit")
	case m.Outputs == Sigmoid:
		fine("each result is the probability of a label by itself; log(p/(1-p)) serves as logit")
	case each:
		wrong(Sigmoid, "the results stay between 0 and 1 whatever the input is, and do not add up to 1: a sigmoid for each label")
	case m.Outputs == SigmoidLogits && m.form.single:
		fine("the result is a logit, whose sigmoid is the probability of the second of two classes")
	case m.Outputs == SigmoidLogits:
		fine("each result is the logit of a label by itself, whose sigmoid is its probability")
	case logs:
		fine("the results are logarithms of probabilities, which are logits")
	case e.unit:
		u.add("outputs", Warning, "hoodwink takes them for logits of classes that exclude each other",
			"every result is between 0 and 1, but they do not add up to 1: a sigmoid for each class?")
	default:
		fine("the results are logits")
	}
	return nil
}

// ending reports the function in which the files end, and whether the contract agrees.
func (u *Checkup) ending(m *Model) {
	text := "the results are probabilities out of a softmax; the logits before it are used"
	switch {
	case m.form.single:
		text = "the result is a sigmoid, the probability of the second of two classes; the logit before it is used"
	case m.ends == Sigmoid:
		text = "the results are sigmoids, each the probability of a label by itself; the logits before them are used"
	}
	if m.said == "" || m.said == m.ends || m.form.single && m.said == Probabilities {
		u.add("outputs", Fine, "", "%s", text)
		return
	}
	u.add("outputs", Warning, "outputs: "+string(m.ends), "the contract says %s, but %s", m.said, text)
}
