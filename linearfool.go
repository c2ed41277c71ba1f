package hoodwink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/model"
	"hoodwink/preprocess"
	"hoodwink/report"
	"hoodwink/tensor"
	"hoodwink/train"
)

// A LinearRequest says how to fool a linear classifier.
type LinearRequest struct {
	Linear *train.Linear
	Names  []string       // of its classes
	X      *tensor.Tensor // one input, of the shape of a template
	Lo, Hi float32        // limits of a value; for pictures 0 and 1, both 0 means none

	// To is the class to move to from the top class; nil means the class whose boundary is nearest
	// in Linf.
	To *int

	// Eps is the size of the step along the signs of the weights. 0 means twice the smallest one
	// that changes the class, rounded up to whole levels of 255 for a picture.
	Eps float64

	Random int    // number of random directions to compare with; 0 means 100
	Seed   uint64 // seed of these directions

	// With Output, X is a picture of 8 bits. The result is written to a PNG file of that name,
	// which is read back and classified by Model.
	Output  string
	Model   *model.Model
	Threads int

	Input, Label string // what X is, and its label, for the record
	Version      string // of the program, for the record
}

// A LinearResult describes what became of an input. The embedded report is the stable JSON
// contract. What it says about a file was measured on the file after reading it back.
type LinearResult struct {
	report.LinearFool
	Original, Adversarial *tensor.Tensor // of the shape of X
	Directions            *train.Directions
	linear                *train.Linear
	names                 []string
}

const (
	defaultRandom    = 100
	smallestAccuracy = 1e-3 // relative accuracy of the smallest changes that attacks find
	smallestSteps    = 50
)

// FoolLinear moves one input of a linear classifier along the signs of its weights from one class
// to another, and along random signs for comparison. It computes the smallest changes that fool the
// classifier in closed form, and also searches for them with attacks, which do not use the closed
// form. Attacks on pictures stay within the limits, as files must.
func FoolLinear(ctx context.Context, r LinearRequest) (*LinearResult, error) {
	start := time.Now()
	if r.Lo == 0 && r.Hi == 0 {
		r.Lo, r.Hi = float32(math.Inf(-1)), float32(math.Inf(1))
	}
	l := r.Linear
	if len(r.Names) != l.Classes() || len(r.X.Data) != len(l.Weights.Image(0)) {
		return nil, fmt.Errorf("an input of %d values and %d names for a linear classifier of %d classes and %d values", len(r.X.Data), len(r.Names), l.Classes(), len(l.Weights.Image(0)))
	}
	if r.Output != "" {
		inputs := []string{r.Input}
		if r.Model != nil {
			inputs = append(inputs, r.Model.Files()...)
		}
		if err := CheckOutputs(inputs, r.Output); err != nil {
			return nil, err
		}
	}
	res := &LinearResult{Original: r.X.Reshape(l.Weights.Shape[1:]...), linear: l, names: r.Names}
	before := make([]float32, l.Classes())
	l.Logits(before, r.X.Data)
	from := tensor.Argmax(before)
	nearest := l.Nearest(r.X.Data, from, attack.Linf, r.Lo, r.Hi)
	to := nearest.To
	if r.To != nil {
		to = *r.To
	}
	if to < 0 || to >= l.Classes() {
		return nil, fmt.Errorf("class %d is outside 0..%d", to, l.Classes()-1)
	}
	if to == from {
		return nil, fmt.Errorf("it is %s already: name another class", r.Names[from])
	}
	flip := l.Flip(r.X.Data, from, to, attack.Linf, r.Lo, r.Hi)
	eps, err := r.eps(flip)
	if err != nil {
		return nil, err
	}
	random := r.Random
	if random == 0 {
		random = defaultRandom
	}
	if res.Directions, err = l.Directions(r.X.Data, from, to, eps, random, r.Seed, r.Lo, r.Hi); err != nil {
		return nil, err
	}
	res.describe(&r, before, from, to, eps)
	if err := res.move(&r, from, to, eps); err != nil {
		return nil, err
	}
	if err := res.smallest(ctx, &r, from); err != nil {
		return nil, err
	}
	res.Seconds = time.Since(start).Seconds()
	return res, nil
}

// eps returns the size of the step.
func (r *LinearRequest) eps(flip train.Flip) (float64, error) {
	switch {
	case r.Eps > 0 && r.Output == "":
		return r.Eps, nil
	case r.Eps > 0:
		return r.Eps, attack.Linf.CheckSize(r.Eps, nil, fileLevels)
	case r.Eps != 0:
		return 0, fmt.Errorf("eps %g: want more than 0", r.Eps)
	case math.IsInf(flip.Size, 1):
		return 0, errors.New("no change within the limits leads to that class: name an eps, or another class")
	}
	if r.Output == "" {
		return 2 * flip.Size, nil
	}
	return max(1, math.Ceil(2*255*flip.Size)) / 255, nil
}

// describe fills in what is known before anything moves.
func (res *LinearResult) describe(r *LinearRequest, before []float32, from, to int, eps float64) {
	d := res.Directions
	res.LinearFool = report.LinearFool{
		Input: r.Input, Label: r.Label, Version: r.Version, Values: len(r.X.Data), Eps: eps, Seed: r.Seed, Before: res.ranked(before),
		ScoreBefore: -res.linear.Margin(r.X.Data, from, to),
		SignSlope:   d.SignSlope, RandomSlope: d.RandomSlope, RandomTried: len(d.Random), SlopesQuotient: d.SignSlope / d.RandomSlope,
	}
	all := res.predictions(before)
	res.From, res.To = all[from], all[to]
	last := len(d.Eps) - 1
	for _, line := range d.Random {
		res.RandomLargest = max(res.RandomLargest, math.Abs(line[last]-line[0])/eps)
	}
	if r.Model != nil {
		res.Model, res.ModelHash = r.Model.Name, r.Model.Hash
	}
}

// predictions returns all classes in the order of their index.
func (res *LinearResult) predictions(logits []float32) []report.Prediction {
	p := make([]float64, len(logits))
	attack.Softmax(p, logits)
	all := make([]report.Prediction, len(p))
	for k, v := range p {
		all[k] = report.Prediction{Class: k, Label: res.names[k], Prob: v}
	}
	return all
}

// ranked returns the likeliest classes, best first.
func (res *LinearResult) ranked(logits []float32) []report.Prediction {
	all := res.predictions(logits)
	slices.SortStableFunc(all, func(a, b report.Prediction) int {
		switch la, lb := logits[a.Class], logits[b.Class]; {
		case la > lb:
			return -1
		case la < lb:
			return 1
		}
		return 0
	})
	return all[:min(topClasses, len(all))]
}

// move takes the step along the signs. For a picture it writes the result and reads it back.
func (res *LinearResult) move(r *LinearRequest, from, to int, eps float64) error {
	w := make([]float32, len(r.X.Data))
	res.linear.Difference(w, from, to)
	signs := make([]float32, len(w))
	attack.Linf.Ascent(signs, w, 1)
	moved := res.Original.Clone()
	tensor.AddScaled(moved.Data, float32(eps), signs)
	tensor.Clamp(moved.Data, r.Lo, r.Hi)
	after := make([]float32, res.linear.Classes())
	if r.Output == "" {
		res.linear.Logits(after, moved.Data)
	} else {
		preprocess.Quantize(moved.Data, moved.Data)
		var err error
		if moved, after, err = res.file(r, moved); err != nil {
			return err
		}
	}
	res.Adversarial = moved
	res.After = res.ranked(after)
	res.ScoreAfter = -res.linear.Margin(moved.Data, from, to)
	res.SuccessFile = r.Output != "" && res.After[0].Class != from
	res.Linf, res.L2, _ = distances(moved.Data, res.Original.Data)
	return nil
}

// file writes a picture and returns the pixels in the file, and their logits.
func (res *LinearResult) file(r *LinearRequest, x *tensor.Tensor) (*tensor.Tensor, []float32, error) {
	res.Output = r.Output
	h, w := x.Shape[1], x.Shape[2]
	if err := preprocess.WritePNG(r.Output, x.Reshape(1, x.Shape[0], h, w), res.provenance(r)); err != nil {
		return nil, nil, err
	}
	pic, err := preprocess.ReadFile(r.Output, preprocess.Limits{MaxPixels: math.MaxInt, MaxBytes: math.MaxInt64})
	if err != nil {
		return nil, nil, fmt.Errorf("reading back what was written: %w", err)
	}
	logits, err := classify(r.Model, pic.Pixels, r.Threads)
	if err != nil {
		return nil, nil, err
	}
	n := x.Shape[0] * h * w
	return tensor.FromSlice(pic.Pixels.Data[:n], x.Shape...), logits, nil
}

// provenance returns what the file says about how it was made.
func (res *LinearResult) provenance(r *LinearRequest) []preprocess.Text {
	settings, err := json.Marshal(struct {
		Input       string          `json:"input"`
		Model       string          `json:"model"`
		ModelSHA256 string          `json:"model_sha256"`
		Preprocess  preprocess.Spec `json:"preprocess"`
		From        int             `json:"from"`
		To          int             `json:"to"`
		Attack      string          `json:"attack"`
		Eps         string          `json:"eps"`
	}{filepath.Base(r.Input), r.Model.Name, r.Model.Hash, r.Model.Spec, res.From.Class, res.To.Class, "signs of linear weights", fmt.Sprint(res.Eps)})
	if err != nil {
		panic(err) // plain values only
	}
	return software(r.Version, settings)
}

// smallest lists the smallest changes that lead out of a class: first by formula, then by attacks.
func (res *LinearResult) smallest(ctx context.Context, r *LinearRequest, from int) error {
	inf := float32(math.Inf(1))
	limited := !math.IsInf(float64(r.Hi), 1)
	x := tensor.FromSlice(res.Original.Data, append([]int{1}, res.Original.Shape...)...)
	for _, norm := range []attack.Norm{attack.Linf, attack.L2} {
		add := func(limits bool, method string, size float64, class, backwards, zeros int) {
			s := report.Smallest{Norm: norm.String(), Limits: limits, Method: method, Size: size, Class: class, Backwards: backwards,
				NoGradient: math.IsInf(size, 1) && zeros > 0}
			if !math.IsInf(size, 1) {
				s.Label = res.names[class]
			}
			res.Smallest = append(res.Smallest, s)
		}
		free := res.linear.Nearest(x.Data, from, norm, -inf, inf)
		add(false, report.ClosedForm, free.Size, free.To, 0, 0)
		if limited {
			f := res.linear.Nearest(x.Data, from, norm, r.Lo, r.Hi)
			add(true, report.ClosedForm, f.Size, f.To, 0, 0)
		}
		leave := func(int) attack.Goal { return attack.Misclassification{Classes: []int{from}} }
		for _, a := range []attack.Attack{attacks.FGSM{}, attacks.BIM{Steps: smallestSteps, Loss: attack.Margin}} {
			least := attacks.Smallest{Base: a, Tolerance: smallestAccuracy}
			_, found, err := attack.Pictures(ctx, res.linear.Model(1, r.Lo, r.Hi), least, attack.Threat{Norm: norm}, attack.Options{}, x, math.Inf(1), leave)
			if err != nil {
				return err
			}
			v, class, size := found[0], from, math.Inf(1)
			if v.Success {
				class, size = tensor.Argmax(v.Logits), v.Size
			}
			add(limited, a.Info().Name, size, class, v.Backwards, v.ZeroGradients)
		}
	}
	return nil
}
