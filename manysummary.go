package hoodwink

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"hoodwink/internal/wording"
	"hoodwink/report"
)

// A Tally counts what became of many pictures.
type Tally struct {
	Pictures     int `json:"pictures"`
	AlreadyWrong int `json:"already_wrong"`
	Fooled       int `json:"fooled"` // as files
	Resisted     int `json:"resisted"`
	Unreadable   int `json:"unreadable"`

	// FooledAsFloats counts the pictures that were changed and fooled before their values were rounded
	// to those of a file.
	FooledAsFloats int `json:"fooled_as_floats"`

	// MedianLeastEps is the median of the least eps that fooled, of those fooled by an attack that looks
	// for it; nil for others.
	MedianLeastEps *float64 `json:"median_least_eps,omitempty"`

	least []float64
}

// Add counts a picture.
func (t *Tally) Add(o *Outcome) {
	t.Pictures++
	switch o.State {
	case report.AlreadyWrong:
		t.AlreadyWrong++
	case report.Fooled:
		t.Fooled++
	case report.Resisted:
		t.Resisted++
	case report.Unreadable:
		t.Unreadable++
	}
	if o.Result == nil || o.State == report.AlreadyWrong {
		return
	}
	if o.Result.SuccessFloat {
		t.FooledAsFloats++
	}
	if least := o.Result.LeastEps; least != nil && o.State == report.Fooled {
		t.least = append(t.least, *least)
		slices.Sort(t.least)
		n := len(t.least)
		median := (t.least[(n-1)/2] + t.least[n/2]) / 2
		t.MedianLeastEps = &median
	}
}

// Attacked returns the number of pictures of which an attack changed something.
func (t *Tally) Attacked() int { return t.Fooled + t.Resisted }

// Sentence says it in words.
func (t *Tally) Sentence() string {
	return fmt.Sprintf("%d pictures: %d already wrong, %d fooled, %d resisted, %d unreadable. Before rounding to a file, %d of the %d attacked fooled.",
		t.Pictures, t.AlreadyWrong, t.Fooled, t.Resisted, t.Unreadable, t.FooledAsFloats, t.Attacked())
}

// outcomeColumns are the head of a table of outcomes.
var outcomeColumns = strings.Fields("picture state file before before_prob after after_prob linf l2 l0 steps forwards backwards success_float success_file least_eps error")

// WriteOutcomes writes a table as CSV with one head line and one line for each picture. Sizes are in
// pixel units of [0,1].
func WriteOutcomes(w io.Writer, list []*Outcome) error {
	c := csv.NewWriter(w)
	c.Write(outcomeColumns)
	for _, o := range list {
		c.Write(o.row())
	}
	c.Flush()
	return c.Error()
}

func (o *Outcome) row() []string {
	row := []string{cell(o.Picture), o.State, cell(o.File)}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	f := o.Result
	if f == nil {
		return append(append(row, make([]string, len(outcomeColumns)-len(row)-1)...), cell(o.Error))
	}
	for _, top := range [][]report.Prediction{f.Before, f.Top} {
		row = append(row, cell(top[0].Label), number(top[0].Prob))
	}
	least := ""
	if f.LeastEps != nil {
		least = number(*f.LeastEps)
	}
	return append(row, number(f.Linf), number(f.L2), strconv.Itoa(f.L0), strconv.Itoa(f.Steps), strconv.Itoa(f.Forwards), strconv.Itoa(f.Backwards),
		strconv.FormatBool(f.SuccessFloat), strconv.FormatBool(f.SuccessFile), least, "")
}

// cell returns a text that a spreadsheet does not take for a formula, and without characters that must
// not be shown.
func cell(s string) string {
	s = wording.Printable(s)
	if s != "" && strings.ContainsRune("=+-@", rune(s[0])) {
		return "'" + s
	}
	return s
}
