package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// An OutputError says why an output must not be written.
type OutputError struct {
	Output string // path
	Input  string // the input that would be overwritten, or ""
	Msg    string
	Advice string
}

func (e *OutputError) Error() string { return e.Output + ": " + e.Msg }

// Hint says what to do.
func (e *OutputError) Hint() string { return e.Advice }

// CheckOutputs finds out whether outputs may be written: none may be one of the inputs or another
// output, however each is called (by another path, a link, in capitals where that is the same), and
// what is there already must be a regular file. The error is an [*OutputError]. Empty names do not
// count.
//
// Inputs are paths, or "-" for standard input. Of an input that is a folder, all files in it count,
// except those at the very path of an output: a folder may get outputs, but no link makes one of them
// a file in it.
func CheckOutputs(inputs []string, outputs ...string) error {
	var places []place
	for _, out := range outputs {
		if out == "" {
			continue
		}
		p, err := placeOf(out)
		if err != nil {
			return err
		}
		for _, other := range places {
			if p.same(&other) {
				return &OutputError{Output: out, Msg: "two outputs would be written to this file", Advice: "give each output a name of its own"}
			}
		}
		places = append(places, p)
	}
	for _, in := range inputs {
		if err := checkInput(in, places); err != nil {
			return err
		}
	}
	return nil
}

// A place is where an output goes.
type place struct {
	out  string      // the name as given
	path string      // absolute, and of a link where it leads
	info os.FileInfo // of what is there, or nil
	dir  os.FileInfo // of its folder, or nil
}

func placeOf(out string) (place, error) {
	path, err := filepath.Abs(out)
	if err != nil {
		return place{}, err
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	p := place{out: out, path: path}
	p.dir, _ = os.Stat(filepath.Dir(path)) // nil if it is still to be made
	info, err := os.Stat(path)
	if err != nil {
		return p, nil
	}
	if !info.Mode().IsRegular() {
		return p, &OutputError{Output: out, Msg: notRegular(kind(info.Mode())).Error(), Advice: "name another file"}
	}
	p.info = info
	return p, nil
}

// same reports whether two outputs would be one file.
func (p *place) same(o *place) bool {
	if p.info != nil && o.info != nil && os.SameFile(p.info, o.info) || p.path == o.path {
		return true
	}
	if p.dir == nil || o.dir == nil || !os.SameFile(p.dir, o.dir) {
		return false
	}
	a, b := filepath.Base(p.path), filepath.Base(o.path)
	return a == b || strings.EqualFold(a, b) && foldsCase(filepath.Dir(p.path))
}

// foldsCase reports whether names in a folder that differ in case only are the same.
func foldsCase(dir string) bool {
	f, err := os.CreateTemp(dir, ".hoodwink-*")
	if err != nil {
		return false
	}
	defer os.Remove(f.Name())
	defer f.Close()
	_, err = os.Lstat(filepath.Join(dir, strings.ToUpper(filepath.Base(f.Name()))))
	return err == nil
}

// checkInput returns an error if one of the outputs is the input, or a file in it.
func checkInput(in string, outputs []place) error {
	stat := func() (os.FileInfo, error) { return os.Stat(in) }
	if in == "-" {
		in, stat = "standard input", os.Stdin.Stat
	}
	info, err := stat()
	if err != nil {
		return nil // who reads it will say so
	}
	if !info.IsDir() {
		return clash(in, info, outputs)
	}
	if noneThere(outputs) {
		return nil
	}
	return filepath.WalkDir(in, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		info, err := os.Stat(path)
		abs, err2 := filepath.Abs(path)
		if err != nil || err2 != nil || !info.Mode().IsRegular() {
			return nil
		}
		var others []place
		for _, p := range outputs {
			if own, err := filepath.Abs(p.out); err != nil || own != abs {
				others = append(others, p)
			}
		}
		return clash(path, info, others)
	})
}

func noneThere(outputs []place) bool {
	for _, p := range outputs {
		if p.info != nil {
			return false
		}
	}
	return true
}

func clash(in string, info os.FileInfo, outputs []place) error {
	for _, p := range outputs {
		if p.info != nil && os.SameFile(p.info, info) {
			msg := "the output would overwrite the input"
			if in != p.out {
				msg += " " + in
			}
			return &OutputError{Output: p.out, Input: in, Msg: msg, Advice: "name another file"}
		}
	}
	return nil
}

// CheckFolder returns an error unless a file can be made in the folder of an output.
func CheckFolder(out string) error {
	f, err := os.CreateTemp(filepath.Dir(out), ".hoodwink-*")
	if at := (*fs.PathError)(nil); errors.As(err, &at) { // it would name the file that was tried
		return fmt.Errorf("%s cannot be written: the folder %s: %w", out, filepath.Dir(out), at.Err)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", out, err)
	}
	f.Close()
	if err := os.Remove(f.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) { // else it was swept
		return err
	}
	return nil
}
