package preprocess

import (
	"image"
	"io"
)

// A Header is what a picture file says of itself before anything is decoded.
type Header struct {
	Format        string // as in Picture
	Width, Height int    // upright

	// Memory bounds the bytes that [Decode] allocates, in all: for the file, the format's samples, and
	// the pixels (12 bytes each), which take twice that while they are turned upright.
	Memory int64
}

// ReadHeader returns the header of a picture that [Decode] would read, or the error that Decode would
// return before it decodes.
func ReadHeader(r io.Reader, name string, l Limits) (*Header, error) {
	f, err := open(r, name, l)
	if err != nil {
		return nil, err
	}
	h := &Header{Format: f.kind, Width: f.size.width, Height: f.size.height}
	n := int64(h.Width) * int64(h.Height)
	const (
		pixel = 3 * 4   // three float32
		file  = 3       // the file, and what is left of making room for it
		small = 1 << 20 // tables, readers, metadata
	)
	h.Memory = small + file*int64(len(f.data)) + f.size.samples + pixel*n
	if f.orientation != 1 {
		h.Memory += pixel * n
	}
	if f.orientation >= 5 {
		h.Width, h.Height = h.Height, h.Width
	}
	return h, nil
}

// An extent is what a file's header promises.
type extent struct {
	width, height int
	samples       int64 // bytes that decoding to samples allocates
}

// extentOf is the extent of a picture whose pixels take some bytes each.
func extentOf(c image.Config, pixel int) extent {
	return extent{c.Width, c.Height, int64(pixel) * int64(c.Width) * int64(c.Height)}
}
