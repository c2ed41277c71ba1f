// Package layout holds the test that enforces which package may import which.
package layout

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "hoodwink"

// allowed is the table of docs/architecture.md: what a package may import of this
// module. Tests may import more.
var allowed = map[string][]string{
	"internal/kernel":      {},
	"internal/pb":          {},
	"internal/npy":         {"tensor"},
	"internal/gradcheck":   {"tensor"},
	"internal/layout":      {"tensor"},
	"internal/advice":      {},
	"internal/atomicfile":  {},
	"internal/names":       {},
	"internal/filelock":    {},
	"tensor":               {"internal/kernel"},
	"nn/internal/blocks":   {"internal/kernel"},
	"nn/internal/graph":    {"nn/internal/blocks", "tensor", "internal/kernel"},
	"nn/internal/exec":     {"nn/internal/graph", "nn/internal/blocks", "tensor", "internal/kernel"},
	"nn/internal/training": {"nn/internal/exec", "nn/internal/graph", "tensor"},
	"nn":                   {"nn/internal/training", "nn/internal/exec", "nn/internal/graph", "nn/internal/blocks", "tensor", "internal/kernel"},
	"caffe":                {"nn", "tensor", "internal/pb"},
	"onnx":                 {"nn", "tensor", "internal/pb"},
	"preprocess":           {"tensor"},
	"dataset":              {"preprocess", "tensor", "internal/npy"},
	"model":                {"nn", "tensor", "preprocess", "caffe", "onnx"},
	"attack":               {"tensor"},
	"train":                {"nn", "attack", "dataset", "tensor"},
	"eval":                 {"attack", "dataset", "tensor"},
	"report":               {"eval", "preprocess", "tensor"},
	"notebook":             {"report"},
}

// anyone may be imported by every package: small helpers without a place in the arrows.
var anyone = []string{"internal/advice", "internal/atomicfile", "internal/filelock", "internal/names"}

// topmost may import everything below them, but not each other upwards.
var topmost = map[string][]string{
	"":             {"article", "paper", "lab", "cmd"},
	"article":      {"paper", "lab", "cmd"},
	"paper":        {"article", "lab", "cmd"},
	"lab":          {"cmd"},
	"cmd/hoodwink": {},
}

func TestImports(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
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
		seen++
		for _, spec := range f.Imports {
			imp, _ := strconv.Unquote(spec.Path.Value)
			if imp != module && !strings.HasPrefix(imp, module+"/") {
				continue
			}
			dep := strings.TrimPrefix(strings.TrimPrefix(imp, module), "/")
			if !may(pkg, dep) {
				t.Errorf("%s: package %q may not import %q (see docs/architecture.md)", path, pkg, dep)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 20 {
		t.Fatalf("only %d files seen: is the walk broken?", seen)
	}
}

func may(pkg, dep string) bool {
	if slices.Contains(anyone, dep) {
		return true
	}
	if below, ok := topmost[pkg]; ok {
		return !slices.ContainsFunc(below, func(top string) bool { return dep == top || strings.HasPrefix(dep, top+"/") })
	}
	return slices.Contains(allowed[pkg], dep)
}
