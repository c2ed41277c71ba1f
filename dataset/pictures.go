package dataset

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// Pictures reads a folder of labelled picture files. Every folder in it is a class, with the
// folder's name, and holds pictures, perhaps in folders of its own. Classes are numbered in the
// order of their names. Pictures are fitted to the contract's size and colours, and rounded to 8
// bits; its scale, mean and deviation are not applied, so that values lie in [0,1]. The order of
// the pictures mixes the classes, and is always the same. A file that cannot be read is an error
// that names it.
func Pictures(dir string, spec preprocess.Spec, limits preprocess.Limits) (*Packed, error) {
	t, err := readTree(dir)
	if err != nil {
		return nil, err
	}
	return readClasses(dir, t, nil, spec, limits, newBudget(0))
}

// readClasses reads the folder t of dir, in which each folder is a class. names, if not nil, are
// the allowed classes in their order.
func readClasses(
	dir string, t *tree, names []string, spec preprocess.Spec, limits preprocess.Limits, b *budget,
) (*Packed, error) {
	spec.Scale, spec.Mean, spec.Std, spec.Layout = 1, nil, nil, preprocess.NCHW
	at := filepath.Join(dir, filepath.FromSlash(t.name))
	type labelled struct {
		path  string
		label int
	}
	var files []labelled
	out := &Packed{Size: spec.InputShape(), Names: slices.Clone(names)}
	for _, class := range t.kids {
		if class.total == 0 {
			return nil, fmt.Errorf("dataset: the folder %s has no pictures%s: fill it or remove it, since each folder of %s is a class",
				filepath.Join(dir, filepath.FromSlash(class.name)), class.instead(), at)
		}
		label := slices.Index(out.Names, class.base)
		if label < 0 && names != nil {
			return nil, fmt.Errorf("dataset: %s: training and test pictures have different classes, %s and %s", dir, shorten(names), shorten(t.classNames()))
		}
		if label < 0 {
			label, out.Names = len(out.Names), append(out.Names, class.base)
		}
		for _, p := range class.all() {
			files = append(files, labelled{p, label})
		}
	}
	if len(out.Names) == 0 {
		return nil, fmt.Errorf("dataset: %s has no folders: want one folder of pictures for each class", at)
	}
	if len(out.Names) == 1 {
		return nil, fmt.Errorf("dataset: %s has one folder, %s: a classifier needs two classes or more, each with a folder of its own", at, out.Names[0])
	}
	x := tensor.New(append([]int{1}, out.Size...)...)
	if err := b.take(len(files), float64(x.Len())+perPicture); err != nil {
		return nil, fmt.Errorf("dataset: the pictures of %s at %d x %d: %w", at, spec.Width, spec.Height, err)
	}
	out.Pixels, out.Labels = make([]uint8, 0, len(files)*x.Len()), make([]int, 0, len(files))
	rand.New(rand.NewPCG(1, 0)).Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	for _, f := range files {
		if err := fit(x, f.path, spec, limits); err != nil {
			return nil, err
		}
		for _, v := range x.Data {
			out.Pixels = append(out.Pixels, preprocess.Level(v))
		}
		out.Labels = append(out.Labels, f.label)
	}
	return out, nil
}

// fit reads a picture file as spec says.
func fit(x *tensor.Tensor, path string, spec preprocess.Spec, limits preprocess.Limits) error {
	pic, err := preprocess.ReadFile(path, limits)
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	h, w := pic.Size()
	p, err := spec.Bind(1, h, w)
	if err != nil {
		return fmt.Errorf("dataset: %s: %w", path, err)
	}
	p.Forward(x, pic.Pixels)
	return nil
}

// sameKind returns an error unless the parts of a data set have the same classes and pictures of one shape.
func sameKind(dir string, a, b Source) error {
	if !slices.Equal(a.Classes(), b.Classes()) {
		return fmt.Errorf("dataset: %s: training and test pictures have different classes, %s and %s", dir, shorten(a.Classes()), shorten(b.Classes()))
	}
	if !tensor.SameShape(a.Shape(), b.Shape()) {
		return fmt.Errorf("dataset: %s: training pictures have shape %v, test pictures %v", dir, a.Shape(), b.Shape())
	}
	return nil
}

// shorten lists names for an error message.
func shorten(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
