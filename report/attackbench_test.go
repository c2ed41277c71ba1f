package report_test

import (
	"strings"
	"testing"

	"hoodwink/report"
)

func attackBench() *report.AttackBench {
	median := 1.25
	return &report.AttackBench{
		Model: "net", Data: "mnist", Norm: "l2", Pictures: 3, Right: 2, Passes: 2000, Limit: 2, Best: []float64{0, 1, 2},
		Attacks: []report.Bench{
			{Attack: "fab-t", Optimality: 1, Fooled: 1, Median: &median, Best: 1, Sizes: []float64{0, 1, 2}},
			{Attack: "weak", Sizes: []float64{0, -1, -1}},
		},
		Command: "hoodwink attacks bench mnist",
	}
}

func evilBench() *report.AttackBench {
	b := attackBench()
	b.Model, b.Norm, b.Command, b.Attacks[0].Attack = hostile, hostile, hostile, hostile
	return b
}

// TestBenchCurves: the share of pictures that still stand is a staircase from those that are right to the limit.
func TestBenchCurves(t *testing.T) {
	c := attackBench().Curves()
	if len(c.Series) != 3 || c.XLabel != "size of the change, L2" {
		t.Fatalf("%+v", c)
	}
	s := c.Series[1]
	if want := []float64{2. / 3, 2. / 3, 1. / 3, 1. / 3, 0, 0}; len(s.Y) != len(want) {
		t.Fatalf("the line is %v", s.Y)
	} else {
		for i, y := range want {
			if d := s.Y[i] - y; d > 1e-9 || d < -1e-9 {
				t.Errorf("the line is %v, want %v", s.Y, want)
			}
		}
	}
	if s := c.Series[2]; s.Y[0] != s.Y[len(s.Y)-1] {
		t.Errorf("an attack that finds nothing: %v", s.Y)
	}
}

// TestBenchPage: the page has the table and the sentence.
func TestBenchPage(t *testing.T) {
	doc := render(t, attackBench())
	for _, want := range []string{"fab-t, with an optimality of 1", "1.000", "1.25", "–", "hoodwink attacks bench mnist", "2,000 passes"} {
		if !strings.Contains(doc, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
