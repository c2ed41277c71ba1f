// Package files answers small questions about what is at a path.
package files

import (
	"errors"
	"io/fs"
	"os"
)

// Is reports whether a regular file is at path.
func Is(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// First returns the first of the paths that is a regular file, or "".
func First(paths ...string) string {
	for _, p := range paths {
		if Is(p) {
			return p
		}
	}
	return ""
}

// Cause strips operation and path from an error of os, for callers that name the path themselves.
func Cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
