package caffe

import (
	"strings"
	"testing"
)

// TestSeveralResults: a note says which of several results was taken, and any of them can be asked
// for.
func TestSeveralResults(t *testing.T) {
	data := input + layer("relu", "ReLU", "data", "a")
	two := data + layer("one", "TanH", "a", "one") + layer("two", "Sigmoid", "a", "two")
	heads := data + layer("aux", "TanH", "data", "aux") + layer("auxloss", "SoftmaxWithLoss", "aux label", "auxloss") + layer("loss", "SoftmaxWithLoss", "a label", "loss") + layer("prob", "Softmax", "a", "prob")
	for _, tc := range []struct {
		name, src, ask, want, note string
	}{
		{"one", data, "", "a", ""},
		{"the last", two, "", "two", `the results "one", "two": "two" is taken for the scores of the classes (the last)`},
		{"asked for", two, "one", "one", ""},
		{"in the middle", two, "a", "a", ""},
		{"overwritten", two + layer("over", "ReLU", "one", "one"), "one", "one@over", ""},
		{"losses", strings.Replace(heads, input, input+`input: "label" input_dim: [1,1,1,1] `, 1), "", "a", "the last that goes into a softmax"},
	} {
		d, err := Parse([]byte(tc.src))
		if err != nil {
			t.Fatalf("%s: %v", tc.name, err)
		}
		d.Output = tc.ask
		g, err := d.resolve()
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if notes := strings.Join(g.notes, "\n"); g.output.name != tc.want || !strings.Contains(notes, tc.note) || (tc.note == "") != (notes == "") {
			t.Errorf("%s: %q with the notes %q, want %q, %q", tc.name, g.output.name, notes, tc.want, tc.note)
		}
	}
	d, err := Parse([]byte(two))
	if err != nil {
		t.Fatal(err)
	}
	d.Output = "three"
	if _, err := d.resolve(); err == nil || !strings.Contains(err.Error(), `no layer makes the result "three"`) {
		t.Errorf("error %v", err)
	}
}
