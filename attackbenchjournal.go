package hoodwink

import (
	"encoding/json"

	"hoodwink/preprocess"
)

// A benchKey names a shot.
type benchKey struct {
	attack  string
	picture int
}

// A benchJournal is what a run of BenchAttacks has done. Attacks may be added from run to run.
type benchJournal struct {
	*lines
	done map[benchKey]BenchShot
}

// benchSettings are the first line: what all shots have in common.
type benchSettings struct {
	Version    string          `json:"version"`
	Model      string          `json:"model_sha256"`
	Preprocess preprocess.Spec `json:"preprocess"`
	Data       string          `json:"data"`
	Norm       string          `json:"norm"`
	Passes     int             `json:"passes"`
	Seed       uint64          `json:"seed"`
}

func (r *BenchRequest) settings() benchSettings {
	return benchSettings{r.Version, r.Model.Hash, r.Model.Spec, r.Data, r.Norm.String(), r.Passes, r.Seed}
}

// openBenchJournal reads the journal of a folder, or begins one.
func openBenchJournal(dir string, settings benchSettings) (j *benchJournal, err error) {
	j = &benchJournal{done: map[benchKey]BenchShot{}}
	j.lines, err = openLines(dir, settings, func(line []byte) bool {
		var s BenchShot
		if json.Unmarshal(line, &s) != nil || s.Attack == "" {
			return false
		}
		j.done[benchKey{s.Attack, s.Picture}] = s
		return true
	})
	return j, err
}
