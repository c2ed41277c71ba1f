package report

import (
	"encoding/json"
	"fmt"
	"image"
	"io"
	"strconv"
)

// LinearFool is the record of how a linear classifier was fooled, and the JSON object of "hoodwink
// linear fool --json". A preference is z_to - z_from, the difference of two logits. Its sigmoid is
// the probability of the first if only these two classes are possible. Sizes are in units of the
// input's values, which for pictures lie in [0,1]. Numbers that are not finite are null.
type LinearFool struct {
	Input     string `json:"input"`           // what was moved
	Label     string `json:"label,omitempty"` // its label in the data
	Output    string `json:"output,omitempty"`
	Model     string `json:"model"`
	ModelHash string `json:"model_hash,omitempty"`
	Values    int    `json:"values"` // of an input

	From        Prediction `json:"from"` // the class before the change, with its probability
	To          Prediction `json:"to"`   // the class to move to, with its probability before the change
	Eps         float64    `json:"eps"`
	ScoreBefore float64    `json:"score_before"` // preference of the input
	// after eps along the signs; measured on the written file if there is one
	ScoreAfter float64 `json:"score_after"`
	Linf       float64 `json:"linf"`
	L2         float64 `json:"l2"`

	Before      []Prediction `json:"before"`
	After       []Prediction `json:"after"`
	SuccessFile bool         `json:"success_file"` // the file is taken for another class when read back

	// change of the preference by one unit of eps along sign(w): the L1 norm of w
	SignSlope      float64 `json:"sign_slope"`
	RandomSlope    float64 `json:"random_slope"`   // root mean square along random signs: the L2 norm of w
	RandomLargest  float64 `json:"random_largest"` // largest of those that were tried, in magnitude
	RandomTried    int     `json:"random_tried"`
	SlopesQuotient float64 `json:"slopes_quotient"` // SignSlope divided by RandomSlope

	Smallest []Smallest `json:"smallest"`
	Seed     uint64     `json:"seed"`
	Seconds  float64    `json:"seconds"`
	Version  string     `json:"version,omitempty"`
}

// A Smallest is a smallest change that fools, by a formula or by an attack.
type Smallest struct {
	Norm      string  `json:"norm"`
	Limits    bool    `json:"limits"` // values stay within [0,1]
	Method    string  `json:"method"` // ClosedForm, or the name of an attack
	Size      float64 `json:"size"`   // null if nothing fools
	Class     int     `json:"class"`  // its class then
	Label     string  `json:"label"`
	Backwards int     `json:"backwards"` // number of gradients that the attack computed

	NoGradient bool `json:"no_gradient,omitempty"` // the attack found nothing and, somewhere, had no gradient
}

// ClosedForm is the method of a Smallest that is computed from the weights.
const ClosedForm = "closed form"

type (
	plainLinearFool LinearFool
	plainSmallest   Smallest
)

// MarshalJSON implements [json.Marshaler]. Lists are never null.
func (f LinearFool) MarshalJSON() ([]byte, error) {
	for _, list := range []*[]Prediction{&f.Before, &f.After} {
		if *list == nil {
			*list = []Prediction{}
		}
	}
	if f.Smallest == nil {
		f.Smallest = []Smallest{}
	}
	return json.Marshal(struct {
		plainLinearFool
		Eps         number `json:"eps"`
		ScoreBefore number `json:"score_before"`
		ScoreAfter  number `json:"score_after"`
		Quotient    number `json:"slopes_quotient"`
		Seconds     number `json:"seconds"`
	}{plainLinearFool(f), number(f.Eps), number(f.ScoreBefore), number(f.ScoreAfter), number(f.SlopesQuotient), number(f.Seconds)})
}

// MarshalJSON implements [json.Marshaler].
func (s Smallest) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		plainSmallest
		Size number `json:"size"`
	}{plainSmallest(s), number(s.Size)})
}

// A LinearPage shows on one page how a linear classifier was fooled.
type LinearPage struct {
	LinearFool LinearFool

	Original     image.Image // nil if the input is not a picture
	Perturbation image.Image
	Adversarial  image.Image
	Times        float64 // the factor by which Perturbation is amplified

	Weights    []Tile // of the two classes, and their difference
	Sigmoid    Curves
	Directions Curves
	Command    string
}

// Encode writes the page to w.
func (p *LinearPage) Encode(w io.Writer) error { return execute(w, linearTemplate, p.view()) }

// Write writes the page to a file.
func (p *LinearPage) Write(path string) error { return writePage(path, linearTemplate, p.view()) }

// linearView is what the template reads.
type linearView struct {
	*LinearPage
	Title, Verdict, Slopes string
	Fooled                 bool
	Facts, Table           []Setting
}

func (p *LinearPage) view() *linearView {
	f := &p.LinearFool
	v := &linearView{LinearPage: p, Title: f.From.Label + " → " + first(f.After).Label, Fooled: first(f.After).Class != f.From.Class}
	if !v.Fooled {
		v.Title = "still " + f.From.Label
	}
	v.Verdict = fmt.Sprintf("It was %s; with %s more or less in each value, along the signs of the weights, it is %s.",
		first(f.Before).words(), f.size(f.Eps), first(f.After).words())
	if f.Output != "" {
		v.Verdict += " That is what the file holds, read back."
	}
	v.Slopes = fmt.Sprintf("Each line moves all %s values by the same amount, and only the signs differ. Along the signs of the weights every value counts, "+
		"and the score rises by %s for one unit; along random signs they cancel, and it changes by %s: %.0f times less. That is why sign(gradient) works.",
		grouped(f.Values), shortNumber(f.SignSlope), shortNumber(f.RandomSlope), f.SlopesQuotient)
	v.Facts = []Setting{
		{"Score before", shortNumber(f.ScoreBefore)},
		{"Score after", shortNumber(f.ScoreAfter)},
		{"Along the signs", shortNumber(f.SignSlope)},
		{"Along random signs", shortNumber(f.RandomSlope)},
	}
	for _, s := range []Setting{
		{"Input", f.Input}, {"It is", f.Label}, {"Written to", f.Output}, {"Network", f.Model}, {"SHA-256 of the network", f.ModelHash},
		{"Eps", f.size(f.Eps)}, {"Random directions", strconv.Itoa(f.RandomTried)}, {"Seed", strconv.FormatUint(f.Seed, 10)}, {"hoodwink", f.Version},
	} {
		if s.Value != "" {
			v.Table = append(v.Table, s)
		}
	}
	return v
}

// size writes a size in the unit of the input.
func (f *LinearFool) size(v float64) string {
	if f.Output == "" {
		return shortNumber(v)
	}
	return levels(v)
}

// Words writes a smallest change in the unit of the input.
func (f *LinearFool) Words(s Smallest) string {
	if s.NoGradient {
		return "no gradient"
	}
	if !finite(s.Size) {
		return "nothing fools it"
	}
	if s.Norm == "linf" {
		return f.size(s.Size)
	}
	return shortNumber(s.Size)
}
