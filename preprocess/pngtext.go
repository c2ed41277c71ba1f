package preprocess

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"unicode/utf8"
)

// A Text is a piece of text inside a PNG file, such as where a picture came from.
type Text struct {
	Key   string // 1 to 79 printable Latin-1 characters, without spaces at the ends or two in a row
	Value string // UTF-8 without zero characters
}

// maxText bounds the texts that are read from one file, in bytes.
const maxText = 16 << 20

// pngMagic begins every PNG file.
const pngMagic = "\x89PNG\r\n\x1a\n"

// appendTo appends t as a chunk to b: tEXt where Latin-1 suffices, else iTXt.
func (t Text) appendTo(b *bytes.Buffer) error {
	key, ok := latin1(t.Key, false)
	if n := len(key); !ok || n < 1 || n > 79 || strings.Contains(t.Key, "  ") || strings.Trim(t.Key, " ") != t.Key {
		return fmt.Errorf("preprocess: PNG text keyword %q: want 1 to 79 printable Latin-1 characters without spaces at the ends or two in a row", t.Key)
	}
	if !utf8.ValidString(t.Value) || strings.ContainsRune(t.Value, 0) {
		return fmt.Errorf("preprocess: PNG text %q: the value must be UTF-8 without zero characters", t.Key)
	}
	if len(t.Value) > maxText {
		return fmt.Errorf("preprocess: PNG text %q has %d bytes, want at most %d", t.Key, len(t.Value), maxText)
	}
	kind, body := "tEXt", append(key, 0)
	if value, ok := latin1(t.Value, true); ok {
		body = append(body, value...)
	} else {
		// Not compressed, and neither a language nor a translated keyword.
		kind, body = "iTXt", append(append(body, 0, 0, 0, 0), t.Value...)
	}
	appendChunk(b, kind, body)
	return nil
}

// appendChunk appends a chunk with its length and checksum.
func appendChunk(b *bytes.Buffer, kind string, body []byte) {
	var word [4]byte
	binary.BigEndian.PutUint32(word[:], uint32(len(body)))
	b.Write(word[:])
	start := b.Len()
	b.WriteString(kind)
	b.Write(body)
	binary.BigEndian.PutUint32(word[:], crc32.ChecksumIEEE(b.Bytes()[start:]))
	b.Write(word[:])
}

// latin1 returns s in Latin-1, if it has only printable characters of it and, if
// multiline, line feeds.
func latin1(s string, multiline bool) ([]byte, bool) {
	var out []byte
	for _, r := range s {
		switch {
		case r >= ' ' && r <= '~', r > 0xa0 && r <= 0xff, r == '\n' && multiline:
			out = append(out, byte(r))
		default:
			return nil, false
		}
	}
	return out, true
}

// ReadText returns the texts of a PNG file in their order: tEXt, zTXt and iTXt. It skips the
// picture itself.
func ReadText(r io.Reader) ([]Text, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:]) != pngMagic {
		return nil, errors.New("preprocess: not a PNG file: texts are read from PNG only")
	}
	var texts []Text
	room := int64(maxText)
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, errors.New("preprocess: truncated PNG file: it ends before its IEND chunk")
		}
		size, kind := int64(binary.BigEndian.Uint32(head[:4])), string(head[4:])
		switch kind {
		case "IEND":
			return texts, nil
		case "tEXt", "zTXt", "iTXt":
		default:
			if n, err := io.CopyN(io.Discard, r, size+4); err != nil {
				return nil, fmt.Errorf("preprocess: truncated PNG file: %d of %d bytes of chunk %q", n, size+4, kind)
			}
			continue
		}
		if size > room {
			return nil, fmt.Errorf("preprocess: PNG file with more than %d bytes of text", maxText)
		}
		body := make([]byte, size+4)
		if n, err := io.ReadFull(r, body); err != nil {
			return nil, fmt.Errorf("preprocess: truncated PNG file: %d of %d bytes of chunk %q", n, size+4, kind)
		}
		sum := crc32.Update(crc32.ChecksumIEEE(head[4:]), crc32.IEEETable, body[:size])
		if sum != binary.BigEndian.Uint32(body[size:]) {
			return nil, fmt.Errorf("preprocess: damaged PNG file: wrong checksum of a chunk %q", kind)
		}
		t, err := parseText(kind, body[:size], room)
		if err != nil {
			return nil, err
		}
		room -= int64(len(t.Key) + len(t.Value))
		texts = append(texts, t)
	}
}

// parseText decodes a text chunk whose value has at most limit bytes.
func parseText(kind string, body []byte, limit int64) (Text, error) {
	bad := func(what string) (Text, error) {
		return Text{}, fmt.Errorf("preprocess: damaged PNG file: chunk %q %s", kind, what)
	}
	key, value, ok := bytes.Cut(body, []byte{0})
	if !ok {
		return bad("has no end of its keyword")
	}
	compressed := false
	switch kind {
	case "zTXt":
		if len(value) < 1 || value[0] != 0 {
			return bad("is compressed in an unknown way")
		}
		compressed, value = true, value[1:]
	case "iTXt":
		if len(value) < 2 || value[0] > 1 || value[1] != 0 {
			return bad("is compressed in an unknown way")
		}
		compressed = value[0] == 1
		_, value, ok = bytes.Cut(value[2:], []byte{0})
		if ok {
			_, value, ok = bytes.Cut(value, []byte{0})
		}
		if !ok {
			return bad("has no end of its translated keyword")
		}
	}
	if compressed {
		z, err := zlib.NewReader(bytes.NewReader(value))
		if err == nil {
			value, err = io.ReadAll(io.LimitReader(z, limit+1))
		}
		if err != nil {
			return bad("cannot be decompressed: " + err.Error())
		}
		if int64(len(value)) > limit {
			return Text{}, fmt.Errorf("preprocess: PNG file with more than %d bytes of text", maxText)
		}
	}
	t := Text{Key: fromLatin1(key)}
	if kind != "iTXt" {
		t.Value = fromLatin1(value)
	} else if t.Value = string(value); !utf8.ValidString(t.Value) {
		return bad("is not UTF-8")
	}
	return t, nil
}

func fromLatin1(b []byte) string {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}
