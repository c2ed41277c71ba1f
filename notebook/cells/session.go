package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// A session is all that the cells of a notebook have declared so far. A cell holds declarations
// and, after a line %%, statements. Every cell runs as a program of its own, made of all
// declarations and its statements; variables get their initial values each time.
type session struct {
	imports []unit
	units   []unit
}

// A unit is a declaration and the names that it declares; for an import, its path.
type unit struct {
	names []string
	text  string // with a line directive before it, so that errors name the cell
}

// with returns the session after a cell's declarations, and the program for the cell. The session
// itself does not change: a cell that does not compile declares nothing.
func (s session) with(cell int, code string) (next session, program string, err error) {
	name := fmt.Sprintf("cell %d", cell)
	head, body, does := split(code)
	// errors name the cell's own lines
	at := func(line int) string { return fmt.Sprintf("//line %s:%d:1\n", name, line) }
	source := "package main\n" + at(1) + head
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, parser.ParseComments)
	if err != nil {
		if !does {
			err = fmt.Errorf("%w\n(statements stand behind a line %%%%)", err)
		}
		return s, "", err
	}
	next = session{slices.Clone(s.imports), slices.Clone(s.units)}
	main := fmt.Sprintf("func main() {\n%s%s\n}\n", at(strings.Count(head, "\n")+2), body)
	written := func(from, to token.Pos) string {
		f := set.File(from)
		return source[f.Offset(from):f.Offset(to)]
	}
	for _, decl := range file.Decls {
		from := decl.Pos()
		if doc := comment(decl); doc != nil {
			from = doc.Pos()
		}
		text := at(set.Position(from).Line) + written(from, decl.End()) + "\n"
		switch d := decl.(type) {
		case *ast.GenDecl:
			if d.Tok == token.IMPORT {
				for _, spec := range d.Specs {
					spec := spec.(*ast.ImportSpec)
					next.imports = replaced(next.imports, unit{[]string{importName(spec)}, written(spec.Pos(), spec.End())})
				}
				continue
			}
			next.units = replaced(next.units, unit{declared(d), text})
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == "main" {
				if does {
					return s, "", fmt.Errorf("%s has both a function main and statements", name)
				}
				main = text
				continue
			}
			next.units = replaced(next.units, unit{[]string{receiver(d) + d.Name.Name}, text})
		}
	}
	program, err = next.program(main)
	return next, program, err
}

// split divides a cell at its line %%.
func split(code string) (head, body string, does bool) {
	lines := strings.SplitAfter(code, "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == "%%" {
			return strings.Join(lines[:i], ""), strings.Join(lines[i+1:], ""), true
		}
	}
	return code, "", false
}

// program joins declarations and a function main. It leaves out imports that these do not use.
func (s session) program(main string) (string, error) {
	var rest strings.Builder
	for _, u := range s.units {
		rest.WriteString(u.text)
	}
	rest.WriteString(main)
	file, err := parser.ParseFile(token.NewFileSet(), "cells", "package main\n"+rest.String(), 0)
	if err != nil {
		return "", err
	}
	used := map[string]bool{"_": true, ".": true}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok {
				used[id.Name] = true
			}
		}
		return true
	})
	var all strings.Builder
	all.WriteString("package main\n")
	for _, imp := range s.imports {
		if used[imp.names[0]] {
			fmt.Fprintf(&all, "import %s\n", imp.text)
		}
	}
	return all.String() + rest.String(), nil
}

// replaced adds a unit and removes those that declare one of its names.
func replaced(units []unit, u unit) []unit {
	units = slices.DeleteFunc(units, func(old unit) bool {
		return slices.ContainsFunc(old.names, func(name string) bool { return name != "_" && slices.Contains(u.names, name) })
	})
	return append(units, u)
}

func comment(decl ast.Decl) *ast.CommentGroup {
	switch d := decl.(type) {
	case *ast.GenDecl:
		return d.Doc
	case *ast.FuncDecl:
		return d.Doc
	}
	return nil
}

func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	path, _ := strconv.Unquote(spec.Path.Value)
	elements := strings.Split(path, "/")
	last := elements[len(elements)-1]
	if _, err := strconv.Atoi(strings.TrimPrefix(last, "v")); err == nil && len(elements) > 1 {
		last = elements[len(elements)-2] // math/rand/v2
	}
	return last
}

func declared(d *ast.GenDecl) (names []string) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			names = append(names, spec.Name.Name)
		case *ast.ValueSpec:
			for _, id := range spec.Names {
				names = append(names, id.Name)
			}
		}
	}
	return names
}

// receiver returns the name of a method's receiver type, followed by a dot.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	t := d.Recv.List[0].Type
	for {
		switch v := t.(type) {
		case *ast.StarExpr:
			t = v.X
		case *ast.IndexExpr:
			t = v.X
		case *ast.IndexListExpr:
			t = v.X
		case *ast.Ident:
			return v.Name + "."
		default:
			return "?."
		}
	}
}
