// Package npy reads and writes NumPy's .npy files of floating-point numbers.
//
// In this form hoodwink reads golden tensors of other frameworks and writes gradients: one array in
// a file, a header with type, order and shape, then the values. It reads versions 1 to 3 with
// floats of 2, 4 or 8 bytes in either byte order (ReadArray also integers and booleans), in C order
// or Fortran's. It writes version 1 with float32.
//
//	shape, data, err := npy.ReadFile("panda.grad.npy") // [1 3 224 224]
//	...
//	err = npy.WriteFile("copy.npy", shape, data)
//
// The format is described in NumPy's "NEP 1: A Simple File Format for NumPy Arrays".
package npy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/files"
	"hoodwink/tensor"
)

// Limits on what a file may claim.
const (
	maxHeader = 1 << 16 // bytes
	maxDims   = 32
	maxValues = 1 << 30
)

const magic = "\x93NUMPY"

// ReadFile reads the array in the file at path. Values beyond the range of float32 become infinite.
// The number of dimensions may be zero, for one value. Memory grows as the values are read, so a
// header cannot claim more than the file holds.
func ReadFile(path string) (shape []int, data []float32, err error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	shape, data, err = Read(f)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return shape, data, nil
}

// Read reads an array and expects the input to end behind it.
func Read(r io.Reader) (shape []int, data []float32, err error) {
	a, err := read(r, false, maxValues)
	return a.Shape, a.Data, err
}

// An Array is an array of any type of numbers.
type Array struct {
	Shape []int
	Data  []float32 // integers beyond 2^24 are rounded
	Type  string    // byte order and type as NumPy writes them: "<f4", "|u1", ">i8", "|b1", ...
}

// ReadArray reads an array of at most limit floats, integers or booleans, and expects the input to
// end behind it. Data is in C order, whatever the order in the file.
func ReadArray(r io.Reader, limit int) (Array, error) { return read(r, true, min(limit, maxValues)) }

func read(r io.Reader, integers bool, limit int) (Array, error) {
	in, err := newReader(r, integers)
	if err != nil {
		return Array{}, err
	}
	n, ok := tensor.CheckedSize(in.Shape, limit)
	if !ok {
		return Array{}, fmt.Errorf("npy array of shape %v: want at most %d values", in.Shape, limit)
	}
	a := Array{Shape: in.Shape, Type: in.Type}
	buf := make([]float32, min(n, chunk))
	for {
		k, err := in.Read(buf)
		if a.Data = append(a.Data, buf[:k]...); err == io.EOF {
			break
		}
		if err != nil {
			return Array{}, err
		}
	}
	if in.Fortran {
		a.Data = RowMajor(a.Data, a.Shape)
	}
	return a, nil
}

// chunk is how many values are read at a time.
const chunk = 1 << 13

// A Reader reads the values of an array a few at a time, in the order of the file.
type Reader struct {
	Shape   []int  // of at most math.MaxInt values
	Type    string // as in Array
	Fortran bool   // the values are in Fortran's order, see RowMajor

	in      *bufio.Reader
	kind    kind
	n, left int
	buf     []byte
}

// NewReader reads the header of an array of floats, integers or booleans.
func NewReader(r io.Reader) (*Reader, error) { return newReader(r, true) }

func newReader(r io.Reader, integers bool) (*Reader, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	text, err := readHeader(in)
	if err != nil {
		return nil, err
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, fmt.Errorf("npy header %q: %w", clip(text), err)
	}
	k, err := h.kind(integers)
	if err != nil {
		return nil, err
	}
	n, ok := tensor.CheckedSize(h.shape, math.MaxInt)
	if !ok {
		return nil, fmt.Errorf("npy array of shape %v: want at most %d values", h.shape, math.MaxInt)
	}
	out := &Reader{Shape: h.shape, Type: "|" + strings.TrimLeft(h.descr, "<>=|"), Fortran: h.fortran, in: in, kind: k, n: n, left: n}
	if h.descr[0] == '<' || h.descr[0] == '>' {
		out.Type = h.descr
	}
	out.buf = make([]byte, min(n, chunk)*k.size)
	return out, nil
}

// Read reads the next values, at most len(dst), and returns their number. Behind the last value the
// error is io.EOF, or says that the file goes on.
func (r *Reader) Read(dst []float32) (int, error) {
	if r.left == 0 {
		if _, err := r.in.ReadByte(); err == nil {
			return 0, fmt.Errorf("npy array of shape %v: the file goes on behind its last value", r.Shape)
		} else if err != io.EOF {
			return 0, err
		}
		return 0, io.EOF
	}
	n := min(len(dst), r.left, chunk)
	part := r.buf[:n*r.kind.size]
	if got, err := io.ReadFull(r.in, part); err != nil {
		return 0, fmt.Errorf("npy array of shape %v: %d of %d values: %w", r.Shape, r.n-r.left+got/r.kind.size, r.n, short(err))
	}
	for i := range n {
		dst[i] = r.kind.value(part[i*r.kind.size:])
	}
	r.left -= n
	return n, nil
}

// readHeader returns the header's text: a Python dictionary.
func readHeader(in io.Reader) (string, error) {
	var start [8]byte
	if _, err := io.ReadFull(in, start[:]); err != nil {
		return "", fmt.Errorf("not an npy file: %w", short(err))
	}
	if string(start[:6]) != magic {
		return "", fmt.Errorf("not an npy file: it starts with %q, not %q", start[:6], magic)
	}
	width := 2
	switch start[6] {
	case 1:
	case 2, 3:
		width = 4
	default:
		return "", fmt.Errorf("npy version %d.%d: want 1 to 3", start[6], start[7])
	}
	var length [4]byte
	if _, err := io.ReadFull(in, length[:width]); err != nil {
		return "", fmt.Errorf("npy header: %w", short(err))
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n > maxHeader {
		return "", fmt.Errorf("npy header of %d bytes: want at most %d", n, maxHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(in, text); err != nil {
		return "", fmt.Errorf("npy header of %d bytes: %w", n, short(err))
	}
	return string(text), nil
}

// RowMajor returns the values in C order if they are in Fortran's, where the first index runs
// fastest.
func RowMajor[T any](data []T, shape []int) []T {
	out := make([]T, len(data))
	index := make([]int, len(shape))
	strides := make([]int, len(shape))
	for d, step := 0, 1; d < len(shape); d++ {
		strides[d] = step
		step *= shape[d]
	}
	from := 0
	for i := range out {
		out[i] = data[from]
		for d := len(shape) - 1; d >= 0; d-- {
			index[d]++
			from += strides[d]
			if index[d] < shape[d] {
				break
			}
			from -= strides[d] * shape[d]
			index[d] = 0
		}
	}
	return out
}

// short makes an error of the input's early end, in words.
func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends early")
	}
	return err
}

// WriteFile creates or replaces the file at path with an array of float32, whole or not at all.
func WriteFile(path string, shape []int, data []float32) error {
	header, err := makeHeader(shape, len(data))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, header); err != nil {
			return err
		}
		var buf [4096]byte
		for len(data) > 0 {
			n := min(len(data), len(buf)/4)
			for i, v := range data[:n] {
				binary.LittleEndian.PutUint32(buf[4*i:], math.Float32bits(v))
			}
			if _, err := w.Write(buf[:4*n]); err != nil {
				return err
			}
			data = data[n:]
		}
		return nil
	})
}
