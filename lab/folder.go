package lab

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/internal/advice"
	"hoodwink/internal/atomicfile"
	"hoodwink/internal/filelock"
	"hoodwink/internal/files"
)

// A FolderError is about the lab's folder.
type FolderError struct {
	Err    error
	Advice string
}

// Error implements error.
func (e *FolderError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *FolderError) Unwrap() error { return e.Err }

// Hint says what to do: the error's own advice, else that of its cause.
func (e *FolderError) Hint() string { return advice.Or(e.Advice, e.Err) }

const folderAdvice = "name a folder that can be written to with --dir"

// openFolder makes the lab's folder if necessary, and locks it for this lab: two labs that tidy the
// same folder would delete each other's runs. Closing the file releases it.
func openFolder(dir string) (lock *os.File, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &FolderError{err, folderAdvice}
	}
	f, err := files.OpenOwn(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, &FolderError{err, folderAdvice}
	}
	ok, err := filelock.Try(f)
	switch {
	case err != nil:
		err = &FolderError{fmt.Errorf("%s cannot be locked: %w", f.Name(), err), folderAdvice}
	case !ok:
		err = &FolderError{fmt.Errorf("the folder %s is in use by another lab", dir), "end that one, or give this one a folder of its own with --dir"}
	default:
		sweep(dir)
		for _, sub := range []string{"pictures", "runs", "models", incomingDir} {
			if e := os.MkdirAll(filepath.Join(dir, sub), 0o700); e != nil {
				err = &FolderError{e, folderAdvice}
			}
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sweep removes from the lab's folder, which is locked, what was half received or half written when
// an earlier lab was killed.
func sweep(dir string) {
	os.RemoveAll(filepath.Join(dir, incomingDir))
	pictures := filepath.Join(dir, "pictures")
	atomicfile.Sweep(pictures)
	entries, _ := os.ReadDir(pictures)
	for _, e := range entries { // the description of a picture is written first
		if id, ok := strings.CutSuffix(e.Name(), ".json"); ok && isHex(id, 64) && !files.Is(filepath.Join(pictures, id)) {
			os.Remove(filepath.Join(pictures, e.Name()))
		}
	}
	runs := filepath.Join(dir, "runs")
	entries, _ = os.ReadDir(runs)
	for _, e := range entries {
		home := filepath.Join(runs, e.Name())
		if atomicfile.Sweep(home); isHex(e.Name(), 32) && !files.Is(filepath.Join(home, runFile)) {
			os.RemoveAll(home) // it had not begun
		}
	}
}

// secretFile has what the lab seals names with (Lab.seal).
const secretFile = "secret"

// secretOf returns the secret of the lab's folder, which it makes if there is none.
func secretOf(dir string) ([]byte, error) {
	const length = 32
	path := filepath.Join(dir, secretFile)
	if secret, err := os.ReadFile(path); err == nil && len(secret) == length {
		return secret, nil
	}
	secret := make([]byte, length)
	rand.Read(secret)
	return secret, atomicfile.WritePrivate(path, func(w io.Writer) error { _, err := w.Write(secret); return err })
}
