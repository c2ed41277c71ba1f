// Command licenses writes NOTICE: who wrote what the program is made of, and the texts under which
// they let us pass it on. It asks the Go command which modules are linked for each system, and
// copies the texts from where that command keeps the modules. Its test fails when NOTICE is another.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:generate go run .

const root = "../.."

// head is what NOTICE says before the texts: our own copyright, and the credits that licences ask for by name.
const head = `hoodwink
Copyright 2026 the hoodwink authors
Licensed under the Apache License, Version 2.0 (the file LICENSE, and below).

The binary contains software and fonts of others. They ask to be named:

Go, its standard library and golang.org/x: Copyright 2009 The Go Authors.

Freetype-Go, used under the FreeType License: Portions of this software are copyright (c) 2010 The FreeType Project
(www.freetype.org). All rights reserved.

SVGo by Anthony Starks, https://github.com/ajstarks/svgo, without changes, under the Creative Commons Attribution 4.0
International Public License, https://creativecommons.org/licenses/by/4.0/legalcode, which disclaims all warranties.

The Liberation fonts, which set the words in figures: digitized data copyright (c) 2010 Google Corporation, copyright
(c) 2012 Red Hat, Inc., under the SIL Open Font License 1.1. The Go fonts by Bigelow & Holmes, under the licence of Go.

The texts of the licences follow, each with the modules to which it belongs. Written by: go generate ./internal/licenses
`

// targets are the systems and processors for which releases are built: a module may be linked on one of them only.
var targets = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

func main() {
	log.SetFlags(0)
	text, err := notice()
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "NOTICE"), text, 0o644)
	}
	if err != nil {
		log.Fatal("licenses: ", err)
	}
}

// notice returns what NOTICE must say.
func notice() ([]byte, error) {
	folders, err := modules()
	if err != nil {
		return nil, err
	}
	users := map[string][]string{} // modules by the text of their licence
	for module, folder := range folders {
		texts, err := licences(module, folder)
		if err != nil {
			return nil, err
		}
		for _, text := range texts {
			users[text] = append(users[text], module)
		}
	}
	var sections []string
	for text, of := range users {
		slices.Sort(of)
		rule := strings.Repeat("=", 80)
		sections = append(sections, fmt.Sprintf("\n%s\n%s\n%s\n\n%s\n", rule, strings.Join(of, "\n"), rule, text))
	}
	slices.Sort(sections)
	return []byte(head + strings.Join(sections, "")), nil
}

// modules returns the folder of every module that is linked into the binary of some target. The standard library's
// is Go's own; it has the same licence as golang.org/x, and is there wherever Go is.
func modules() (map[string]string, error) {
	folders := map[string]string{}
	for _, target := range targets {
		goos, goarch, _ := strings.Cut(target, "/")
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}\t{{.Dir}}{{end}}", "./cmd/hoodwink")
		cmd.Dir = root
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+goos, "GOARCH="+goarch)
		out, err := cmd.Output()
		if err != nil {
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				err = fmt.Errorf("go list for %s: %s", target, bytes.TrimSpace(exit.Stderr))
			}
			return nil, err
		}
		for line := range strings.Lines(string(out)) {
			module, folder, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
			if module != "" {
				folders[module] = folder
			}
		}
	}
	return folders, nil
}

// licence matches the names of files that a module's authors ask to be passed on.
var licence = regexp.MustCompile(`(?i)^((un)?licen[sc]e|copying|notice|patents)(-[\w-]+)?(\.(md|txt|rst))?$`)

// licences returns the texts at the top of a module's folder.
func licences(module, folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if e.Type().IsRegular() && licence.MatchString(e.Name()) && !(module == "hoodwink" && e.Name() == "NOTICE") {
			files = append(files, e.Name())
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no licence text in %s", module, folder)
	}
	if module == "github.com/golang/freetype" { // of the two that it offers we choose the FreeType License
		files = append(files, "licenses/ftl.txt")
	}
	var texts []string
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		texts = append(texts, strings.Trim(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"))
	}
	return texts, nil
}
