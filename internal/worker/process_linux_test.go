package worker

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestParentKilled: when the parent is killed, its child ends, although it is busy.
func TestParentKilled(t *testing.T) {
	for _, what := range []string{"spin", "hang", "flood"} {
		dir, file := folder(t, colours())
		p := pool(t, Options{})
		if _, _, err := p.Add(t.Context(), Addition{Name: "x", Network: file, Folder: dir, Memory: 1 << 30}); err != nil {
			t.Fatal(err)
		}
		c := exec.Command("/proc/self/exe")
		c.Env = append(os.Environ(), parent+"="+dir, evil+"=f:"+what)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		child, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // it has begun, most likely
		c.Process.Kill()
		c.Wait()
		for deadline := time.Now().Add(20 * time.Second); alive(child); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Errorf("%s: the child %d goes on", what, child)
				syscall.Kill(child, syscall.SIGKILL)
				break
			}
		}
	}
}

// alive reports whether a process is there and no zombie.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(rest, "Z")
}

// TestConfined: a child has the limits of the system, and ignores the signals that are for its
// parent. One that takes all memory it can get has never held more than its limit.
func TestConfined(t *testing.T) {
	p := pool(t, Options{Memory: 256 << 20})
	m := added(t, p, colours())
	c := p.idle[0]
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		c.cmd.Process.Signal(s)
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", c.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for name, most := range map[string]int{"Max open files": maxOpen, "Max file size": maxWritten, "Max core file size": 0} {
		if want := fmt.Sprintf("%-25s %-20d %-20d", name, most, most); !strings.Contains(string(limits), want) {
			t.Errorf("%s is not %d:\n%s", name, most, limits)
		}
	}
	if strings.Contains(string(limits), fmt.Sprintf("%-25s unlimited", "Max data size")) {
		t.Errorf("memory has no limit:\n%s", limits)
	}
	l := borrow(t, m)
	if err := predict(l); err != nil || l.child != c {
		t.Errorf("after the signals: %v", err)
	}
	l.Return()
	drain(p)
	t.Setenv(evil, "f:memory")
	if c, err = m.child(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer p.give(c)
	if _, err := c.call(t.Context(), time.Minute, 8, func() error { return c.send(forward, nil, nil) }, answer); err == nil || !strings.Contains(err.Error(), "256 MB") {
		t.Errorf("it takes all memory: %v", err)
	}
	if peak := c.cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10; peak > 256<<20 && !raced {
		t.Errorf("it had %d MB", peak>>20)
	}
}

// TestEnvironment: a child knows where names of classes may be, and no secret of its parent's.
func TestEnvironment(t *testing.T) {
	t.Setenv("HOODWINK_MODELS", "/nowhere")
	t.Setenv("A_TOKEN", "secret")
	p := pool(t, Options{})
	added(t, p, colours())
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.idle[0].cmd.Process.Pid))
	if err != nil || !strings.Contains(string(text), "HOODWINK_MODELS=/nowhere") || strings.Contains(string(text), "secret") {
		t.Errorf("%q, %v", text, err)
	}
}
