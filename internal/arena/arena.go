// Package arena keeps buffers of floats outside the Go heap, in memory that can be given back to the
// system while nobody needs it and had again at the same addresses:
//
//	a := arena.New()
//	defer a.Close()
//	v := a.Floats(3 * 224 * 224)
//	err := a.Park(file)   // v must not be touched now
//	err = a.Return(file)  // rewound: v is as it was
//
// A slice of the Go heap cannot do that: whoever holds a copy of it keeps its memory, and the garbage
// collector gives memory back when it likes.
package arena

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"unsafe"
)

const (
	alignment = 64        // of every buffer, in bytes: a line of the cache
	shared    = 256 << 10 // bytes of a chunk for small buffers
	small     = shared / 4
)

// An Arena owns buffers. It must be closed. It must not be used by two goroutines at once; its buffers
// may.
type Arena struct {
	chunks []*chunk
	state  state
}

type state int

const (
	held state = iota
	parked
	closed
)

// A chunk is memory from the system, whole pages. It holds one large buffer or several small ones.
type chunk struct {
	mem   []byte
	used  int  // bytes handed out now
	taken bool // some were since the last Reset
	dirty int  // bytes handed out ever: the others are 0
	away  bool // its memory has been given back
}

// New returns an arena without memory.
func New() *Arena { return &Arena{} }

// Floats returns n zeros, aligned to 64 bytes, which belong to the arena. It panics with an error if the
// system has no memory, and if the arena is parked or closed.
func (a *Arena) Floats(n int) []float32 {
	a.mustBeHeld("Floats")
	if n < 0 || n > (math.MaxInt-shared)/4 {
		panic(fmt.Errorf("arena: a buffer of %d floats", n))
	}
	if n == 0 {
		return []float32{}
	}
	size := (4*n + alignment - 1) / alignment * alignment
	c := a.room(size)
	at := c.used
	c.used += size
	c.taken = true
	clear(c.mem[at:max(at, min(c.used, c.dirty))])
	c.dirty = max(c.dirty, c.used)
	return unsafe.Slice((*float32)(unsafe.Pointer(&c.mem[at])), n)[:n:n]
}

// room returns a chunk with size bytes left. Of the free chunks for large buffers it takes the smallest
// that is large enough, so that the same requests after a Reset find the same chunks, in any order. One that
// is much too large is left for Reset to release.
func (a *Arena) room(size int) *chunk {
	var best *chunk
	for _, c := range a.chunks {
		forMany := len(c.mem) == shared
		switch {
		case forMany != (size <= small) || len(c.mem)-c.used < size:
		case forMany:
			return c
		case c.used == 0 && len(c.mem) <= 2*size+shared && (best == nil || len(c.mem) < len(best.mem)):
			best = c
		}
	}
	if best != nil {
		return best
	}
	length := shared
	if size > small {
		page := os.Getpagesize()
		if length = (size + page - 1) / page * page; length == shared {
			length += page // a length tells what a chunk is for
		}
	}
	mem, err := reserve(length)
	if err != nil {
		panic(fmt.Errorf("arena: no memory for %d bytes: %w", length, err))
	}
	c := &chunk{mem: mem}
	a.chunks = append(a.chunks, c)
	return c
}

// Bytes returns how much memory of the system the arena holds: all that it ever asked for and did not
// release, but not what is given back while it is parked.
func (a *Arena) Bytes() int64 {
	var n int64
	for _, c := range a.chunks {
		if !c.away {
			n += int64(len(c.mem))
		}
	}
	return n
}

// A Mark is what was handed out at a moment.
type Mark []int

// Mark returns what is handed out now.
func (a *Arena) Mark() Mark {
	m := make(Mark, len(a.chunks))
	for i, c := range a.chunks {
		m[i] = c.used
	}
	return m
}

// Rewind takes the buffers back that were handed out since the mark, which must not be older than the
// last Reset. Their memory is kept for the next ones.
func (a *Arena) Rewind(m Mark) {
	a.mustBeHeld("Rewind")
	for i, c := range a.chunks {
		c.used = 0
		if i < len(m) {
			c.used = m[i]
		}
	}
}

// Reset takes all buffers back: they may be handed out again, and must not be used any more. What was not
// handed out since the last Reset is released to the system. So requests that repeat need no new memory, and
// after requests that change about twice what they need is kept at most.
func (a *Arena) Reset() {
	a.mustBeHeld("Reset")
	kept := a.chunks[:0]
	for _, c := range a.chunks {
		if c.taken {
			c.used, c.taken = 0, false
			kept = append(kept, c)
		} else {
			release(c.mem)
		}
	}
	clear(a.chunks[len(kept):])
	a.chunks = kept
}

// Park writes the contents of all buffers to w and then gives their memory back. The addresses stay
// reserved. Until Return no buffer may be read or written: on systems with virtual memory this ends the
// program. After an error, which is of w, all is still held.
//
// What the system does not take back stays held, and Bytes says so: systems without such calls take
// nothing.
func (a *Arena) Park(w io.Writer) error { return Park(w, a) }

// Park parks several arenas, or none of them if what they hold cannot be written. Return them in the
// same order.
func Park(w io.Writer, arenas ...*Arena) error {
	for _, a := range arenas {
		if a.state != held {
			return errors.New("arena: only what is held can be parked")
		}
		for _, c := range a.chunks {
			if _, err := w.Write(c.mem[:c.used]); err != nil {
				return err
			}
		}
	}
	for _, a := range arenas {
		a.discard()
		a.state = parked
	}
	return nil
}

// discard gives the memory of all chunks back.
func (a *Arena) discard() {
	for _, c := range a.chunks {
		c.away = c.away || discard(c.mem)
	}
}

// Return takes memory again, at the same addresses, and reads what Park has written. After an error the
// arena is parked as before.
func (a *Arena) Return(r io.Reader) (err error) {
	if a.state != parked {
		return errors.New("arena: only what is parked can return")
	}
	defer func() {
		if err != nil {
			a.discard()
		}
	}()
	for _, c := range a.chunks {
		if c.away {
			if err := restore(c.mem); err != nil {
				return fmt.Errorf("arena: no memory for %d bytes: %w", len(c.mem), err)
			}
			c.away = false
		}
		if _, err := io.ReadFull(r, c.mem[:c.used]); err != nil {
			return fmt.Errorf("arena: %w", err)
		}
	}
	a.state = held
	return nil
}

// Close releases all memory, parked or not. No buffer may be used any more. Closing again does nothing.
func (a *Arena) Close() {
	for _, c := range a.chunks {
		release(c.mem)
	}
	a.chunks, a.state = nil, closed
}

func (a *Arena) mustBeHeld(method string) {
	if a.state != held {
		panic(errors.New("arena: " + method + " while the arena is " + [...]string{parked: "parked", closed: "closed"}[a.state]))
	}
}
