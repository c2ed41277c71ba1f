package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/internal/fetch"
	"hoodwink/internal/names"
	"hoodwink/model"
)

// A Progress describes the progress of a Pull.
type Progress = fetch.Progress

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
		return "", &model.Error{Model: name, Msg: "it is built in, there is nothing to fetch"}
	}
	target, err := o.target(name)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(target, r.folder)
	if here(ctx, r, dir) {
		return dir, nil // even if the folder is not writable
	}
	err = fetch.All(ctx, dir, "--models", r.files(), progress)
	if err == nil {
		return dir, nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	e := &model.Error{Model: name, Err: err}
	if errors.As(err, new(fetch.FolderError)) {
		e.Advice = fmt.Sprintf("name a models folder that can be written to with --models or %s", Environment)
	}
	return "", e
}

func notPullable(name string) error {
	var known []string
	for _, r := range registry {
		if r.embedded == nil {
			known = append(known, r.name)
		}
	}
	e := &model.Error{Model: name, Msg: "no address is known for it", Advice: "known are " + strings.Join(known, ", ") + "; register your own with 'hoodwink models add'"}
	if near := names.Nearest(name, known); near != "" {
		e.Advice = fmt.Sprintf("did you mean %s? %s", near, e.Advice)
	}
	return e
}

// here reports whether the folder has all files of the model, and they are right.
func here(ctx context.Context, r row, dir string) bool {
	return !slices.ContainsFunc(r.files(), func(f fetch.File) bool {
		c, err := fetch.CheckFile(filepath.Join(dir, f.Name), f)
		return err != nil || !c.Same || ctx.Err() != nil
	})
}
