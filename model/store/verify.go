package store

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"hoodwink/internal/fetch"
	"hoodwink/model"
)

// A Verdict sums up what Verify found.
type Verdict string

const (
	Official   Verdict = "official"   // the official files, which compute what they should
	Unchanged  Verdict = "unchanged"  // an added model, as it was when it was added
	Equivalent Verdict = "equivalent" // other files, which compute the same
	Different  Verdict = "different"  // something else, or nothing at all
	Unchecked  Verdict = "unchecked"  // nothing is recorded that could be checked
)

// A Verification is the result of Verify.
type Verification struct {
	Model   string             `json:"model"`
	Dir     string             `json:"dir"`
	Hash    string             `json:"hash"` // as Model.Hash; "" if the model cannot be read
	Verdict Verdict            `json:"verdict"`
	OK      bool               `json:"ok"`      // the verdict is not Different
	Summary string             `json:"summary"` // the verdict in a sentence
	Files   []fetch.Check      `json:"files"`
	Want    []model.Prediction `json:"want,omitempty"` // the known answer for an all-black picture
	Got     []model.Prediction `json:"got,omitempty"`  // this model's probabilities of the same classes
	Top     []model.Prediction `json:"top,omitempty"`  // this model's likeliest classes for it
	MaxDiff float64            `json:"max_diff"`       // largest difference of Want and Got
}

const (
	// topKept is the number of likeliest classes that a Verification names.
	topKept = 5

	// answerTolerance is far above the effect of the order of additions on a probability, and far
	// below that of a changed layer.
	answerTolerance = 1e-4
)

// Verify checks a model's files against the registry or its contract, and the network against its
// known answer for an all-black picture. The error is about finding the model; problems of the
// model are in the Verification.
func Verify(name string, o Options) (*Verification, error) {
	s, err := find(name, o)
	if err != nil {
		return nil, err
	}
	v := &Verification{Model: s.Name, Dir: s.Dir, Files: []fetch.Check{}}
	var known bool
	same := true
	if r, ok := lookup(name); ok && !isPath(name) {
		known, s.Black = true, r.answer
		if r.embedded == nil {
			for i, path := range []string{s.Definition, s.Weights, s.Labels} {
				if path == "" {
					continue
				}
				c, err := fetch.CheckFile(path, []fetch.File{r.definition, r.weights, r.labels}[i])
				if err != nil {
					return nil, &model.Error{Model: name, Err: err}
				}
				v.Files = append(v.Files, c)
				same = same && c.Same
			}
		}
	}
	registered := s.Hash
	s.Hash = ""
	m, err := s.Load(o.Threads)
	if err != nil {
		v.Verdict, v.Summary = Different, err.Error()
		return v, nil
	}
	v.Hash = m.Hash
	if !known {
		same = registered == m.Hash
	}
	matches, err := v.compare(m, s.Black)
	if err != nil {
		return nil, err
	}
	v.judge(known, same, registered != "", len(s.Black) > 0, matches)
	return v, nil
}

// judge sets the verdict, given whether the files are the same and whether the answer matches.
func (v *Verification) judge(known, same, hasSum, hasAnswer, matches bool) {
	var other []string
	for _, f := range v.Files {
		if !f.Same {
			other = append(other, filepath.Base(f.Path))
		}
	}
	differ := "its files differ"
	switch len(other) {
	case 0:
	case 1:
		differ = other[0] + " differs"
	default:
		differ = strings.Join(other, " and ") + " differ"
	}
	answer := fmt.Sprintf("the known answer for a black picture to within %.4f", v.MaxDiff)
	switch {
	case hasAnswer && !matches:
		v.Verdict, v.Summary = Different, fmt.Sprintf("the network does not give the known answer for a black picture: probabilities differ by up to %.4f", v.MaxDiff)
	case known && same && hasAnswer:
		v.Verdict, v.Summary = Official, "the official model, and it gives "+answer
	case known && same:
		v.Verdict, v.Summary = Official, "the official files; no answer is known to check the network by"
	case same && hasSum:
		v.Verdict, v.Summary = Unchanged, "the files are as they were when the model was added"
	case hasAnswer && known:
		v.Verdict, v.Summary = Equivalent, fmt.Sprintf("%s from the official file, but the network computes the same: it gives %s", differ, answer)
	case hasAnswer:
		v.Verdict, v.Summary = Equivalent, "the network gives "+answer
		if hasSum {
			v.Summary = "its files have changed since it was added, but " + v.Summary
		}
	case known || hasSum:
		v.Verdict, v.Summary = Different, differ+" from what was registered, and no answer is known to check the network by"
	default:
		v.Verdict, v.Summary = Unchecked, "the model can be used; nothing is recorded to check it against"
	}
	v.OK = v.Verdict != Different
}

// compare asks the network about the black picture.
func (v *Verification) compare(m *model.Model, want []model.Answer) (matches bool, err error) {
	all, err := m.Black()
	if errors.As(err, new(*model.NotFiniteError)) {
		v.MaxDiff = 1
		return false, nil
	}
	if err != nil {
		return false, err
	}
	v.Top = all[:min(topKept, len(all))]
	probs := make([]float64, len(all))
	for _, p := range all {
		probs[p.Index] = p.Prob
	}
	for _, a := range want {
		if a.Class >= len(probs) {
			v.MaxDiff = 1
			return false, nil
		}
		c := m.Labels.Class(a.Class)
		v.Want, v.Got = append(v.Want, model.Prediction{Class: c, Prob: a.Prob}), append(v.Got, model.Prediction{Class: c, Prob: probs[a.Class]})
		v.MaxDiff = math.Max(v.MaxDiff, math.Abs(probs[a.Class]-a.Prob))
	}
	return v.MaxDiff <= answerTolerance, nil
}
