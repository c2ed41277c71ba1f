package hoodwink

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"

	"hoodwink/internal/advice"
	"hoodwink/internal/filelock"
	"hoodwink/internal/files"
	"hoodwink/preprocess"
	"hoodwink/report"
)

// A ManyRequest names pictures that are to fool a model, and the folder for those that do.
type ManyRequest struct {
	// FoolRequest is what is wanted of each picture. Input, Output, Picture and OnlyFooling are set
	// for each; Curves and Between are not used.
	FoolRequest

	Pictures []ManyPicture
	Dir      string // is made if it is not there
}

// A ManyPicture is one of many.
type ManyPicture struct {
	Path string // of its file
	Name string // of its result in the folder, which gets the extension .png; may have folders, with slashes
}

// An Outcome says what became of one of many pictures.
type Outcome struct {
	Picture string `json:"picture"` // path of the original
	SHA256  string `json:"sha256"`  // of its file; empty if that cannot be read
	State   string `json:"state"`   // one of report.States

	// File is the path of the PNG that fools, empty if there is none.
	File       string `json:"file,omitempty"`
	FileSHA256 string `json:"file_sha256,omitempty"`

	Result *report.Fool `json:"result,omitempty"` // without its seconds; nil if the picture is unreadable
	Error  string       `json:"error,omitempty"`  // why it is
	Hint   string       `json:"hint,omitempty"`   // what to do about that
}

// FoolMany fools a model with one picture after another, as Fool does, and yields what became of
// each, in their order. The folder gets a PNG of every picture that was changed and fools, judged
// before it gets its name, and a journal. So a run that was ended, even by a loss of power, goes on
// where it was: what the journal has of the same file, with the PNG as it was written, is yielded
// from there. A picture that cannot be read is tried again each time.
//
// The journal is of one model and one attack: others are refused with a *JournalError, and a folder
// into which another process writes with a *filelock.BusyError. When ctx ends, its error comes last.
func FoolMany(ctx context.Context, r ManyRequest, yield func(*Outcome) error) error {
	if err := os.MkdirAll(r.Dir, 0o777); err != nil {
		return err
	}
	release, err := filelock.Folder(r.Dir)
	if err != nil {
		return err
	}
	defer release()
	j, err := openJournal(r.Dir, r.settings())
	if err != nil {
		return err
	}
	defer j.close()
	j.assign(r.Pictures)
	for _, p := range r.Pictures {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o, err := r.one(ctx, j, p)
		if err != nil {
			return err
		}
		if err := yield(o); err != nil {
			return err
		}
	}
	return nil
}

// one returns the outcome of a picture: of the journal, or a new one that is then there.
func (r *ManyRequest) one(ctx context.Context, j *journal, p ManyPicture) (*Outcome, error) {
	if j.done[p.Path] != nil {
		if sum, err := hashFile(p.Path); err == nil {
			if o := j.find(p.Path, sum); o != nil {
				return o, nil
			}
		}
	}
	pic, err := preprocess.ReadFile(p.Path, r.Limits)
	if err != nil {
		return unreadable(p.Path, err), nil
	}
	sum, err := hashFile(p.Path)
	if err != nil {
		return unreadable(p.Path, err), nil
	}
	f := r.FoolRequest
	f.Input, f.Output, f.Picture, f.OnlyFooling, f.Curves, f.Between = p.Path, j.output(p), pic, true, nil, nil
	if err := os.MkdirAll(filepath.Dir(f.Output), 0o777); err != nil {
		return nil, err
	}
	res, err := Fool(ctx, f)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case outputFailed(err):
		return nil, err
	case err != nil:
		return unreadable(p.Path, err), nil
	}
	res.Seconds = 0 // so that a journal has the same bytes each time
	o := &Outcome{Picture: p.Path, SHA256: sum, State: state(&res.Fool), File: res.Output, Result: &res.Fool}
	if o.File != "" {
		if o.FileSHA256, err = hashFile(o.File); err != nil {
			return nil, err
		}
	}
	return o, j.record(o)
}

// outputFailed reports whether an error is about writing, and so about all pictures.
func outputFailed(err error) bool {
	var w *WriteError
	return errors.As(err, &w)
}

// state returns the state of a picture that was attacked.
func state(f *report.Fool) string {
	switch {
	case f.Verdict == report.NothingToDo:
		return report.AlreadyWrong
	case f.SuccessFile:
		return report.Fooled
	}
	return report.Resisted
}

func unreadable(path string, err error) *Outcome {
	return &Outcome{Picture: path, State: report.Unreadable, Error: err.Error(), Hint: advice.Of(err)}
}

// hashFile returns the SHA-256 of a file.
func hashFile(path string) (string, error) {
	f, err := files.OpenGiven(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// settings returns what all outcomes of a journal have in common.
func (r *ManyRequest) settings() journalSettings {
	rec := Record{
		Model: r.Model.Name, ModelHash: r.Model.Hash, Spec: r.Model.Spec, Goal: r.Criterion, Until: r.Until, AtModel: r.AtModel,
		Attack: r.Attack, Norm: r.Norm, Eps: r.Eps, Seed: r.Seed,
	}
	if r.Mask != nil {
		rec.Mask = hashPixels(r.Mask.Pixels)
	}
	return journalSettings{Version: r.Version, NotOwn: r.NotOwn, recordJSON: rec.json()}
}
