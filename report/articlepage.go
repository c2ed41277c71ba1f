package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Verdict says how a measured figure compares with the published one.
type Verdict string

// The verdicts. Only MustMatchFailed is a failure.
const (
	Match               Verdict = "match"                // within the required tolerance
	MustMatchFailed     Verdict = "must-match failed"    // outside of it
	BehaviourReproduced Verdict = "behaviour reproduced" // another photo, the same behaviour
	Recorded            Verdict = "recorded"             // nothing published to compare with
	Skipped             Verdict = "skipped"              // not run; the row's note says why
)

// Verdicts lists all of them, in the order of a summary's counts.
var Verdicts = []Verdict{Match, BehaviourReproduced, Recorded, Skipped, MustMatchFailed}

// An ArticlePage is the experiments of an article or paper, done here, on one page.
type ArticlePage struct {
	Title       string       `json:"title,omitempty"` // empty means "The article, on your machine"
	Lead        string       `json:"lead,omitempty"`  // paragraphs, separated by empty lines
	Experiments []Experiment `json:"experiments"`
	Settings    []Setting    `json:"settings,omitempty"` // network, hash, version, photos, time
	Command     string       `json:"command,omitempty"`
}

// An Experiment is one numbered step of the article or paper, done here.
type Experiment struct {
	Number  string   `json:"number"`
	Title   string   `json:"title"`
	Text    string   `json:"text,omitempty"` // paragraphs, separated by empty lines
	Rows    []Row    `json:"rows"`
	Figures []Figure `json:"-"`
}

// A Row is one figure of the article and ours beside it.
type Row struct {
	ID        string   `json:"id,omitempty"` // stable, for callers that show it in other words: "black.velvet"
	Name      string   `json:"name"`
	Published string   `json:"published,omitempty"`
	Measured  string   `json:"measured,omitempty"`
	Verdict   Verdict  `json:"verdict"`
	Note      string   `json:"note,omitempty"`   // tolerance, or why it was skipped
	Values    []string `json:"values,omitempty"` // values in the note, for callers that show it in other words
}

// A Figure is shown in an experiment: any of a row of pictures, a drawing, rankings side by side, a
// matrix, and text as a terminal shows it.
type Figure struct {
	ID       string // stable, for callers that show it in other words; may be ""
	Title    string
	Caption  string
	Tiles    []Tile
	Small    bool // show the tiles smaller, so that more fit into a row
	Drawing  Drawing
	Rankings []Ranking
	Matrix   *Matrix
	Listing  string
}

// A Matrix is a table of shares in [0,1] with names on both sides; the larger a share,
// the darker its cell. A share that is not finite is left out.
type Matrix struct {
	Corner  string // meaning of the names: "made for ↓ shown to →"
	Columns []string
	Rows    []string
	Shares  [][]float64 // [row][column]
}

// check returns an error if the matrix cannot be drawn.
func (m *Matrix) check() error {
	if len(m.Shares) != len(m.Rows) {
		return fmt.Errorf("report: a matrix has %d rows of shares for %d names", len(m.Shares), len(m.Rows))
	}
	for i, row := range m.Shares {
		if len(row) != len(m.Columns) {
			return fmt.Errorf("report: row %q of a matrix has %d shares for %d columns", m.Rows[i], len(row), len(m.Columns))
		}
	}
	return nil
}

// Failures returns the rows that had to match and do not, each named by experiment.
func (a *ArticlePage) Failures() []string {
	var failed []string
	for _, e := range a.Experiments {
		for _, r := range e.Rows {
			if r.Verdict == MustMatchFailed {
				failed = append(failed, fmt.Sprintf("%s %s: %s: published %s, measured %s", e.Number, e.Title, r.Name, r.Published, r.Measured))
			}
		}
	}
	return failed
}

// Encode writes the page to w.
func (a *ArticlePage) Encode(w io.Writer) error {
	v, err := a.view()
	if err != nil {
		return err
	}
	return execute(w, articleTemplate, v)
}

// Write writes the page to a file.
func (a *ArticlePage) Write(path string) error {
	v, err := a.view()
	if err != nil {
		return err
	}
	return writePage(path, articleTemplate, v)
}

// articleView is what the template reads.
type articleView struct {
	*ArticlePage
	Title  string
	Counts []count
	Lead   []string
	Parts  []part
}

type count struct {
	N       int
	Verdict Verdict
}

type part struct {
	Experiment
	ID         string
	Paragraphs []string
}

func (a *ArticlePage) view() (*articleView, error) {
	v := &articleView{ArticlePage: a, Title: a.Title, Lead: paragraphs(a.Lead)}
	if v.Title == "" {
		v.Title = "The article, on your machine"
	}
	n := map[Verdict]int{}
	for i, e := range a.Experiments {
		for _, r := range e.Rows {
			if !slices.Contains(Verdicts, r.Verdict) {
				return nil, fmt.Errorf("report: experiment %s, %q has the verdict %q, want one of %q", e.Number, r.Name, r.Verdict, Verdicts)
			}
			n[r.Verdict]++
		}
		for _, f := range e.Figures {
			if f.Matrix != nil {
				if err := f.Matrix.check(); err != nil {
					return nil, err
				}
			}
		}
		v.Parts = append(v.Parts, part{Experiment: e, ID: fmt.Sprintf("e%d", i+1), Paragraphs: paragraphs(e.Text)})
	}
	for _, k := range Verdicts {
		if n[k] > 0 {
			v.Counts = append(v.Counts, count{n[k], k})
		}
	}
	return v, nil
}

// paragraphs cuts text at empty lines.
func paragraphs(text string) []string {
	var out []string
	for _, p := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Class returns the verdict as a class of the style sheet.
func (v Verdict) Class() string {
	switch v {
	case Match:
		return "v-match"
	case MustMatchFailed:
		return "v-failed"
	case BehaviourReproduced:
		return "v-behaviour"
	case Skipped:
		return "v-skipped"
	}
	return "v-recorded"
}
