package hoodwink

import (
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"strings"
)

// journalSettings are the first line of the journal of many pictures.
type journalSettings struct {
	Version string `json:"version"`
	NotOwn  bool   `json:"not_own,omitempty"`
	recordJSON
}

// A journal says what became of many pictures.
type journal struct {
	*lines
	dir   string
	done  map[string]*Outcome // by the picture's path
	names map[string]string   // of results, by the picture's path
}

func newJournal(dir string) *journal {
	return &journal{dir: dir, done: map[string]*Outcome{}, names: map[string]string{}}
}

// openJournal reads the journal of a folder, or begins one.
func openJournal(dir string, settings journalSettings) (j *journal, err error) {
	j = newJournal(dir)
	j.lines, err = openLines(dir, settings, j.take)
	return j, err
}

// take takes an outcome. Its file must be in the folder.
func (j *journal) take(line []byte) bool {
	var o Outcome
	if json.Unmarshal(line, &o) != nil || o.Result == nil || !filepath.IsLocal(or(o.File, ".")) {
		return false
	}
	if o.File != "" {
		j.names[o.Picture] = o.File
		o.File = filepath.Join(j.dir, filepath.FromSlash(o.File))
	}
	o.Result.Output = o.File
	j.done[o.Picture] = &o
	return true
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

// record writes an outcome, with names in the folder in place of paths.
func (j *journal) record(o *Outcome) error {
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
	return j.add(&line)
}

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
