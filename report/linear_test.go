package report_test

import (
	"encoding/json"
	"image"
	"math"
	"strings"
	"testing"

	"hoodwink/report"
)

func linearPage() *report.LinearPage {
	square := image.NewGray(image.Rect(0, 0, 8, 8))
	return &report.LinearPage{
		LinearFool: report.LinearFool{
			Input: "picture 0 of mnist", Label: "7", Output: "fooled.png", Model: "threes", ModelHash: "0123456789abcdef", Values: 784,
			From: report.Prediction{Label: "7", Prob: 0.99}, To: report.Prediction{Class: 1, Label: "3", Prob: 0.01},
			Eps: 53. / 255, ScoreBefore: -4.9, ScoreAfter: 4.8, SignSlope: 65.7, RandomSlope: 3.8, RandomTried: 100, SlopesQuotient: 17.3,
			Before: []report.Prediction{{Label: "7", Prob: 0.99}}, After: []report.Prediction{{Class: 1, Label: "3", Prob: 0.985}}, SuccessFile: true,
			Smallest: []report.Smallest{
				{Norm: "linf", Method: report.ClosedForm, Limits: true, Size: 26. / 255, Class: 1, Label: "3"},
				{Norm: "l2", Method: "bim", Size: 1.25, Class: 1, Label: "3", Backwards: 536},
				{Norm: "linf", Method: "fgsm", Size: math.Inf(1)},
			},
		},
		Original: square, Perturbation: square, Adversarial: square, Times: 2,
		Weights:    []report.Tile{{Picture: square, Title: "what speaks for 7", Detail: "weights to ±0.3"}},
		Sigmoid:    report.SigmoidWith(report.Dot{X: -4.9, Label: "before"}, report.Dot{X: 4.8, Label: "after"}),
		Directions: report.Curves{Series: walk(5)}, Command: "hoodwink linear fool -m threes --data mnist",
	}
}

func evilLinear() *report.LinearPage {
	p := linearPage()
	f := &p.LinearFool
	for _, s := range []*string{&f.Input, &f.Label, &f.Output, &f.Model, &f.ModelHash, &f.Version, &f.From.Label, &f.To.Label, &f.Before[0].Label, &f.After[0].Label,
		&f.Smallest[0].Label, &f.Smallest[0].Method, &f.Smallest[0].Norm, &p.Command, &p.Weights[0].Title, &p.Weights[0].Detail} {
		*s = hostile
	}
	f.Eps, f.ScoreBefore, f.ScoreAfter, f.SignSlope, f.SlopesQuotient = math.Inf(1), math.NaN(), math.Inf(-1), math.NaN(), math.NaN()
	return p
}

func TestLinearPageTellsWhatHappened(t *testing.T) {
	doc := render(t, linearPage())
	for _, want := range []string{"7 → 3", "98.5\u00a0%", "53/255", "26/255", "1.25", "536 gradients", "nothing fools it", "17 times less",
		"what speaks for 7", "closed form, values within 0 and 1", "hoodwink linear fool -m threes --data mnist", "That is what the file holds"} {
		if !strings.Contains(doc, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	p := linearPage()
	p.LinearFool.After[0] = p.LinearFool.Before[0]
	if doc := render(t, p); !strings.Contains(doc, "still 7") || !strings.Contains(doc, `class="verdict no"`) {
		t.Error("the page does not say that the classifier was not fooled")
	}
}

// The names of the JSON contract. Adding to them is allowed, taking away is not.
func TestLinearContract(t *testing.T) {
	f := linearPage().LinearFool
	f.SlopesQuotient = math.Inf(1)
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields("input output model values from to eps score_before score_after linf l2 before after success_file sign_slope random_slope random_largest random_tried slopes_quotient smallest seed seconds") {
		if _, ok := got[name]; !ok {
			t.Errorf("the record has no %q", name)
		}
	}
	first := got["smallest"].([]any)[0].(map[string]any)
	for _, name := range strings.Fields("norm limits method size class label backwards") {
		if _, ok := first[name]; !ok {
			t.Errorf("a smallest change has no %q", name)
		}
	}
	if last := got["smallest"].([]any)[2].(map[string]any); last["size"] != nil || got["slopes_quotient"] != nil {
		t.Errorf("what is not finite is %v and %v", last["size"], got["slopes_quotient"])
	}
	b, err = json.Marshal(&report.LinearFool{})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{`"before":[]`, `"after":[]`, `"smallest":[]`} {
		if !strings.Contains(string(b), list) {
			t.Errorf("an empty record lacks %s: %s", list, b)
		}
	}
}
