package layout

import (
	"flag"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "hoodwink"

// TestImports parses all imports of the module. Every package has a row, and every row a
// package.
func TestImports(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		rel, _ := filepath.Rel(root, filepath.Dir(path))
		pkg := strings.TrimPrefix(filepath.ToSlash(rel), ".")
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if f.Name.Name == "main" && pkg != "cmd/hoodwink" {
			return nil // generators
		}
		r := roomOf(pkg)
		if r == nil {
			t.Errorf("%s: package %q has no row in internal/layout", path, pkg)
			return nil
		}
		seen[pkg] = true
		for _, spec := range f.Imports {
			imp, _ := strconv.Unquote(spec.Path.Value)
			if imp != module && !strings.HasPrefix(imp, module+"/") {
				continue
			}
			dep := strings.TrimPrefix(strings.TrimPrefix(imp, module), "/")
			if !r.allows(dep) {
				t.Errorf("%s: package %q may not import %q (see docs/architecture.md)", path, pkg, dep)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rooms {
		if !seen[r.pkg] {
			t.Errorf("the row of %q has no package", r.pkg)
		}
	}
}

var update = flag.Bool("update", false, "write the table into docs/architecture.md")

// TestPage: the table of docs/architecture.md is the one of this package.
func TestPage(t *testing.T) {
	const (
		path  = "../../docs/architecture.md"
		begin = "<!-- The table is written by `go generate ./internal/layout`. -->\n\n"
		end   = "\n<!-- End of the table. -->"
	)
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), begin)
	written, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no table between %q and %q", path, begin, end)
	}
	switch {
	case written == table():
	case *update:
		if err := os.WriteFile(path, []byte(before+begin+table()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("the table of %s is another than that of internal/layout: go generate ./internal/layout writes it", path)
	}
}
