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
	maxCIFAR    = 1 << 19 // records in one file
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
func CIFAR10(dir, part string) (*Packed, error) {
	out := &Packed{Size: []int{3, cifarSide, cifarSide}, Names: CIFAR10Classes()}
	for _, name := range cifarParts[part] {
		p, err := readFile(dir, name, ReadCIFAR10)
		if err != nil {
			return nil, err
		}
		out.Pixels, out.Labels = append(out.Pixels, p.Pixels...), append(out.Labels, p.Labels...)
	}
	if len(out.Labels) == 0 {
		return nil, fmt.Errorf("dataset: CIFAR-10 has the parts train and test, not %q", part)
	}
	return out, nil
}

// ReadCIFAR10 reads a file of the binary version of CIFAR-10, packed with gzip or not.
// The name is for error messages.
func ReadCIFAR10(r io.Reader, name string) (*Packed, error) {
	bad := func(format string, args ...any) (*Packed, error) {
		return nil, fmt.Errorf("dataset: %s: %s", name, fmt.Sprintf(format, args...))
	}
	in, err := unpacked(r)
	if err != nil {
		return bad("%v", err)
	}
	out := &Packed{Size: []int{3, cifarSide, cifarSide}, Names: CIFAR10Classes()}
	record := make([]byte, cifarRecord)
	for {
		n, err := io.ReadFull(in, record)
		i := len(out.Labels)
		switch {
		case err == io.EOF && i == 0:
			return bad("the file is empty")
		case err == io.EOF:
			return out, nil
		case errors.Is(err, io.ErrUnexpectedEOF) && n > 0:
			return bad("record %d has %d of %d bytes: the file is truncated, or not CIFAR-10 in binary form", i, n, cifarRecord)
		case err != nil:
			return bad("after %d pictures: %v", i, err)
		case int(record[0]) >= len(out.Names):
			return bad("record %d has the label %d, want 0 to %d: the file is damaged, or not CIFAR-10 in binary form", i, record[0], len(out.Names)-1)
		case i == maxCIFAR:
			return bad("more than %d pictures", maxCIFAR)
		}
		out.Labels = append(out.Labels, int(record[0]))
		out.Pixels = append(out.Pixels, record[1:]...)
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
