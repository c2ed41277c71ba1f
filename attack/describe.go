package attack

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Description is the declaration of an attack as data: what people are shown of it, in one
// language. Its JSON is a contract.
type Description struct {
	Name       string           `json:"name"`
	Title      string           `json:"title"`
	Says       string           `json:"says"` // one sentence for a newcomer
	Paper      string           `json:"paper"`
	Norms      []string         `json:"norms"`
	Access     string           `json:"access"`  // what it needs of a model: decisions, scores or gradients
	Family     string           `json:"family"`  // fixed (the highest loss within eps) or minimal (the smallest change)
	Classes    int              `json:"classes"` // the fewest classes with which it works
	Parameters []ParameterSheet `json:"parameters"`
}

// A ParameterSheet is a parameter as data.
type ParameterSheet struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"` // as of Parameter
	Default string   `json:"default"`
	Min     *float64 `json:"min,omitempty"` // of a number or a size
	Max     *float64 `json:"max,omitempty"` // likewise, if there is a largest
	Choices []string `json:"choices,omitempty"`
	Doc     string   `json:"doc"`
}

// Describe returns the description of an attack, with sentences in Chinese or else in English.
func Describe(a Attack, chinese bool) Description {
	i := a.Info()
	d := Description{
		Name: i.Name, Title: i.Title, Says: i.Says, Paper: i.Paper, Norms: []string{},
		Access: i.Access.String(), Family: "fixed", Classes: max(2, i.Classes), Parameters: []ParameterSheet{},
	}
	if chinese {
		d.Title, d.Says = cmp.Or(i.TitleZh, i.Title), cmp.Or(i.SaysZh, i.Says)
	}
	if i.Minimal {
		d.Family = "minimal"
	}
	for _, n := range i.Norms {
		d.Norms = append(d.Norms, n.String())
	}
	for _, p := range Parameters(a) {
		s := ParameterSheet{Name: p.Name, Kind: p.Kind, Default: p.Default, Doc: p.Doc}
		if chinese {
			s.Default, s.Doc = p.DefaultZh, p.DocZh
		}
		switch p.Kind {
		case "loss":
			s.Choices = LossNames()
		case "bool":
			s.Choices = []string{"false", "true"}
		default:
			s.Min = &p.Min
			if !math.IsInf(p.Max, 1) && p.Max != math.MaxInt32 {
				s.Max = &p.Max
			}
		}
		d.Parameters = append(d.Parameters, s)
	}
	return d
}

// Range says which values a parameter takes: "1 to 1000", "at least 0", "true or false".
func (s *ParameterSheet) Range() string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	switch {
	case len(s.Choices) == 2:
		return s.Choices[0] + " or " + s.Choices[1]
	case s.Min == nil:
		return strings.Join(s.Choices, ", ")
	case s.Max == nil:
		return "at least " + number(*s.Min)
	}
	return number(*s.Min) + " to " + number(*s.Max)
}

// Describe returns the descriptions of all attacks of the registry.
func (r Registry) Describe(chinese bool) []Description {
	list := make([]Description, len(r))
	for i, a := range r {
		list[i] = Describe(a, chinese)
	}
	return list
}

// Markdown returns the attacks and their parameters as the tables of a page.
func (r Registry) Markdown() string {
	var b strings.Builder
	cell := func(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
	b.WriteString("| attack | what it does | norms | needs | looks for | paper |\n|---|---|---|---|---|---|\n")
	for _, d := range r.Describe(false) {
		fmt.Fprintf(&b, "| `%s`, %s | %s | %s | %s | %s | %s |\n", d.Name, cell(d.Title), cell(d.Says),
			strings.Join(d.Norms, ", "), d.Access, d.Seeks(), cell(d.Paper))
	}
	b.WriteString("\n| attack | parameter | what it is | default | range |\n|---|---|---|---|---|\n")
	for _, d := range r.Describe(false) {
		for _, p := range d.Parameters {
			fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s | %s |\n", d.Name, p.Name, cell(p.Doc), cell(p.Default), cell(p.Range()))
		}
	}
	return b.String()
}

// Seeks says in words what the family is.
func (d *Description) Seeks() string {
	if d.Family == "minimal" {
		return "the smallest change"
	}
	return "the highest loss within eps"
}
