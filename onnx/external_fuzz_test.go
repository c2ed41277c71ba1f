package onnx

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// FuzzExternalData: whatever a model says about where its weights are, they come from its folder or
// not at all.
func FuzzExternalData(f *testing.F) {
	dir := f.TempDir()
	inner := filepath.Join(dir, "model")
	w := weights("w", 4, 3, 3, 3)
	w.typ = typeFloat
	secret := bytes.Repeat([]byte{0x42}, 16+len(rawBytes(w))) // values of their own
	for path, data := range map[string][]byte{
		"secret": secret, "model/w.bin": append(make([]byte, 16), rawBytes(w)...), "model/sub/w.bin": rawBytes(w),
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o777); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, path), data, 0o666); err != nil {
			f.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "secret"), filepath.Join(inner, "link")); err != nil {
		f.Log("without a link:", err)
	}
	f.Add("w.bin", "16", "432")
	f.Add("sub/w.bin", "0", "")
	f.Add("../secret", "0", "")
	f.Add("link", "+1", "0x10")
	f.Add("sub/../../secret", "9223372036854775807", "-1")
	f.Fuzz(func(t *testing.T, location, offset, length string) {
		m := small()
		m.inits[0].external = map[string]string{"location": location, "offset": offset}
		if length != "" {
			m.inits[0].external["length"] = length
		}
		read, err := Read(newReader(m.encode()), inner)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		for _, name := range read.External {
			if !filepath.IsLocal(filepath.FromSlash(name)) {
				t.Errorf("weights were read from %q", name)
			}
		}
		for _, c := range read.graph.inits {
			if slices.Contains(c.value.f, math.Float32frombits(0x42424242)) {
				t.Errorf("the value of a file outside was read: %q", location)
			}
		}
	})
}
