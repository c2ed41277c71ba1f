package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hoodwink/train"
)

// TestHangUp: when the terminal goes away, training ends as by Ctrl-C, with its checkpoint, however
// often that is said; under nohup it goes on.
func TestHangUp(t *testing.T) {
	exe := build(t)
	for _, nohup := range []bool{false, true} {
		out := filepath.Join(t.TempDir(), "net")
		name, args := exe, small(out)
		if nohup {
			name, args = "sh", append([]string{"-c", `trap "" HUP; exec "$@"`, "sh", exe}, args...)
		}
		cmd, stderr := untilEpoch(t, name, "1", args...)
		for range 3 {
			if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
		}
		err := cmd.Wait()
		if nohup {
			if err != nil {
				t.Errorf("under nohup it ends with %v:\n%s", err, stderr)
			}
			continue
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted || !strings.Contains(stderr.String(), "--resume") {
			t.Errorf("it ends with %v:\n%s", err, stderr)
		}
		if _, err := train.ReadCheckpoint(filepath.Join(out, checkpointName)); err != nil {
			t.Error(err)
		}
	}
}

// TestTwoTrainings: a second training, or an export, into the same folder is refused, and the first
// one ends as if it had been alone.
func TestTwoTrainings(t *testing.T) {
	exe := build(t)
	out := filepath.Join(t.TempDir(), "net")
	first, stderr := untilEpoch(t, exe, "1", small(out)...)
	if err := first.Process.Signal(syscall.SIGSTOP); err != nil { // so that it is not done too early
		t.Fatal(err)
	}
	for _, args := range [][]string{
		append(small(out), "--force"), {"train", "--out", out, "--resume"},
		{"linear", "train", "--data", "sketchbook", "--size", "16", "--examples", "100", "--out", out, "--force"},
		{"models", "export", "sketchbook", "-o", filepath.Join(out, "model.onnx"), "--force"},
	} {
		said, err := exec.Command(exe, args...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitFailure || !strings.Contains(string(said), "another hoodwink is writing into "+out) {
			t.Errorf("%v ends with %v:\n%s", args[:2], err, said)
		}
	}
	if err := first.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	left, err := os.ReadDir(out)
	if err != nil || len(left) != 4 {
		t.Errorf("the folder has %v, %v", left, err)
	}
}
