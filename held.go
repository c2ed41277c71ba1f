package hoodwink

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"

	"hoodwink/attack"
	"hoodwink/model"
)

// Held is the memory of a run between two steps: pixels, and the network's activations and
// gradients.
type Held struct {
	attack     *attack.Held
	classifier *model.Classifier
	canvas     *canvas
}

// Park writes the pixels to w, and gives all memory back. Nothing of the
// request and the result may be used until Return. After an error all is still held.
func (h *Held) Park(w io.Writer) error {
	pictures := h.canvas.memory()
	buf := bufio.NewWriterSize(w, 1<<16)
	var b [4]byte
	for _, p := range pictures {
		for _, v := range *p {
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
			if _, err := buf.Write(b[:]); err != nil {
				return err
			}
		}
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	if err := h.attack.Park(w); err != nil {
		return err
	}
	h.canvas.lengths = nil
	for _, p := range pictures {
		h.canvas.lengths = append(h.canvas.lengths, len(*p))
		*p = nil
	}
	h.classifier.Release()
	return nil
}

// Return takes the memory again and reads what Park has written. After an error the run cannot go
// on.
func (h *Held) Return(r io.Reader) error {
	buf := bufio.NewReaderSize(r, 1<<16)
	var b [4]byte
	for k, p := range h.canvas.memory() {
		*p = make([]float32, h.canvas.lengths[k])
		for i := range *p {
			if _, err := io.ReadFull(buf, b[:]); err != nil {
				return err
			}
			(*p)[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[:]))
		}
	}
	if err := h.attack.Return(buf); err != nil {
		return err
	}
	return h.classifier.Acquire()
}
