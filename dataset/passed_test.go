package dataset

import (
	"path/filepath"
	"strings"
	"testing"
)

// What lies in a data set's folders and is not used is said.
func TestPassedOver(t *testing.T) {
	for name, c := range map[string]struct{ paths, more, want, not string }{
		"HEIC in a class":   {"cat/*3 dog/*3", "cat/a.heic cat/b.HEIC dog/c.avif", "such pictures are not read: files: 1 .avif, 2 .heic", ""},
		"junk":              {"cat/*3 dog/*3", "cat/Thumbs.db cat/.DS_Store dog/notes.txt", "", "passed over"},
		"loose in train":    {"train/*2 train/cat/*3 train/dog/*3 test/cat/*1", "", "train left out (as to its own pictures (2)", ""},
		"loose in the root": {"*2 cat/*3 dog/*3", "", "the folder itself left out (as to its own pictures (2)", ""},
		"folds":             {"fold1/cat/*3 fold1/dog/*3 fold2/cat/*2 fold2/dog/*2", "", "fold1, fold2 taken for classes, but each has the folders cat, dog", ""},
		"classes of albums": {"cat/in/*3 cat/out/*3 dog/near/*2 dog/far/*2", "", "", "taken for classes"},
	} {
		dir := layoutOf(t, c.paths)
		for path := range strings.FieldsSeq(c.more) {
			put(t, filepath.Join(dir, path), []byte("x"))
		}
		p, err := Open(dir, OpenOptions{Size: 8})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if said := p.String(); !strings.Contains(said, c.want) || c.not != "" && strings.Contains(said, c.not) {
			t.Errorf("%s: %q, want %q and not %q", name, said, c.want, c.not)
		}
	}
}

// A folder without pictures says what it has instead.
func TestNoPictures(t *testing.T) {
	for name, c := range map[string]struct{ paths, more, want string }{
		"only HEIC":  {"cat/*0 dog/*3 emu/*3", "cat/a.heic cat/b.heic", "has no pictures that can be read, only files: 2 .heic"},
		"no endings": {"cat/*0 dog/*3 emu/*3", "cat/a cat/b", "only files: 2 without an ending"},
		"arrays":     {"", "x.npy y.npy", "name the .npy file itself"},
		"text":       {"", "a.txt", "no folders of pictures, one for each class, only files: 1 .txt"},
	} {
		dir := layoutOf(t, c.paths)
		for path := range strings.FieldsSeq(c.more) {
			put(t, filepath.Join(dir, path), []byte("x"))
		}
		_, err := Open(dir, OpenOptions{Size: 8})
		wantError(t, name, err, c.want, dir)
	}
}
