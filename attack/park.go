package attack

import (
	"io"

	"hoodwink/internal/arena"
)

// Held is what a run holds between two questions: several values for every pixel of its pictures.
// While it waits, they may be elsewhere than in memory.
type Held struct{ r *runner }

// Bytes returns the memory that Park would give back.
func (h *Held) Bytes() (n int64) {
	for _, a := range h.arenas() {
		n += a.Bytes()
	}
	return n
}

// Park writes all pixels to w and gives their memory back to the system, until Return. After an error
// all are still held.
func (h *Held) Park(w io.Writer) error { return arena.Park(w, h.arenas()...) }

// Return reads what Park has written. After an error the run cannot go on.
func (h *Held) Return(r io.Reader) error {
	for _, a := range h.arenas() {
		if err := a.Return(r); err != nil {
			return err
		}
	}
	return nil
}

// arenas lists where the pixels of the run are.
func (h *Held) arenas() []*arena.Arena {
	list := []*arena.Arena{h.r.memory}
	for _, p := range h.r.places {
		list = append(list, p.memory)
	}
	return list
}
