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
	"hoodwink/internal/npy"
	"hoodwink/tensor"
)

// maxArrays bounds the values of one array of pictures.
const maxArrays = 1 << 29

// maxArrayLabel bounds labels, so that a damaged file cannot ask for any number of classes.
const maxArrayLabel = 1 << 16

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
	a, err := listArrays(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	defer a.close()
	return a.set(path, part)
}

// openArrays is Open for arrays.
func openArrays(path string) (*Parts, error) {
	a, err := listArrays(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	defer a.close()
	p, err := both(func(part string) (*Set, error) { return a.set(path, part) })
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
}

// listArrays finds the arrays that may be read.
func listArrays(path string) (*arrays, error) {
	a := &arrays{open: map[string]func() (io.ReadCloser, error){}, used: map[string]string{}, close: func() error { return nil }}
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

func zipOf(file *os.File) (*zip.Reader, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return zip.NewReader(file, info.Size())
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

// set reads one part.
func (a *arrays) set(path, part string) (*Set, error) {
	p := a.pairs[trainRole]
	if part != "train" {
		if p = a.pairs[testRole]; p == (pair{}) {
			p = a.pairs[valRole]
		}
	}
	if p == (pair{}) {
		return nil, fmt.Errorf("dataset: %s: %w", path, errNoPart)
	}
	x, err := a.read(p.images)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	y, err := a.read(p.labels)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: its labels: %w", path, err)
	}
	s, err := arraySet(x, y)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	a.used[part] = p.images
	return s, nil
}

func (a *arrays) read(name string) (npy.Array, error) {
	r, err := a.open[name]()
	if err != nil {
		return npy.Array{}, fmt.Errorf("%s.npy: %w", name, err)
	}
	defer r.Close()
	x, err := npy.ReadArray(r, maxArrays)
	if err != nil {
		return x, fmt.Errorf("%s.npy: %w", name, err)
	}
	return x, nil
}

// arraySet makes a set of pictures and labels.
func arraySet(x, y npy.Array) (*Set, error) {
	n, err := arrayLayout(x.Shape)
	if err != nil {
		return nil, err
	}
	labels, err := arrayLabels(y, x.Shape[0])
	if err != nil {
		return nil, err
	}
	if err := toUnit(x, tensor.Size(n.shape[1:])); err != nil {
		return nil, err
	}
	out := &Set{Images: tensor.FromSlice(x.Data, n.shape...), Labels: labels}
	if n.channelsLast {
		out.Images = channelsFirst(out.Images)
	}
	return out, nil
}

// toUnit scales the values of pictures, per values each, to [0,1].
func toUnit(x npy.Array, per int) error {
	bad := func(i int, want string) error {
		return fmt.Errorf("value %d of picture %d is %g: want %s", i%per, i/per, x.Data[i], want)
	}
	switch x.Type[1] {
	case 'f':
		for i, v := range x.Data {
			if !(v >= 0 && v <= 1) {
				return bad(i, "floats in [0,1], or whole numbers from 0 to 255")
			}
		}
	case 'u', 'i':
		largest := float32(0)
		for i, v := range x.Data {
			if v < 0 || v > 255 {
				return bad(i, "whole numbers from 0 to 255, or floats in [0,1]")
			}
			largest = max(largest, v)
			x.Data[i] = v / 255
		}
		if largest <= 1 && (x.Type[1:] != "u1" || largest == 1) { // as bytes all but black, surely meant as 0 and white
			return fmt.Errorf("pictures of type %q, all of 0 and 1: want bytes up to 255, booleans, or floats in [0,1]", x.Type)
		}
	}
	return nil
}

// A layout is the shape (N,C,H,W) of pictures, and whether memory has them as (N,H,W,C).
type layout struct {
	shape        []int
	channelsLast bool
}

func arrayLayout(s []int) (layout, error) {
	colours := func(c int) bool { return c == 1 || c == 3 }
	var l layout
	switch {
	case len(s) == 2 && s[1] > 1 && square(s[1])*square(s[1]) == s[1]:
		l.shape = []int{s[0], 1, square(s[1]), square(s[1])}
	case len(s) == 3:
		l.shape = []int{s[0], 1, s[1], s[2]}
	case len(s) == 4 && colours(s[1]):
		l.shape = s
	case len(s) == 4 && colours(s[3]):
		l = layout{[]int{s[0], s[3], s[1], s[2]}, true}
	default:
		return l, fmt.Errorf("pictures of shape %v: want (N,H,W), (N,H,W,C) or (N,C,H,W) with 1 or 3 channels, or (N,D) with the values of a square", s)
	}
	if tensor.Size(l.shape) == 0 {
		return l, fmt.Errorf("pictures of shape %v: there are none", s)
	}
	return l, nil
}

// square returns the side of the largest square of at most n pixels.
func square(n int) int { return int(math.Sqrt(float64(n))) }

// channelsFirst returns pictures (N,C,H,W) of the same values as (N,H,W,C).
func channelsFirst(x *tensor.Tensor) *tensor.Tensor {
	out := tensor.New(x.Shape...)
	c := x.Shape[1]
	plane := x.Shape[2] * x.Shape[3]
	for n := range x.Batch() {
		from, to := x.Image(n), out.Image(n)
		for i, v := range from {
			to[i%c*plane+i/c] = v
		}
	}
	return out
}

// arrayLabels reads labels of n pictures.
func arrayLabels(y npy.Array, n int) ([]int, error) {
	if len(y.Shape) == 2 && y.Shape[0] == n && y.Shape[1] > 1 {
		return oneHot(y)
	}
	if len(y.Shape) == 0 || len(y.Shape) > 2 || len(y.Shape) == 2 && y.Shape[1] != 1 {
		return nil, fmt.Errorf("labels of shape %v: want one number for each picture", y.Shape)
	}
	if len(y.Data) != n {
		return nil, fmt.Errorf("%d pictures but %d labels", n, len(y.Data))
	}
	labels := make([]int, n)
	for i, v := range y.Data {
		if !(v >= 0 && v < maxArrayLabel) || float64(v) != math.Trunc(float64(v)) {
			return nil, fmt.Errorf("picture %d has the label %g: want a whole number from 0 to %d", i, v, maxArrayLabel-1)
		}
		labels[i] = int(v)
	}
	return labels, nil
}

// oneHot returns the place of the 1 in each row of labels.
func oneHot(y npy.Array) ([]int, error) {
	labels, k := make([]int, y.Shape[0]), y.Shape[1]
	for i := range labels {
		ones := 0
		for j, v := range y.Data[i*k : (i+1)*k] {
			switch v {
			case 0:
			case 1:
				labels[i] = j
				ones++
			default:
				ones = k + 1
			}
		}
		if ones != 1 {
			return nil, fmt.Errorf("labels of shape %v, and those of picture %d are not one 1 among zeros: "+
				"want one number for each picture (labels.argmax(1) makes it of scores)", y.Shape, i)
		}
	}
	return labels, nil
}
