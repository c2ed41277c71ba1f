package attack

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"hoodwink/internal/names"
	"hoodwink/tensor"
)

// CW is the Margin up to Kappa, where it becomes flat: an attack that has reached it spends nothing
// on more confidence.
//
// Paper: Carlini, Wagner, "Towards Evaluating the Robustness of Neural Networks", arXiv:1608.04644.
type CW struct{ Kappa float64 }

// String implements Loss.
func (l CW) String() string { return "cw:" + strconv.FormatFloat(l.Kappa, 'g', -1, 64) }

// Check implements Loss.
func (l CW) Check(k int, d *Direction) error { return margin.Check(k, d) }

// Eval implements Loss.
func (l CW) Eval(dlogits []float64, logits []float32, d *Direction) float64 {
	value := margin.Eval(dlogits, logits, d)
	if value > l.Kappa {
		clear(dlogits)
		return l.Kappa
	}
	return value
}

// The losses of AutoAttack and TRADES.
var (
	// DLR is the difference of logits ratio: the margin over a distance between the largest logits,
	// so that it does not change when all logits are multiplied. It leaves one class, which needs 3,
	// or reaches one, which needs 4; the class to be left is then the first of Away, or the likeliest
	// other one.
	//
	// Paper: Croce, Hein, "Reliable evaluation of adversarial robustness with an ensemble of diverse
	// parameter-free attacks", arXiv:2003.01690.
	DLR Loss = dlr{}

	// KL is the divergence of the probabilities from those of the original, whatever the goal.
	//
	// Paper: Zhang et al., "Theoretically Principled Trade-off between Robustness and Accuracy",
	// arXiv:1901.08573.
	KL Loss = kl{}
)

type dlr struct{}

// String implements Loss.
func (dlr) String() string { return "dlr" }

// Check implements Loss.
func (dlr) Check(k int, d *Direction) error {
	need := 3
	if len(d.Toward) > 0 {
		need = 4
	}
	switch {
	case d.Labels:
		return errors.New("the loss dlr compares classes of which one is right, and labels are independent: take logprob or margin")
	case len(d.Toward) > 1 || len(d.Toward) == 0 && len(d.Away) != 1:
		return errors.New("the loss dlr is of one class: take logprob or margin for several")
	case k < need:
		return fmt.Errorf("the loss dlr needs %d classes here, and the model has %d: take margin", need, k)
	}
	return nil
}

// Eval implements Loss.
func (dlr) Eval(dlogits []float64, logits []float32, d *Direction) float64 {
	clear(dlogits)
	order := ranked(logits)
	first, third := order[0], order[2]
	z := func(k int) float64 { return float64(logits[k]) }
	if len(d.Toward) == 0 {
		from, other := d.Away[0], first
		if first == from {
			other = order[1]
		}
		width := z(first) - z(third) + tiny
		value := (z(other) - z(from)) / width
		dlogits[other] += 1 / width
		dlogits[from] -= 1 / width
		dlogits[first] -= value / width
		dlogits[third] += value / width
		return value
	}
	to, from := d.Toward[0], first
	switch {
	case len(d.Away) > 0:
		from = d.Away[0]
	case first == to:
		from = order[1]
	}
	fourth := order[3]
	width := z(first) - (z(third)+z(fourth))/2 + tiny
	value := (z(to) - z(from)) / width
	dlogits[to] += 1 / width
	dlogits[from] -= 1 / width
	dlogits[first] -= value / width
	dlogits[third] += value / (2 * width)
	dlogits[fourth] += value / (2 * width)
	return value
}

// tiny keeps the ratio finite where the largest logits are equal.
const tiny = 1e-12

// ranked returns the classes of the four largest logits, of the smaller number where two are equal.
func ranked(logits []float32) (top [4]int) {
	for i := range top {
		top[i] = -1
	}
	for k := range logits {
		for i, at := range top {
			if at < 0 || logits[k] > logits[at] {
				copy(top[i+1:], top[i:len(top)-1])
				top[i] = k
				break
			}
		}
	}
	return top
}

type kl struct{}

// String implements Loss.
func (kl) String() string { return "kl" }

// Check implements Loss.
func (kl) Check(_ int, d *Direction) error {
	if d.Labels {
		return errors.New("the loss kl compares probabilities that add up to 1, and labels are independent: take logprob")
	}
	return nil
}

// Eval implements Loss.
func (kl) Eval(dlogits []float64, logits []float32, d *Direction) float64 {
	var sum, value float64
	top, clean := logits[max(tensor.Argmax(logits), 0)], d.Clean[max(tensor.Argmax(d.Clean), 0)]
	var cleanSum float64
	for k, z := range logits {
		sum += math.Exp(float64(z) - float64(top))
		cleanSum += math.Exp(float64(d.Clean[k]) - float64(clean))
	}
	for k, z := range logits {
		q := math.Exp(float64(z)-float64(top)) / sum
		logQ := float64(z) - float64(top) - math.Log(sum)
		logP := float64(d.Clean[k]) - float64(clean) - math.Log(cleanSum)
		p := math.Exp(logP)
		value += p * (logP - logQ)
		dlogits[k] = q - p
	}
	return value
}

// lossKinds are the names of losses, and how those with a parameter are written.
var lossKinds = []struct {
	name string
	loss Loss
	with func(parameter float64) Loss
}{
	{"auto", Auto, nil}, {"logprob", LogProbability, nil}, {"prob", Probability, nil}, {"logit", Logit, nil}, {"margin", Margin, nil},
	{"cw", CW{}, func(kappa float64) Loss { return CW{kappa} }}, {"dlr", DLR, nil}, {"kl", KL, nil},
}

// LossNames returns the names of all losses.
func LossNames() []string {
	list := make([]string, len(lossKinds))
	for i, k := range lossKinds {
		list[i] = k.name
	}
	return list
}

// ParseLoss returns the loss that a text names, as String writes it, in any case: "margin", or "cw:40"
// for a confidence of 40.
func ParseLoss(text string) (Loss, error) {
	name, parameter, has := strings.Cut(text, ":")
	i := names.Index(name, LossNames())
	if i < 0 {
		return nil, fmt.Errorf("unknown loss %q: want one of %s", text, strings.Join(LossNames(), ", "))
	}
	kind := lossKinds[i]
	switch {
	case !has:
		return kind.loss, nil
	case kind.with == nil:
		return nil, fmt.Errorf("the loss %s takes no parameter, and %q gives one", kind.name, text)
	}
	v, err := strconv.ParseFloat(parameter, 64)
	if err != nil || !(v >= 0 && v <= math.MaxFloat64) {
		return nil, fmt.Errorf("%q: want a number of at least 0 after the colon, such as %s:40", text, kind.name)
	}
	return kind.with(v), nil
}
