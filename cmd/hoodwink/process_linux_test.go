package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// build compiles the program for tests that need a process of their own.
func build(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "hoodwink")
	if out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}

// draw makes the demo's picture and returns its path.
func draw(t *testing.T, exe string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command(exe, "demo", "--dir", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "giant-panda.png")
}

// TestInterruptWritesTheBestSoFar: Ctrl-C ends an attack with a picture, a sentence
// and exit code 130.
func TestInterruptWritesTheBestSoFar(t *testing.T) {
	exe := build(t)
	out := filepath.Join(t.TempDir(), "best.png")
	cmd := exec.Command(exe, "fool", draw(t, exe), "-m", "sketchbook", "--as", "vulture", "--eps", "0.6/255", "--step", "0.01/255", "--steps", "100000000", "-o", out)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(700 * time.Millisecond)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Fatalf("ended with %v, want exit code %d\n%s", err, exitInterrupted, stderr.String())
	}
	if !strings.Contains(stderr.String(), "best picture so far is in "+out) {
		t.Errorf("it does not say where the picture is:\n%s", stderr.String())
	}
	if _, err := os.Stat(out); err != nil {
		t.Error(err)
	}
}

// TestFullDisk: a picture that does not fit leaves an error and no file.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("hoodwink", dir, "tmpfs", 0, "size=32k"); err != nil {
		t.Skipf("no small tmpfs can be mounted here (%v): a full disk is not tried", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	exe := build(t)
	picture := draw(t, exe)
	for _, args := range [][]string{
		{"fool", picture, "-m", "sketchbook", "--as", "vulture", "-o", filepath.Join(dir, "out.png")},
		{"gradient", picture, "-m", "sketchbook", "--class", "vulture", "-o", filepath.Join(dir, "out.png")},
		{"gradient", picture, "-m", "sketchbook", "--class", "vulture", "-o", filepath.Join(t.TempDir(), "g.png"), "--npy", filepath.Join(dir, "g.npy")},
	} {
		out, err := exec.Command(exe, args...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitFailure || !bytes.Contains(out, []byte("no space left")) {
			t.Errorf("%s: ended with %v:\n%s", args[0], err, out)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: %d files left on the full disk", args[0], len(left))
		}
	}
}

// TestUnreadableFolder: a folder that may not be read is named. The program runs as
// somebody else than root, who may read everything.
func TestUnreadableFolder(t *testing.T) {
	exe := build(t)
	top := t.TempDir()
	dir := filepath.Join(top, "private")
	if err := os.Mkdir(dir, 0o000); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "predict", "-m", "sketchbook", dir)
	if os.Getuid() == 0 {
		for d := filepath.Dir(exe); len(d) > len(os.TempDir()); d = filepath.Dir(d) {
			os.Chmod(d, 0o755)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		cmd.Dir = "/"
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitFailure || !bytes.Contains(out, []byte(dir)) || !bytes.Contains(out, []byte("permission denied")) {
		t.Errorf("ended with %v:\n%s", err, out)
	}
}

// TestResidentMemory: attacking a photo with GoogLeNet stays within 250 MB.
func TestResidentMemory(t *testing.T) {
	models, data := os.Getenv("HOODWINK_MODELS"), os.Getenv("HOODWINK_DATA")
	if models == "" || data == "" {
		t.Skip("HOODWINK_MODELS and HOODWINK_DATA are not set: the memory of GoogLeNet is not measured")
	}
	photo := filepath.Join(data, "images", "n02510455_giant_panda.JPEG")
	abs, err := filepath.Abs(photo)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(build(t), "fool", abs, "--as", "vulture", "--steps", "5", "-o", filepath.Join(t.TempDir(), "out.png"))
	if models, err = filepath.Abs(models); err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "HOODWINK_MODELS="+models)
	cmd.Run() // five steps do not fool: the exit code is 3
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	t.Logf("resident %d MB", usage.Maxrss>>10)
	if usage.Maxrss>>10 > 250 {
		t.Errorf("%d MB resident, want at most 250", usage.Maxrss>>10)
	}
	if code := cmd.ProcessState.ExitCode(); code != exitNotFooled && code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// TestModelsHaveALimit: a model whose values do not fit into the machine is refused, not begun.
func TestModelsHaveALimit(t *testing.T) {
	if m := (&app{}).modelOptions().Memory; m < 64<<20 {
		t.Errorf("a model may take %d bytes, want what is free", m)
	}
}
