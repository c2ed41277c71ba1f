package dataset

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pictureExtensions are the extensions of the files that package preprocess decodes.
var pictureExtensions = []string{".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}

// IsPicture reports whether a file's name ends like a picture's, in either case.
func IsPicture(name string) bool {
	return slices.Contains(pictureExtensions, strings.ToLower(filepath.Ext(name)))
}

// Walk returns the sorted paths of all picture files in a folder and the folders below it. It skips
// names that begin with a dot, and does not follow links to folders. A folder that cannot be read
// is an error that names it.
func Walk(dir string) ([]string, error) {
	files, err := walk(nil, dir, os.ReadDir)
	slices.Sort(files)
	return files, err
}

func walk(files []string, dir string, readDir func(string) ([]fs.DirEntry, error)) ([]string, error) {
	entries, err := readDir(dir)
	if err != nil {
		return nil, fmt.Errorf("dataset: cannot read the folder %s: %w", dir, err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			if files, err = walk(files, path, readDir); err != nil {
				return nil, err
			}
		case IsPicture(e.Name()) && isFile(e, path):
			files = append(files, path)
		}
	}
	return files, nil
}

// isFile is true for regular files and links to them.
func isFile(e fs.DirEntry, path string) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.Type().IsRegular()
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
