package attack

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
)

// LoopHeld is what an attack holds between two steps: several values for every pixel of its pictures.
// While it waits, they may be elsewhere than in memory.
type LoopHeld struct{ s *search }

// Bytes returns the memory that Park would give back.
func (h *LoopHeld) Bytes() int64 {
	var n int64
	for _, a := range h.s.arrays() {
		n += 4 * int64(len(*a))
	}
	return n
}

// Park writes all pixels to w and gives their memory back, those of the problem's X and Mask
// included, so that nothing else may read these until Return. After an error all are still held.
func (h *LoopHeld) Park(w io.Writer) error {
	buf := bufio.NewWriterSize(w, 1<<16)
	var b [4]byte
	for _, a := range h.s.arrays() {
		for _, v := range *a {
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
			if _, err := buf.Write(b[:]); err != nil {
				return err
			}
		}
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	for i := range h.s.pictures {
		h.s.pictures[i].unlink()
	}
	for _, a := range h.s.arrays() {
		h.s.parked, *a = append(h.s.parked, len(*a)), nil
	}
	return nil
}

// Return reads what Park has written. After an error the attack cannot go on.
func (h *LoopHeld) Return(r io.Reader) error {
	buf := bufio.NewReaderSize(r, 1<<16)
	var b [4]byte
	for k, a := range h.s.arrays() {
		*a = make([]float32, h.s.parked[k])
		for i := range *a {
			if _, err := io.ReadFull(buf, b[:]); err != nil {
				return err
			}
			(*a)[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[:]))
		}
	}
	h.s.parked = nil
	for i := range h.s.pictures {
		h.s.link(i)
	}
	return nil
}

// arrays are the slices that hold all pixels, of which others are parts.
func (s *search) arrays() []*[]float32 {
	all := []*[]float32{&s.X.Data, &s.in.Data, &s.result.X.Data}
	if s.Mask != nil {
		all = append(all, &s.Mask.Data)
	}
	for i := range s.pictures {
		pic := &s.pictures[i]
		if s.rounds {
			all = append(all, &pic.v)
		}
		if pic.apart {
			all = append(all, &pic.peak.pixels)
		}
		all = append(all, &pic.grad)
	}
	return all
}

// link sets what picture i has of larger arrays.
func (s *search) link(i int) {
	pic := &s.pictures[i]
	pic.x, pic.in, pic.best.pixels = s.X.Image(i), s.in.Image(i), s.result.X.Image(i)
	pic.ball = s.ball(i)
	if !pic.apart {
		pic.peak.pixels = pic.best.pixels
	}
	if !s.rounds {
		pic.v = pic.in
	}
}

// unlink drops what link has set.
func (pic *picture) unlink() {
	if len(pic.v) > 0 && &pic.v[0] == &pic.in[0] {
		pic.v = nil
	}
	if !pic.apart {
		pic.peak.pixels = nil
	}
	pic.x, pic.in, pic.best.pixels, pic.ball = nil, nil, nil, Ball{}
}

// between calls the problem's Between before a Forward.
func (s *search) between() error {
	if s.Between == nil {
		return nil
	}
	return s.Between(&LoopHeld{s})
}
