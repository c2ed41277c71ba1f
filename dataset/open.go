package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/preprocess"
)

// OpenOptions say how Open reads what the data itself leaves open.
type OpenOptions struct {
	Root     string            // folder in which mnist and cifar10 are looked for, as datasets/NAME or NAME; $HOODWINK_DATA
	Size     int               // side of pictures from folders and of drawings; 0 means 64
	Gray     bool              // pictures from folders become gray
	Examples int               // drawings in an epoch; 0 means 20000
	Fresh    bool              // each epoch has new drawings
	Seed     uint64            // of drawings
	Limits   preprocess.Limits // of picture files
}

const (
	defaultExamples = 20_000
	testDrawings    = 2000
	heldOut         = 10 // of a set without a test part, every so-manyth picture is one

	maxExamples = 1 << 24
)

// Open returns the pictures to train on and those to test with. Data is
//
//   - "mnist" or "cifar10": files in a folder of that name, see OpenOptions.Root;
//   - "sketchbook": drawings; those to test with are of another book;
//   - a folder with the files of MNIST, or of CIFAR-10 in binary form;
//   - a folder of classes as [Pictures] reads it, or of two such folders, train and test
//     (or val, validation);
//   - an .npz or .npy file, see [Arrays].
//
// Where there is no test part, every tenth picture is held out.
func Open(data string, o OpenOptions) (train, test Source, err error) {
	if o.Size == 0 {
		o.Size = SketchSize
	}
	if o.Size < minSide || o.Size > MaxSketchSize {
		return nil, nil, fmt.Errorf("dataset: pictures of %d pixels a side: want %d to %d", o.Size, minSide, MaxSketchSize)
	}
	if train, test, err = open(data, o); err != nil {
		return nil, nil, err
	}
	if test == nil {
		train, test = HoldOut(train, heldOut)
	} else {
		numberClasses(train, test)
		if err := sameKind(data, train, test); err != nil {
			return nil, nil, err
		}
	}
	if err := Check(train); err != nil {
		return nil, nil, fmt.Errorf("%w (%s)", err, data)
	}
	return train, test, nil
}

// minSide is the smallest side to which pictures are brought.
const minSide = 8

// open is Open, where test may be nil.
func open(data string, o OpenOptions) (train, test Source, err error) {
	switch data {
	case "sketchbook":
		if o.Examples == 0 {
			o.Examples = defaultExamples
		}
		if o.Examples < 1 || o.Examples > maxExamples {
			return nil, nil, fmt.Errorf("dataset: %d drawings in an epoch: want 1 to %d", o.Examples, maxExamples)
		}
		// Test drawings are of the book of the complementary seed.
		return NewDrawings(Sketchbook{Seed: o.Seed, Size: o.Size}, 0, o.Examples, o.Fresh),
			NewDrawings(Sketchbook{Seed: ^o.Seed, Size: o.Size}, 0, testDrawings, false), nil
	case "mnist", "cifar10":
		dir, err := known(data, o.Root)
		if err != nil {
			return nil, nil, err
		}
		return openFolder(dir, o)
	}
	info, err := os.Stat(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("dataset: %s: there is no such file or folder, and it is none of mnist, cifar10 and sketchbook", data)
	case err != nil:
		return nil, nil, fmt.Errorf("dataset: %w", err)
	case info.IsDir():
		return openFolder(data, o)
	case strings.HasSuffix(strings.ToLower(data), ".npz") || strings.HasSuffix(strings.ToLower(data), ".npy"):
		return both(func(part string) (*Set, error) { return Arrays(data, part) })
	}
	return nil, nil, fmt.Errorf("dataset: %s: want a folder, or an .npz or .npy file", data)
}

// known returns the folder of a data set with a name.
func known(name, root string) (string, error) {
	if root == "" {
		return "", fmt.Errorf("dataset: no folder is known in which to look for %s: set HOODWINK_DATA, or name the folder that has its files", name)
	}
	for _, dir := range []string{filepath.Join(root, "datasets", name), filepath.Join(root, name)} {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir, nil
		}
	}
	return "", fmt.Errorf("dataset: %s: it has neither a folder datasets/%s nor %s: set HOODWINK_DATA to the folder above, or name the folder that has its files", root, name, name)
}

// openFolder finds out what a folder has.
func openFolder(dir string, o OpenOptions) (train, test Source, err error) {
	if hasFile(dir, "train-images-idx3-ubyte", "train-labels-idx1-ubyte") {
		return both(func(part string) (*Packed, error) {
			if part == "test" {
				part = "t10k"
			}
			return packedMNIST(dir, part)
		})
	}
	if hasFile(dir, append(cifarParts["train"], cifarParts["test"]...)...) {
		return both(func(part string) (*Packed, error) { return CIFAR10(dir, part) })
	}
	spec := preprocess.Spec{Preset: "raw", Width: o.Size, Height: o.Size, Resize: preprocess.Stretch, Antialias: true, Order: "RGB", Scale: 1}
	if o.Gray {
		spec.Order = "gray"
	}
	read := func(name string) (*Packed, error) { return Pictures(filepath.Join(dir, name), spec, o.Limits) }
	if info, err := os.Stat(filepath.Join(dir, "train")); err == nil && info.IsDir() {
		for _, name := range []string{"test", "val", "validation"} {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
				return both(func(part string) (*Packed, error) {
					if part == "test" {
						part = name
					}
					return read(part)
				})
			}
		}
		return only(read("train"))
	}
	return only(read("."))
}

// only is the training part of a data set that has no other.
func only[T Source](s T, err error) (train, test Source, _ error) {
	if err != nil {
		return nil, nil, err
	}
	return s, nil, nil
}

// both reads the training part, and the test part if there is one.
func both[T Source](read func(part string) (T, error)) (train, test Source, err error) {
	a, err := read("train")
	if err != nil {
		return nil, nil, err
	}
	b, err := read("test")
	if errors.Is(err, errNoPart) || errors.Is(err, fs.ErrNotExist) {
		return a, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return a, b, nil
}

// numberClasses gives two sets in memory whose classes have no names the same numbers.
func numberClasses(a, b Source) {
	x, labels := unnamed(a)
	y, more := unnamed(b)
	if x != nil && y != nil {
		*x = namesOf(nil, append(slices.Clone(labels), more...))
		*y = *x
	}
}

// unnamed returns where the names of a set would be that has none, and its labels.
func unnamed(s Source) (names *[]string, labels []int) {
	switch s := s.(type) {
	case *Set:
		names, labels = &s.Names, s.Labels
	case *Packed:
		names, labels = &s.Names, s.Labels
	}
	if names == nil || *names != nil {
		return nil, nil
	}
	return names, labels
}
