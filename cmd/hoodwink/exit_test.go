package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/dataset"
	"hoodwink/preprocess"
)

// TestExitCodes: every documented code, and for errors a word of the message.
func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	picture := filepath.Join(dir, "panda.png")
	x, err := dataset.Draw(0, 8, 64)
	if err != nil {
		t.Fatal(err)
	}
	if err := preprocess.WritePNG(picture, x, nil); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.png")
	fool := func(more ...string) []string {
		return append([]string{"fool", picture, "-m", "sketchbook", "-o", out}, more...)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"version"}, exitOK, ""},
		{fool("--as", "vulture", "--eps", "16/255"), exitOK, ""},
		{fool("--not", "giant panda", "--eps", "16/255"), exitOK, ""},
		{fool("--as", "giant panda"), exitOK, "nothing to do"},
		{fool("--as", "vulture", "--eps", "0"), exitNotFooled, ""},
		{fool("--as", "vulture", "--eps", "0.6/255", "--steps", "3"), exitNotFooled, "8 bits"},
		{[]string{"predict", filepath.Join(dir, "none.png"), "-m", "sketchbook"}, exitFailure, "none.png"},
		{[]string{"predict", picture, "-m", "nosuch"}, exitFailure, "nosuch"},
		{[]string{"frobnicate"}, exitUsage, "frobnicate"},
		{[]string{"models", "frobnicate"}, exitUsage, "frobnicate"},
		{[]string{"reproduce", "frobnicate"}, exitUsage, "frobnicate"},
		{[]string{"completion", "frobnicate"}, exitUsage, "frobnicate"},
		{[]string{"train", "--resume", "--out", filepath.Join(dir, "none")}, exitFailure, "name the folder of a training that was begun"},
		{[]string{"predict"}, exitUsage, "arg"},
		{[]string{"predict", "--bogus", picture}, exitUsage, "hoodwink predict --help"},
		{[]string{"predict", "--threads", "-1", picture}, exitUsage, "--threads"},
		{[]string{"predict", "--max-pixels", "-1", picture}, exitUsage, "--max-pixels"},
		{[]string{"find", "nosuchword", dir, "-m", "sketchbook"}, exitUsage, "nosuchword"},
		{[]string{"gradient", picture, "-m", "sketchbook", "-o", filepath.Join(dir, "g.jpg")}, exitUsage, ".png"},
		{fool(), exitUsage, "--as"},
		{fool("--as", "vulture", "--not", "dog"), exitUsage, "--as"},
		{fool("--as", "nosuch"), exitUsage, "nosuch"},
		{fool("--as", "vulture", "--eps", "8/0"), exitUsage, "8/0"},
		{fool("--as", "vulture", "--eps", "-1/-2"), exitUsage, "-1/-2"},
		{fool("--as", "vulture", "--eps", "inf"), exitUsage, "inf"},
		{fool("--as", "vulture", "--eps", "8"), exitUsage, "did you mean 8/255?"},
		{fool("--as", "vulture", "--eps", "1.01"), exitUsage, "did you mean 1.01/255?"},
		{fool("--as", "vulture", "--eps", "300"), exitUsage, "one of 255 levels is 1/255"},
		{fool("--as", "vulture", "--eps", "0.1/255"), exitUsage, "0.1/255 is less than half a level"},
		{fool("--as", "vulture", "--eps", "0.1/255", "--at", "model"), exitUsage, "give 1/255 or more"},
		{fool("--as", "vulture", "--eps", "8/255/2"), exitUsage, "8/255/2"},
		{fool("--as", "vulture", "--eps", "nan"), exitUsage, "for example 2/255"},
		{fool("--as", "vulture", "--eps", ""), exitUsage, "empty"},
		{fool("--as", "vulture", "--eps", "-0.1"), exitUsage, "-0.1"},
		{fool("--as", "vulture", "--norm", "l2", "--eps", "500"), exitUsage, "12288 values, which is 110.9 in L2"},
		{fool("--as", "vulture", "--norm", "l2", "--eps", "500"), exitUsage, "did you mean 500/255?"},
		{fool("--as", "vulture", "--norm", "l2", "--eps", "0.1/255"), exitUsage, "half a level"},
		{fool("--as", "vulture", "--norm", "l1", "--eps", "12289"), exitUsage, "12288 values, which is 1.229e+04 in L1"},
		{fool("--as", "vulture", "--norm", "l0", "--eps", "10/255"), exitUsage, "want a whole number of pixels"},
		{fool("--as", "vulture", "--norm", "l0", "--eps", "510/255"), exitUsage, "for example 10"},
		{fool("--as", "vulture", "--norm", "l0", "--eps", "4097"), exitUsage, "more than all 4096 pixels"},
		{fool("--as", "vulture", "--step", "2"), exitUsage, "did you mean 2/255?"},
		{fool("--as", "vulture", "--step", "0.01/255", "--steps", "40"), exitUsage, "all 40 steps together: 0.4/255"},
		{[]string{"demo", "--eps", "8", "--dir", filepath.Join(dir, "d")}, exitUsage, "did you mean 8/255?"},
		{[]string{"train", "--data", "sketchbook", "--out", filepath.Join(dir, "t"), "--eps", "8"}, exitUsage, "did you mean 8/255?"},
		{[]string{"train", "--data", "sketchbook", "--out", filepath.Join(dir, "t"), "--eps", "-1"}, exitUsage, "for example 2/255"},
		{[]string{"linear", "train", "--data", "sketchbook", "--out", filepath.Join(dir, "t"), "--eps", "8"}, exitUsage, "did you mean 8/255?"},
		{[]string{"linear", "train", "--data", "sketchbook", "--out", filepath.Join(dir, "t"), "--adversarial", "8"}, exitUsage, "did you mean 8/255?"},
		{[]string{"linear", "fool", picture, "--eps", "8"}, exitUsage, "did you mean 8/255?"},
		{[]string{"linear", "fool", picture, "--eps", "0.1/255"}, exitUsage, "half a level"},
		{fool("--as", "vulture", "--prob", "2"), exitUsage, "--prob"},
		{fool("--as", "vulture", "-o", filepath.Join(dir, "none", "x.png")), exitFailure, "x.png cannot be written: the folder " + filepath.Join(dir, "none") + ": "},
		{fool("--not", "dog", "--prob", "0.5"), exitUsage, "--prob"},
		{fool("--as", "vulture", "--restarts", "3"), exitUsage, "--restarts"},
		{fool("--as", "vulture", "--attack", "fgsm", "--steps", "3"), exitUsage, "--steps"},
		{fool("--as", "vulture", "--attack", "magic"), exitUsage, "magic"},
		{fool("--as", "vulture", "--norm", "l7"), exitUsage, "l7"},
		{fool("--as", "vulture", "--loss", "luck"), exitUsage, "luck"},
		{fool("--as", "vulture", "--at", "home"), exitUsage, "home"},
		{[]string{"fool", picture, "-m", "sketchbook", "--as", "vulture", "-o", filepath.Join(dir, "x.jpg")}, exitUsage, ".png"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(c.args, strings.NewReader(""), &stdout, &stderr)
		if said := stdout.String() + stderr.String(); code != c.code || !strings.Contains(said, c.want) {
			t.Errorf("%v: exit code %d, want %d and %q in\n%s", c.args, code, c.code, c.want, said)
		}
	}
}

// TestPredictJSONErrors: with --json a picture that cannot be read is an object too.
func TestPredictJSONErrors(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run([]string{"predict", "-m", "sketchbook", "--json", "nosuch.png"}, nil, &stdout, &stderr)
	var p prediction
	if err := json.Unmarshal(stdout.Bytes(), &p); err != nil || code != exitFailure || p.File != "nosuch.png" || p.Error == "" {
		t.Errorf("exit code %d, %v\n%s", code, err, stdout.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestLostOutput: what could not be printed is not a success.
func TestLostOutput(t *testing.T) {
	var stderr bytes.Buffer
	if code := run([]string{"version"}, nil, full{}, &stderr); code != exitFailure || !strings.Contains(stderr.String(), "standard output") {
		t.Errorf("exit code %d\n%s", code, stderr.String())
	}
}
