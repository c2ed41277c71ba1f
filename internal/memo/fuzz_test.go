package memo

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"
	"testing"

	"hoodwink/internal/files"
)

// FuzzDecode: entries of any form behind a right head and before a right sum are read as they would
// be written, or not believed.
func FuzzDecode(f *testing.F) {
	key := sha256.Sum256([]byte("model"))
	head := len(magic) + len(key)
	whole := encode(key, map[string]entry{"a.png": {files.Identity{1}, []byte("panda")}, "b.png": {files.Identity{2}, nil}})
	f.Add(whole[head : len(whole)-sha256.Size])
	f.Add([]byte{1, 0, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, body []byte) {
		b := append(append([]byte(magic), key[:]...), body...)
		sum := sha256.Sum256(b)
		b = append(b, sum[:]...)
		entries, ok := decode(key, b)
		if !ok {
			return
		}
		for name := range entries {
			if name != filepath.Base(name) {
				t.Errorf("a name is the path %q", name)
			}
		}
		if again := encode(key, entries); !bytes.Equal(again, b) {
			t.Errorf("%x is written again as %x", b, again)
		}
	})
}
