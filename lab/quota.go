package lab

import (
	"cmp"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Quotas bound what the lab keeps on disk, in bytes. 0 means the default.
type Quotas struct {
	Runs     int64 // 1 GB; the oldest runs are deleted first
	Pictures int64 // 512 MB; those that no run needs and nobody has used lately are deleted first
	Models   int64 // 2 GB, for those that were sent; none is deleted automatically
}

func (q Quotas) withDefaults() Quotas {
	return Quotas{cmp.Or(q.Runs, 1<<30), cmp.Or(q.Pictures, 512<<20), cmp.Or(q.Models, 2<<30)}
}

const (
	maxEnded = 500              // number of ended runs that are kept
	lately   = 10 * time.Minute // pictures used since then stay
)

// tidy deletes the oldest ended runs until the rest is within the quota.
func (l *Lab) tidy() {
	l.tidying.Lock()
	defer l.tidying.Unlock()
	var ended []*run
	var total int64
	all := l.runs.list()
	sizes := make(map[*run]int64, len(all))
	for _, r := range all {
		sizes[r] = size(r.dir())
		total += sizes[r]
		if r.state().final() {
			ended = append(ended, r)
		}
	}
	for i, r := range ended {
		if total <= l.o.Quotas.Runs && len(ended)-i <= maxEnded {
			break
		}
		total -= sizes[r]
		r.remove()
	}
}

// onDisk returns the size of a file in whole blocks.
func onDisk(bytes int64) int64 {
	const block = 4096
	return (bytes + block - 1) / block * block
}

// pictureRoom makes room for another picture; l.tidying is held.
func (l *Lab) pictureRoom(bytes int64) error {
	need := onDisk(bytes) + onDisk(1)
	if l.pictureBytes+need <= l.o.Quotas.Pictures {
		l.pictureBytes += need
		return nil
	}
	needed := map[string]bool{}
	for _, r := range l.runs.list() {
		needed[r.about.Picture.ID], needed[r.about.Request.Mask] = true, true
	}
	files := l.pictureFiles()
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if l.pictureBytes+need <= l.o.Quotas.Pictures/8*7 { // so that not every upload has to look
			break
		}
		if id := f.Name(); !needed[id] && time.Since(f.ModTime()) > lately {
			l.dropPicture(id)
		}
	}
	if l.pictureBytes+need > l.o.Quotas.Pictures {
		return refuse(http.StatusInsufficientStorage, "pictures_full", "there is no room for another picture", "delete runs that are no longer needed, or wait until others' pictures are old")
	}
	l.pictureBytes += need
	return nil
}

// pictureFiles lists the files of pictures.
func (l *Lab) pictureFiles() (files []fs.FileInfo) {
	entries, _ := os.ReadDir(filepath.Join(l.o.Dir, "pictures"))
	for _, e := range entries {
		if info, err := e.Info(); err == nil && isHex(e.Name(), 64) {
			files = append(files, info)
		}
	}
	return files
}

// countPictures computes how much room pictures take.
func (l *Lab) countPictures() {
	l.pictureBytes = 0
	for _, f := range l.pictureFiles() {
		l.pictureBytes += onDisk(f.Size()) + onDisk(1)
	}
}

// size returns the total size of a folder's files.
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
