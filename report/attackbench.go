package report

import (
	"cmp"
	"io"
	"math"
	"slices"
	"strings"
)

// An AttackBench is how good attacks are at finding small changes for a model; its JSON is a contract.
type AttackBench struct {
	Model    string    `json:"model"`
	Data     string    `json:"data"`
	Norm     string    `json:"norm"`
	Pictures int       `json:"pictures"`
	Right    int       `json:"right"` // pictures that the model gets right as they are
	Passes   int       `json:"passes"`
	Seed     uint64    `json:"seed"`
	Limit    float64   `json:"limit"` // size at which areas end: that of the best change of the hardest picture
	Attacks  []Bench   `json:"attacks"`
	Best     []float64 `json:"best"` // smallest size for each picture, of all attacks; -1 if none fools

	Settings []Setting `json:"-"`
	Command  string    `json:"-"`
}

// A Bench is one attack's row.
type Bench struct {
	Attack string `json:"attack"`

	// Optimality is 1 if no other attack has found a smaller change of any picture, and 0 if it has found none
	// up to the limit: 1 - (A-B)/(R-B), with the areas A under the attack's curve of robust accuracy over
	// size, B under that of the best of all, and R of no attack.
	Optimality float64   `json:"optimality"`
	Fooled     float64   `json:"fooled"` // share of the right pictures
	Median     *float64  `json:"median"` // of the sizes for right pictures; nil if half of them resist
	Best       float64   `json:"best"`   // share of the right pictures for which no other attack found less
	Last       float64   `json:"last"`   // share that still fools if an attack returns what it tried last
	Outside    int       `json:"outside"`
	Forwards   float64   `json:"forwards"` // for a right picture
	Backwards  float64   `json:"backwards"`
	Seconds    float64   `json:"seconds"`
	Errors     int       `json:"errors"`
	Sizes      []float64 `json:"sizes"` // for each picture: 0 if it was wrong already, -1 if it resists
}

// Sort puts the best attack first.
func (b *AttackBench) Sort() {
	slices.SortStableFunc(b.Attacks, func(x, y Bench) int { return cmp.Compare(y.Optimality, x.Optimality) })
}

// maxBenchCurves is how many attacks are drawn: the best ones.
const maxBenchCurves = 8

// Curves draws robust accuracy over the size of the change, for the best attacks and for the best of all.
func (b *AttackBench) Curves() Curves {
	norm := strings.Replace(b.Norm, "l", "L", 1)
	c := Curves{Title: "Robust accuracy", XLabel: "size of the change, " + norm, YLabel: "still right", Percent: true, Falling: true}
	c.Series = append(c.Series, b.series("best of all", b.Best))
	for _, a := range b.Attacks[:min(len(b.Attacks), maxBenchCurves)] {
		c.Series = append(c.Series, b.series(a.Attack, a.Sizes))
	}
	return c
}

// series is the staircase of the share of pictures whose size is larger.
func (b *AttackBench) series(name string, sizes []float64) Series {
	var list []float64
	for _, s := range sizes {
		if s >= 0 {
			list = append(list, s)
		}
	}
	slices.Sort(list)
	limit := math.Max(b.Limit, math.SmallestNonzeroFloat64)
	s := Series{Name: name}
	at := func(x float64, n int) {
		s.X, s.Y = append(s.X, x), append(s.Y, 1-float64(n)/float64(len(sizes)))
	}
	wrong := 0
	for wrong < len(list) && list[wrong] == 0 {
		wrong++
	}
	at(0, wrong)
	n := wrong
	for ; n < len(list) && list[n] <= limit; n++ {
		at(list[n], n)
		at(list[n], n+1)
	}
	at(limit, n)
	return s
}

// Lead says what came out, in a sentence.
func (b *AttackBench) Lead() string {
	if len(b.Attacks) == 0 || b.Right == 0 {
		return "There was nothing to attack."
	}
	best := b.Attacks[0]
	return "Nearest to the best of all attacks is " + best.Attack + ", with an optimality of " + shortNumber(best.Optimality) +
		". Every attack had " + grouped(b.Passes) + " passes through the network for each of " + grouped(b.Pictures) + " pictures."
}

// Encode writes the page.
func (b *AttackBench) Encode(w io.Writer) error { return execute(w, benchTemplate, b) }

// Write writes the page to a file.
func (b *AttackBench) Write(path string) error { return writePage(path, benchTemplate, b) }
