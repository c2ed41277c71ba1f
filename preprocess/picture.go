package preprocess

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"strings"

	"hoodwink/internal/files"
	"hoodwink/tensor"
)

// A Picture is a decoded picture file.
type Picture struct {
	Pixels      *tensor.Tensor // (1,3,H,W), RGB in [0,1], upright, without transparency
	Format      string         // "png", "jpeg", "gif", "webp", "bmp" or "tiff"
	Depth       int            // bits of a decoded sample: 8 or 16. 8 bits without Alpha are k/255 exactly
	Alpha       bool           // the file had transparent pixels, which were composited over white
	Orientation int            // EXIF orientation 1..8 that was undone; 1 if the file names none
}

// Size returns the height and the width in pixels.
func (p *Picture) Size() (height, width int) { return p.Pixels.Shape[2], p.Pixels.Shape[3] }

// Limits bound the memory that a file can make the decoder use. They are checked before anything is
// decoded. Decoding takes 12 bytes a pixel for the result and up to 24 more while it runs, see
// [Header].
type Limits struct {
	MaxPixels int   // width x height; 0 means 50 million
	MaxSide   int   // width, and height; 0 means 65,535, the largest side of a JPEG or a GIF
	MaxBytes  int64 // size of the file; 0 means 256 MiB
}

const (
	defaultMaxPixels = 50_000_000
	defaultMaxSide   = 65_535
	defaultMaxBytes  = 256 << 20
)

func (l Limits) withDefaults() Limits {
	if l.MaxPixels <= 0 {
		l.MaxPixels = defaultMaxPixels
	}
	if l.MaxSide <= 0 {
		l.MaxSide = defaultMaxSide
	}
	if l.MaxBytes <= 0 {
		l.MaxBytes = defaultMaxBytes
	}
	return l
}

// codecs decode the formats that [format] recognises.
var codecs = map[string]struct {
	config func(data []byte) (extent, error)
	decode func(data []byte) (image.Image, error)
}{
	"png":  {pngConfig, decodePNG},
	"jpeg": {jpegConfig, decodeJPEG},
	"gif":  {gifConfig, decodeGIF},
	"webp": {webpConfig, decodeWebP},
	"bmp":  {bmpConfig, decodeBMP},
	"tiff": {tiffConfig, decodeTIFF},
}

// ReadFile decodes the picture file at path, a regular file or what the shell has opened, such as
// /dev/stdin. Its errors are of type *[Error].
func ReadFile(path string, l Limits) (*Picture, error) { return ReadFileInto(path, l, nil) }

// ReadFileInto is [ReadFile] for a picture whose pixels may take the memory of others: if room has
// their shape, it is overwritten and becomes the picture's Pixels. After an error its content is void.
func ReadFileInto(path string, l Limits, room *tensor.Tensor) (*Picture, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, &Error{File: path, Msg: "is a directory, not a picture"}
	}
	f, err := files.OpenGiven(path)
	if err != nil {
		return nil, openError(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, openError(path, err)
	}
	if most := l.withDefaults().MaxBytes; info.Mode().IsRegular() && info.Size() > most {
		return nil, tooManyBytes(path, most)
	}
	return decodeInto(f, path, l, room)
}

func openError(path string, err error) error {
	e := &Error{File: path, Msg: "cannot be opened", Err: files.Cause(err)}
	if errors.Is(err, fs.ErrNotExist) {
		e.Advice = "check the spelling, and the folder you are in"
	}
	return e
}

func tooManyBytes(name string, limit int64) error {
	return &Error{File: name, Msg: fmt.Sprintf("has more than the limit of %d bytes", limit),
		Advice: "raise Limits.MaxBytes if the file is what you think it is"}
}

// Decode decodes a picture of any of the formats of [Picture.Format] from r, which it reads to the
// end. The name is used only in errors, which are of type *[Error].
func Decode(r io.Reader, name string, l Limits) (*Picture, error) {
	return decodeInto(r, name, l, nil)
}

func decodeInto(r io.Reader, name string, l Limits, room *tensor.Tensor) (*Picture, error) {
	f, err := open(r, name, l)
	if err != nil {
		return nil, err
	}
	p, err := guard(func() (*Picture, error) { return f.decode(room) })
	if err != nil {
		return nil, decodeError(name, f.kind, f.data, err)
	}
	return p, nil
}

// An opened file has been read and keeps to the limits, and has not been decoded.
type opened struct {
	data        []byte
	kind        string
	size        extent
	orientation int
}

// open reads a file and checks what it claims.
func open(r io.Reader, name string, l Limits) (*opened, error) {
	l = l.withDefaults()
	data, err := io.ReadAll(io.LimitReader(r, l.MaxBytes))
	if err != nil {
		return nil, &Error{File: name, Msg: "cannot be read", Err: err}
	}
	if int64(len(data)) == l.MaxBytes {
		if n, _ := io.ReadFull(r, make([]byte, 1)); n > 0 {
			return nil, tooManyBytes(name, l.MaxBytes)
		}
	}
	kind := format(data)
	if kind == "" {
		what, advice := resembles(data)
		return nil, &Error{File: name, Msg: "is not a picture that can be read: it looks like " + what, Advice: advice}
	}
	s, err := guard(func() (extent, error) { return codecs[kind].config(data) })
	if err != nil {
		return nil, decodeError(name, kind, data, err)
	}
	if err := l.check(name, kind, s, data); err != nil {
		return nil, err
	}
	return &opened{data, kind, s, orientation(data, kind)}, nil
}

// decode decodes a picture whose size has been checked, in room if that has its shape.
func (f *opened) decode(room *tensor.Tensor) (*Picture, error) {
	img, err := codecs[f.kind].decode(f.data)
	if err != nil {
		return nil, err
	}
	if f.kind == "gif" {
		img = onScreen{img, image.Rect(0, 0, f.size.width, f.size.height), image.Point{}}
	}
	p := &Picture{Format: f.kind, Orientation: f.orientation}
	p.Pixels, p.Depth, p.Alpha = toPixels(img, f.kind, room)
	p.Pixels = upright(p.Pixels, p.Orientation)
	return p, nil
}

// check compares what a file claims about itself with the limits.
func (l Limits) check(name, kind string, s extent, data []byte) error {
	kind = strings.ToUpper(kind)
	if s.width < 1 || s.height < 1 {
		return &Error{File: name, Msg: fmt.Sprintf("is a %s without pixels (%d x %d)", kind, s.width, s.height)}
	}
	if s.width > l.MaxPixels/s.height {
		return &Error{File: name, Msg: fmt.Sprintf("is a %s that claims %d x %d pixels, more than the limit of %d pixels", kind, s.width, s.height, l.MaxPixels),
			Advice: "raise the limit with --max-pixels (in Go: Limits.MaxPixels) if the file is what you think it is"}
	}
	if max(s.width, s.height) > l.MaxSide {
		return &Error{File: name, Msg: fmt.Sprintf("is a %s that claims %d x %d pixels, and a side may have at most %d", kind, s.width, s.height, l.MaxSide),
			Advice: "cut it in parts, or make it smaller"}
	}
	if kind != "JPEG" {
		return nil
	}
	if n := jpegScans(data); n > maxScans {
		return &Error{File: name, Msg: fmt.Sprintf("is a JPEG of %d scans, more than the limit of %d", n, maxScans),
			Advice: "save it anew with another program"}
	}
	return nil
}

// pngConfig refuses, by name, Apple's variant of PNG, which only its devices read.
func pngConfig(data []byte) (extent, error) {
	if len(data) >= 16 && string(data[12:16]) == "CgBI" {
		return extent{}, refused("Apple's variant for its devices (CgBI)")
	}
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return extent{}, err
	}
	const depth, kind, interlaced, paletted = 24, 25, 28, 3 // places in the file; a kind
	pixel := 4
	switch {
	case data[kind] == paletted:
		pixel = 1
	case data[depth] == 16:
		pixel = 8
	}
	s := extentOf(c, pixel)
	s.samples += int64(16 * s.width) // two rows
	if data[interlaced] != 0 {       // the passes are decoded one by one, and put together
		s.samples *= 2
	}
	return s, nil
}

func decodePNG(data []byte) (image.Image, error) { return png.Decode(bytes.NewReader(data)) }

// guard calls a decoder and turns a panic, which only hostile data could cause, into an error.
func guard[T any](decode func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the decoder failed: %v", p)
		}
	}()
	return decode()
}

func decodeError(name, kind string, data []byte, err error) error {
	e := &Error{File: name, Msg: "is a damaged " + strings.ToUpper(kind), Err: err,
		Advice: "copy or download it again"}
	if truncated(err) {
		e.Msg = fmt.Sprintf("is a truncated %s: it ends after %d bytes", strings.ToUpper(kind), len(data))
	} else if why := refused(""); errors.As(err, &why) {
		e.Msg = "is a " + strings.ToUpper(kind) + " of a kind that is not supported"
		e.Advice = hintFor(string(why))
	}
	return e
}
