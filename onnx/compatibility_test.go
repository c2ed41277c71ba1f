package onnx

import (
	"os"
	"regexp"
	"testing"
)

// TestCompatibilityNamesOperators: the page for users names every operator that is known,
// and those that cannot be computed by the network as such.
func TestCompatibilityNamesOperators(t *testing.T) {
	page, err := os.ReadFile("../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile(`(?s)Forward and back:\n(.*)\nOf known values only: (.*?)\.\n`).FindStringSubmatch(string(page))
	if parts == nil {
		t.Fatal("the page has no lists of operators")
	}
	for op, k := range kinds {
		list, other := parts[1], parts[2]
		if k.build == nil {
			list, other = other, list
		}
		word := regexp.MustCompile(`\b` + op + `\b`)
		if !word.MatchString(list) || k.build == nil && word.MatchString(other) {
			t.Errorf("%s is missing, or in the wrong list", op)
		}
	}
	for op := range runtimeKinds {
		if !regexp.MustCompile("`com.microsoft`: [^.]*\\b" + op + `\b`).MatchString(parts[1]) {
			t.Errorf("com.microsoft.%s is missing", op)
		}
	}
}
