package model

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hoodwink/internal/advice"
	"hoodwink/internal/filelock"
)

// A Progress describes the progress of a Pull.
type Progress struct {
	File    string // name of the file
	Done    int64  // bytes of it that are present, including those of an earlier attempt
	Total   int64  // bytes it has
	Waiting bool   // another process is downloading this model; the other fields are empty
}

// lockName is the file in a model's folder that a running Pull locks.
const lockName = ".pull.lock"

// Pull downloads a known model into the first models folder of o and returns the model's folder.
// Files that exist and are right are not downloaded again. A download that was interrupted, by the
// end of ctx or of the process, continues where it stopped. A file gets its name only after its
// checksum was found right. If two processes pull the same model, one waits for the other.
//
// Progress may be nil; it is called from this goroutine.
func Pull(ctx context.Context, name string, o Options, progress func(Progress)) (dir string, err error) {
	r, ok := lookup(name)
	if !ok {
		return "", notPullable(name)
	}
	if r.embedded != nil {
		return "", &Error{Model: name, Msg: "it is built in, there is nothing to fetch"}
	}
	target, err := o.target(name)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(target, r.folder)
	if here(ctx, r, dir) {
		return dir, nil // even if the folder is not writable
	}
	err = Fetch(ctx, dir, "--models", r.files(), progress)
	if err == nil {
		return dir, nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	e := &Error{Model: name, Err: err}
	if errors.As(err, new(folderError)) {
		e.Advice = fmt.Sprintf("name a models folder that can be written to with --models or %s", Environment)
	}
	return "", e
}

// Fetch makes sure that the folder dir holds the files, in the same way as Pull, which calls it.
// flag is the flag with which the user names another folder, for advice in errors.
func Fetch(ctx context.Context, dir, flag string, files []File, progress func(Progress)) error {
	if progress == nil {
		progress = func(Progress) {}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return folderError{err}
	}
	lock, err := acquire(ctx, filepath.Join(dir, lockName), func() { progress(Progress{Waiting: true}) })
	if err != nil {
		return folderError{err}
	}
	defer lock.Close()
	for i, f := range files {
		if err := fetchFile(ctx, f, filepath.Join(dir, f.Name), flag, progress); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return &downloadError{err, withRest(advice.Of(err), files[i+1:], dir)}
		}
	}
	return nil
}

// A folderError is about the folder for the files.
type folderError struct{ error }

func (e folderError) Unwrap() error { return e.error }

// withRest adds the other missing files to the advice on one file, so that the user learns of all
// of them at once.
func withRest(advice string, rest []File, dir string) string {
	for _, f := range rest {
		if !isFile(filepath.Join(dir, f.Name)) {
			advice += fmt.Sprintf("; likewise %s (SHA-256 %s)", f.URL, f.SHA256)
		}
	}
	return advice
}

func notPullable(name string) error {
	var known []string
	for _, r := range registry {
		if r.embedded == nil {
			known = append(known, r.name)
		}
	}
	e := &Error{Model: name, Msg: "no address is known for it", Advice: "known are " + strings.Join(known, ", ") + "; register your own with 'hoodwink models add'"}
	if near := nearestString(name, known); near != "" {
		e.Advice = fmt.Sprintf("did you mean %s? %s", near, e.Advice)
	}
	return e
}

// here reports whether the folder has all files of the model, and they are right.
func here(ctx context.Context, r row, dir string) bool {
	return !slices.ContainsFunc(r.files(), func(f File) bool {
		c, err := checkFile(filepath.Join(dir, f.Name), f)
		return err != nil || !c.Same || ctx.Err() != nil
	})
}

// fetchFile makes sure that path holds f. It never replaces a file that somebody put there.
func fetchFile(ctx context.Context, f File, path, flag string, progress func(Progress)) error {
	switch c, err := checkFile(path, f); {
	case err == nil && c.Same:
		progress(Progress{File: f.Name, Done: f.Size, Total: f.Size})
		return nil
	case err == nil:
		return &Error{Msg: "", Err: fmt.Errorf("%s is there but is not the official file: it has %d bytes and SHA-256 %s, want %d and %s",
			path, c.Size, c.SHA256, f.Size, f.SHA256), Advice: "move it away, or pull into another folder with " + flag}
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	part := path + ".part"
	err := downloadAny(ctx, f, part, progress)
	if err == nil {
		if err = os.Rename(part, path); err == nil {
			os.Remove(part + validatorSuffix)
		}
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	advice := fmt.Sprintf("by hand: fetch %s on any machine, check that its SHA-256 is %s, and put it at %s", f.URL, f.SHA256, path)
	if noSpace(err) {
		advice = fmt.Sprintf("free some space, or pull into another folder with %s; the download goes on where it stopped", flag)
	}
	return &downloadError{err, advice}
}

// downloadAny downloads f from its address or, if that fails, from its mirror.
func downloadAny(ctx context.Context, f File, part string, progress func(Progress)) error {
	err := download(ctx, f, part, progress)
	if err == nil || ctx.Err() != nil || noSpace(err) || f.Mirror == "" {
		return err
	}
	f.URL = f.Mirror
	if errMirror := download(ctx, f, part, progress); errMirror != nil {
		return fmt.Errorf("%w; then %w", err, errMirror)
	}
	return nil
}

// A downloadError carries the advice that belongs to one file.
type downloadError struct {
	error
	advice string
}

func (e *downloadError) Unwrap() error { return e.error }
func (e *downloadError) Hint() string  { return advice.Or(e.advice, e.error) }

// acquire takes the lock file at path, and waits if somebody has it.
func acquire(ctx context.Context, path string, waiting func()) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
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
