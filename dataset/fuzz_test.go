package dataset

import (
	"archive/zip"
	"bytes"
	"path/filepath"
	"testing"
)

// FuzzNPZ: an archive of arrays, packed and damaged in any way.
func FuzzNPZ(f *testing.F) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, a := range [][2]string{
		{"x.npy", "\x93NUMPY\x01\x00\x3c\x00{'descr': '|u1', 'fortran_order': False, 'shape': (2,1,2), }\n\x01\x02\x03\x04"},
		{"y.npy", "\x93NUMPY\x01\x00\x3a\x00{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }  \n\x00\x01"},
	} {
		w, err := z.Create(a[0])
		if err == nil {
			_, err = w.Write([]byte(a[1]))
		}
		if err != nil {
			f.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.npz")
		put(t, path, data)
		if s, err := Arrays(path, "train"); err == nil && (s.Len() == 0 || s.Images.Batch() != s.Len()) {
			t.Fatal("an empty set without an error")
		}
		if _, err := Open(path, OpenOptions{}); err != nil && err.Error() == "" {
			t.Fatal("an error without words")
		}
	})
}

// FuzzReadCIFAR10: records, packed with gzip or not.
func FuzzReadCIFAR10(f *testing.F) {
	f.Add(cifarRecordOf(3))
	f.Add(packed(append(cifarRecordOf(0), cifarRecordOf(9)...)))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadCIFAR10(bytes.NewReader(data), "fuzz")
		if err == nil && (len(s.Labels) == 0 || len(s.Pixels) != len(s.Labels)*(cifarRecord-1)) {
			t.Fatalf("%d labels and %d values", len(s.Labels), len(s.Pixels))
		}
	})
}
