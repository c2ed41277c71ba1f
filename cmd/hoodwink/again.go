package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/internal/files"
	"hoodwink/preprocess"
)

// again makes a picture again from its own record, and says whether the bytes are the same.
func (a *app) again(ctx context.Context, given []string, o *foolFlags) error {
	if len(given) > 1 {
		return usageError("for example hoodwink fool --again "+o.again+" panda.jpg", "--again takes one picture, the original")
	}
	if err := wantPNG("output", o.output); err != nil {
		return err
	}
	rec, err := hoodwink.ReadRecord(o.again)
	if err != nil {
		return err
	}
	r := hoodwink.AgainRequest{File: o.again, Output: o.output, Threads: a.threads, Limits: a.limits()}
	if r.Input, err = original(rec, o.again, given); err != nil {
		return err
	}
	if a.modelName == "" && filepath.Base(rec.Model) == rec.Model {
		a.modelName = rec.Model
	}
	if r.Model, err = a.openModel(); err != nil {
		return err
	}
	if o.mask != "" {
		if r.Mask, err = preprocess.ReadFile(o.mask, r.Limits); err != nil {
			return err
		}
	}
	bar := a.progress("attacking", attackSteps(rec.Attack))
	defer bar.stop()
	r.Observe = func(s attack.Step) { bar.set(int64(s.Step)) }
	res, err := hoodwink.Again(ctx, r)
	if err != nil {
		return err
	}
	bar.stop()
	if err := a.printRepeat(res); err != nil {
		return err
	}
	if !res.Same {
		return quietError(exitMismatch)
	}
	return nil
}

// original returns the file that was attacked: the one given, or one of its name beside the result or
// in the current folder.
func original(rec *hoodwink.Record, file string, given []string) (string, error) {
	if len(given) == 1 {
		return given[0], nil
	}
	if found := files.First(filepath.Join(filepath.Dir(file), rec.Input), rec.Input); found != "" {
		return found, nil
	}
	return "", usageError(fmt.Sprintf("name it: hoodwink fool --again %s PICTURE", file), "%s was made from %s, which is neither beside it nor in this folder", file, rec.Input)
}

// printRepeat reports whether a picture could be made again.
func (a *app) printRepeat(res *hoodwink.Repeat) error {
	if a.json {
		return a.printJSON(res)
	}
	rec := res.Record
	eps := sizeWords(rec.Norm.String(), rec.Eps)
	if math.IsInf(rec.Eps, 1) {
		eps = "without a limit"
	}
	say(a.stdout, "%s: %s on %s, %s %s\n", res.File, rec.Attack.Info().Name, rec.Input, rec.Norm, eps)
	if res.Same {
		say(a.stdout, "  made again: the same bytes\n")
	}
	for _, d := range res.Differs {
		say(a.stdout, "  differs: %s\n", d)
	}
	if res.Output != "" {
		say(a.stdout, "  written  %s\n", filepath.ToSlash(res.Output))
	}
	return nil
}

// unusedWithAgain names a flag that the record already has, if it was given.
func unusedWithAgain(changed func(flag string) bool) error {
	for _, flag := range strings.Fields("as not not-own attack set norm eps step steps restarts loss prob seed at smallest html pictures out csv") {
		if changed(flag) {
			return usageError("the record in the file says how it was made", "--%s has no effect with --again", flag)
		}
	}
	return nil
}
