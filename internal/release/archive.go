package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"io/fs"
	"slices"
	"time"
)

// A file is one of an archive.
type file struct {
	name string
	data []byte
	mode fs.FileMode
}

// An archive holds files in one folder, in the order of their names. All have the same time, nobody
// as owner, and the mode that is said, not the one on the disk.
type archive struct {
	top   string // name of the folder
	time  time.Time
	files []file
}

// sorted returns the files in the order of their names.
func (a archive) sorted() []file {
	return slices.SortedFunc(slices.Values(a.files), func(x, y file) int { return cmp.Compare(x.name, y.name) })
}

// tarball returns the archive as .tar.gz.
func (a archive) tarball() ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(z)
	for _, f := range a.sorted() {
		h := &tar.Header{
			Typeflag: tar.TypeReg, Name: a.top + "/" + f.name, Size: int64(len(f.data)), Mode: int64(f.mode),
			ModTime: a.time, Format: tar.FormatUSTAR,
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// zip returns the archive as .zip.
func (a archive) zip() ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range a.sorted() {
		h := &zip.FileHeader{Name: a.top + "/" + f.name, Method: zip.Deflate, Modified: a.time.UTC()}
		h.SetMode(f.mode)
		part, err := w.CreateHeader(h)
		if err == nil {
			_, err = part.Write(f.data)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
