package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/preprocess"
)

// OpenOptions say how Open reads data that leaves something open.
type OpenOptions struct {
	Root     string            // folder that has mnist and cifar10, as datasets/NAME or NAME; $HOODWINK_DATA
	Size     int               // side of pictures from folders and of drawings; 0 means 64
	Gray     bool              // pictures from folders become gray
	Examples int               // drawings in an epoch; 0 means 20000
	Fresh    bool              // each epoch has new drawings
	Seed     uint64            // of drawings
	Limits   preprocess.Limits // of picture files
	MaxBytes int64             // memory of the whole data set; 0 means DefaultMaxBytes
}

const (
	defaultExamples = 20_000
	testDrawings    = 2000
	heldOut         = 10 // a set without a test part keeps every tenth picture to test with

	maxExamples = 1 << 24
)

// Open returns the pictures to train on and those to test with. Data is
//
//   - "mnist" or "cifar10": files in a folder of that name, see OpenOptions.Root; for mnist also
//     what [FetchMNIST] has downloaded. If there is none, the error is a *[MissingError];
//   - "sketchbook": drawings; those to test with are of another book;
//   - a folder with the files of MNIST, or of CIFAR-10 in binary form;
//   - a folder of classes as [Pictures] reads it, or of splits that have such folders: names like
//     train, seg_test, Validation, perhaps one folder further down;
//   - an .npz or .npy file, see [Arrays];
//   - a .csv file of labels and pixels, see [Table].
//
// A data set that would take more than OpenOptions.MaxBytes of memory is a *[TooLargeError], whatever
// it is packed in. The memory is that of the values, a byte each unless they are floats, and 32 bytes
// a picture.
//
// Where there is no test part, every tenth picture is held out. The result says which part is used
// for what.
func Open(data string, o OpenOptions) (*Parts, error) {
	if o.Size == 0 {
		o.Size = SketchSize
	}
	if o.Size < minSide || o.Size > MaxSketchSize {
		return nil, fmt.Errorf("dataset: pictures of %d pixels a side: want %d to %d", o.Size, minSide, MaxSketchSize)
	}
	if o.MaxBytes < 0 {
		return nil, fmt.Errorf("dataset: a limit of %d bytes: want 0 or more", o.MaxBytes)
	}
	p, err := open(data, o, newBudget(o.MaxBytes))
	if err != nil {
		return nil, err
	}
	p.numberClasses()
	if p.Test == nil {
		p.Train, p.Test = HoldOut(p.Train, heldOut)
		p.HeldOut = true
	} else if err := sameKind(data, p.Train, p.Test); err != nil {
		return nil, err
	}
	if err := Check(p.Train); err != nil {
		return nil, fmt.Errorf("%w (%s)", err, data)
	}
	return p, nil
}

// minSide is the smallest side to which pictures are scaled.
const minSide = 8

// open is Open, but Test may be nil.
func open(data string, o OpenOptions, b *budget) (*Parts, error) {
	switch data {
	case "sketchbook":
		if o.Examples == 0 {
			o.Examples = defaultExamples
		}
		if o.Examples < 1 || o.Examples > maxExamples {
			return nil, fmt.Errorf("dataset: %d drawings in an epoch: want 1 to %d", o.Examples, maxExamples)
		}
		if !o.Fresh {
			if err := b.take(o.Examples, float64(3*o.Size*o.Size)+perPicture); err != nil {
				return nil, fmt.Errorf("dataset: drawings of %d x %d: %w", o.Size, o.Size, err)
			}
		}
		if err := b.take(testDrawings, float64(3*o.Size*o.Size)+perPicture); err != nil {
			return nil, fmt.Errorf("dataset: test drawings of %d x %d: %w", o.Size, o.Size, err)
		}
		// Test drawings are from the book with the complementary seed.
		return &Parts{Train: NewDrawings(Sketchbook{Seed: o.Seed, Size: o.Size}, 0, o.Examples, o.Fresh),
			Test: NewDrawings(Sketchbook{Seed: ^o.Seed, Size: o.Size}, 0, testDrawings, false)}, nil
	case "mnist", "cifar10":
		dir, err := known(data, o.Root)
		if err != nil {
			return nil, err
		}
		return openFolder(dir, o, b)
	}
	info, err := os.Stat(data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("dataset: %s: there is no such file or folder, and it is none of mnist, cifar10 and sketchbook", data)
	case err != nil:
		return nil, fmt.Errorf("dataset: %w", err)
	case info.IsDir():
		return openFolder(data, o, b)
	}
	switch name := strings.TrimSuffix(strings.ToLower(data), ".gz"); filepath.Ext(name) {
	case ".npz", ".npy":
		return openArrays(data, b)
	case ".csv":
		return openTable(data, b)
	}
	return nil, fmt.Errorf("dataset: %s: want a folder, or an .npz, .npy or .csv file", data)
}

// known returns the folder of a data set that has a name, such as mnist.
func known(name, root string) (string, error) {
	if dir, ok := mnistIn(root); ok && name == "mnist" {
		return dir, nil
	}
	if root != "" {
		for _, dir := range places(root, name) {
			if info, err := os.Stat(dir); err == nil && info.IsDir() {
				return dir, nil
			}
		}
	}
	if dir, ok := FindMNIST(root); ok && name == "mnist" {
		return dir, nil
	}
	return "", &MissingError{Name: name, Root: root}
}

// openFolder finds out what a folder contains.
func openFolder(dir string, o OpenOptions, b *budget) (*Parts, error) {
	files, err := findIDX(dir)
	if err != nil {
		return nil, err
	}
	if files.has(trainRole) {
		p, err := both(func(part string) (*Packed, error) { return files.read(dir, part, b) })
		if err == nil && files.has(testRole) && files.has(valRole) {
			p.LeftOut = []LeftOut{{filepath.Base(files[valRole].images), filepath.Base(files[testRole].images) + " is tested with"}}
		}
		return p, err
	}
	if len(files) > 0 {
		_, err := files.read(dir, "train", b)
		return nil, err
	}
	if hasFile(dir, append(cifarParts["train"], cifarParts["test"]...)...) {
		return both(func(part string) (*Packed, error) { return readCIFAR10(dir, part, b) })
	}
	return openPictures(dir, o, b)
}

// openPictures reads a folder of picture files.
func openPictures(dir string, o OpenOptions, b *budget) (*Parts, error) {
	spec := preprocess.Spec{Preset: "raw", Width: o.Size, Height: o.Size, Resize: preprocess.Stretch, Antialias: true, Order: "RGB", Scale: 1}
	if o.Gray {
		spec.Order = "gray"
	}
	root, err := readTree(dir)
	if err != nil {
		return nil, err
	}
	d, err := divide(root)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, dir)
	}
	if err := root.missed(dir); err != nil {
		return nil, err
	}
	train, err := readClasses(dir, d.train, nil, spec, o.Limits, b)
	if err != nil {
		return nil, err
	}
	p := &Parts{Train: train, Origin: Origin{TrainName: d.trainName, TestName: d.testName, LeftOut: append(d.left, d.loose(root)...), Notes: append(d.notes, d.passedOver()...)}}
	if d.test != nil {
		if p.Test, err = readClasses(dir, d.test, train.Names, spec, o.Limits, b); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// both reads the training part, and the test part if there is one.
func both[T Source](read func(part string) (T, error)) (*Parts, error) {
	train, err := read("train")
	if err != nil {
		return nil, err
	}
	test, err := read("test")
	if errors.Is(err, errNoPart) || errors.Is(err, fs.ErrNotExist) {
		return &Parts{Train: train}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Parts{Train: train, Test: test}, nil
}
