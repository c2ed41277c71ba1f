package report_test

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hoodwink/report"
)

// The names of the JSON contract. Adding to them is allowed, taking away is not.
func TestFoolContract(t *testing.T) {
	b, err := json.Marshal(report.Fool{Path: pandaPath(), Top: []report.Prediction{{}}})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields("input output model target eps norm success_float success_file prob_file top linf l2 l0 steps forwards backwards seconds seed path") {
		if _, ok := got[name]; !ok {
			t.Errorf("the record has no %q", name)
		}
	}
	keys := func(v any) string {
		return strings.Join(slices.Sorted(maps.Keys(v.([]any)[0].(map[string]any))), " ")
	}
	if got, want := keys(got["top"]), "class label prob synset"; got != want {
		t.Errorf("a prediction has %q, want %q", got, want)
	}
	if got, want := keys(got["path"]), "class label step"; got != want {
		t.Errorf("a step of the path has %q, want %q", got, want)
	}
	empty, err := json.Marshal(&report.Fool{})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{`"top":[]`, `"path":[]`} {
		if !strings.Contains(string(empty), list) {
			t.Errorf("an empty record lacks %s: %s", list, empty)
		}
	}
}

func TestFoolRoundTrip(t *testing.T) {
	want := pandaPage().Fool
	want.Seed = math.MaxUint64
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got report.Fool
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changed by the way through JSON (-want +got):\n%s", diff)
	}
}

func TestJSONOfWhatIsNotFinite(t *testing.T) {
	f := report.Fool{Eps: math.Inf(1), ProbFile: math.NaN(), Top: []report.Prediction{{Prob: math.NaN()}}}
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`"eps":null`, `"prob_file":null`, `"prob":null`} {
		if !strings.Contains(string(b), s) {
			t.Errorf("%s is not in %s", s, b)
		}
	}
	var back report.Fool
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !math.IsInf(back.Eps, 1) || !math.IsNaN(back.ProbFile) || !math.IsNaN(back.Top[0].Prob) {
		t.Errorf("read back eps %g, prob_file %g, prob %g", back.Eps, back.ProbFile, back.Top[0].Prob)
	}
}

func TestTakeovers(t *testing.T) {
	var every []report.PathStep
	for i, c := range []int{1, 1, 2, 2, 1, 3, 3} {
		every = append(every, report.PathStep{Step: i, Class: c})
	}
	want := []report.PathStep{{Step: 0, Class: 1}, {Step: 2, Class: 2}, {Step: 4, Class: 1}, {Step: 5, Class: 3}}
	if diff := cmp.Diff(want, report.Takeovers(every)); diff != "" {
		t.Error(diff)
	}
}
