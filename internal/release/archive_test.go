package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"testing"
	"time"
)

// TestArchive: the same files in another order, from a machine in another zone, are the same bytes;
// and they come out as they went in.
func TestArchive(t *testing.T) {
	when := time.Date(2026, 3, 4, 5, 6, 8, 0, time.UTC)
	files := []file{
		{"hoodwink", bytes.Repeat([]byte("program"), 1000), 0o755}, {"README.md", []byte("read"), 0o644},
		{"completions/_hoodwink", []byte("zsh"), 0o644}, {"LICENSE", nil, 0o644},
	}
	a := archive{top: "hoodwink-1-linux-amd64", time: when, files: files}
	b := a
	b.time = when.In(time.FixedZone("elsewhere", 5*3600))
	b.files = slices.Clone(files)
	slices.Reverse(b.files)
	for name, pack := range map[string]func(archive) ([]byte, error){"tar.gz": archive.tarball, "zip": archive.zip} {
		first, err := pack(a)
		if err != nil {
			t.Fatal(err)
		}
		second, err := pack(b)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s: two archives of the same files differ", name)
		}
	}

	want := []string{"LICENSE", "README.md", "completions/_hoodwink", "hoodwink"}
	packed, err := a.tarball()
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if !z.ModTime.IsZero() || z.Name != "" {
		t.Errorf("the gzip header has time %v and name %q", z.ModTime, z.Name)
	}
	var got []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		f := files[slices.IndexFunc(files, func(f file) bool { return a.top+"/"+f.name == h.Name })]
		got = append(got, f.name)
		if data, err := io.ReadAll(r); err != nil || !bytes.Equal(data, f.data) {
			t.Errorf("%s: other contents, error %v", h.Name, err)
		}
		if h.Mode != int64(f.mode) || !h.ModTime.Equal(when) || h.Uid != 0 || h.Gid != 0 || h.Uname+h.Gname != "" {
			t.Errorf("%s: mode %o, time %v, owner %d %q, group %d %q", h.Name, h.Mode, h.ModTime, h.Uid, h.Uname, h.Gid, h.Gname)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the tarball has %q, want %q", got, want)
	}

	if packed, err = a.zip(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range r.File {
		f := files[slices.IndexFunc(files, func(f file) bool { return f.name == want[i] })]
		if h.Name != a.top+"/"+f.name || h.Mode().Perm() != f.mode || !h.Modified.Equal(when) {
			t.Errorf("%s: mode %v, time %v; want %s", h.Name, h.Mode(), h.Modified, want[i])
		}
	}
}
