package preprocess

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"io"

	"golang.org/x/image/webp"
)

// A webpFrame is the first picture of a WebP, which may be an animation: its chunks, and its place
// on the canvas.
type webpFrame struct {
	canvas, at  image.Point // sizes and offsets; a still picture fills its canvas
	size        image.Point // as an animation claims; zero if it is still
	alpha, bits []byte      // the chunks ALPH, nil without one, and VP8 or VP8L, with their headers
}

// readWebP finds the first picture.
func readWebP(data []byte) (*webpFrame, error) {
	if len(data) < 12 {
		return nil, io.ErrUnexpectedEOF
	}
	f := &webpFrame{}
	return f, f.chunks(data[12:], true)
}

// uint24 reads 24 bits.
func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// chunks goes through the chunks of a file, or of a frame of an animation, up to the first picture.
func (f *webpFrame) chunks(data []byte, file bool) error {
	for len(data) >= 8 {
		id, n := string(data[:4]), uint64(binary.LittleEndian.Uint32(data[4:]))
		end := 8 + n + n%2
		whole := data[:min(end, uint64(len(data)))]
		body := whole[8:min(8+n, uint64(len(whole)))]
		short := uint64(len(body)) < n
		switch {
		case id == "VP8X" && file:
			if len(body) < 10 {
				return io.ErrUnexpectedEOF
			}
			f.canvas = image.Pt(uint24(body[4:])+1, uint24(body[7:])+1)
		case id == "ANMF" && file:
			if len(body) < 16 {
				return io.ErrUnexpectedEOF
			}
			f.at = image.Pt(2*uint24(body), 2*uint24(body[3:]))
			f.size = image.Pt(uint24(body[6:])+1, uint24(body[9:])+1)
			if f.at.X+f.size.X > f.canvas.X || f.at.Y+f.size.Y > f.canvas.Y {
				return errors.New("a frame that does not lie on its canvas")
			}
			return f.chunks(body[16:], false)
		case id == "ALPH":
			f.alpha = whole
		case id == "VP8 ", id == "VP8L":
			if short && len(body) < 10 {
				return io.ErrUnexpectedEOF
			}
			f.bits = whole
			return nil
		}
		if short {
			return io.ErrUnexpectedEOF
		}
		data = data[len(whole):]
	}
	return io.ErrUnexpectedEOF
}

// config returns the size of the picture in the chunks, and that of the canvas.
func (f *webpFrame) config() (frame, canvas image.Point, err error) {
	c, err := webp.DecodeConfig(bytes.NewReader(riffOf(f.bits)))
	if err != nil {
		return frame, canvas, err
	}
	frame, canvas = image.Pt(c.Width, c.Height), f.canvas
	if canvas == (image.Point{}) {
		canvas = frame
	}
	want := canvas
	if f.size != (image.Point{}) {
		want = f.size
	}
	if frame != want {
		return frame, canvas, errors.New("a picture that is not of the size the header says")
	}
	return frame, canvas, nil
}

// riffOf makes a file of chunks.
func riffOf(chunks ...[]byte) []byte {
	body := bytes.Join(append([][]byte{[]byte("WEBP")}, chunks...), nil)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func webpConfig(data []byte) (extent, error) {
	f, err := readWebP(data)
	if err != nil && (f == nil || f.canvas == (image.Point{})) {
		return extent{}, err
	}
	canvas := f.canvas
	if canvas == (image.Point{}) { // otherwise decoding checks all that follows
		if _, canvas, err = f.config(); err != nil {
			return extent{}, err
		}
	}
	return f.memory(extent{width: canvas.X, height: canvas.Y}, len(data)), nil
}

// memory adds what decoding allocates.
func (f *webpFrame) memory(s extent, file int) extent {
	const (
		lossless = 9        // four bytes a pixel, again where colours are indices, and transforms
		lossy    = 3        // brightness, two colours of half the size, with what filters and borders add
		opacity  = 2        // a byte, and another one
		group    = 96 << 10 // largest tables of Huffman codes, of one group
		groups   = 2600     // that the decoder admits
		least    = 20       // bits that a group takes in the file
	)
	n := int64(s.width+16) * int64(s.height+16)
	s.samples = 4 * int64(file) // the chunks are put together anew
	if f.alpha != nil || len(f.bits) > 3 && string(f.bits[:4]) == "VP8L" {
		s.samples += lossless*n + group*min(groups, 8*int64(file)/least)
	}
	if f.alpha != nil || len(f.bits) > 3 && string(f.bits[:4]) == "VP8 " {
		s.samples += (lossy + opacity) * n
	}
	return s
}

func decodeWebP(data []byte) (image.Image, error) {
	f, err := readWebP(data)
	if err != nil {
		return nil, err
	}
	frame, canvas, err := f.config()
	if err != nil {
		return nil, err
	}
	file := riffOf(f.bits)
	if f.alpha != nil && string(f.bits[:4]) == "VP8 " {
		const hasAlpha = 1 << 4
		head := append([]byte("VP8X\x0a\x00\x00\x00"), hasAlpha, 0, 0, 0)
		for _, n := range []int{frame.X - 1, frame.Y - 1} {
			head = append(head, byte(n), byte(n>>8), byte(n>>16))
		}
		file = riffOf(head, f.alpha, f.bits)
	}
	img, err := webp.Decode(bytes.NewReader(file))
	if err != nil || frame == canvas {
		return img, err
	}
	return onScreen{img, image.Rectangle{Max: canvas}, f.at}, nil
}
