package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A server is a lab in a process of its own.
type server struct {
	cmd *exec.Cmd
	url string
	log bytes.Buffer

	mu      sync.Mutex
	peak    int64         // of the lab's memory, in KiB
	child   int64         // of the memory of one of its children, in KiB
	at      int           // most children at a time
	seen    map[int]bool  // process ids of all children
	stopped chan struct{} // closed when nothing is watched any more
}

// start serves a lab from dir.
func start(ctx context.Context, program, dir string, arguments []string) (*server, error) {
	s := &server{seen: map[int]bool{}, stopped: make(chan struct{})}
	s.cmd = exec.Command(program, append([]string{"lab", "--no-open", "--port", "0", "--json", "--dir", dir, "-m", "sketchbook"}, arguments...)...)
	s.cmd.Stderr = &s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var at struct{ URL string }
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	if err != nil {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		return nil, fmt.Errorf("the lab did not begin: %w\n%s", err, s.log.Bytes())
	}
	s.url = strings.TrimSuffix(at.URL, "/")
	go s.watch(ctx)
	return s, nil
}

// watch records memory until ctx ends.
func (s *server) watch(ctx context.Context) {
	defer close(s.stopped)
	for ctx.Err() == nil {
		s.look()
		time.Sleep(20 * time.Millisecond)
	}
}

// look records the largest memory so far, which the system counts (VmHWM), so that none is missed
// except that of a child which has ended since the last look.
func (s *server) look() {
	own := highest(s.cmd.Process.Pid)
	children := childrenOf(s.cmd.Process.Pid)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.peak = max(s.peak, own)
	s.at = max(s.at, len(children))
	for _, pid := range children {
		s.seen[pid] = true
		s.child = max(s.child, highest(pid))
	}
}

// end asks the lab to end, and returns how long that took and how much processor time it and its
// children had.
func (s *server) end() (took, processor time.Duration, err error) {
	begin := time.Now()
	s.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(time.Minute, func() { s.cmd.Process.Kill() })
	defer late.Stop()
	err = s.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w\n%s", err, s.log.Bytes())
	}
	if p := s.cmd.ProcessState; p != nil {
		processor = p.UserTime() + p.SystemTime()
	}
	return time.Since(begin), processor, err
}

// highest returns the largest memory that a process has had, in KiB; 0 if it is gone.
func highest(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}

// childrenOf lists the processes that a process has started. One that does not run its program yet
// still has the arguments, and the memory, of its parent, and is left out.
func childrenOf(pid int) (children []int) {
	own := arguments(pid)
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, name := range files {
		data, _ := os.ReadFile(name)
		for _, field := range strings.Fields(string(data)) {
			if child, err := strconv.Atoi(field); err == nil && !bytes.Equal(arguments(child), own) {
				children = append(children, child)
			}
		}
	}
	return children
}

func arguments(pid int) []byte {
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return line
}
