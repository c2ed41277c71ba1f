package hoodwink

import (
	"io"

	"hoodwink/attack"
	"hoodwink/model"
)

// Held is the memory of a run between two steps: pixels, and the network's activations and
// gradients.
type Held struct {
	attack     *attack.LoopHeld
	classifier *model.Classifier
}

// Park writes the pixels to w, and gives all memory back. Nothing of the
// request and the result may be used until Return. After an error all is still held.
func (h *Held) Park(w io.Writer) error {
	if err := h.attack.Park(w); err != nil {
		return err
	}
	h.classifier.Release()
	return nil
}

// Return takes the memory again and reads what Park has written. After an error the run cannot go
// on.
func (h *Held) Return(r io.Reader) error {
	if err := h.attack.Return(r); err != nil {
		return err
	}
	return h.classifier.Acquire()
}
