package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// TestErrorsAsJSON: under --json every command says what is wrong on one line of standard error, flags that
// it does not know included, and ends with the exit code that it has for people. Standard output has nothing
// or JSON.
func TestErrorsAsJSON(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		args  []string
		code  int
		words string
		hint  bool
	}{
		{[]string{"predict", none + ".png", "-m", "sketchbook"}, exitFailure, "none.png", true},
		{[]string{"predict", none + ".png", "-m", "nosuch"}, exitFailure, "nosuch", true},
		{[]string{"gradient", none + ".png", "-m", "sketchbook", "--class", "vultur3"}, exitFailure, "none.png", true},
		{[]string{"fool", none + ".png", "-m", "sketchbook", "--as", "vulture"}, exitFailure, "none.png", true},
		{[]string{"fool", none + ".png", "-m", "sketchbook", "--as", "vulture", "--eps", "8"}, exitUsage, "--eps", true},
		{[]string{"fool", none + ".png", "--bogus"}, exitUsage, "--bogus", true},
		{[]string{"fool", none + ".png", "--steps", "many"}, exitUsage, "--steps", true},
		{[]string{"fool", none + ".png", "--eps", ""}, exitUsage, "--eps", true},
		{[]string{"fool"}, exitUsage, "want a picture", true},
		{[]string{"frobnicate"}, exitUsage, "frobnicate", true},
		{[]string{"models", "frobnicate"}, exitUsage, "frobnicate", false},
		{[]string{"models", "verify", "nosuch"}, exitFailure, "nosuch", true},
		{[]string{"find", "vulture", none, "-m", "sketchbook"}, exitFailure, "none", false},
		{[]string{"draw", "unicorn", "-o", none + ".png"}, exitUsage, "unicorn", false},
		{[]string{"train", "--data", none, "--out", none}, exitFailure, "none", false},
		{[]string{"linear", "fool", none + ".png", "-m", "sketchbook"}, exitFailure, "", false},
		{[]string{"linear", "train", "--data", none, "--out", none}, exitFailure, "none", false},
		{[]string{"reproduce", "frobnicate"}, exitUsage, "frobnicate", false},
		{[]string{"bench", "-m", "nosuch"}, exitFailure, "nosuch", true},
		{[]string{"version", "--threads", "-1"}, exitUsage, "--threads", false},
	} {
		var out, err, plain bytes.Buffer
		code := run(append(c.args[:len(c.args):len(c.args)], "--json", "-q"), strings.NewReader(""), &out, &err)
		if same := run(c.args, strings.NewReader(""), &plain, &plain); code != c.code || same != code {
			t.Errorf("%v: exit code %d, %d without --json, want %d\n%s", c.args, code, same, c.code, &err)
		}
		said := err.String()
		var f struct{ Error, Hint string }
		if e := json.Unmarshal([]byte(said), &f); e != nil || strings.Count(said, "\n") != 1 || f.Error == "" || !strings.Contains(f.Error, c.words) {
			t.Errorf("%v: %v in %q", c.args, e, said)
		}
		if c.hint && f.Hint == "" {
			t.Errorf("%v: no hint in %q", c.args, said)
		}
		if !strings.Contains(plain.String(), "hoodwink: error: "+f.Error) || f.Hint != "" && !strings.Contains(plain.String(), f.Hint) {
			t.Errorf("%v: people are told %q, programs %q", c.args, &plain, said)
		}
		if out.Len() > 0 && !json.Valid(out.Bytes()) {
			t.Errorf("%v: standard output is %q", c.args, &out)
		}
	}
	for _, args := range [][]string{{"fool", "--bogus", "--json=true"}, {"--json", "fool", "--bogus"}, {"fool", "--json", "--bogus"}} {
		var out, err bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, &err); code != exitUsage || !json.Valid(err.Bytes()) {
			t.Errorf("%v: %q", args, &err)
		}
	}
	for _, args := range [][]string{{"fool", "--bogus", "--json=false"}, {"fool", "--bogus", "--", "--json"}, {"fool", "--bogus"}} {
		var out, err bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, &err); code != exitUsage || !strings.HasPrefix(err.String(), "hoodwink: error: ") {
			t.Errorf("%v: %q", args, &err)
		}
	}
}
