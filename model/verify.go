package model

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/tensor"
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

// A FileCheck compares a model's file with what is known about it.
type FileCheck struct {
	Path       string `json:"path"`
	Size       int64  `json:"size"`
	WantSize   int64  `json:"want_size"`
	SHA256     string `json:"sha256"`
	WantSHA256 string `json:"want_sha256"`
	SHA1       string `json:"sha1,omitempty"` // only where the authors published it
	WantSHA1   string `json:"want_sha1,omitempty"`
	Same       bool   `json:"same"`
}

// A Verification is the result of Verify.
type Verification struct {
	Model   string       `json:"model"`
	Dir     string       `json:"dir"`
	Hash    string       `json:"hash"` // as Model.Hash; "" if the model cannot be read
	Verdict Verdict      `json:"verdict"`
	OK      bool         `json:"ok"`      // the verdict is not Different
	Summary string       `json:"summary"` // the verdict in a sentence
	Files   []FileCheck  `json:"files"`
	Want    []Prediction `json:"want,omitempty"` // the known answer for an all-black picture
	Got     []Prediction `json:"got,omitempty"`  // this model's probabilities of the same classes
	Top     []Prediction `json:"top,omitempty"`  // this model's likeliest classes for it
	MaxDiff float64      `json:"max_diff"`       // largest difference of Want and Got
}

const (
	// answersKept is the number of classes whose probabilities are recorded.
	answersKept = 5

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
	v := &Verification{Model: s.name, Dir: s.dir, Files: []FileCheck{}}
	var known bool
	same := true
	if r, ok := lookup(name); ok && !isPath(name) {
		known, s.answer = true, r.answer
		if r.embedded == nil {
			for i, path := range []string{s.definition, s.weights, s.labels} {
				if path == "" {
					continue
				}
				c, err := checkFile(path, []File{r.definition, r.weights, r.labels}[i])
				if err != nil {
					return nil, &Error{Model: name, Err: err}
				}
				v.Files = append(v.Files, c)
				same = same && c.Same
			}
		}
	}
	registered := s.sum
	s.sum = ""
	m, err := s.load(o.Threads)
	if err != nil {
		v.Verdict, v.Summary = Different, err.Error()
		return v, nil
	}
	v.Hash = m.Hash
	if !known {
		same = registered == m.Hash
	}
	matches, err := v.compare(m, s.answer)
	if err != nil {
		return nil, err
	}
	v.judge(known, same, registered != "", len(s.answer) > 0, matches)
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
func (v *Verification) compare(m *Model, want []answer) (matches bool, err error) {
	logits, err := m.blackLogits()
	if errors.As(err, new(*NotFiniteError)) {
		v.MaxDiff = 1
		return false, nil
	}
	if err != nil {
		return false, err
	}
	all := m.Top(logits, 0)
	v.Top = all[:min(answersKept, len(all))]
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
		v.Want, v.Got = append(v.Want, Prediction{c, a.Prob}), append(v.Got, Prediction{c, probs[a.Class]})
		v.MaxDiff = math.Max(v.MaxDiff, math.Abs(probs[a.Class]-a.Prob))
	}
	return v.MaxDiff <= answerTolerance, nil
}

// blackLogits runs the network on a black picture of its own size.
func (m *Model) blackLogits() ([]float32, error) {
	p, err := m.AtModel().Predictor(0)
	if err != nil {
		return nil, err
	}
	return p.Pixels(tensor.New(1, 3, m.Spec.Height, m.Spec.Width))
}

// black returns the k likeliest classes of a black picture, with six decimals.
func (m *Model) black(k int) ([]answer, error) {
	logits, err := m.blackLogits()
	if err != nil {
		return nil, fmt.Errorf("a black picture: %w", err)
	}
	var answers []answer
	for _, p := range m.Top(logits, min(k, len(logits))) {
		answers = append(answers, answer{p.Index, math.Round(p.Prob*1e6) / 1e6})
	}
	return answers, nil
}

// checkFile compares the file at path with want.
func checkFile(path string, want File) (FileCheck, error) {
	c := FileCheck{Path: path, WantSize: want.Size, WantSHA256: want.SHA256, WantSHA1: want.SHA1}
	f, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer f.Close()
	s256, s1 := sha256.New(), sha1.New()
	to := io.Writer(s256)
	if want.SHA1 != "" {
		to = io.MultiWriter(s256, s1)
	}
	if c.Size, err = io.Copy(to, f); err != nil {
		return c, fmt.Errorf("%s: %w", path, plain(err))
	}
	c.SHA256 = hex.EncodeToString(s256.Sum(nil))
	if want.SHA1 != "" {
		c.SHA1 = hex.EncodeToString(s1.Sum(nil))
	}
	c.Same = c.Size == want.Size && c.SHA256 == want.SHA256 && c.SHA1 == want.SHA1
	return c, nil
}
