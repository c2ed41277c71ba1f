package dataset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// The binary form of CIFAR-10: a byte of label, then the planes of red, green and blue.
const (
	cifarSide   = 32
	cifarPixels = 3 * cifarSide * cifarSide
	cifarRecord = 1 + cifarPixels
)

// CIFAR10Classes returns the names of the classes of CIFAR-10, in the order of their labels.
func CIFAR10Classes() []string {
	return []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
}

// cifarParts are the files of each part, without .gz.
var cifarParts = map[string][]string{
	"train": {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
	"test":  {"test_batch.bin"},
}

// CIFAR10 reads one part, "train" or "test", of the binary version of CIFAR-10 from a
// folder: pictures (N,3,32,32), RGB. Files may be packed with gzip. (Krizhevsky 2009,
// "Learning Multiple Layers of Features from Tiny Images".)
func CIFAR10(dir, part string) (*Packed, error) { return readCIFAR10(dir, part, newBudget(0)) }

func readCIFAR10(dir, part string, b *budget) (*Packed, error) {
	out := &Packed{Size: []int{3, cifarSide, cifarSide}, Names: CIFAR10Classes()}
	for _, name := range cifarParts[part] {
		_, err := readFile(dir, name, b, func(r io.Reader, name string, b *budget) (*Packed, error) {
			return out, out.addCIFAR10(r, name, b)
		})
		if err != nil {
			return nil, err
		}
	}
	if len(out.Labels) == 0 {
		return nil, fmt.Errorf("dataset: CIFAR-10 has the parts train and test, not %q", part)
	}
	return out, nil
}

// ReadCIFAR10 reads a file of the binary version of CIFAR-10, packed with gzip or not.
// The name is for error messages.
func ReadCIFAR10(r io.Reader, name string) (*Packed, error) {
	out := &Packed{Size: []int{3, cifarSide, cifarSide}, Names: CIFAR10Classes()}
	if err := out.addCIFAR10(r, name, newBudget(0)); err != nil {
		return nil, err
	}
	return out, nil
}

// addCIFAR10 adds the pictures of a file.
func (p *Packed) addCIFAR10(r io.Reader, name string, b *budget) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("dataset: %s: %s", name, fmt.Sprintf(format, args...))
	}
	in, err := unpacked(r)
	if err != nil {
		return bad("%v", err)
	}
	record := make([]byte, cifarRecord)
	for i := 0; ; i++ {
		n, err := io.ReadFull(in, record)
		switch {
		case err == io.EOF && i == 0:
			return bad("the file is empty")
		case err == io.EOF:
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF) && n > 0:
			return bad("record %d has %d of %d bytes: the file is truncated, or not CIFAR-10 in binary form", i, n, cifarRecord)
		case err != nil:
			return bad("after %d pictures: %v", i, err)
		case int(record[0]) >= len(p.Names):
			return bad("record %d has the label %d, want 0 to %d: the file is damaged, or not CIFAR-10 in binary form", i, record[0], len(p.Names)-1)
		}
		if err := b.take(1, cifarPixels+perPicture); err != nil {
			return fmt.Errorf("dataset: %s: picture %d: %w", name, i, err)
		}
		p.Labels = append(p.Labels, int(record[0]))
		p.Pixels = append(p.Pixels, record[1:]...)
	}
}

// hasFile reports whether a folder has one of the files, packed or not.
func hasFile(dir string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		for _, end := range []string{"", ".gz"} {
			if _, err := os.Stat(filepath.Join(dir, name+end)); !errors.Is(err, fs.ErrNotExist) {
				return true
			}
		}
		return false
	})
}
