package preprocess

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"io"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/files"
	"hoodwink/tensor"
)

// EncodePNG writes the picture x, (1,C,H,W) or (C,H,W), in [0,1], as an 8-bit PNG with text chunks:
// RGB for C = 3, gray for C = 1. Every sample is rounded to the nearest level ([Level]); reading the
// file back gives what [Quantize] gives. A value that is NaN or more than half a level
// outside [0,1] is an error, and then nothing is written.
func EncodePNG(w io.Writer, x *tensor.Tensor, text []Text) error {
	shape := x.Shape
	if len(shape) == 4 && shape[0] == 1 {
		shape = shape[1:]
	}
	if len(shape) != 3 || shape[0] != 3 && shape[0] != 1 || shape[1] < 1 || shape[2] < 1 {
		return fmt.Errorf("preprocess: cannot write a tensor of shape %v as a picture, want (1,3,height,width), or 1 channel for gray", x.Shape)
	}
	height, width := shape[1], shape[2]
	if err := checkPixels(x.Data, height, width); err != nil {
		return fmt.Errorf("preprocess: cannot write picture: %w", err)
	}
	var chunks bytes.Buffer
	for _, t := range text {
		if err := t.appendTo(&chunks); err != nil {
			return err
		}
	}
	var file bytes.Buffer
	if height*width >= largePicture {
		encodeLarge(&file, x.Data, shape[0], height, width)
	} else if err := png.Encode(&file, eightBits(x.Data, height, width)); err != nil {
		return fmt.Errorf("preprocess: cannot encode picture of %d x %d: %w", width, height, err)
	}
	// The text goes right after the header, where readers that do not decode the picture find it.
	const header = 8 + 12 + 13
	for _, part := range [][]byte{file.Bytes()[:header], chunks.Bytes(), file.Bytes()[header:]} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// encodeLarge writes a picture without texts.
func encodeLarge(file *bytes.Buffer, x []float32, channels, height, width int) {
	const depth, gray, rgb = 8, 0, 2
	head := binary.BigEndian.AppendUint32(nil, uint32(width))
	head = append(binary.BigEndian.AppendUint32(head, uint32(height)), depth, rgb, 0, 0, 0)
	if channels == 1 {
		head[9] = gray
	}
	file.WriteString(pngMagic)
	appendChunk(file, "IHDR", head)
	appendPacked(file, x, channels, height, width)
	appendChunk(file, "IEND", nil)
}

// eightBits rounds the pixels of one or three channels.
func eightBits(x []float32, height, width int) image.Image {
	n, r := height*width, image.Rect(0, 0, width, height)
	if len(x) == n {
		img := image.NewGray(r)
		for i, v := range x {
			img.Pix[i] = Level(v)
		}
		return img
	}
	img := image.NewRGBA(r)
	for i := range n {
		p := img.Pix[4*i : 4*i+4]
		p[0], p[1], p[2], p[3] = Level(x[i]), Level(x[n+i]), Level(x[2*n+i]), 255
	}
	return img
}

// WritePNG writes x to the file at path as [EncodePNG] does. It writes the file under another name
// in the same folder and renames it when it is complete. So after an error there is no new file,
// and an old one is unchanged. Path may name a new file, a regular file, or a link to one. Its
// errors are of type *[Error].
func WritePNG(path string, x *tensor.Tensor, text []Text) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return EncodePNG(w, x, text) })
	if err != nil {
		return &Error{File: path, Msg: "cannot be written", Err: files.Cause(err)}
	}
	return nil
}
