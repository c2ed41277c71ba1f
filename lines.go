package hoodwink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/files"
	"hoodwink/internal/wording"
)

// journalName is the file in a folder of results that says what has been done: a line of JSON with the
// settings, then one for each result.
const journalName = "journal.jsonl"

// A JournalError says that a folder holds the results of other settings.
type JournalError struct {
	Dir     string
	Differs []string // names of the settings that are others
}

// Error implements error.
func (e *JournalError) Error() string {
	return fmt.Sprintf("%s holds the results of another run: other %s", e.Dir, strings.Join(e.Differs, ", "))
}

// Hint says what to do.
func (e *JournalError) Hint() string {
	return "name another folder, or remove " + filepath.Join(e.Dir, journalName) + " to begin anew"
}

// lines are a journal that is open for one writer.
type lines struct {
	path string
	file *os.File
}

// openLines reads the journal of a folder, or begins one. take gets every whole line after the first, and
// reports whether it can be used. Those that cannot, such as the last one of a process that was killed,
// are removed. Settings other than those of the first line are a *JournalError.
func openLines(dir string, settings any, take func(line []byte) bool) (*lines, error) {
	first, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	l := &lines{path: filepath.Join(dir, journalName)}
	var have []byte
	if _, err := os.Lstat(l.path); err == nil {
		if have, err = readRegular(l.path); err != nil {
			return nil, err
		}
	}
	good, err := readLines(dir, have, first, take)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(good, have) {
		err := atomicfile.Write(l.path, func(w io.Writer) error { _, err := w.Write(good); return err })
		if err != nil {
			return nil, err
		}
	}
	l.file, err = os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND, 0)
	return l, err
}

func readRegular(path string) ([]byte, error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// readLines returns what of a journal can be used: at least its first line.
func readLines(dir string, have, first []byte, take func(line []byte) bool) (good []byte, err error) {
	good = append(slices.Clone(first), '\n')
	line, rest, whole := bytes.Cut(have, []byte("\n"))
	if whole && !bytes.Equal(line, first) {
		return nil, &JournalError{dir, differing(line, first)}
	}
	for whole {
		if line, rest, whole = bytes.Cut(rest, []byte("\n")); whole && take(line) {
			good = append(append(good, line...), '\n')
		}
	}
	return good, nil
}

// differing names the settings of two first lines that are not the same.
func differing(a, b []byte) []string {
	var x, y map[string]json.RawMessage
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return []string{"form of the journal"}
	}
	var list []string
	for key := range y {
		if !bytes.Equal(x[key], y[key]) {
			list = append(list, key)
		}
	}
	for key := range x {
		if _, ok := y[key]; !ok {
			list = append(list, key)
		}
	}
	slices.Sort(list)
	return list
}

// add writes a line, and returns when it has reached the disk.
func (l *lines) add(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err := l.file.Write(append(wording.JSON(data), '\n')); err != nil {
		return fmt.Errorf("%s: %w", l.path, files.Cause(err))
	}
	return l.file.Sync()
}

func (l *lines) close() { l.file.Close() }
