package preprocess

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// A signature is the first bytes of the files of one kind. A '?' stands for any byte.
type signature struct{ magic, kind string }

// pictures are the formats that are decoded, by their names in [Picture.Format].
var pictures = []signature{
	{"\x89PNG\r\n\x1a\n", "png"},
	{"\xff\xd8\xff", "jpeg"},
	{"GIF87a", "gif"},
	{"GIF89a", "gif"},
	{"RIFF????WEBP", "webp"},
	{"BM????????????\x0c\x00\x00\x00", "bmp"}, // the size of the header
	{"BM????????????\x10\x00\x00\x00", "bmp"},
	{"BM????????????\x28\x00\x00\x00", "bmp"},
	{"BM????????????\x34\x00\x00\x00", "bmp"},
	{"BM????????????\x38\x00\x00\x00", "bmp"},
	{"BM????????????\x40\x00\x00\x00", "bmp"},
	{"BM????????????\x6c\x00\x00\x00", "bmp"},
	{"BM????????????\x7c\x00\x00\x00", "bmp"},
	{"II*\x00", "tiff"},
	{"MM\x00*", "tiff"},
	{"II+\x00\x08\x00\x00\x00", "tiff"}, // BigTIFF
	{"MM\x00+\x00\x08\x00\x00", "tiff"},
}

// others are kinds of files that people take for pictures we can read, with a way to convert them.
var others = []struct{ magic, kind, advice string }{
	{"????ftypavi", "an AVIF picture", "convert it: magick in.avif out.png (or avifdec in.avif out.png)"},
	{"????ftyphei", "an HEIC picture", convertHEIF},
	{"????ftyphev", "an HEIC picture", convertHEIF},
	{"????ftypmif1", "an HEIF picture (HEIC or AVIF)", convertHEIF},
	{"????ftypmsf1", "an HEIF picture (HEIC or AVIF)", convertHEIF},
	{"????ftypcrx ", "a camera's raw file (CR3)", develop},
	{"????ftypjxl ", "a JPEG XL picture", convertJXL},
	{"????ftyp", "a video (MP4 or its like)", "take a frame: ffmpeg -i in.mp4 -frames:v 1 out.png"},
	{"\x00\x00\x00\x0cJXL ", "a JPEG XL picture", convertJXL},
	{"\xff\x0a", "a JPEG XL picture", convertJXL},
	{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture", "convert it: magick in.jp2 out.png (or opj_decompress -i in.jp2 -o out.png)"},
	{"\xff\x4f\xff\x51", "a JPEG 2000 picture", "convert it: magick in.j2k out.png (or opj_decompress -i in.j2k -o out.png)"},
	{"II\xbc", "a JPEG XR picture", "convert it to PNG with the program that made it (or JxrDecApp -i in.jxr -o out.bmp)"},
	{"8BPS", "a Photoshop file", "export it as PNG, or: magick 'in.psd[0]' out.png"},
	{"gimp xcf", "a GIMP file", "export it as PNG"},
	{"FUJIFILMCCD-RAW", "a camera's raw file (RAF)", develop},
	{"IIRO", "a camera's raw file (ORF)", develop},
	{"MMOR", "a camera's raw file (ORF)", develop},
	{"IIU\x00", "a camera's raw file (RW2)", develop},
	{"FOVb", "a camera's raw file (X3F)", develop},
	{"\x00\x00\x01\x00", "an icon file", convert},
	{"\x00\x00\x02\x00", "a cursor or a TGA picture", convert},
	{"\x8aMNG\r\n", "an MNG animation", convert},
	{"\x8bJNG\r\n", "a JNG picture", convert},
	{"P1\n", "a PBM picture", convert}, {"P2\n", "a PGM picture", convert}, {"P3\n", "a PPM picture", convert},
	{"P4\n", "a PBM picture", convert}, {"P5\n", "a PGM picture", convert}, {"P6\n", "a PPM picture", convert},
	{"P4 ", "a PBM picture", convert}, {"P5 ", "a PGM picture", convert}, {"P6 ", "a PPM picture", convert},
	{"P7\n", "a PAM picture", convert}, {"Pf\n", "a PFM picture", convert}, {"PF\n", "a PFM picture", convert},
	{"qoif", "a QOI picture", convert},
	{"farbfeld", "a farbfeld picture", convert},
	{"DDS ", "a DDS texture", convert},
	{"v/1\x01", "an OpenEXR picture", convert},
	{"#?RADIANCE", "a Radiance HDR picture", convert},
	{"#?RGBE", "a Radiance HDR picture", convert},
	{"SDPX", "a DPX picture", convert}, {"XPDS", "a DPX picture", convert},
	{"\x80\x2a\x5f\xd7", "a Cineon picture", convert},
	{"SIMPLE  =", "a FITS file", "save the picture in it as PNG, with a scale of your choice"},
	{"\x01\xda", "an SGI picture", convert},
	{"\x59\xa6\x6a\x95", "a Sun raster picture", convert},
	{"\x0a\x05\x01", "a PCX picture", convert},
	{"id=ImageMagick", "an ImageMagick picture (MIFF)", convert},
	{"BA????????????BM", "an OS/2 array of bitmaps", convert},
	{"BPG\xfb", "a BPG picture", "convert it: bpgdec -o out.png in.bpg"},
	{"AT&TFORM", "a DjVu document", "save the page as PNG: ddjvu -format=tiff -page=1 in.djvu out.tif"},
	{"/* XPM */", "an XPM picture", convert},
	{"\x93NUMPY", "a NumPy array", "an array of pictures is a data set: see --data; one picture: save it as PNG"},
	{"\x89HDF", "an HDF5 file", formats},
	{"%PDF-", "a PDF document", "save the page as PNG: pdftoppm -png -singlefile in.pdf out"},
	{"%!PS", "a PostScript document", "save the page as PNG: gs -sDEVICE=png16m -r150 -o out.png in.ps"},
	{"\xc5\xd0\xd3\xc6", "a PostScript document", "save the page as PNG: gs -sDEVICE=png16m -r150 -o out.png in.eps"},
	{"PK\x03\x04", "a ZIP archive", "unpack it first"},
	{"\x1f\x8b", "a gzip archive", "unpack it first"},
	{"\x7fELF", "a program", formats},
	{"MZ", "a program", formats},
	{"\x1a\x45\xdf\xa3", "a video (Matroska or WebM)", "take a frame: ffmpeg -i in.webm -frames:v 1 out.png"},
	{"RIFF", "an audio or video file", formats},
	{"<!DOCTYPE html", "a web page", "download the picture itself, not the page that shows it"},
	{"<!doctype html", "a web page", "download the picture itself, not the page that shows it"},
	{"<html", "a web page", "download the picture itself, not the page that shows it"},
	{"<svg", "an SVG drawing", drawSVG},
	{"<?xml", "an XML file (an SVG drawing?)", drawSVG},
	{"version https://git-lfs", "a Git LFS pointer", "fetch the file it stands for: git lfs pull"},
}

const (
	formats     = "pictures can be PNG, JPEG, GIF, WebP, BMP or TIFF"
	convert     = "convert it to PNG, for example: magick in.file out.png"
	convertHEIF = "convert it: heif-convert in.heic out.png (or magick in.heic out.png; on a Mac, sips -s format png in.heic --out out.png)"
	convertJXL  = "convert it: djxl in.jxl out.png"
	develop     = "develop it to PNG or JPEG first, for example with darktable-cli or dcraw"
	drawSVG     = "draw it as PNG: rsvg-convert in.svg -o out.png (or inkscape in.svg -o out.png)"
)

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

// format returns the name of the picture format with whose signature data begins, or "".
func format(data []byte) string {
	for _, s := range pictures {
		if s.matches(data) {
			return s.kind
		}
	}
	return ""
}

// resembles describes data that is not one of our picture formats, and says what to do about it.
func resembles(data []byte) (kind, advice string) {
	if len(data) == 0 {
		return "an empty file (0 bytes)", formats
	}
	for _, s := range others {
		if (signature{magic: s.magic}).matches(data) {
			return s.kind, s.advice
		}
	}
	// The data may end inside a character, so only the ones before it count.
	head := data[:min(len(data), 512)]
	switch {
	case len(bytes.Trim(head, "\x00")) == 0:
		return "zeros only (an interrupted download?)", formats
	case isText(head):
		return "a text file", formats
	}
	return "binary data of an unknown kind", formats
}

// isText reports whether data is UTF-8 without control characters; its last character may be
// incomplete.
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
