package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hoodwink"
	"hoodwink/dataset"
	"hoodwink/internal/atomicfile"
	"hoodwink/model"
	"hoodwink/report"
)

// foolMany fools a model with many pictures, into a folder.
func (a *app) foolMany(ctx context.Context, args []string, o *foolFlags) error {
	if o.output != "" || o.pictures != "" {
		return usageError("every picture of --out gets a name of its own", "--output and --pictures go with one picture, not with --out")
	}
	if err := wantName("csv", o.csv, "", ".csv"); err != nil {
		return err
	}
	list, err := manyPictures(args, o.out)
	if err != nil {
		return err
	}
	m, err := a.openModel()
	if err != nil {
		return err
	}
	r := hoodwink.ManyRequest{Pictures: list, Dir: o.out}
	if r.FoolRequest, err = a.attackRequest(m, o); err != nil {
		return err
	}
	if err := checkMany(m, &r, o); err != nil {
		return err
	}
	run := manyRun{app: a, list: list, width: nameWidth(list), bar: a.progress("fooling", len(list))}
	defer run.bar.stop()
	failed := hoodwink.FoolMany(ctx, r, run.outcome)
	run.bar.stop()
	if failed != nil && ctx.Err() == nil {
		return settingUsage(failed)
	}
	if err := run.write(m, o); err != nil {
		return err
	}
	return run.finish(o, len(list), failed != nil)
}

// manyPictures lists the pictures of files and folders, except those in the folder of the results.
func manyPictures(args []string, out string) ([]hoodwink.ManyPicture, error) {
	var list []hoodwink.ManyPicture
	seen := map[string]bool{}
	add := func(path, name string) {
		if inside, err := filepath.Rel(out, path); err == nil && filepath.IsLocal(inside) || seen[path] {
			return
		}
		seen[path] = true
		list = append(list, hoodwink.ManyPicture{Path: path, Name: filepath.ToSlash(name)})
	}
	for _, arg := range args {
		if arg == "-" {
			return nil, usageError("give files or folders", "standard input cannot be one of many pictures")
		}
		if info, err := os.Stat(arg); err != nil || !info.IsDir() {
			add(filepath.Clean(arg), filepath.Base(arg))
			continue
		}
		inside, err := dataset.Walk(arg)
		if err != nil {
			return nil, err
		}
		for _, path := range inside {
			name, err := filepath.Rel(arg, path)
			if err != nil {
				return nil, err
			}
			add(path, name)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no pictures there", strings.Join(args, ", "))
	}
	return list, nil
}

// checkMany makes sure that no output is an input.
func checkMany(m *model.Model, r *hoodwink.ManyRequest, o *foolFlags) error {
	if err := os.MkdirAll(o.out, 0o777); err != nil {
		return err
	}
	inputs := append(m.Files(), o.mask)
	for _, p := range r.Pictures {
		inputs = append(inputs, p.Path)
	}
	return hoodwink.CheckOutputs(inputs, o.csv, o.html)
}

// nameWidth returns the room for the names of pictures.
func nameWidth(list []hoodwink.ManyPicture) int {
	width := 0
	for _, p := range list {
		width = max(width, len([]rune(p.Name)))
	}
	return min(width, 40)
}

// A manyRun prints and collects what becomes of pictures.
type manyRun struct {
	app   *app
	list  []hoodwink.ManyPicture
	width int
	bar   *bar
	all   []*hoodwink.Outcome
	tally hoodwink.Tally
}

// outcome prints one picture.
func (r *manyRun) outcome(o *hoodwink.Outcome) error {
	name := r.list[len(r.all)].Name
	r.all = append(r.all, o)
	r.tally.Add(o)
	var err error
	r.bar.above(r.app.stdout, func(w io.Writer) {
		if r.app.json {
			err = printLine(w, o)
			return
		}
		r.line(w, name, o)
	})
	r.bar.add(1)
	return err
}

// line prints one picture for people.
func (r *manyRun) line(w io.Writer, name string, o *hoodwink.Outcome) {
	if n := []rune(name); len(n) > r.width {
		name = "…" + string(n[len(n)-r.width+1:])
	}
	f := o.Result
	if f == nil {
		say(w, "%-13s  %-*s  %s\n", o.State, r.width, name, o.Error)
		if o.Hint != "" {
			say(w, "%-13s  %-*s  hint: %s\n", "", r.width, "", o.Hint)
		}
		return
	}
	words := f.Caption(f.Before, f.ProbBefore)
	if o.State == report.AlreadyWrong {
		say(w, "%-13s  %-*s  %s\n", o.State, r.width, name, words)
		return
	}
	change := "no file"
	if o.File != "" {
		change = fmt.Sprintf("%s, L2 %.3g", f.Change(), f.L2)
	}
	say(w, "%-13s  %-*s  %-18s  %4d steps  %s → %s\n", o.State, r.width, name, change, f.Steps, words, f.Caption(f.Top, f.ProbFile))
}

// write writes the other files: the table and the contact sheet.
func (r *manyRun) write(m *model.Model, o *foolFlags) error {
	if o.csv != "" {
		err := atomicfile.Write(o.csv, func(w io.Writer) error { return hoodwink.WriteOutcomes(w, r.all) })
		if err != nil {
			return err
		}
	}
	if o.html == "" {
		return nil
	}
	bar := r.app.progress("contact sheet", len(r.all))
	defer bar.stop()
	s := hoodwink.ContactSheet(o.html, r.all, r.app.limits(), func() { bar.add(1) })
	s.Model, s.Command = m.Name, hoodwink.CommandLine(os.Args[1:]...)
	s.Settings = o.sheetSettings(m)
	return s.Write(o.html)
}

// finish says what came of all, and ends with the exit code of it.
func (r *manyRun) finish(o *foolFlags, n int, interrupted bool) error {
	a, t := r.app, &r.tally
	if a.json {
		if err := printLine(a.stdout, map[string]any{"summary": t}); err != nil {
			return err
		}
	} else {
		say(a.stdout, "\n%s\n", t.Sentence())
		if t.MedianLeastEps != nil {
			say(a.stdout, "The median of the least eps that fooled is %s.\n", sizeWords(o.Norm, *t.MedianLeastEps))
		}
		say(a.stdout, "The pictures that fool are in %s.\n", filepath.ToSlash(o.out))
	}
	switch {
	case interrupted:
		a.note("interrupted after %d of %d pictures; the same command goes on from there", t.Pictures, n)
		return quietError(exitInterrupted)
	case t.Unreadable > 0:
		return fmt.Errorf("%d of %d pictures could not be used", t.Unreadable, t.Pictures)
	case t.Resisted > 0:
		return quietError(exitNotFooled)
	}
	return nil
}

// sizeWords writes a size in a norm: in levels, or as a number.
func sizeWords(norm string, v float64) string {
	if n := 255 * v; strings.EqualFold(norm, "linf") {
		return strconv.FormatFloat(math.Round(100*n)/100, 'f', -1, 64) + "/255"
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// sheetSettings lists the settings for the page.
func (o *foolFlags) sheetSettings(m *model.Model) []report.Setting {
	args := o.Settings.Args()
	list := []report.Setting{{Name: "Network", Value: m.Name}, {Name: "SHA-256 of the network", Value: m.Hash}}
	return append(list, report.Setting{Name: "Attack", Value: strings.Join(args, " ")})
}
