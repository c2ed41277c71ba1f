package layout

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// proofs returns the names of the tests that a page of Markdown gives as proof, in code quotes.
func proofs(page string) []string {
	var names []string
	for _, m := range regexp.MustCompile("`((?:Test|Fuzz|Example|Benchmark)[A-Z]\\w*)[^`]*`").FindAllStringSubmatch(page, -1) {
		names = append(names, m[1])
	}
	return names
}

// TestSecurityPage: every test that docs/security.md names as a proof exists.
func TestSecurityPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (\w+)\(`)
	sources(t, func(path string, text []byte) {
		if strings.HasSuffix(path, "_test.go") {
			for _, m := range function.FindAllSubmatch(text, -1) {
				tests[string(m[1])] = true
			}
		}
	}, ".go")
	for _, name := range proofs(string(page)) {
		if !tests[name] {
			t.Errorf("docs/security.md names %s, which is not a test", name)
		}
	}
	// The scripts that drive the program are tests, too.
	for _, m := range regexp.MustCompile("`([\\w/.-]+\\.txtar)`").FindAllSubmatch(page, -1) {
		if _, err := os.Stat("../../cmd/hoodwink/testdata/script/" + string(m[1])); err != nil {
			t.Errorf("docs/security.md names a script: %v", err)
		}
	}
}

// TestSecurityFuzz: docs/security.md names every function that fuzzes, so that a reader sees what is
// fuzzed and what is not.
func TestSecurityFuzz(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	fuzz := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)
	sources(t, func(path string, text []byte) {
		for _, m := range fuzz.FindAllSubmatch(text, -1) {
			if !slices.Contains(proofs(string(page)), string(m[1])) {
				t.Errorf("%s: docs/security.md does not name %s: say there what it reads", path, m[1])
			}
		}
	}, ".go")
}

// TestSecurityRows: in every table of docs/security.md that ends with a column of tests, each row
// names one.
func TestSecurityRows(t *testing.T) {
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	for i, line := range strings.Split(string(page), "\n") {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		switch last := strings.TrimSpace(cells[len(cells)-1]); {
		case !strings.HasPrefix(line, "|"):
			inside = false
		case last == "test":
			inside = true
		case inside && !strings.HasPrefix(last, "--") && len(proofs(last)) == 0 && !strings.Contains(last, ".txtar`"):
			t.Errorf("docs/security.md:%d: this row names no test: %s", i+1, line)
		}
	}
}
