package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A tree is a folder with the pictures in it.
type tree struct {
	name  string // below the data set's folder, with slashes
	base  string // the folder's own name
	files []string
	other map[string]int // files that are not pictures we can read, by extension
	kids  []*tree
	total int // number of pictures here and below
}

const (
	followDepth = 2  // links to folders are followed this far down, since splits and classes may be links
	maxDepth    = 64 // depth of nested folders
)

// readTree reads a folder and those below it, sorted by name. It skips names that begin with a dot,
// and the files that macOS packs into archives.
func readTree(dir string) (*tree, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("dataset: cannot read the folder %s: %w", dir, err)
	}
	return readBranch(dir, "", []string{real})
}

// readBranch reads one folder. above are the real paths of the folders above it and its own.
func readBranch(dir, name string, above []string) (*tree, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("dataset: cannot read the folder %s: %w", dir, err)
	}
	t := &tree{name: name, base: filepath.Base(dir)}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if strings.HasPrefix(e.Name(), ".") || e.Name() == "__MACOSX" {
			continue
		}
		isDir := e.IsDir()
		if e.Type()&os.ModeSymlink != 0 && len(above) <= followDepth {
			info, err := os.Stat(path)
			isDir = err == nil && info.IsDir()
		}
		if !isDir {
			if IsPicture(e.Name()) && isFile(e, path) {
				t.files = append(t.files, path)
			} else {
				t.passOver(e.Name())
			}
			continue
		}
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return nil, fmt.Errorf("dataset: cannot read the folder %s: %w", path, err)
		}
		if slices.Contains(above, real) { // a link to a folder above
			continue
		}
		if len(above) > maxDepth {
			return nil, fmt.Errorf("dataset: %s: more than %d folders in folders", path, maxDepth)
		}
		kid, err := readBranch(path, strings.TrimPrefix(name+"/"+e.Name(), "/"), append(slices.Clip(above), real))
		if err != nil {
			return nil, err
		}
		t.kids, t.total = append(t.kids, kid), t.total+kid.total
	}
	t.total += len(t.files)
	return t, nil
}

// full returns the folders in t that have pictures, in themselves or below.
func (t *tree) full() []*tree {
	var out []*tree
	for _, k := range t.kids {
		if k.total > 0 {
			out = append(out, k)
		}
	}
	return out
}

// all returns the paths of all pictures, sorted.
func (t *tree) all() []string {
	files := slices.Clone(t.files)
	for _, k := range t.kids {
		files = append(files, k.all()...)
	}
	slices.Sort(files)
	return files
}

// classNames are the names of the folders with pictures.
func (t *tree) classNames() []string {
	var out []string
	for _, k := range t.full() {
		out = append(out, k.base)
	}
	return out
}

// unwrap goes down while all pictures are in one folder: archives often contain a folder with their
// own name.
func (t *tree) unwrap() *tree {
	full := t.full()
	if len(full) != 1 || len(full[0].files) > 0 {
		return t
	}
	if inner := full[0].unwrap(); len(inner.full()) > 1 || roleOf(full[0].base) != noRole {
		return inner
	}
	return t
}

// unwrapRoot is unwrap for the folder of a data set: it stops at a split.
func (t *tree) unwrapRoot() *tree {
	full := t.full()
	if len(full) != 1 || len(full[0].files) > 0 || roleOf(full[0].base) != noRole {
		return t
	}
	inner := full[0].unwrapRoot()
	if below := inner.full(); len(below) > 1 || len(below) == 1 && roleOf(below[0].base) != noRole {
		return inner
	}
	return t
}

// shares reports whether two folders have a class with the same name.
func (t *tree) shares(o *tree) bool {
	names := o.classNames()
	return slices.ContainsFunc(t.classNames(), func(n string) bool { return slices.Contains(names, n) })
}
