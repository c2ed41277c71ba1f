package lab

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hoodwink/internal/atomicfile"
)

// The files of a run's folder, besides its results.
const (
	runFile      = "run.json"      // a journal
	recordsFile  = "records.jsonl" // a Record in each line
	chartFile    = "chart.json"
	framesFile   = "frames.bin"
	originalFile = "original.bin" // colours of the original as it is shown
)

// journalPause is how much of a run can be lost if the program is killed.
const journalPause = 2 * time.Second

// A journal is a run on disk, except for its long parts: records and frames.
type journal struct {
	Client string `json:"client"`
	Run    Run    `json:"run"`
	Kept   []int  `json:"kept"`
}

func (r *run) save() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.saveLocked()
}

func (r *run) saveLocked() error {
	return writeJSON(r.file(runFile), journal{r.client, r.about, r.frames.kept()})
}

// journal writes the progress of the run to disk.
func (r *run) journal() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.about.State.final() {
		return nil
	}
	r.wrote = time.Now()
	if err := r.logRecords(); err != nil {
		return err
	}
	return r.saveLocked()
}

// logRecords appends the records that are not in the file yet; r.mu is held.
func (r *run) logRecords() error {
	var b bytes.Buffer
	lines := json.NewEncoder(&b)
	for i := range r.records[r.logged:] {
		if err := lines.Encode(&r.records[r.logged+i]); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(r.file(recordsFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(b.Bytes()); err == nil {
		r.logged = len(r.records)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// store writes a run that has ended to disk, and frees its memory; r.mu is held.
func (r *run) store() error {
	if err := r.logRecords(); err != nil {
		return err
	}
	if err := writeJSON(r.file(chartFile), r.chart); err != nil {
		return err
	}
	if err := r.saveLocked(); err != nil {
		return err
	}
	r.records, r.chart, r.stored = nil, nil, true
	return nil
}

// readLog reads what store wrote, of the records at most so many after the first ones. If the file
// is incomplete, it returns those that are whole.
func (r *run) readLog(first, most int) (records []Record, chart *Chart) {
	if data, err := os.ReadFile(r.file(chartFile)); err == nil {
		json.Unmarshal(data, &chart)
	}
	f, err := os.Open(r.file(recordsFile))
	if err != nil {
		return nil, chart
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxRecord)
	for i := 0; len(records) < most && lines.Scan(); i++ {
		if i < first {
			continue
		}
		var record Record
		if json.Unmarshal(lines.Bytes(), &record) != nil {
			break
		}
		records = append(records, record)
	}
	return records, chart
}

// maxRecord is the size of a record in the file, with the longest names of classes.
const maxRecord = 1 << 20

// reload finds the runs of an earlier server. It deletes folders that cannot be read once they are
// so old that nobody needs them.
func (l *Lab) reload() {
	entries, err := os.ReadDir(filepath.Join(l.o.Dir, "runs"))
	if err != nil {
		return
	}
	const day = 24 * time.Hour
	for _, e := range entries {
		r := &run{l: l, changed: make(chan struct{}), ended: make(chan struct{}), cancel: func() {}, stored: true}
		r.about.ID = e.Name()
		data, err := os.ReadFile(r.file(runFile))
		var j journal
		if err != nil || json.Unmarshal(data, &j) != nil || j.Run.ID != e.Name() || !isHex(e.Name(), 32) || j.Run.Picture == nil || j.Run.Height < 1 || j.Run.Width < 1 {
			l.log.Warn("a run in the lab's folder cannot be read", "run", e.Name())
			if info, err := e.Info(); err == nil && isHex(e.Name(), 32) && time.Since(info.ModTime()) > day {
				os.RemoveAll(r.dir())
			}
			continue
		}
		r.client, r.about = j.Client, j.Run
		if !r.about.State.final() {
			r.about.State = Interrupted
		}
		r.screen = newScreen(r.about.Height, r.about.Width, frameSide)
		r.frames = newFrames(r.file(framesFile), 2*r.screen.bytes(), j.Kept)
		close(r.ended)
		l.runs.all = append(l.runs.all, r)
	}
	slices.SortFunc(l.runs.all, func(a, b *run) int { return a.about.Created.Compare(b.about.Created) })
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { _, err := w.Write(data); return err })
}
