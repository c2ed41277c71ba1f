package model

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A Labelled is a picture file whose class is known.
type Labelled struct {
	Path  string
	Class int
}

// A Candidate is a way of preparing pictures, and what the network made of labelled
// ones that were prepared so.
type Candidate struct {
	Name     string          `json:"name"`
	Spec     preprocess.Spec `json:"preprocess"`
	Flags    string          `json:"flags"` // flags of 'hoodwink models add' that describe it
	Right    int             `json:"right"`
	Pictures int             `json:"pictures"`
	LogProb  float64         `json:"log_prob"` // mean logarithm of the right class's probability

	right []bool
	logs  []float64 // the values of which LogProb is the mean
}

// A scaling is a common choice of range, mean and standard deviation; the latter are
// for pixels in [0,1], red first.
type scaling struct {
	name      string
	scale     float32
	mean, std []float32
}

var colourScalings = []scaling{
	{"0 to 1", 1, nil, nil},
	{"0 to 255", 255, nil, nil},
	{"-1 to 1", 1, []float32{.5, .5, .5}, []float32{.5, .5, .5}},
	{"ImageNet's mean and std", 1, []float32{.485, .456, .406}, []float32{.229, .224, .225}},
	{"0 to 255 minus Caffe's mean", 255, []float32{123, 117, 104}, nil},
	{"CIFAR-10's mean and std", 1, []float32{.4914, .4822, .4465}, []float32{.2470, .2435, .2616}},
}

var grayScalings = []scaling{
	{"0 to 1", 1, nil, nil},
	{"0 to 255", 255, nil, nil},
	{"-1 to 1", 1, []float32{.5}, []float32{.5}},
	{"MNIST's mean and std", 1, []float32{.1307}, []float32{.3081}},
}

// candidates returns common contracts besides the model's own. They differ from it in
// order, range, mean and standard deviation.
func (m *Model) candidates() []Candidate {
	orders, scalings := []string{"RGB", "BGR"}, colourScalings
	if m.Spec.Order == "gray" {
		orders, scalings = []string{"gray"}, grayScalings
	}
	if m.Spec.Order == "BGR" {
		slices.Reverse(orders)
	}
	var list []Candidate
	for _, order := range orders {
		for _, v := range scalings {
			s := m.Spec
			s.Order, s.Scale, s.Mean, s.Std = order, v.scale, slices.Clone(v.mean), slices.Clone(v.std)
			if order == "BGR" {
				slices.Reverse(s.Mean)
				slices.Reverse(s.Std)
			}
			if s.Order == m.Spec.Order && s.Scale == m.Spec.Scale && slices.Equal(s.Mean, m.Spec.Mean) && slices.Equal(s.Std, m.Spec.Std) {
				continue
			}
			s.Preset = ""
			list = append(list, Candidate{Name: order + ", " + v.name, Spec: s, Flags: flags(s)})
		}
	}
	return list
}

// flags writes a contract for the command line: as a preset if it is one, otherwise as its
// differences from preset raw.
func flags(s preprocess.Spec) string {
	for _, name := range preprocess.Presets() {
		p, err := preprocess.Preset(name, s.Width, s.Height)
		if p.Preset, p.Layout = s.Preset, s.Layout; err == nil && reflect.DeepEqual(p, s) {
			return "--preset " + name
		}
	}
	out := fmt.Sprintf("--preset raw --order %s --scale %g", s.Order, s.Scale)
	for _, l := range []struct {
		flag   string
		values []float32
	}{{"mean", s.Mean}, {"std", s.Std}} {
		if len(l.values) > 0 {
			out += " --" + l.flag + " " + strings.Trim(strings.ReplaceAll(fmt.Sprint(l.values), " ", ","), "[]")
		}
	}
	if s.ResizeTo > 0 {
		out += fmt.Sprintf(" --resize %s:%d", s.Resize, s.ResizeTo)
	}
	if s.Antialias {
		out += " --antialias"
	}
	if s.Interpolation != "" {
		out += " --interpolation " + string(s.Interpolation)
	}
	return out
}

// accuracy runs the network on labelled pictures, under its contract and the others.
func (u *Checkup) accuracy(ctx context.Context, m *Model, o CheckOptions) error {
	all := append([]Candidate{{Name: "the contract", Spec: m.Spec}}, m.candidates()...)
	p, err := m.Predictor(0)
	if err != nil {
		return err
	}
	for done, l := range o.Pictures {
		if err := ctx.Err(); err != nil {
			return err
		}
		if l.Class < 0 || l.Class >= m.Labels.Len() {
			return &Error{Model: m.Name, Err: fmt.Errorf("%s: there is no class %d", l.Path, l.Class)}
		}
		pic, err := preprocess.ReadFile(l.Path, preprocess.Limits{})
		if err != nil {
			return err
		}
		for i := range all {
			c := &all[i]
			variant := *m
			variant.Spec = c.Spec
			p.m, p.pipeline = &variant, nil
			logits, err := p.Logits(pic)
			if err != nil {
				return err
			}
			c.judge(m, logits, l.Class)
		}
		if o.Progress != nil {
			o.Progress(done+1, len(o.Pictures))
		}
	}
	slices.SortStableFunc(all[1:], func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Right, a.Right), cmp.Compare(b.LogProb, a.LogProb))
	})
	for i := range all {
		all[i].LogProb /= float64(len(o.Pictures))
	}
	u.Contracts = all
	u.compareContracts(all[0], all[1], m.Labels.Len())
	return nil
}

// judge adds a picture of a class. If labels are on or off by themselves, the result is right if
// that label is on.
func (c *Candidate) judge(m *Model, logits []float32, class int) {
	c.Pictures++
	probs := make([]float64, len(logits))
	m.Probs(probs, logits)
	right := tensor.Argmax(logits) == class
	if m.MultiLabel() {
		right = logits[class] > 0
	}
	if right {
		c.Right++
	}
	c.right = append(c.right, right)
	c.logs = append(c.logs, math.Log(math.Max(probs[class], leastProb)))
	c.LogProb += c.logs[len(c.logs)-1]
}

// compareContracts says whether another contract is better: by the pictures that only one of the
// two has right (McNemar's test), or else by the probabilities of the right classes (paired
// t-test).
func (u *Checkup) compareContracts(own, other Candidate, classes int) {
	var gained, lost float64
	for i, right := range other.right {
		switch {
		case right && !own.right[i]:
			gained++
		case !right && own.right[i]:
			lost++
		}
	}
	score := 0.0
	if gained > lost {
		score = (gained - lost) / math.Sqrt(gained+lost)
	}
	text := fmt.Sprintf("%d of %d pictures are right", own.Right, own.Pictures)
	better := fmt.Sprintf("%s; with %s, %d are", text, other.Name, other.Right)
	switch {
	case score >= 2.5:
		u.add("accuracy", Wrong, "the contract is wrong: add the model with "+other.Flags, "%s", better)
	case score >= 1.5:
		u.add("accuracy", Warning, "try "+other.Flags+", or more pictures", "%s", better)
	case float64(own.Right) <= 2*float64(own.Pictures)/float64(classes):
		u.add("accuracy", Warning, "do the class names have the order of the outputs? is the crop right?", "%s, and no common contract does much better", text)
	case other.Right >= own.Right && surer(own.logs, other.logs) >= 2:
		u.add("accuracy", Warning, "try "+other.Flags+", or more pictures", "%s; with %s as many are, and surer (log probability %.3f instead of %.3f)", text, other.Name, other.LogProb, own.LogProb)
	default:
		u.add("accuracy", Fine, "", "%s", text)
	}
}

// surer returns Student's t for the differences of paired values, b minus a; 0 for fewer than 10.
func surer(a, b []float64) float64 {
	n := float64(len(a))
	if n < 10 {
		return 0
	}
	var mean, squares float64
	for i := range a {
		mean += (b[i] - a[i]) / n
	}
	for i := range a {
		d := b[i] - a[i] - mean
		squares += d * d
	}
	return mean / math.Sqrt(squares/(n*(n-1))+1e-30)
}

var (
	synsetPrefix = regexp.MustCompile(`^n\d{8}`)
	labelSuffix  = regexp.MustCompile(`_\d+_(\d+)$`)
	trailing     = regexp.MustCompile(`[ _-]*\d*$`)
)

// OfFile returns the class that a picture's path names. The folder may be called by an index, a
// synset or a whole name. Or the file's name begins with a synset (n01443537_goldfish.JPEG), ends
// in the picture's number and the class's (cifar10_07_6.png), or is a whole name, perhaps with a
// number behind it.
func (l *Labels) OfFile(path string) (Class, bool) {
	exact := func(word string) (Class, bool) {
		found, how := l.find(word)
		if len(found) != 1 || how > bySynonym {
			return Class{}, false
		}
		return found[0], true
	}
	if abs, err := filepath.Abs(path); err == nil {
		if c, ok := exact(filepath.Base(filepath.Dir(abs))); ok {
			return c, true
		}
	}
	stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if id := synsetPrefix.FindString(stem); id != "" {
		if c, ok := exact(id); ok {
			return c, true
		}
		stem = strings.TrimLeft(stem[len(id):], "_- ")
	}
	if m := labelSuffix.FindStringSubmatch(stem); m != nil {
		if i, err := strconv.Atoi(m[1]); err == nil && i < l.Len() {
			return l.Class(i), true
		}
		return Class{}, false
	}
	if name := trailing.ReplaceAllString(stem, ""); name != "" {
		return exact(name)
	}
	return Class{}, false
}
