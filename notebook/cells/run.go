package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"hoodwink/notebook"
)

// An Event is an output of a cell: text, a thing to show, or the end.
type Event struct {
	Stream string          `json:"stream,omitempty"` // stdout or stderr
	Text   string          `json:"text,omitempty"`
	Show   notebook.Bundle `json:"show,omitempty"`
	Done   bool            `json:"done,omitempty"`
	Error  string          `json:"error,omitempty"` // with Done, if the cell failed
}

// A runner runs cells, in a folder of its own.
type runner struct {
	session session
	dir     string
	cell    int
}

// run runs one cell. emit is called for one event at a time; the last of them has Done.
func (r *runner) run(code string, emit func(Event)) {
	r.cell++
	if err := r.try(code, emit); err != nil {
		emit(Event{Done: true, Error: err.Error()})
		return
	}
	emit(Event{Done: true})
}

func (r *runner) try(code string, emit func(Event)) error {
	if strings.TrimSpace(code) == "" {
		return nil
	}
	next, program, err := r.session.with(r.cell, code)
	if err != nil {
		return err
	}
	// The same program gets the same folder, so that Go's build cache can be used again.
	dir := filepath.Join(r.dir, fmt.Sprintf("%x", sha256.Sum256([]byte(program)))[:16])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file := filepath.Join(dir, "main.go")
	if err := os.WriteFile(file, []byte(program), 0o644); err != nil {
		return err
	}
	binary := filepath.Join(dir, "cell")
	if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", binary, file).CombinedOutput(); err != nil {
		return fmt.Errorf("%s", strings.TrimSpace(strings.TrimPrefix(string(out), "# command-line-arguments\n")))
	}
	defer os.Remove(binary)
	r.session = next
	return follow(exec.Command(binary), emit)
}

// follow runs a program and emits what it prints.
func follow(c *exec.Cmd, emit func(Event)) error {
	c.Env = append(os.Environ(), notebook.Environment+"=1")
	stdout, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	stderr, err := c.StderrPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	var one sync.Mutex
	var readers sync.WaitGroup
	read := func(name string, from io.Reader) {
		lines := bufio.NewReader(from)
		for {
			line, err := lines.ReadString('\n')
			if line != "" {
				e := Event{Stream: name, Text: line}
				var shown notebook.Bundle
				if data, marked := strings.CutPrefix(line, notebook.Mark); marked && json.Unmarshal([]byte(data), &shown) == nil {
					e = Event{Show: shown}
				}
				one.Lock()
				emit(e)
				one.Unlock()
			}
			if err != nil {
				return
			}
		}
	}
	readers.Go(func() { read("stdout", stdout) })
	readers.Go(func() { read("stderr", stderr) })
	readers.Wait()
	return c.Wait()
}
