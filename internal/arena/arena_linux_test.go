package arena

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// resident returns the memory of the process in bytes.
func resident(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var total, pages int
	if _, err := fmt.Sscan(string(text), &total, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// TestMemory: what is parked is no memory of the process, and returns to the same addresses; a closed arena
// has none either.
func TestMemory(t *testing.T) {
	const floats, slack = 16 << 20, 8 << 20
	var file bytes.Buffer
	file.Grow(4*floats + 1<<20)
	clear(file.AvailableBuffer()[:4*floats]) // it has its memory before anything is measured
	empty := resident(t)
	a := New()
	v, w := a.Floats(floats), a.Floats(3)
	fill(v, 1)
	fill(w, 2)
	full := resident(t)
	if full < empty+4*floats-slack || a.Bytes() < 4*floats {
		t.Errorf("%d bytes with %d floats, %d without; Bytes says %d", full, floats, empty, a.Bytes())
	}
	for range 2 {
		if err := a.Park(&file); err != nil {
			t.Fatal(err)
		}
		if now := resident(t); now > empty+slack || a.Bytes() != 0 {
			t.Errorf("%d bytes while parked, %d before there was an arena; Bytes says %d", now, empty, a.Bytes())
		}
		if err := a.Return(&file); err != nil {
			t.Fatal(err)
		}
		if !isFull(v, 1) || !isFull(w, 2) {
			t.Error("other contents")
		}
	}
	a.Close()
	if now := resident(t); now > empty+slack {
		t.Errorf("%d bytes after Close, %d before there was an arena", now, empty)
	}
}

// TestNoMemory: more than the system has is an error that says how much.
func TestNoMemory(t *testing.T) {
	a := New()
	defer a.Close()
	defer func() {
		const want = "arena: no memory for "
		if err, ok := recover().(error); !ok || !errors.Is(err, unix.ENOMEM) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %q and the number of bytes", err, want)
		}
	}()
	a.Floats((math.MaxInt - shared) / 4)
}
