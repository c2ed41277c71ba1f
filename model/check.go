package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"hoodwink/nn"
	"hoodwink/tensor"
)

// A Level says how serious a finding is.
type Level string

const (
	Fine    Level = "ok"
	Warning Level = "warning" // odd, but it may be meant
	Wrong   Level = "error"   // predictions or attacks will be wrong
)

// A Finding is the result of one check.
type Finding struct {
	Check  string `json:"check"` // "outputs", "range", "gradient", "size", "batch" or "accuracy"
	Level  Level  `json:"level"`
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"`
}

// A Checkup is the result of Check.
type Checkup struct {
	Model    string    `json:"model"`
	Hash     string    `json:"hash"`
	OK       bool      `json:"ok"` // no finding is an error
	Findings []Finding `json:"findings"`

	// Contracts are the contract and common others, with the network's results on labelled pictures
	// under each: the contract first, then the others, best first. Nil without pictures.
	Contracts []Candidate `json:"contracts,omitempty"`

	broken bool // results are NaN or infinite: nothing else can be checked
}

// CheckOptions say what a check can use.
type CheckOptions struct {
	Pictures []Labelled // pictures whose class is known; none means that accuracy is not checked

	// Progress, if not nil, is called after every picture.
	Progress func(done, total int)
}

// Check compares a model's contract with the behaviour of the network. Are its results logits,
// probabilities or sigmoids, as the contract says? Do values in the contract's range make sense to
// it? Do gradients agree with finite differences; are they neither zero nor huge, and independent
// of the rest of a batch? And with labelled pictures: would another common contract be right more
// often?
//
// The findings are in the result. The error is about running the network, or ctx.
func (m *Model) Check(ctx context.Context, o CheckOptions) (*Checkup, error) {
	own := *m
	own.ctx = ctx
	m = &own
	u := &Checkup{Model: m.Name, Hash: m.Hash, Findings: []Finding{}}
	for _, check := range []func(*Checkup, *Model) error{(*Checkup).outputs, (*Checkup).valueRange, (*Checkup).gradient, (*Checkup).batch} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := check(u, m)
		if ctx.Err() != nil { // what was running is void
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, &Error{Model: m.Name, Err: err}
		}
		if u.broken {
			return u, nil
		}
	}
	if len(o.Pictures) > 0 {
		if err := u.accuracy(ctx, m, o); err != nil {
			return nil, err
		}
	}
	u.OK = !slices.ContainsFunc(u.Findings, func(f Finding) bool { return f.Level == Wrong })
	return u, nil
}

func (u *Checkup) add(check string, level Level, advice, format string, args ...any) {
	u.Findings = append(u.Findings, Finding{check, level, fmt.Sprintf(format, args...), advice})
}

// Limits of the logits of a normal classifier.
const (
	leastReaction = 0.01 // differences between pictures, relative to differences between classes
	widestLogits  = 100  // above it, a softmax in single precision is 0 or 1
)

// A reaction describes a network's logits on synthetic pictures.
type reaction struct {
	width  float64 // mean difference of the largest and the smallest logit of a picture
	change float64 // how much logits differ between pictures, relative to how much they differ between classes
}

func (m *Model) reaction() (r reaction, err error) {
	all, _, err := m.tried()
	if err != nil {
		return r, err
	}
	k := m.classes()
	centre := make([]float64, k)
	for i, out := range all {
		out = m.logits(out)
		all[i] = out
		var mean float64
		for _, v := range out {
			mean += float64(v) / float64(k)
		}
		for i, v := range out {
			out[i] = v - float32(mean)
			centre[i] += (float64(v) - mean) / trials
		}
		r.width += float64(slices.Max(out)-slices.Min(out)) / trials
	}
	var between, within float64
	for _, out := range all {
		for i, v := range out {
			between += float64(v) * float64(v)
			within += (float64(v) - centre[i]) * (float64(v) - centre[i])
		}
	}
	r.change = math.Sqrt(within / (between + 1e-30))
	return r, nil
}

func (r reaction) odd() bool { return !(r.width <= widestLogits) || r.change < leastReaction }

// valueRange checks whether the network expects values of the contract's range, or rather of [0,1]
// or [0,255].
func (u *Checkup) valueRange(m *Model) error {
	now, err := m.reaction()
	if err != nil {
		return err
	}
	if !now.odd() {
		u.add("range", Fine, "", "logits of made-up pictures are %.3g apart and differ from picture to picture", now.width)
		return nil
	}
	text := fmt.Sprintf("logits of one picture are %.3g apart: they explode", now.width)
	if now.change < leastReaction {
		text = fmt.Sprintf("the network hardly reacts: logits change by %.2g %% from picture to picture", 100*now.change)
	}
	advice := "do the range, mean and std of the contract fit? labelled pictures (models check --data) tell"
	for _, c := range m.candidates() {
		other := *m
		other.Spec = c.Spec
		then, err := other.reaction()
		if err != nil {
			return err
		}
		if !then.odd() {
			advice = fmt.Sprintf("with %s, logits are %.3g apart: try %s", c.Name, then.width, c.Flags)
			break
		}
	}
	u.add("range", Warning, advice, "%s", text)
	return nil
}

// A slope is the margin of a picture's likeliest class over another as a function of its pixels,
// with its gradient. The other is the second, or, if that margin is flat, the least likely one.
type slope struct {
	c            *Classifier
	x            *tensor.Tensor
	best, second int
	size         float64 // of the logits
	grad         []float32
}

// slope returns that of a synthetic picture.
func (m *Model) slope(c *Classifier, i int) *slope {
	s := &slope{c: c, x: m.trial(i)}
	logits := c.Forward(s.x)
	top := m.Top(logits.Data, c.Classes())
	s.best, s.size = top[0].Index, tensor.Linf(logits.Data)
	for _, other := range []int{1, len(top) - 1} {
		s.second = top[other].Index
		d := tensor.New(1, c.Classes())
		d.Data[s.best], d.Data[s.second] = 1, -1
		if s.grad = slices.Clone(c.Backward(d).Data); tensor.L2(s.grad) != 0 {
			break
		}
	}
	return s
}

// along returns the derivative along v by central differences.
func (s *slope) along(step float64, v func(i int) float64) float64 {
	original := slices.Clone(s.x.Data)
	move := func(step float64) float64 {
		for i := range original {
			s.x.Data[i] = float32(float64(original[i]) + step*v(i))
		}
		l := s.c.Forward(s.x).Data
		return float64(l[s.best]) - float64(l[s.second])
	}
	d := (move(step) - move(-step)) / (2 * step)
	copy(s.x.Data, original)
	return d
}

// gradient compares the gradient of a margin with central differences, at random
// pixels and along itself.
func (u *Checkup) gradient(m *Model) error {
	c, err := m.AtModel().Classifier(1, m.Spec.Height, m.Spec.Width, ClassifierOptions{})
	if err != nil {
		return err
	}
	var s *slope // the steepest
	flat := 0
	for i := 1; i < trials && m.stopped() == nil; i++ {
		next := m.slope(c, i)
		if k, ok := tensor.Finite(next.grad); !ok {
			u.add("size", Wrong, "the logits explode, or the network divides by zero", "the gradient at value %d is %v", k, next.grad[k])
			return nil
		}
		norm := tensor.L2(next.grad)
		if norm == 0 {
			flat++
		}
		if s == nil || norm > tensor.L2(s.grad) {
			s = next
		}
	}
	if err := m.stopped(); err != nil {
		return err
	}
	norm := tensor.L2(s.grad)
	switch {
	case norm == 0:
		u.add("size", Wrong, "the network saturates, or its input has the wrong range", "the gradient is zero everywhere, for all of %d made-up pictures: it is dead", flat)
		return nil
	case flat > 0:
		u.add("size", Warning, "the network saturates, or made-up pictures say nothing to it", "the gradient is zero everywhere for %d of %d made-up pictures", flat, trials-1)
	case !(norm < 1e5):
		u.add("size", Warning, "does the range of the contract fit?", "the gradient is huge: its norm is %.3g for pixels in [0,1]", norm)
	default:
		u.add("size", Fine, "", "the gradient's norm is up to %.3g for pixels in [0,1]", norm)
	}

	rng := rand.New(rand.NewPCG(1, 2))
	var pixels []int
	var steepness float64
	for range 10 {
		// The steepest of several: a flat one shows only noise.
		i := rng.IntN(len(s.grad))
		for range 7 {
			if j := rng.IntN(len(s.grad)); math.Abs(float64(s.grad[j])) > math.Abs(float64(s.grad[i])) {
				i = j
			}
		}
		pixels = append(pixels, i)
		steepness += float64(s.grad[i]) * float64(s.grad[i])
	}
	steepness = math.Sqrt(steepness)

	// Of several steps the best counts. A long one meets kinks; a short one drowns in the rounding
	// of the logits.
	atPixels, itself := math.Inf(1), math.Inf(1)
	for k, step := range []float64{4. / 255, 1. / 255, 0.25 / 255} {
		noise := 4e-7 * s.size / step // of one derivative
		if all := noise * math.Sqrt(float64(len(pixels))); k == 0 || all < 0.1*steepness {
			var off float64
			for _, p := range pixels {
				if err := m.stopped(); err != nil {
					return err
				}
				at := func(i int) float64 {
					if i == p {
						return 1
					}
					return 0
				}
				e := s.along(step, at) - float64(s.grad[p])
				off += e * e
			}
			atPixels = min(atPixels, max(0, math.Sqrt(off)-all)/max(steepness, 1e-30))
		}
		if k == 0 || noise < 0.1*norm {
			e := math.Abs(s.along(step, func(i int) float64 { return float64(s.grad[i]) / norm }) - norm)
			itself = min(itself, max(0, e-noise)/norm)
		}
	}
	text := fmt.Sprintf("the gradient differs from finite differences by %.2g %% at single pixels, by %.2g %% along itself", 100*atPixels, 100*itself)
	rounds := m.Network.Rounds()
	switch {
	case atPixels <= 0.1 && itself <= 0.1:
		u.add("gradient", Fine, "", "%s", text)
	case rounds:
		u.add("gradient", Warning, "attacks work, on a smooth stand-in for the network", "%s: the network rounds values on the way", text)
	case atPixels <= 0.5 || itself <= 0.5:
		u.add("gradient", Warning, "the network has many kinks near by, or saturates", "%s", text)
	default:
		u.add("gradient", Wrong, "attacks that follow it will be weaker than they could be", "%s", text)
	}
	return nil
}

// batch checks that a picture's logits do not depend on its batch.
func (u *Checkup) batch(m *Model) error {
	const n = 3
	at := m.AtModel()
	c, err := at.Classifier(n, m.Spec.Height, m.Spec.Width, ClassifierOptions{ForwardOnly: true})
	var large *nn.MemoryError
	if errors.As(err, &large) {
		u.add("batch", Warning, "", "%d pictures at once were not tried: they would take %d MB of memory, more than the limit of %d MB", n, large.Need>>20, large.Limit>>20)
		return nil
	}
	if err != nil {
		return err
	}
	p, err := at.Predictor(0)
	if err != nil {
		return err
	}
	x := tensor.New(c.InputShape()...)
	for i := range n {
		copy(x.Image(i), m.trial(i+1).Data)
	}
	all := c.Forward(x)
	var most float64
	for i := range n {
		alone, err := p.Pixels(m.trial(i + 1))
		if err != nil {
			return err
		}
		for k, v := range alone {
			most = max(most, math.Abs(float64(v)-float64(all.Image(i)[k])))
		}
	}
	if most == 0 {
		u.add("batch", Fine, "", "a picture gets the same logits alone and in a batch")
	} else {
		u.add("batch", Wrong, "", "logits of a picture depend on the rest of its batch, by up to %.3g", most)
	}
	return nil
}
