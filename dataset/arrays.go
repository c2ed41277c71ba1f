package dataset

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/internal/files"
)

// errNoPart says that a file does not have a part.
var errNoPart = errors.New("no such part")

// Arrays reads pictures and labels from NumPy arrays. Path is an .npz file, or an .npy file of
// pictures with the file of their labels beside it. Part is "train" or "test".
//
// Arrays are recognised by their names, in any case. Pictures are called x, images, data, features
// or inputs; labels are called y, labels, target or targets; train, test or val may come before or
// after (x_train, trainX, test_images). An array without such a word is for training. arr_0 and
// arr_1, as savez names them, are pictures and labels. The labels of NAME.npy may also be in
// NAME.labels.npy.
//
// Pictures are (N,H,W), (N,H,W,C), (N,C,H,W) with 1 or 3 channels, or (N,D) with the D gray values
// of a square. Their values are integers, of which 255 is white, or floats in [0,1], or booleans.
// Labels are integers from 0, of shape (N) or (N,1), or one-hot rows (N,K), each the place of its 1.
func Arrays(path, part string) (*Set, error) {
	b := newBudget(0)
	a, err := listArrays(path, b)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	defer a.close()
	s, err := a.part(path, part)
	if p, ok := s.(*Packed); ok {
		return p.set(b, path)
	}
	set, _ := s.(*Set)
	return set, err
}

// openArrays is Open for arrays.
func openArrays(path string, b *budget) (*Parts, error) {
	a, err := listArrays(path, b)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	defer a.close()
	p, err := both(func(part string) (Source, error) { return a.part(path, part) })
	if err != nil {
		return nil, err
	}
	p.TrainName, p.TestName = a.used["train"], a.used["test"]
	if a.pairs[testRole].images != "" && a.pairs[valRole].images != "" {
		p.LeftOut = append(p.LeftOut, LeftOut{a.pairs[valRole].images, p.TestName + " is tested with"})
	}
	for _, name := range a.alone {
		p.LeftOut = append(p.LeftOut, LeftOut{name, "there are no labels of that part"})
	}
	return p, nil
}

// arrays are the arrays of a file or folder, by name.
type arrays struct {
	open  map[string]func() (io.ReadCloser, error)
	pairs map[role]pair
	used  map[string]string // by part: the pictures read
	alone []string          // pictures to test with that have no labels
	close func() error
	*budget
}

// listArrays finds the arrays that may be read.
func listArrays(path string, b *budget) (*arrays, error) {
	a := &arrays{open: map[string]func() (io.ReadCloser, error){}, used: map[string]string{}, close: func() error { return nil }, budget: b}
	if !strings.EqualFold(filepath.Ext(path), ".npz") {
		return a, a.beside(path)
	}
	file, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	a.close = file.Close
	z, err := zipOf(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("not a readable npz file: %w", err)
	}
	var have []string
	for _, f := range z.File {
		name := strings.TrimSuffix(f.Name, ".npy")
		if a.open[name] != nil {
			file.Close()
			return nil, fmt.Errorf("it has two arrays of the name %.100q", name)
		}
		a.open[name] = f.Open
		have = append(have, name)
	}
	a.pairs, a.alone = pairArrays(have)
	if a.pairs[trainRole] == (pair{}) {
		file.Close()
		return nil, fmt.Errorf("it has the arrays %s: want x and y, or x_train, y_train, x_test and y_test", shorten(have))
	}
	return a, nil
}

// maxDirectory bounds the bytes of a zip archive that tell what is in it. Each entry takes some ten
// times as much memory as its 46 bytes in the file.
const maxDirectory = 4 << 20

func zipOf(file *os.File) (*zip.Reader, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	in := &metered{ReaderAt: file, left: maxDirectory}
	z, err := zip.NewReader(in, info.Size())
	in.left = math.MaxInt64
	return z, err
}

// metered is a reader that does not read more than left bytes.
type metered struct {
	io.ReaderAt
	left int64
}

func (m *metered) ReadAt(p []byte, at int64) (int, error) {
	if m.left -= int64(len(p)); m.left < 0 {
		return 0, fmt.Errorf("its list of entries has more than the limit of %s", bytesText(maxDirectory))
	}
	return m.ReaderAt.ReadAt(p, at)
}

// beside finds the labels of an .npy file among the files beside it, and test pictures by their
// names.
func (a *arrays) beside(path string) error {
	dir, base := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return err
	}
	own := strings.TrimSuffix(base, filepath.Ext(base))
	var others []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".npy"); ok || e.Name() == base {
			a.open[name] = func() (io.ReadCloser, error) { return files.Open(filepath.Join(dir, e.Name())) }
			others = append(others, name)
		}
	}
	a.open[own] = func() (io.ReadCloser, error) { return files.Open(path) }
	r, _ := arrayRole(own)
	all, alone := pairArrays(others)
	p := all[r]
	if labels := own + ".labels"; a.open[labels] != nil {
		p.labels = labels
	}
	if p.labels == "" {
		return fmt.Errorf("its labels: want them in %s.labels.npy, or as y.npy beside x.npy", own)
	}
	a.pairs = map[role]pair{trainRole: {own, p.labels}}
	if r == trainRole {
		a.pairs[testRole], a.pairs[valRole], a.alone = all[testRole], all[valRole], alone
	}
	return nil
}

// Words that say that an array has pictures, or labels.
var (
	pictureWords = []string{"x", "image", "images", "img", "imgs", "data", "feature", "features", "input", "inputs", "pixels", "pictures"}
	labelWords   = []string{"y", "label", "labels", "target", "targets", "class", "classes"}
)

// pairArrays finds the pictures and labels of each part by the names of arrays. If there are
// several, it takes the first. Alone are pictures to test with that have no labels.
func pairArrays(names []string) (found map[role]pair, alone []string) {
	found = map[role]pair{}
	for _, name := range names {
		r, w := arrayRole(name)
		if slices.Contains(w, "names") { // names of features, of classes
			continue
		}
		has := func(known []string) bool {
			return slices.ContainsFunc(w, func(s string) bool { return slices.Contains(known, s) })
		}
		p := found[r]
		switch {
		case has(labelWords):
			setFirst(&p.labels, name)
		case has(pictureWords):
			setFirst(&p.images, name)
		}
		found[r] = p
	}
	for r, p := range found {
		if p.images == "" || p.labels == "" {
			delete(found, r)
			if p.images != "" && r != trainRole {
				alone = append(alone, p.images)
			}
		}
	}
	if len(found) == 0 && slices.Contains(names, "arr_0") && slices.Contains(names, "arr_1") && !slices.Contains(names, "arr_2") {
		found[trainRole] = pair{"arr_0", "arr_1"}
	}
	slices.Sort(alone)
	return found, alone
}

// arrayRole returns the part to which an array belongs, and the words of its name; "xtrain" is two
// words.
func arrayRole(name string) (role, []string) {
	r, w := max(roleOf(name), trainRole), words(name)
	for i, word := range w {
		for _, kind := range []string{"x", "y"} {
			if rest, ok := strings.CutPrefix(word, kind); ok && wordRole(rest) != noRole {
				r, w[i] = wordRole(rest), kind
			}
		}
	}
	return r, w
}
