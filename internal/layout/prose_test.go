package layout

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// columns is the largest width of prose and of signatures; a tab counts as 4.
const columns = 120

// sources calls f for every file of the module with one of the extensions, except test data.
func sources(t *testing.T, f func(path string, text []byte), extensions ...string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (strings.HasPrefix(name, ".") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !slices.Contains(extensions, filepath.Ext(path)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && !bytes.Contains(text[:min(len(text), 1000)], []byte("DO NOT EDIT")) {
			rel, _ := filepath.Rel(root, path)
			f(filepath.ToSlash(rel), text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDocNames: the doc comment of a function or type begins with its name, perhaps after an
// article. That of a test may be a sentence, but must not begin with another test's name.
func TestDocNames(t *testing.T) {
	sources(t, func(path string, text []byte) {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
		if err != nil {
			t.Error(err)
			return
		}
		check := func(name string, doc *ast.CommentGroup, at token.Pos) {
			words := strings.Fields(doc.Text())
			if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
				words = words[1:]
			}
			if testName.MatchString(name) && len(words) > 0 && !testName.MatchString(words[0]) {
				return
			}
			if len(words) > 0 && strings.Trim(words[0], ".,:;'s") != strings.Trim(name, "s") {
				t.Errorf("%s: the comment of %s begins with %q", fset.Position(at), name, words[0])
			}
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				check(d.Name.Name, d.Doc, d.Pos())
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok && !d.Lparen.IsValid() {
						check(s.Name.Name, d.Doc, d.Pos())
					}
				}
			}
		}
	}, ".go")
}

var testName = regexp.MustCompile(`^(Test|Example|Fuzz|Benchmark)`)

// width returns the number of columns of a line.
func width(line string) int {
	return utf8.RuneCountInString(line) + 3*strings.Count(line, "\t")
}

// tooWide reports a line that is too wide.
func tooWide(t *testing.T, path string, number int, line string) {
	t.Helper()
	if w := width(line); w > columns {
		t.Errorf("%s:%d: %d columns, at most %d are allowed", path, number, w, columns)
	}
}

// TestColumns: comments and signatures in Go, comments in other languages and Markdown prose are
// at most 120 columns wide. Tables, code and links are excepted.
func TestColumns(t *testing.T) {
	sources(t, func(path string, text []byte) { goColumns(t, path, text) }, ".go")
	sources(t, func(path string, text []byte) { proseColumns(t, path, string(text)) }, ".md")
	comment := regexp.MustCompile(`^\s*(#|//|/?\*)`)
	sources(t, func(path string, text []byte) {
		for i, line := range strings.Split(string(text), "\n") {
			if comment.MatchString(line) && !strings.Contains(line, "://") {
				tooWide(t, path, i+1, line)
			}
		}
	}, ".py", ".js", ".css", ".sh", ".yaml", ".yml", ".proto")
}

// goColumns checks the comments and the signatures of a Go file.
func goColumns(t *testing.T, path string, text []byte) {
	lines := strings.Split(string(text), "\n")
	fset := token.NewFileSet()
	file := fset.AddFile(path, -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.COMMENT && !strings.HasPrefix(lit, "//go:") && !strings.Contains(lit, "://") {
			p := file.Position(pos)
			tooWide(t, path, p.Line, lines[p.Line-1])
		}
		if tok == token.FUNC && file.Position(pos).Column == 1 {
			n := file.Position(pos).Line
			head, _, oneLine := strings.Cut(lines[n-1], ") { ") // the body is not part of the signature
			if oneLine {
				head = fmt.Sprint(head, ") {")
			}
			tooWide(t, path, n, head)
		}
	}
}

// proseColumns checks the prose of a Markdown file.
func proseColumns(t *testing.T, path, text string) {
	link := regexp.MustCompile(`\]\([^)]*\)|<?https?://\S+`)
	code := false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			code = !code
		}
		if code || strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "|") || strings.HasPrefix(line, "<!--") {
			continue
		}
		tooWide(t, path, i+1, link.ReplaceAllString(line, "]"))
	}
}
