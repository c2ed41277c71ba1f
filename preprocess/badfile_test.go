package preprocess

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// fails decodes what must not be a picture and checks that message and hint say so.
func fails(t *testing.T, file []byte, l Limits, want, hint string) {
	t.Helper()
	_, err := Decode(bytes.NewReader(file), "folder/photo.png", l)
	checkError(t, err, "folder/photo.png: "+want, hint)
}

func checkError(t *testing.T, err error, want, hint string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("got %v, want %q", err, want)
		return
	}
	if !strings.Contains(e.Error(), want) || !strings.Contains(e.Hint(), hint) || strings.ContainsAny(e.Error(), "\n") {
		t.Errorf("error %q with hint %q, want %q and %q", e, e.Hint(), want, hint)
	}
}

func TestNotAPicture(t *testing.T) {
	const hint = "pictures can be PNG, JPEG"
	for want, file := range map[string]string{
		"an empty file (0 bytes)": "",
		"a text file":             "Giant pandas eat bamboo.\n",
		"a text":                  strings.Repeat("Ein Bär ", 300),
		"binary data":             "\x01\x02\x03\x04 no such format",
		"zeros only":              strings.Repeat("\x00", 2000),
		"an audio":                "RIFF\x10\x00\x00\x00WAVE",
	} {
		fails(t, []byte(file), Limits{}, "is not a picture that can be read: it looks like "+want, hint)
	}
	for want, c := range map[string][2]string{
		"a web page":          {"<!DOCTYPE html><html>", "not the page"},
		"an SVG":              {"<svg xmlns=''>", "rsvg-convert"},
		"a PDF":               {"%PDF-1.7", "pdftoppm"},
		"an HEIC":             {"\x00\x00\x00\x18ftypheic\x00\x00", "heif-convert in.heic out.png"},
		"an HEIF":             {"\x00\x00\x00\x18ftypmif1\x00\x00", "heif-convert"},
		"an AVIF":             {"\x00\x00\x00\x18ftypavif\x00\x00", "avifdec"},
		"a video":             {"\x00\x00\x00\x18ftypisom\x00\x00", "ffmpeg"},
		"a JPEG XL":           {"\xff\x0a\xff", "djxl"},
		"a JPEG 2000":         {"\xff\x4f\xff\x51", "opj_decompress"},
		"a Photoshop":         {"8BPS\x00\x01", "export it as PNG"},
		"a camera's raw file": {"FUJIFILMCCD-RAW 0201", "develop it"},
		"a PPM":               {"P6\n2 2\n255\n", "convert it to PNG"},
		"a NumPy array":       {"\x93NUMPY\x01\x00", "--data"},
		"a ZIP":               {"PK\x03\x04", "unpack it"},
		"a Git LFS":           {"version https://git-lfs", "git lfs pull"},
	} {
		fails(t, []byte(c[0]), Limits{}, "is not a picture that can be read: it looks like "+want, c[1])
	}
	// A text that begins like a BMP, or is cut inside a character, is still a text.
	fails(t, []byte("BM is short for bitmap."), Limits{}, "is not a picture that can be read: it looks like a text file", hint)
	fails(t, []byte(strings.Repeat("x", 511)+"ä"), Limits{}, "is not a picture that can be read: it looks like a text file", hint)
	// A picture's beginning is not enough.
	fails(t, []byte(pngMagic), Limits{}, "is a truncated PNG: it ends after 8 bytes", "again")
}

// TestTruncated cuts every format everywhere. Whatever comes out is an error that names
// the file, or, when only the end of the padding or of a remark is gone, the picture.
func TestTruncated(t *testing.T) {
	for name, file := range seeds(t) {
		whole := decodeBytes(t, file)
		said := false
		for n := range len(file) {
			p, err := Decode(bytes.NewReader(file[:n]), "cut", Limits{})
			if err == nil {
				if !slices.Equal(p.Pixels.Shape, whole.Pixels.Shape) && p.Orientation == whole.Orientation {
					t.Errorf("%s cut to %d bytes has shape %v", name, n, p.Pixels.Shape)
				}
				continue
			}
			var e *Error
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "cut: is ") {
				t.Errorf("%s cut to %d bytes: %v", name, n, err)
			}
			said = said || strings.Contains(err.Error(), "is a truncated "+strings.ToUpper(whole.Format))
		}
		if !said {
			t.Errorf("%s: no cut is called truncated", name)
		}
	}
}

// TestDamaged flips bits everywhere, so that decoders meet nonsense.
func TestDamaged(t *testing.T) {
	for name, file := range seeds(t) {
		for i := range file {
			for _, flip := range []byte{0x01, 0x80, 0xff} {
				bad := slices.Clone(file)
				bad[i] ^= flip
				p, err := Decode(bytes.NewReader(bad), "bad", Limits{MaxPixels: 1 << 16})
				var e *Error
				if err != nil && !errors.As(err, &e) {
					t.Fatalf("%s, byte %d: %v is no *Error", name, i, err)
				}
				if err == nil {
					checkPicture(t, p, 1<<16)
				}
			}
		}
	}
}

// checkPicture checks what holds for every picture that was decoded.
func checkPicture(t *testing.T, p *Picture, maxPixels int) {
	t.Helper()
	h, w := p.Size()
	if s := p.Pixels.Shape; len(s) != 4 || s[0] != 1 || s[1] != 3 || h < 1 || w < 1 || h*w > maxPixels || len(p.Pixels.Data) != 3*h*w {
		t.Fatalf("shape %v with %d values", s, len(p.Pixels.Data))
	}
	for i, v := range p.Pixels.Data {
		if !(v >= 0 && v <= 1) {
			t.Fatalf("value %d is %v", i, v)
		}
		if p.Depth == 8 && !p.Alpha && v != level8[Level(v)] {
			t.Fatalf("value %d is %v, which is no k/255", i, v)
		}
	}
	if p.Orientation < 1 || p.Orientation > 8 || (p.Depth != 8 && p.Depth != 16) {
		t.Fatalf("orientation %d, depth %d", p.Orientation, p.Depth)
	}
}

// TestClaims: the size is checked before memory is taken for it.
func TestClaims(t *testing.T) {
	huge := pngHeader(100000, 100000)
	bmp := slices.Clone(seeds(t)["rgb.bmp"])
	copy(bmp[18:], "\x00\x00\x01\x00\x00\x00\x01\x00")
	tiff := tiffFile(60000, 60000, 1, make([]byte, 100))
	gif := slices.Clone(seeds(t)["palette.gif"])
	copy(gif[6:], "\xff\xff\xff\xff")
	jpg := jpegFile(65000, 8, -1, component{1, 1, [][]uint8{{1}}})
	i := bytes.Index(jpg, []byte{0xff, 0xc0})
	copy(jpg[i+5:], "\xff\xff")
	webp := webpFile(riffChunk("VP8X", []byte{0, 0, 0, 0, 255, 127, 0, 255, 127, 0}))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fails(t, huge, Limits{}, "is a PNG that claims 100000 x 100000 pixels, more than the limit of 50000000", "--max-pixels")
	fails(t, bmp, Limits{}, "is a BMP that claims 65536 x 65536", "Limits.MaxPixels")
	fails(t, tiff, Limits{}, "is a TIFF that claims 60000 x 60000", "--max-pixels")
	fails(t, gif, Limits{}, "is a GIF that claims 65535 x 65535", "--max-pixels")
	fails(t, jpg, Limits{}, "is a JPEG that claims 65000 x 65535", "--max-pixels")
	fails(t, webp, Limits{}, "is a WEBP that claims 32768 x 32768", "--max-pixels")
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
	png := seeds(t)["rgb.png"] // 9 x 6
	fails(t, png, Limits{MaxPixels: 53}, "is a PNG that claims 9 x 6 pixels, more than the limit of 53 pixels", "--max-pixels")
	if _, err := Decode(bytes.NewReader(png), "ok", Limits{MaxPixels: 54, MaxBytes: int64(len(png))}); err != nil {
		t.Error(err)
	}
	fails(t, png, Limits{MaxBytes: int64(len(png)) - 1}, "has more than the limit of", "Limits.MaxBytes")
	empty := pngHeader(0, 5)
	fails(t, empty, Limits{}, "is a damaged PNG: png: invalid format: non-positive dimension", "again")
	noRows := seeds(t)["go.jpg"]
	i = bytes.Index(noRows, []byte{0xff, 0xc0})
	noRows[i+5], noRows[i+6] = 0, 0
	fails(t, noRows, Limits{}, "is a JPEG of a kind that is not supported: a height that is told after the picture (DNL)", "convert it")
}

// TestHeaderAndDataDisagree: a WebP whose frame is not of the announced size.
func TestHeaderAndDataDisagree(t *testing.T) {
	file := webpFile(riffChunk("VP8X", make([]byte, 10)), losslessWebP(200, 200, make([]int, 200*200)...))
	fails(t, file, Limits{MaxPixels: 100}, "is a damaged WEBP", "again")
}

func TestManyScans(t *testing.T) {
	file := jpegFile(8, 8, -1, component{1, 1, [][]uint8{{77}}})
	i := bytes.Index(file, []byte{0xff, 0xda})
	scan := file[i : len(file)-2]
	with := func(n int) []byte { return insert(file, i, bytes.Repeat(scan, n-1)...) }
	for n := 1; n <= maxScans+1; n += maxScans / 4 {
		if got := jpegScans(with(n)); got != n {
			t.Errorf("%d scans, want %d", got, n)
		}
	}
	fails(t, with(maxScans+1), Limits{}, "is a JPEG of 201 scans, more than the limit of 200", "another program")
	// What follows the picture in the file is not part of it.
	p := decodeBytes(t, append(file, bytes.Repeat(scan, 300)...))
	if at(p, 0, 0)[0] != level8[77] {
		t.Errorf("%v", at(p, 0, 0))
	}
	// Neither are remarks.
	remark := append([]byte{0xff, 0xfe, 0x10, 0x02}, bytes.Repeat(scan, 4096)[:4096]...)
	if got := jpegScans(insert(file, 2, remark...)); got != 1 {
		t.Errorf("%d scans with a remark, want 1", got)
	}
}

func TestDecoderPanicIsAnError(t *testing.T) {
	_, err := guard(func() (int, error) { return []int{}[len(os.Args)], nil })
	if err == nil || !strings.Contains(err.Error(), "the decoder failed: runtime error: index out of range") {
		t.Errorf("got %v", err)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the cable is loose") }

func TestReadFileErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := ReadFile(filepath.Join(dir, "none.png"), Limits{})
	checkError(t, err, "none.png: cannot be opened: no such file", "spelling")
	if !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), "none.png") != 1 {
		t.Errorf("got %q", err)
	}
	_, err = ReadFile(dir, Limits{})
	checkError(t, err, "is a directory, not a picture", "")
	big := filepath.Join(dir, "big.png")
	f, err := os.Create(big)
	if err == nil {
		err = errors.Join(f.Truncate(300<<20), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadFile(big, Limits{})
	checkError(t, err, "big.png: has more than the limit of 268435456 bytes", "Limits.MaxBytes")
	_, err = Decode(brokenReader{}, "-", Limits{})
	checkError(t, err, "-: cannot be read: the cable is loose", "")
	_, err = Decode(io.MultiReader(strings.NewReader(pngMagic), brokenReader{}), "-", Limits{})
	checkError(t, err, "the cable is loose", "")
}

// FuzzDecode: no file makes the decoder panic, and everything that it accepts is a picture.
func FuzzDecode(f *testing.F) {
	for _, file := range seeds(f) {
		f.Add(file)
	}
	f.Add(pngHeader(100000, 100000))
	f.Add([]byte("a text file\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		const limit = 1 << 14
		l := Limits{MaxPixels: limit, MaxBytes: 1 << 16}
		h, refusal := ReadHeader(bytes.NewReader(file), "fuzz", l)
		var p *Picture
		var err error
		if n := allocated(func() { p, err = Decode(bytes.NewReader(file), "fuzz", l) }); h != nil && int64(n) > h.Memory {
			t.Errorf("decoding allocates %d bytes, and was to allocate at most %d", n, h.Memory)
		}
		if refusal != nil && err == nil {
			t.Errorf("a file is refused for its header (%v), and is decoded", refusal)
		}
		if err == nil {
			checkPicture(t, p, limit)
			return
		}
		var e *Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "fuzz: ") {
			t.Fatalf("%v is not an error about the file", err)
		}
		if strings.Contains(err.Error(), "decoder failed") {
			t.Logf("recovered: %v", err)
		}
	})
}

// fuzzOf returns a fuzz function for one format, whose decoder must not lean on being recovered from a panic.
func fuzzOf(kind string) func(*testing.T, []byte) {
	return func(t *testing.T, file []byte) {
		const limit = 1 << 14
		if format(file) != kind {
			return
		}
		s, err := codecs[kind].config(file)
		if err != nil || s.width < 1 || s.height < 1 || s.width > limit/s.height {
			return
		}
		f := &opened{file, kind, s, orientation(file, kind)}
		if p, err := f.decode(nil); err == nil {
			checkPicture(t, p, limit)
		}
	}
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
