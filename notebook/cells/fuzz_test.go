package main

import (
	"go/parser"
	"go/token"
	"testing"
)

// FuzzCells: whatever two cells hold, the program made of them is Go, or there is an error that says
// something.
func FuzzCells(f *testing.F) {
	f.Add("import \"fmt\"\nvar x = 3\n%%\nfmt.Println(x)", "func (t T) f() {}\ntype T int\n%%\nx++")
	f.Add("func main() {}", "%%")
	f.Add("//line x:1\nconst (\na = iota\nb\n)", "/*")
	f.Fuzz(func(t *testing.T, first, second string) {
		var s session
		for i, code := range []string{first, second} {
			next, program, err := s.with(i+1, code)
			if err != nil {
				if err.Error() == "" {
					t.Fatal("an error without words")
				}
				continue
			}
			if _, err := parser.ParseFile(token.NewFileSet(), "p.go", program, parser.SkipObjectResolution); err != nil {
				t.Fatalf("the program of %q and %q is not Go: %v", first, second, err)
			}
			s = next
		}
	})
}
