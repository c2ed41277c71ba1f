package lab

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"hoodwink/internal/atomicfile"
	"hoodwink/preprocess"
)

// A journal is a run on disk.
type journal struct {
	Client  string   `json:"client"`
	Run     Run      `json:"run"`
	Records []Record `json:"records"`
	Chart   *Chart   `json:"chart"`
	Kept    []int    `json:"kept"`
}

func (r *run) save() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.saveLocked()
}

func (r *run) saveLocked() error {
	return writeJSON(r.file("run.json"), journal{r.client, r.about, r.records, r.chart, r.frames.kept()})
}

// reload finds the runs of an earlier server.
func (l *Lab) reload() {
	entries, err := os.ReadDir(filepath.Join(l.o.Dir, "runs"))
	if err != nil {
		return
	}
	for _, e := range entries {
		r := &run{l: l, changed: make(chan struct{}), ended: make(chan struct{}), cancel: func() {}}
		r.about.ID = e.Name()
		data, err := os.ReadFile(r.file("run.json"))
		var j journal
		if err != nil || json.Unmarshal(data, &j) != nil || j.Run.ID != e.Name() || !isHex(e.Name(), 32) || j.Run.Picture == nil || j.Run.Height < 1 || j.Run.Width < 1 {
			l.log.Warn("a run in the lab's folder cannot be read and is left alone", "run", e.Name())
			continue
		}
		r.client, r.about, r.records, r.chart = j.Client, j.Run, j.Records, j.Chart
		if !r.about.State.final() {
			r.about.State = Interrupted
		}
		r.screen = newScreen(r.about.Height, r.about.Width, frameSide)
		if r.frames, err = openFrames(r.file("frames.bin"), 2*r.screen.bytes(), j.Kept); err != nil {
			continue
		}
		close(r.ended)
		l.runs.all = append(l.runs.all, r)
	}
	slices.SortFunc(l.runs.all, func(a, b *run) int { return a.about.Created.Compare(b.about.Created) })
}

// readOriginal lays the original of a reloaded run on the screen again.
func (r *run) readOriginal(ctx context.Context) error {
	if r.base != nil {
		return nil
	}
	pic, _, err := r.l.pixels(ctx, r.about.Picture.ID)
	if err != nil {
		return err
	}
	x := pic.Pixels
	if r.about.Request.At == "model" {
		o, err := r.l.modelNamed(ctx, r.about.Request.Model)
		if err != nil {
			return err
		}
		if x, err = o.m.Spec.Geometry(x); err != nil {
			return err
		}
		preprocess.Quantize(x.Data, x.Data)
	}
	if x.Shape[2] != r.about.Height || x.Shape[3] != r.about.Width {
		return refuse(http.StatusConflict, "picture_changed", "the picture of this run has another size now", "")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.base = r.screen.average(x.Data)
	return nil
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// maxStored bounds what the lab keeps on disk.
const maxStored = 1 << 30

// tidy deletes the oldest runs that have ended, and then pictures that no run needs and that
// have not been sent lately, until what is left is within bounds.
func (l *Lab) tidy() {
	l.tidying.Lock()
	defer l.tidying.Unlock()
	over := size(l.o.Dir) - maxStored
	if over <= 0 {
		return
	}
	needed := map[string]bool{}
	l.runs.mu.Lock()
	all := slices.Clone(l.runs.all)
	l.runs.mu.Unlock()
	for _, r := range all {
		if over > 0 && r.state().final() {
			over -= size(r.dir())
			r.remove()
		} else {
			needed[r.about.Picture.ID], needed[r.about.Request.Mask] = true, true
		}
	}
	const lately = time.Hour
	entries, _ := os.ReadDir(filepath.Join(l.o.Dir, "pictures"))
	for _, e := range entries {
		info, err := e.Info()
		if over <= 0 || err != nil {
			break
		}
		if id := e.Name(); isHex(id, 64) && !needed[id] && time.Since(info.ModTime()) > lately {
			os.Remove(l.picturePath(id))
			os.Remove(l.picturePath(id) + ".json")
			over -= info.Size()
		}
	}
}

// size is how many bytes the files of a folder have.
func size(dir string) (total int64) {
	filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			if info, err := e.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil
	})
	return total
}
