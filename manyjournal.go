package hoodwink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/files"
	"hoodwink/internal/wording"
)

// journalName is the file in a folder of results that says what became of each picture: a line of
// JSON with the settings, then one for each picture.
const journalName = "journal.jsonl"

// journalSettings are the first line of a journal.
type journalSettings struct {
	Version string `json:"version"`
	NotOwn  bool   `json:"not_own,omitempty"`
	recordJSON
}

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

// A journal is open for one writer.
type journal struct {
	dir   string
	file  *os.File
	done  map[string]*Outcome // by the picture's path
	names map[string]string   // of results, by the picture's path
}

// openJournal reads the journal of a folder, or begins one. Lines that are not whole, such as the last
// one of a process that was killed, do not count and are removed.
func openJournal(dir string, settings journalSettings) (*journal, error) {
	first, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	j := &journal{dir: dir, done: map[string]*Outcome{}, names: map[string]string{}}
	at := filepath.Join(dir, journalName)
	var have []byte
	if _, err := os.Lstat(at); err == nil {
		if have, err = readRegular(at); err != nil {
			return nil, err
		}
	}
	good, err := j.read(have, first)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(good, have) {
		err := atomicfile.Write(at, func(w io.Writer) error { _, err := w.Write(good); return err })
		if err != nil {
			return nil, err
		}
	}
	j.file, err = os.OpenFile(at, os.O_WRONLY|os.O_APPEND, 0)
	return j, err
}

func readRegular(path string) ([]byte, error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// read takes what a journal has and returns what of it is whole: at least its first line.
func (j *journal) read(have, first []byte) (good []byte, err error) {
	line, rest, whole := bytes.Cut(have, []byte("\n"))
	if !whole { // it was killed before anything was done
		return append(slices.Clone(first), '\n'), nil
	}
	if !bytes.Equal(line, first) {
		return nil, &JournalError{j.dir, differing(line, first)}
	}
	good = append(slices.Clone(line), '\n')
	for {
		line, rest, whole = bytes.Cut(rest, []byte("\n"))
		var o Outcome
		if whole && json.Unmarshal(line, &o) == nil && o.Result != nil && filepath.IsLocal(or(o.File, ".")) {
			good = append(append(good, line...), '\n')
			if o.File != "" {
				j.names[o.Picture] = o.File
				o.File = filepath.Join(j.dir, filepath.FromSlash(o.File))
			}
			o.Result.Output = o.File
			j.done[o.Picture] = &o
		}
		if !whole {
			return good, nil
		}
	}
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

// find returns what became of a file, if the journal has it and the PNG is as it was written.
func (j *journal) find(picture, sum string) *Outcome {
	o := j.done[picture]
	if o == nil || o.SHA256 != sum {
		return nil
	}
	if o.File != "" {
		if now, err := hashFile(o.File); err != nil || now != o.FileSHA256 {
			return nil
		}
	}
	return o
}

// add writes an outcome, and returns when it has reached the disk.
func (j *journal) add(o *Outcome) error {
	line, result := *o, *o.Result
	if o.File != "" {
		name, err := filepath.Rel(j.dir, o.File)
		if err != nil {
			return err
		}
		line.File = filepath.ToSlash(name)
	}
	result.Output = ""
	line.Result = &result
	data, err := json.Marshal(&line)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(wording.JSON(data), '\n')); err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(j.dir, journalName), files.Cause(err))
	}
	return j.file.Sync()
}

func (j *journal) close() { j.file.Close() }

// assign gives every picture the name of its result, whatever the others become: the one it has in the
// journal; else its own name with .png, and with its old extension before that if two would get the same.
func (j *journal) assign(pictures []ManyPicture) {
	taken := map[string]bool{strings.ToLower(journalName): true}
	for _, name := range j.names {
		taken[strings.ToLower(name)] = true
	}
	wanted := map[string]int{}
	for _, p := range pictures {
		wanted[strings.ToLower(short(p.Name))]++
	}
	for _, p := range pictures {
		if j.names[p.Path] != "" {
			continue
		}
		name := short(p.Name)
		if wanted[strings.ToLower(name)] > 1 || taken[strings.ToLower(name)] {
			name = p.Name + ".png"
		}
		for k := 2; taken[strings.ToLower(name)]; k++ {
			name = fmt.Sprintf("%s-%d.png", p.Name, k)
		}
		taken[strings.ToLower(name)], j.names[p.Path] = true, name
	}
}

// short replaces the extension of a picture by .png.
func short(name string) string { return strings.TrimSuffix(name, path.Ext(name)) + ".png" }

// output returns the path of a picture's result.
func (j *journal) output(p ManyPicture) string {
	return filepath.Join(j.dir, filepath.FromSlash(j.names[p.Path]))
}
