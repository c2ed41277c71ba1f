package report

import (
	"fmt"
	"image"
	"io"
	"strconv"
	"strings"
)

// A RunPage describes one attack on one picture, on one page. The facts are those of the JSON
// record; pictures and curves are added.
type RunPage struct {
	Fool Fool

	Original     image.Image // what was attacked
	Adversarial  image.Image // the file, read back
	Perturbation image.Image // see PerturbationImage; nil leaves it out
	Times        float64     // the factor by which Perturbation is amplified
	Gradient     image.Image // see GradientImage; nil leaves it out

	Curves   *Curves   // probabilities over the steps; nil leaves them out
	Command  string    // the command line that makes this run again
	Settings []Setting // more rows for the table of settings
}

// Encode writes the page to w.
func (p *RunPage) Encode(w io.Writer) error {
	v, err := p.view()
	if err != nil {
		return err
	}
	return execute(w, runTemplate, v)
}

// Write writes the page to a file.
func (p *RunPage) Write(path string) error {
	v, err := p.view()
	if err != nil {
		return err
	}
	return writePage(path, runTemplate, v)
}

// runView is what the template reads.
type runView struct {
	*RunPage
	Title, Verdict string
	From, To       string // captions: class and probability
	Fooled         bool
	Rankings       []Ranking
	Path           *PathStrip
	PathWords      []PathStep // the first of them
	PathMore       int        // how many more there are
	Facts, Table   []Setting
}

// pathWords is the largest number of classes of a path to list in words; the figure shows all.
const pathWords = 12

// PathWords returns the part of a path that is listed in words, and how many steps of it are left out.
func PathWords(path []PathStep) (words []PathStep, more int) {
	words = Takeovers(path)
	if n := len(words); n > pathWords+1 {
		return words[:pathWords], n - pathWords
	}
	return words, 0
}

func (p *RunPage) view() (*runView, error) {
	if p.Original == nil || p.Adversarial == nil {
		return nil, fmt.Errorf("report: the page of a run needs the original and the adversarial picture")
	}
	f := &p.Fool
	v := &runView{
		RunPage: p, Fooled: f.SuccessFile,
		Title: f.title(), Verdict: f.verdict(),
		From: f.Caption(f.Before, f.ProbBefore), To: f.Caption(f.Top, f.ProbFile),
	}
	if len(f.Before) > 0 {
		v.Rankings = append(v.Rankings, Ranking{Title: "Before", Predictions: f.Before})
	}
	if len(f.Top) > 0 {
		v.Rankings = append(v.Rankings, Ranking{Title: "After, read back from the file", Predictions: f.Top})
	}
	if len(f.Path) > 0 {
		v.PathWords, v.PathMore = PathWords(f.Path)
		v.Path = &PathStrip{Steps: f.Path, Last: f.Steps}
		if p.Curves != nil {
			for _, s := range p.Curves.Series {
				v.Path.Key = append(v.Path.Key, oneLine(s.Name))
			}
		}
	}
	v.Facts = f.facts()
	v.Table = append(f.settings(), p.Settings...)
	return v, nil
}

// Caption says what the network sees in one of the pictures: the likeliest of its classes, or, if each
// label is on or off by itself, the goal's label, whose probability is prob.
func (f *Fool) Caption(top []Prediction, prob float64) string {
	if f.MultiLabel {
		return Prediction{Label: f.TargetLabel + " " + OnOff(prob), Prob: prob}.words()
	}
	return first(top).words()
}

// Change says how large the change of the file is: the least eps that fooled, if that was looked for,
// or else its size in the run's norm.
func (f *Fool) Change() string {
	size, counted := f.Linf, strings.HasPrefix(f.Norm, "l0")
	switch {
	case f.LeastEps != nil:
		size = *f.LeastEps
	case f.Norm == "l2":
		size = f.L2
	case f.Norm != "linf":
		return fmt.Sprintf("%s values changed", grouped(f.L0))
	}
	switch {
	case counted:
		return fmt.Sprintf("%.0f %s", size, map[bool]string{true: "pixels", false: "values"}[f.Norm == "l0"])
	case f.Norm == "linf":
		return levels(size)
	}
	return strings.ToUpper(f.Norm) + " " + shortNumber(size)
}

func first(ps []Prediction) Prediction {
	if len(ps) == 0 {
		return Prediction{}
	}
	return ps[0]
}

// words returns a prediction as a caption.
func (p Prediction) words() string {
	if p.Label == "" {
		return ""
	}
	return p.Label + ", " + percent(p.Prob)
}

// title returns the way of the picture: "giant panda → vulture".
func (f *Fool) title() string {
	from, to := first(f.Before).Label, first(f.Top).Label
	if f.Goal == GoalAs && f.TargetLabel != "" {
		to = f.TargetLabel
	}
	if f.MultiLabel {
		return f.Switched()
	}
	switch {
	case from == "" && to == "":
		return "A run of hoodwink"
	case from == "":
		return "to " + to
	case to == "" || from == to:
		return "still " + from
	}
	return from + " → " + to
}

// OnOff returns "on" or "off" for the probability of a label.
func OnOff(prob float64) string {
	if prob > 0.5 {
		return "on"
	}
	return "off"
}

// Switched says what became of the goal's label, if each is on or off by itself: "striped off →
// on". Of several labels that should be off, the likeliest counts.
func (f *Fool) Switched() string {
	what := f.TargetLabel
	if len(f.Not) > 1 {
		what = fmt.Sprintf("%d labels", len(f.Not))
	}
	from, to := OnOff(f.ProbBefore), OnOff(f.ProbFile)
	if from == to {
		return what + " still " + to
	}
	return what + " " + from + " → " + to
}

// verdict returns the result in words. What counts is the file.
func (f *Fool) verdict() string {
	top := first(f.Top)
	sees := fmt.Sprintf("Read back from disk, the network calls it “%s” with %s.", top.Label, percent(top.Prob))
	if top.Label == "" {
		sees = ""
	}
	if f.MultiLabel {
		sees = fmt.Sprintf("Read back from disk, the label “%s” is %s: it has %s.", f.TargetLabel, OnOff(f.ProbFile), percent(f.ProbFile))
	}
	var said string
	switch {
	case f.SuccessFile:
		said = "The file fools the network. " + sees
	case f.SuccessFloat:
		said = "Not fooled: the pixels fooled the network, the file of rounded pixels does not. " + sees
	case f.Judge() == NoGradient:
		said = "No gradient, and so not fooled. " + sees
	default:
		said = "Not fooled. " + sees
	}
	if f.Interrupted {
		said = "Interrupted; this is the best so far. " + said
	}
	if f.Goal == GoalAs && f.TargetLabel != "" && top.Class != f.Target && !f.MultiLabel {
		said += fmt.Sprintf(" “%s” has %s.", f.TargetLabel, percent(f.ProbFile))
	}
	for _, note := range append([]string{f.StageNote(), f.GradientNote(), f.GrayNote()}, f.Warnings...) {
		if note != "" {
			said += " " + note
		}
	}
	return strings.TrimSpace(said)
}

// facts returns the figures that a reader looks for first.
func (f *Fool) facts() []Setting {
	return []Setting{
		{"Largest change", levels(f.Linf)},
		{"L2 norm", shortNumber(f.L2)},
		{"Values changed", grouped(f.L0)},
		{"Steps", strconv.Itoa(f.Steps)},
		{"Time", seconds(f.Seconds)},
	}
}

func seconds(s float64) string {
	if !finite(s) {
		return "–"
	}
	return shortNumber(s) + "\u00a0s"
}

// settings returns all that is needed to make the run again.
func (f *Fool) settings() []Setting {
	eps := levels(f.Eps)
	if f.Norm != "" && !strings.EqualFold(f.Norm, "linf") {
		eps = shortNumber(f.Eps)
	}
	goal := ""
	switch f.Goal {
	case GoalAs:
		goal = fmt.Sprintf("as %s (%d)", f.TargetLabel, f.Target)
	case GoalNot:
		goal = fmt.Sprintf("not %s (%d)", f.TargetLabel, f.Target)
		if len(f.Not) > 1 {
			goal = "none of the classes " + strings.Trim(fmt.Sprint(f.Not), "[]")
		}
	}
	if f.MultiLabel {
		goal += ", each label by itself"
	}
	masked := ""
	if f.Masked > 0 {
		masked = grouped(f.Masked)
	}
	at := f.At
	switch f.At {
	case "file":
		at = "the pixels of the file"
	case "model":
		at = "the input of the network"
	}
	if f.Gray {
		at += ", made gray"
	}
	var rows []Setting
	for _, s := range []Setting{
		{"Picture", f.Input},
		{"Written to", f.Output},
		{"Network", f.Model},
		{"SHA-256 of the network", f.ModelHash},
		{"Goal", goal},
		{"Attack", f.Attack},
		{"Attacked", at},
		{"Pixels that may change", masked},
		{"Norm", f.Norm},
		{"Eps", eps},
		{"Steps", strconv.Itoa(f.Steps)},
		{"Forward passes", strconv.Itoa(f.Forwards)},
		{"Backward passes", strconv.Itoa(f.Backwards)},
		{"Seed", strconv.FormatUint(f.Seed, 10)},
		{"hoodwink", f.Version},
	} {
		if s.Value != "" {
			rows = append(rows, s)
		}
	}
	return rows
}
