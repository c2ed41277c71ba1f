package dataset

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"hoodwink/internal/files"
	"hoodwink/tensor"
)

// idxName matches the names that files in MNIST's format have: train-images-idx3-ubyte.gz as
// published, train-images.idx3-ubyte as unpackers write it, emnist-letters-test-labels-idx1-ubyte.
// Without a word for the part (images.idx3-ubyte) they are to train on.
var idxName = regexp.MustCompile(`^(?:(.*?)[-_. ])??(train|training|t10k|test|testing|val|valid|validation)?[-_. ]?` +
	`(images?|imgs?|labels?|lbls?)(?:[-_. ](train|training|t10k|test|testing|val|valid|validation))?` +
	`(?:[-_. ]?idx[13])?(?:[-_. ]?ubyte)?(?: ?\(\d+\))?(?:\.(?:idx|bin|ubyte))?(?:\.gz)?$`)

// A pair holds the paths of the pictures and of the labels of a part.
type pair struct{ images, labels string }

// idxFiles are the files of a folder in MNIST's format, by part.
type idxFiles map[role]pair

// has reports whether there is a file of a part.
func (f idxFiles) has(r role) bool { return f[r] != pair{} }

// findIDX looks for files in MNIST's format in a folder, or in folders with their names in it, as
// some unpackers make them. If one file has several spellings, it takes the first by name.
func findIDX(dir string) (idxFiles, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("dataset: cannot read the folder %s: %w", dir, err)
	}
	found := idxFiles{}
	var sets []string
	for _, e := range entries {
		m := idxName.FindStringSubmatch(strings.ToLower(e.Name()))
		part := ""
		if m != nil {
			part = m[2] + m[4] // "images-train.idx3" has it behind
		}
		if m == nil || m[2] != "" && m[4] != "" || part == "" && !strings.Contains(strings.ToLower(e.Name()), "idx") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, e.Name())
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || !isIDX(path) {
			continue
		}
		r := testRole
		if part != "t10k" {
			r = max(roleOf(part), trainRole)
		}
		if !slices.Contains(sets, m[1]) {
			sets = append(sets, m[1])
		}
		p := found[r]
		if at := &p.images; strings.HasPrefix(m[3], "im") {
			setFirst(at, path)
		} else {
			setFirst(&p.labels, path)
		}
		found[r] = p
	}
	if len(sets) > 1 {
		return nil, fmt.Errorf("dataset: %s has the files of several sets, %q: put each in a folder of its own", dir, sets)
	}
	return found, nil
}

func setFirst(at *string, path string) {
	if *at == "" {
		*at = path
	}
}

// isIDX reports whether a file begins as IDX files or gzip's do. A file of another kind may have
// such a name ("train-labels"). An empty or damaged file with the published name is left to the
// reader, which reports it.
func isIDX(path string) bool {
	if strings.Contains(strings.ToLower(filepath.Base(path)), "idx") {
		return true
	}
	f, err := files.Open(path)
	if err != nil {
		return true
	}
	defer f.Close()
	var start [2]byte
	if _, err := f.Read(start[:]); err != nil {
		return false
	}
	return start == [2]byte{0, 0} || start == [2]byte{0x1f, 0x8b}
}

// read reads one part, "train" or "test". Validation pictures stand in for missing test pictures.
func (f idxFiles) read(dir, part string, b *budget) (*Packed, error) {
	r := trainRole
	if part != "train" {
		if r = testRole; !f.has(r) {
			r = valRole
		}
	}
	p := f[r]
	if p == (pair{}) {
		return nil, fmt.Errorf("dataset: %s: no pictures to %s: %w (looked for names like %s-images-idx3-ubyte with and without .gz)", dir, part, fs.ErrNotExist, part)
	}
	for what, path := range map[string]string{"images": p.images, "labels": p.labels} {
		if path == "" {
			return nil, fmt.Errorf("dataset: %s has %s, but no file with their %s: want a name like %s-%s with and without .gz",
				dir, filepath.Base(p.images+p.labels), what, part, map[string]string{"images": "images-idx3-ubyte", "labels": "labels-idx1-ubyte"}[what])
		}
	}
	out, err := openWith(p.images, b, readImages)
	if err != nil {
		return nil, err
	}
	count := len(out.Pixels) / tensor.Size(out.Size)
	if out.Labels, err = openWith(p.labels, b, readLabels); err != nil {
		return nil, err
	}
	if len(out.Labels) != count {
		return nil, fmt.Errorf("dataset: %s and %s: %d images but %d labels", p.images, filepath.Base(p.labels), count, len(out.Labels))
	}
	return out, nil
}
