package attacks

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"

	"hoodwink/attack"
)

// Jitter is BIM with a loss that uses all classes and noise: the mean square distance of
// softmax(scale*z/max|z|) plus Gaussian noise from the vector that is 1 at the class and 0 elsewhere.
//
// Paper: Schwinn et al., "Exploring Misclassifications of Robust Neural Networks to Enhance Adversarial
// Attacks", arXiv:2105.10304. Norm: Linf and L2. The paper divides the loss by the size of the change
// once a picture fools, to find smaller ones; here the attack ends then.
type Jitter struct {
	Steps    int     `set:"steps" min:"1" max:"1000000000" default:"10" doc:"largest number of steps" zh:"最多步数"`
	StepSize float64 `set:"step" unit:"size" default:"eps/4, more with fewer than 10 steps" defaultzh:"eps/4，不足 10 步时更大" doc:"size of a step" zh:"步长"`
	Scale    float64 `set:"scale" min:"0.001" max:"1000" default:"10" doc:"largest magnitude to which the logits are brought" zh:"将 logits 缩放到的最大幅度"`
	Noise    float64 `set:"noise" min:"0.000001" max:"10" default:"0.1" doc:"standard deviation of the noise" zh:"噪声的标准差"`
}

// Info implements attack.Attack.
func (Jitter) Info() attack.Info {
	return attack.Info{
		Name: "jitter", Title: "jitter", TitleZh: "抖动攻击",
		Paper:  "Schwinn, Raab, Nguyen, Zanca, Eskofier, Exploring Misclassifications of Robust Neural Networks to Enhance Adversarial Attacks, arXiv:2105.10304",
		Norms:  smoothNorms,
		Access: attack.Gradients,
		Says:   "Like bim, but with noise in the network's answer, so that not one wrong class alone is aimed at.",
		SaysZh: "与 bim 相似，但在网络的输出中加入噪声，不只瞄准某一个错误类别。",
	}
}

// Attack implements attack.Attack.
func (a Jitter) Attack(t *attack.Trial) {
	d := descent{steps: cmp.Or(a.Steps, 10), restarts: 1, exact: true}
	d.size = derived(a.StepSize, 2.5, t.Eps, 10, d.steps)
	if err := limited(t.Eps, d.size, false); err != nil {
		t.Fail(err)
		return
	}
	d.loss = &jitter{scale: cmp.Or(a.Scale, 10), noise: cmp.Or(a.Noise, 0.1), rng: t.Rand, p: make([]float64, t.K), z: make([]float32, t.K)}
	descend(t, d)
}

// A jitter is the loss of a trial. Its noise is drawn in the order of the trial's questions.
type jitter struct {
	scale, noise float64
	rng          *rand.Rand
	p            []float64
	z            []float32
}

// String implements attack.Loss.
func (*jitter) String() string { return "jitter" }

// Check implements attack.Loss.
func (*jitter) Check(_ int, d *attack.Direction) error {
	if d.Labels {
		return errors.New("jitter compares probabilities that add up to 1, and labels are independent: take bim")
	}
	return nil
}

// Eval implements attack.Loss.
func (l *jitter) Eval(dlogits []float64, logits []float32, d *attack.Direction) float64 {
	clear(dlogits)
	top := 0
	for k, z := range logits {
		if math.Abs(float64(z)) > math.Abs(float64(logits[top])) {
			top = k
		}
	}
	classes, sign := d.Away, 1.
	if len(d.Toward) > 0 {
		classes, sign = d.Toward, -1
	}
	unit := l.scale / max(math.Abs(float64(logits[top])), math.SmallestNonzeroFloat32)
	for k, z := range logits {
		l.z[k] = float32(unit * float64(z))
	}
	attack.Softmax(l.p, l.z)
	n := float64(len(logits))
	var value, mean float64
	for k, p := range l.p {
		off := p + l.noise*l.rng.NormFloat64()
		for _, c := range classes {
			if c == k {
				off -= 1 / float64(len(classes))
			}
		}
		value += off * off / n
		dlogits[k] = 2 * off / n
		mean += p * dlogits[k]
	}
	// Back through softmax and the division, of which the largest logit is the divisor, too.
	var all float64
	for k, p := range l.p {
		dlogits[k] = sign * unit * p * (dlogits[k] - mean)
		all += dlogits[k] * float64(logits[k])
	}
	if z := float64(logits[top]); z != 0 {
		dlogits[top] -= all / z
	}
	return sign * value
}
