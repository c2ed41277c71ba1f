package preprocess

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// A signature is how the files of one kind begin. A '?' stands for any byte.
type signature struct{ magic, kind string }

// pictures are the formats that are decoded, by their names in [Picture.Format].
var pictures = []signature{
	{"\x89PNG\r\n\x1a\n", "png"},
	{"\xff\xd8\xff", "jpeg"},
	{"GIF87a", "gif"},
	{"GIF89a", "gif"},
	{"RIFF????WEBP", "webp"},
	{"BM????\x00\x00\x00\x00", "bmp"},
	{"II*\x00", "tiff"},
	{"MM\x00*", "tiff"},
	{"II+\x00\x08\x00\x00\x00", "tiff"}, // BigTIFF
	{"MM\x00+\x00\x08\x00\x00", "tiff"},
}

// others are files that people mistake for pictures we can read.
var others = []signature{
	{"????ftypavi", "an AVIF picture"},
	{"????ftyp", "an HEIC picture or a video"},
	{"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"},
	{"\xff\x0a", "a JPEG XL picture"},
	{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"},
	{"8BPS", "a Photoshop file"},
	{"\x00\x00\x01\x00", "an icon file"},
	{"\x93NUMPY", "a NumPy array"},
	{"%PDF-", "a PDF document"},
	{"%!PS", "a PostScript document"},
	{"PK\x03\x04", "a ZIP archive"},
	{"\x1f\x8b", "a gzip archive"},
	{"\x7fELF", "a program"},
	{"MZ", "a program"},
	{"RIFF", "an audio or video file"},
	{"<!DOCTYPE html", "a web page"},
	{"<html", "a web page"},
	{"<svg", "an SVG drawing"},
	{"<?xml", "an XML file (an SVG drawing?)"},
	{"version https://git-lfs", "a Git LFS pointer"},
}

func (s signature) matches(data []byte) bool {
	if len(data) < len(s.magic) {
		return false
	}
	for i := range len(s.magic) {
		if c := s.magic[i]; c != '?' && c != data[i] {
			return false
		}
	}
	return true
}

// format returns the name of the picture format that data begins like, or "".
func format(data []byte) string {
	for _, s := range pictures {
		if s.matches(data) {
			return s.kind
		}
	}
	return ""
}

// resembles says in words what data that is no picture of ours looks like.
func resembles(data []byte) string {
	if len(data) == 0 {
		return "an empty file (0 bytes)"
	}
	for _, s := range others {
		if s.matches(data) {
			return s.kind
		}
	}
	// A cut may fall inside the data's last character, so only the ones before it count.
	head := data[:min(len(data), 512)]
	switch {
	case len(bytes.Trim(head, "\x00")) == 0:
		return "zeros only (an interrupted download?)"
	case isText(head):
		return "a text file"
	}
	return "binary data of an unknown kind"
}

// isText reports whether data, perhaps without the last bytes of its last character,
// is UTF-8 without control characters.
func isText(data []byte) bool {
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			return len(data) < utf8.UTFMax && !utf8.FullRune(data)
		}
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			return false
		}
		data = data[n:]
	}
	return true
}
