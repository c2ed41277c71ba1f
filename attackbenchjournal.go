package hoodwink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/files"
	"hoodwink/internal/wording"
)

// A benchKey names a shot.
type benchKey struct {
	attack  string
	picture int
}

// A benchJournal is what a run of BenchAttacks has done: a line of JSON with the settings, then one for each
// shot. Attacks may be added from run to run.
type benchJournal struct {
	path string
	file *os.File
	done map[benchKey]BenchShot
}

// benchSettings are the first line: what all shots have in common.
type benchSettings struct {
	Version string `json:"version"`
	Model   string `json:"model_sha256"`
	Data    string `json:"data"`
	Norm    string `json:"norm"`
	Passes  int    `json:"passes"`
	Seed    uint64 `json:"seed"`
}

func (r *BenchRequest) settings() benchSettings {
	return benchSettings{r.Version, r.Model.Hash, r.Data, r.Norm.String(), r.Passes, r.Seed}
}

// openBenchJournal reads the journal of a folder, or begins one. Lines that are not whole are removed.
func openBenchJournal(dir string, settings benchSettings) (*benchJournal, error) {
	first, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	j := &benchJournal{path: filepath.Join(dir, journalName), done: map[benchKey]BenchShot{}}
	var have []byte
	if _, err := os.Lstat(j.path); err == nil {
		if have, err = readRegular(j.path); err != nil {
			return nil, err
		}
	}
	line, rest, whole := bytes.Cut(have, []byte("\n"))
	if whole && !bytes.Equal(line, first) {
		return nil, &JournalError{dir, differing(line, first)}
	}
	good := append(slices.Clone(first), '\n')
	for whole {
		var s BenchShot
		if line, rest, whole = bytes.Cut(rest, []byte("\n")); whole && json.Unmarshal(line, &s) == nil && s.Attack != "" {
			j.done[benchKey{s.Attack, s.Picture}] = s
			good = append(append(good, line...), '\n')
		}
	}
	if !bytes.Equal(good, have) {
		err := atomicfile.Write(j.path, func(w io.Writer) error { _, err := w.Write(good); return err })
		if err != nil {
			return nil, err
		}
	}
	j.file, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0)
	return j, err
}

// add writes a shot, and returns when it has reached the disk.
func (j *benchJournal) add(s BenchShot) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(wording.JSON(data), '\n')); err != nil {
		return fmt.Errorf("%s: %w", j.path, files.Cause(err))
	}
	return j.file.Sync()
}
