package report_test

import (
	"strings"
	"testing"

	"hoodwink/report"
)

// TestStageNote: a run of an attack that tries others says which of them fooled, and what it means that only the one
// without gradients did.
func TestStageNote(t *testing.T) {
	for _, c := range []struct {
		f    report.Fool
		want string
	}{
		{report.Fool{SuccessFile: true, Steps: 1}, ""},
		{report.Fool{Stages: []string{"a"}, SuccessFile: true}, ""}, // nothing to do
		{report.Fool{Stages: []string{"a"}, SuccessFile: true, Steps: 1}, "The attack a fooled."},
		{report.Fool{Stages: []string{"a", "b"}, Steps: 1}, "None of these attacks fooled: a, b."},
		{report.Fool{Stages: []string{"a", "b"}, SuccessFile: true, Steps: 1, MaskedGradients: true}, "b fooled, which asks for no gradients"},
	} {
		if got := c.f.StageNote(); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%+v: %q, want %q", c.f, got, c.want)
		}
	}
}
