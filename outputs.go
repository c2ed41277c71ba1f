package hoodwink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckOutputs finds out before the work whether its results can be written: no output may be one
// of the inputs or another output, and each must be in a folder that is writable. Empty names do
// not count.
func CheckOutputs(inputs []string, outputs ...string) error {
	var read []os.FileInfo
	for _, in := range inputs {
		if info, err := os.Stat(in); err == nil {
			read = append(read, info)
		}
	}
	seen := map[string]bool{}
	for _, out := range outputs {
		if out == "" {
			continue
		}
		path, err := filepath.Abs(out)
		if err != nil {
			return err
		}
		if seen[path] {
			return fmt.Errorf("%s: two outputs would be written to this file", out)
		}
		seen[path] = true
		if info, err := os.Stat(path); err == nil {
			for _, in := range read {
				if os.SameFile(in, info) {
					return fmt.Errorf("%s: the output would overwrite the input", out)
				}
			}
		}
		f, err := os.CreateTemp(filepath.Dir(path), ".hoodwink-*")
		if at := (*fs.PathError)(nil); errors.As(err, &at) { // it would name the file that was tried
			return fmt.Errorf("%s cannot be written: the folder %s: %w", out, filepath.Dir(out), at.Err)
		}
		if err != nil {
			return fmt.Errorf("%s cannot be written: %w", out, err)
		}
		f.Close()
		if err := os.Remove(f.Name()); err != nil {
			return err
		}
	}
	return nil
}
