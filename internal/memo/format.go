package memo

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"path/filepath"
	"slices"

	"hoodwink/internal/files"
)

// An entry is an answer, and the file it is for.
type entry struct {
	id    files.Identity
	value []byte
}

// A book is a file of these parts, numbers little-endian:
//
//	"hoodwink memo 1\n"
//	the book's key, 32 bytes
//	the entries, in the order of their names: length of the name and of the value (2 bytes each),
//	the name, the file's identity, the value
//	SHA-256 of all that comes before
const (
	magic    = "hoodwink memo 1\n"
	maxField = 1<<16 - 1 // bytes of a name or value
)

// encode returns the content of a book. Entries that no longer fit are left out.
func encode(key [sha256.Size]byte, entries map[string]entry) []byte {
	b := append([]byte(magic), key[:]...)
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		e := entries[name]
		if int64(len(b)+4+len(name)+len(e.id)+len(e.value)+sha256.Size) > maxBook {
			continue
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(len(name)))
		b = binary.LittleEndian.AppendUint16(b, uint16(len(e.value)))
		b = append(b, name...)
		b = append(b, e.id[:]...)
		b = append(b, e.value...)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// decode reads the content of a book. It believes all of it or nothing.
func decode(key [sha256.Size]byte, b []byte) (entries map[string]entry, ok bool) {
	if len(b) < len(magic)+2*sha256.Size {
		return nil, false
	}
	body, want := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], want) {
		return nil, false
	}
	if !bytes.Equal(body[:len(magic)], []byte(magic)) || !bytes.Equal(body[len(magic):][:len(key)], key[:]) {
		return nil, false
	}
	entries = map[string]entry{}
	last := ""
	for body = body[len(magic)+len(key):]; len(body) > 0; {
		var e entry
		if len(body) < 4 {
			return nil, false
		}
		n, v := int(binary.LittleEndian.Uint16(body)), int(binary.LittleEndian.Uint16(body[2:]))
		if body = body[4:]; len(body) < n+len(e.id)+v {
			return nil, false
		}
		name := string(body[:n])
		if name <= last || name != filepath.Base(name) {
			return nil, false
		}
		copy(e.id[:], body[n:])
		e.value = body[n+len(e.id):][:v:v]
		entries[name], last, body = e, name, body[n+len(e.id)+v:]
	}
	return entries, true
}
