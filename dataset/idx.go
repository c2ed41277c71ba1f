package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/internal/files"
	"hoodwink/tensor"
)

// MNIST reads one part of the MNIST files in a folder, "train" or "t10k", packed
// with gzip or not: pictures (N,1,28,28) and labels 0 to 9. Data sets with another picture size
// are read too, and so are the other names that such files have: train-images.idx3-ubyte,
// emnist-digits-test-labels-idx1-ubyte.
func MNIST(dir, part string) (*Set, error) {
	files, err := findIDX(dir)
	if err != nil {
		return nil, err
	}
	b := newBudget(0)
	p, err := files.read(dir, part, b)
	if err != nil {
		return nil, err
	}
	return p.set(b, dir)
}

func readFile[T any](dir, name string, b *budget, read func(io.Reader, string, *budget) (T, error)) (T, error) {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		path += ".gz"
	}
	t, err := openWith(path, b, read)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w (looked for %s with and without .gz)", err, name)
	}
	return t, err
}

// openWith reads a file.
func openWith[T any](path string, b *budget, read func(io.Reader, string, *budget) (T, error)) (T, error) {
	f, err := files.Open(path)
	if err != nil {
		var none T
		return none, fmt.Errorf("dataset: %w", err)
	}
	defer f.Close()
	return read(f, path, b)
}

// ReadImages reads an IDX file of grey pictures (magic number 2051), packed with gzip
// or not, as (N,1,H,W) with values k/255. The name is for error messages.
func ReadImages(r io.Reader, name string) (*tensor.Tensor, error) {
	b := newBudget(0)
	p, err := readImages(r, name, b)
	if err != nil {
		return nil, err
	}
	s, err := p.set(b, name)
	if err != nil {
		return nil, err
	}
	return s.Images, nil
}

// readImages reads pictures without their labels.
func readImages(r io.Reader, name string, b *budget) (*Packed, error) {
	shape, data, err := readIDX(r, name, 3, b)
	if err != nil {
		return nil, err
	}
	return &Packed{Size: []int{1, shape[1], shape[2]}, Pixels: data}, nil
}

// ReadLabels reads an IDX file of labels (magic number 2049), packed with gzip or not.
func ReadLabels(r io.Reader, name string) ([]int, error) { return readLabels(r, name, newBudget(0)) }

func readLabels(r io.Reader, name string, b *budget) ([]int, error) {
	_, data, err := readIDX(r, name, 1, b)
	if err != nil {
		return nil, err
	}
	labels := make([]int, len(data))
	for i, v := range data {
		labels[i] = int(v)
	}
	return labels, nil
}

// readIDX returns the dimensions and bytes of an IDX file of unsigned bytes. Memory grows with the
// data that is there, not with what the header claims.
func readIDX(r io.Reader, name string, dims int, b *budget) (shape []int, data []byte, err error) {
	bad := func(format string, args ...any) ([]int, []byte, error) {
		return nil, nil, fmt.Errorf("dataset: %s: %s", name, fmt.Sprintf(format, args...))
	}
	in, err := unpacked(r)
	if err != nil {
		return bad("%v", err)
	}
	header := make([]byte, 4+4*dims)
	if n, err := io.ReadFull(in, header); err != nil {
		return bad("the IDX header ends after %d of %d bytes: %v", n, len(header), err)
	}
	if want := uint32(0x800 + dims); binary.BigEndian.Uint32(header) != want {
		return bad("magic number %d, want %d (IDX, unsigned bytes, %s)", binary.BigEndian.Uint32(header), want, plural(dims, "dimension"))
	}
	for d := range dims {
		shape = append(shape, int(binary.BigEndian.Uint32(header[4+4*d:])))
	}
	each := 1.
	for _, d := range shape[1:] {
		each *= float64(d)
	}
	if err := b.take(shape[0], each+perPicture); err != nil {
		return nil, nil, fmt.Errorf("dataset: %s: dimensions %v: %w", name, shape, err)
	}
	want := tensor.Size(shape)
	if want == 0 {
		return bad("dimensions %v hold nothing", shape)
	}
	data, err = readBytes(in, want)
	if err != nil {
		return bad("after %d of %d values: %v", len(data), want, err)
	}
	if len(data) < want {
		return bad("%d values, but dimensions %v want %d: the file is truncated", len(data), shape, want)
	}
	if _, err := in.ReadByte(); err == nil {
		return bad("more than the %d values of dimensions %v", want, shape)
	} else if err != io.EOF {
		return bad("behind the last value: %v", err)
	}
	return shape, data, nil
}

// unpacked returns the data of r, unpacked if it is packed with gzip.
func unpacked(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReader(r)
	if magic, _ := in.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return in, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("not a readable gzip file: %v", err)
	}
	return bufio.NewReader(z), nil
}

func plural(n int, noun string) string {
	return fmt.Sprintf("%d %s%s", n, noun, strings.Repeat("s", min(n-1, 1)))
}
