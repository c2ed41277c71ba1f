// Package fetch downloads files whose size and checksum are known, so that a file with its
// name is always whole and right: a download is resumed where it stopped, checked against a
// SHA-256, and renamed only then.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hoodwink/internal/advice"
	"hoodwink/internal/atomicfile"
	"hoodwink/internal/filelock"
	"hoodwink/internal/files"
)

// A File is one file of a known model or data set: its official address, and how to recognise a
// copy.
type File struct {
	Name    string // in its folder
	URL     string
	Mirrors []string // other addresses of the same bytes, tried one after the other when URL fails
	Size    int64    // bytes
	SHA256  string   // hex
	SHA1    string   // hex; only where the authors published it
}

// A Progress tells how far a download is.
type Progress struct {
	File    string // name of the file
	Done    int64  // bytes of it that are present, including those of an earlier attempt
	Total   int64  // bytes it has
	Waiting bool   // another process is fetching into the same folder; the other fields are empty
}

// lockName is the file that is locked in a folder while files are fetched into it.
const lockName = ".pull.lock"

// All makes sure that the folder dir holds all files. Those that are there and right are not
// fetched again, and a download that was cut short, by the end of ctx or of the process, is
// taken up where it stopped. A file gets its name only after its checksum was found right; one
// that somebody else put there is never replaced. Of two processes that fetch into the same
// folder, one waits for the other.
//
// Flag is how the user names another folder, for the advice in errors. If dir itself is at
// fault, the error has a [FolderError] in it. Progress may be nil; it is called from this
// goroutine. When ctx ends, the error is that of ctx.
func All(ctx context.Context, dir, flag string, list []File, progress func(Progress)) error {
	if progress == nil {
		progress = func(Progress) {}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return FolderError{err}
	}
	lock, err := acquire(ctx, filepath.Join(dir, lockName), func() { progress(Progress{Waiting: true}) })
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return FolderError{err}
	}
	defer lock.Close()
	for i, f := range list {
		if err := fetchFile(ctx, f, filepath.Join(dir, f.Name), flag, progress); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &fileError{err, withRest(advice.Of(err), list[i+1:], dir)}
		}
	}
	return nil
}

// A FolderError is about the folder that files are fetched into.
type FolderError struct{ error }

// Unwrap returns the cause.
func (e FolderError) Unwrap() error { return e.error }

// withRest adds the other missing files to the advice on one file, so that the user learns of all
// of them at once.
func withRest(advice string, rest []File, dir string) string {
	for _, f := range rest {
		if !files.Is(filepath.Join(dir, f.Name)) {
			advice += fmt.Sprintf("; likewise %s (SHA-256 %s)", f.URL, f.SHA256)
		}
	}
	return advice
}

// fetchFile makes sure that path holds f. It never replaces a file that somebody put there.
func fetchFile(ctx context.Context, f File, path, flag string, progress func(Progress)) error {
	switch c, err := CheckFile(path, f); {
	case err == nil && c.Same:
		progress(Progress{File: f.Name, Done: f.Size, Total: f.Size})
		return nil
	case err == nil:
		return &fileError{fmt.Errorf("%s is there but is not the official file: it has %d bytes and SHA-256 %s, want %d and %s",
			path, c.Size, c.SHA256, f.Size, f.SHA256), "move it away, or pull into another folder with " + flag}
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	part := path + ".part"
	err := room(filepath.Dir(path), f.Size-partSize(part))
	if err == nil {
		err = downloadAny(ctx, f, part, progress)
	}
	if err == nil {
		os.Remove(part + validatorSuffix) // first, so that a killed process leaves nothing beside the whole file
		err = atomicfile.Place(part, path)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	advice := fmt.Sprintf("by hand: fetch %s on any machine, check that its SHA-256 is %s, and put it at %s", f.URL, f.SHA256, path)
	if noSpace(err) {
		advice = fmt.Sprintf("free some space, or pull into another folder with %s; the download goes on where it stopped", flag)
	} else if errors.Is(err, errSlow) || errors.Is(err, errStalled) {
		advice = "try again later: the download goes on where it stopped; or " + advice
	}
	return &fileError{err, advice}
}

// downloadAny downloads f from the first of its addresses that works. The error tells of all.
func downloadAny(ctx context.Context, f File, part string, progress func(Progress)) error {
	var all error
	for _, url := range append([]string{f.URL}, f.Mirrors...) {
		f.URL = url
		err := download(ctx, f, part, progress)
		if err == nil || ctx.Err() != nil || noSpace(err) {
			return err
		}
		if all == nil {
			all = err
		} else {
			all = fmt.Errorf("%w; then %w", all, err)
		}
	}
	return all
}

// A fileError carries the advice that belongs to one file.
type fileError struct {
	error
	advice string
}

func (e *fileError) Unwrap() error { return e.error }
func (e *fileError) Hint() string  { return advice.Or(e.advice, e.error) }

// acquire takes the lock file at path, and waits if somebody has it.
func acquire(ctx context.Context, path string, waiting func()) (*os.File, error) {
	f, err := files.OpenOwn(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	told := false
	for {
		ok, err := filelock.Try(f)
		if ok {
			return f, nil
		}
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if !told {
			told = true
			waiting()
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
