package dataset

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// unreadExtensions are extensions of pictures in formats that package preprocess does not decode. A
// note says that a class has some of them; otherwise they would be missing silently.
var unreadExtensions = []string{".arw", ".avif", ".cr2", ".cr3", ".dcm", ".dng", ".heic", ".heif", ".ico", ".jp2", ".jxl", ".nef", ".pbm", ".pgm", ".pnm",
	".ppm", ".psd", ".svg"}

// passOver counts a file that is not a picture we can read.
func (t *tree) passOver(name string) {
	if slices.Contains([]string{"thumbs.db", "desktop.ini"}, strings.ToLower(name)) {
		return
	}
	if t.other == nil {
		t.other = map[string]int{}
	}
	t.other[strings.ToLower(filepath.Ext(name))]++
}

// others counts the files passed over in t and below.
func (t *tree) others() map[string]int {
	all := map[string]int{}
	for ext, n := range t.other {
		all[ext] += n
	}
	for _, k := range t.kids {
		for ext, n := range k.others() {
			all[ext] += n
		}
	}
	return all
}

// instead says what a folder without pictures contains, "" if nothing.
func (t *tree) instead() string {
	if all := t.others(); len(all) > 0 {
		return " that can be read, only " + countFiles(all)
	}
	return ""
}

// countFiles returns a text such as "2 files .heic, 1 without an ending".
func countFiles(all map[string]int) string {
	var out []string
	for _, ext := range slices.Sorted(maps.Keys(all)) {
		switch what := fmt.Sprintf("%d %s", all[ext], ext); {
		case ext == "":
			out = append(out, fmt.Sprintf("%d without an ending", all[ext]))
		default:
			out = append(out, what)
		}
	}
	return "files: " + shorten(out)
}

// missed returns an error if a folder has no pictures, but data of another kind that must be named.
func (t *tree) missed(dir string) error {
	if t.total > 0 {
		return nil
	}
	for _, ext := range []string{".npz", ".npy", ".csv"} {
		if t.other[ext] > 0 {
			return fmt.Errorf("dataset: %s has no pictures, but %s: name the %s file itself", dir, countFiles(t.other), ext)
		}
	}
	if len(t.kids) == 0 && len(t.other) > 0 {
		return fmt.Errorf("dataset: %s has no folders of pictures, one for each class, only %s", dir, countFiles(t.other))
	}
	return nil
}

// passedOver says how many files in the folders of used classes are pictures in formats that are
// not read.
func (d *division) passedOver() []string {
	all := map[string]int{}
	for _, t := range []*tree{d.train, d.test} {
		if t == nil {
			continue
		}
		for ext, n := range t.others() {
			if slices.Contains(unreadExtensions, ext) {
				all[ext] += n
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []string{"passed over, since such pictures are not read: " + countFiles(all)}
}

// loose returns the pictures beside the folders of classes or of splits, which belong to no class.
func (d *division) loose(root *tree) []LeftOut {
	var out []LeftOut
	seen := map[*tree]bool{nil: true}
	for _, t := range []*tree{root, d.train, d.test} {
		if !seen[t] && len(t.files) > 0 {
			at := "the folder itself"
			if t.name != "" {
				at = t.name
			}
			out = append(out, LeftOut{at, fmt.Sprintf("as to its own pictures (%d): they lie in no class's folder", len(t.files))})
		}
		seen[t] = true
	}
	return out
}

// alike returns a note if all classes have the same folders in them. They may be parts whose names
// do not say so: fold1/cat, fold1/dog, fold2/cat, fold2/dog.
func alike(classes []*tree) []string {
	if len(classes) < 2 || len(classes[0].full()) < 2 {
		return nil
	}
	for _, c := range classes {
		if len(c.files) > 0 || !slices.Equal(c.classNames(), classes[0].classNames()) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s taken for classes, but each has the folders %s: if these are the classes, call the folders above train and test, or name one of them",
		baseNames(classes), shorten(classes[0].classNames()))}
}
