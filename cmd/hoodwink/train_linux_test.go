package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// small are the arguments of a training run of some seconds.
func small(out string) []string {
	return []string{"train", "--data", "sketchbook", "--size", "16", "--examples", "400", "--arch", "resnet", "--width", "4",
		"--epochs", "6", "--batch", "40", "--flip", "--evaluate", "0", "--out", out}
}

// untilEpoch starts training and returns when the line of an epoch has been printed.
func untilEpoch(t *testing.T, exe, epoch string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(exe, args...)
	stderr := &bytes.Buffer{}
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "epoch   "+epoch+" ") {
			return cmd, stderr
		}
	}
	cmd.Wait()
	t.Fatalf("epoch %s never ended:\n%s", epoch, stderr)
	return nil, nil
}

// TestKilledTraining: training that was killed, and ended by Ctrl-C, resumes to the same
// bytes, and no more than the epoch on the way is lost.
func TestKilledTraining(t *testing.T) {
	exe := build(t)
	dir := t.TempDir()
	whole, parted := filepath.Join(dir, "whole"), filepath.Join(dir, "parted")
	if out, err := exec.Command(exe, small(whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd, _ := untilEpoch(t, exe, "1", small(parted)...)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	resume := []string{"train", "--out", parted, "--resume", "--evaluate", "0"}
	cmd, stderr := untilEpoch(t, exe, "3", resume...)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	err := cmd.Wait()
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted || !strings.Contains(stderr.String(), "hoodwink train --out "+parted+" --resume") {
		t.Fatalf("Ctrl-C: ended with %v:\n%s", err, stderr)
	}
	if out, err := exec.Command(exe, resume...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"checkpoint", "model.onnx"} {
		a, errA := os.ReadFile(filepath.Join(whole, name))
		b, errB := os.ReadFile(filepath.Join(parted, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s differs from that of training without a break (%v, %v)", name, errA, errB)
		}
	}
}

// TestCheckpointOnFullDisk: where no room is left for a checkpoint there is one clear
// error, and the earlier checkpoint is as it was.
func TestCheckpointOnFullDisk(t *testing.T) {
	exe := build(t)
	dir := t.TempDir()
	if err := syscall.Mount("hoodwink", dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Skipf("no small tmpfs can be mounted here (%v): a full disk is not tried", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	// About 5000 weights: a checkpoint of 70 kB fits once, but not beside another one.
	out := filepath.Join(dir, "net")
	got, err := exec.Command(exe, small(out)...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFailure || bytes.Count(got, []byte("error:")) != 1 ||
		!bytes.Contains(got, []byte("checkpoint after epoch 2 cannot be written")) || !bytes.Contains(got, []byte("make room and resume")) {
		t.Fatalf("ended with %v:\n%s", err, got)
	}
	left, err := os.ReadDir(out)
	if err != nil || len(left) != 1 || left[0].Name() != "checkpoint" {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
	if h, err := os.ReadFile(filepath.Join(out, "checkpoint")); err != nil || !bytes.Contains(h, []byte(`"epoch":1`)) {
		t.Errorf("the earlier checkpoint: %v", err)
	}
}
