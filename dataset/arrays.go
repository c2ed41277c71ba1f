package dataset

import (
	"archive/zip"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/internal/npy"
	"hoodwink/tensor"
)

// maxArrays bounds the values of one array of pictures.
const maxArrays = 1 << 29

// maxArrayLabel bounds labels, so that a damaged file cannot ask for a class each.
const maxArrayLabel = 1 << 16

// The names under which an .npz file has pictures and labels of each part.
var arrayNames = map[string][][2]string{
	"train": {{"x_train", "y_train"}, {"train_images", "train_labels"}, {"x", "y"}, {"images", "labels"}},
	"test":  {{"x_test", "y_test"}, {"test_images", "test_labels"}, {"x_val", "y_val"}},
}

// errNoPart says that a file has no such part.
var errNoPart = errors.New("no such part")

// Arrays reads pictures and labels from NumPy arrays. Path is an .npz file with arrays x
// and y (or images and labels), or x_train and y_train, x_test and y_test; or an .npy file
// of pictures, whose labels are in NAME.labels.npy or, for x.npy, in y.npy beside it. Part
// is "train" or "test"; the latter is there in .npz files only.
//
// Pictures are (N,H,W), (N,H,W,C) or (N,C,H,W) with 1 or 3 channels: bytes, of which 255
// is white, or floats in [0,1]. Labels are whole numbers from 0, of shape (N) or (N,1).
func Arrays(path, part string) (*Set, error) {
	x, y, err := readArrays(path, part)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	s, err := arraySet(x, y)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", path, err)
	}
	return s, nil
}

func readArrays(path, part string) (x, y npy.Array, err error) {
	if !strings.EqualFold(filepath.Ext(path), ".npz") {
		if part != "train" {
			return x, y, errNoPart
		}
		labels := strings.TrimSuffix(path, filepath.Ext(path)) + ".labels.npy"
		if filepath.Base(path) == "x.npy" {
			labels = filepath.Join(filepath.Dir(path), "y.npy")
		}
		if x, err = readArray(path); err == nil {
			if y, err = readArray(labels); err != nil {
				err = fmt.Errorf("its labels: %w", err)
			}
		}
		return x, y, err
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return x, y, fmt.Errorf("not a readable npz file: %w", err)
	}
	defer z.Close()
	files := map[string]*zip.File{}
	var have []string
	for _, f := range z.File {
		name := strings.TrimSuffix(f.Name, ".npy")
		files[name] = f
		have = append(have, name)
	}
	for _, names := range arrayNames[part] {
		if files[names[0]] == nil || files[names[1]] == nil {
			continue
		}
		if x, err = unzipArray(files[names[0]]); err == nil {
			y, err = unzipArray(files[names[1]])
		}
		return x, y, err
	}
	if part != "train" {
		return x, y, errNoPart
	}
	return x, y, fmt.Errorf("it has the arrays %s: want x and y, or x_train, y_train, x_test and y_test", shorten(have))
}

func readArray(path string) (npy.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return npy.Array{}, err
	}
	defer f.Close()
	return npy.ReadArray(f, maxArrays)
}

func unzipArray(f *zip.File) (npy.Array, error) {
	r, err := f.Open()
	if err != nil {
		return npy.Array{}, fmt.Errorf("%s: %w", f.Name, err)
	}
	defer r.Close()
	a, err := npy.ReadArray(r, maxArrays)
	if err != nil {
		return a, fmt.Errorf("%s: %w", f.Name, err)
	}
	return a, nil
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
	switch x.Type {
	case "|u1":
		for i, v := range x.Data {
			x.Data[i] = v / 255
		}
	case "<f4", "<f8":
		per := tensor.Size(n.shape[1:])
		for i, v := range x.Data {
			if !(v >= 0 && v <= 1) {
				return nil, fmt.Errorf("value %d of picture %d is %g: want floats in [0,1], or bytes", i%per, i/per, v)
			}
		}
	default:
		return nil, fmt.Errorf("pictures of type %q: want bytes (uint8), or floats in [0,1]", x.Type)
	}
	out := &Set{Images: tensor.FromSlice(x.Data, n.shape...), Labels: labels}
	if n.channelsLast {
		out.Images = channelsFirst(out.Images)
	}
	return out, nil
}

// A layout is the shape (N,C,H,W) of pictures, and whether they lie as (N,H,W,C).
type layout struct {
	shape        []int
	channelsLast bool
}

func arrayLayout(s []int) (layout, error) {
	colours := func(c int) bool { return c == 1 || c == 3 }
	var l layout
	switch {
	case len(s) == 3:
		l.shape = []int{s[0], 1, s[1], s[2]}
	case len(s) == 4 && colours(s[1]):
		l.shape = s
	case len(s) == 4 && colours(s[3]):
		l = layout{[]int{s[0], s[3], s[1], s[2]}, true}
	default:
		return l, fmt.Errorf("pictures of shape %v: want (N,H,W), (N,H,W,C) or (N,C,H,W) with 1 or 3 channels", s)
	}
	if tensor.Size(l.shape) == 0 {
		return l, fmt.Errorf("pictures of shape %v: there are none", s)
	}
	return l, nil
}

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
