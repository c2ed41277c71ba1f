package preprocess

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hoodwink/tensor"
)

func encode(t testing.TB, text ...Text) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := EncodePNG(&b, picture(2, 2, 0.5), text); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTextRoundTrip(t *testing.T) {
	text := []Text{
		{"Software", "hoodwink 1"},
		{"Comment", "several\nlines, é ÿ ¡"}, // Latin-1
		{"Comment", "the same keyword again"},
		{"Author", "熊猫 → vulture €"}, // not Latin-1
		{"Control", "a tab\tand a bell\a"},
		{"empty", ""},
		{strings.Repeat("k", 79), strings.Repeat("long ", 10000)},
		{"Schlüssel mit Raum", "x"},
	}
	file := encode(t, text...)
	got, err := ReadText(bytes.NewReader(file))
	if err != nil || !slices.Equal(got, text) {
		t.Errorf("got %q, %v", got, err)
	}
	for kind, want := range map[string]int{"tEXt": 6, "iTXt": 2} {
		if n := bytes.Count(file, []byte(kind)); n != want {
			t.Errorf("%d chunks %s, want %d", n, kind, want)
		}
	}
	if p := decodeBytes(t, file); p.Pixels.Data[0] != level8[128] {
		t.Errorf("the picture is %v", p.Pixels.Data)
	}
	if got, err := ReadText(bytes.NewReader(encode(t))); err != nil || len(got) != 0 {
		t.Errorf("without text: %q, %v", got, err)
	}
}

func TestTextRules(t *testing.T) {
	for _, c := range []Text{
		{"", "x"}, {strings.Repeat("k", 80), "x"}, {strings.Repeat("ü", 80), "x"}, {" lead", "x"}, {"trail ", "x"},
		{"two  spaces", "x"}, {"line\nfeed", "x"}, {"no\x00zero", "x"}, {"no\u00a0break", "x"}, {"汉字", "x"}, {"bad\xff", "x"},
		{"ok", "zero\x00"}, {"ok", "not UTF-8 \xff"}, {"ok", strings.Repeat("x", maxText+1)},
	} {
		var b bytes.Buffer
		err := EncodePNG(&b, picture(2, 2, 1), []Text{{"fine", "fine"}, c})
		if err == nil || b.Len() != 0 || !strings.Contains(err.Error(), fmt.Sprintf("%q", c.Key)) {
			t.Errorf("key %q: %v, %d bytes written", c.Key, err, b.Len())
		}
	}
	// Seventy-nine characters of Latin-1 are more bytes in UTF-8.
	encode(t, Text{strings.Repeat("ü", 79), "x"})
}

func deflate(s string) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.Bytes()
}

// TestForeignText: what other programs write.
func TestForeignText(t *testing.T) {
	with := func(kind, head, body string) []byte {
		return insert(encode(t), afterHeader, pngChunk(kind, []byte(head+body))...)
	}
	packed := string(deflate("packed ünd"))
	for _, c := range []struct {
		file []byte
		want Text
	}{
		{with("tEXt", "Title\x00", "caf\xe9"), Text{"Title", "café"}},
		{with("zTXt", "Title\x00\x00", string(deflate("caf\xe9"))), Text{"Title", "café"}},
		{with("iTXt", "Title\x00\x01\x00de\x00Titel\x00", packed), Text{"Title", "packed ünd"}},
		{with("iTXt", "Title\x00\x00\x00de\x00Titel\x00", "plain ü"), Text{"Title", "plain ü"}},
	} {
		if got, err := ReadText(bytes.NewReader(c.file)); err != nil || len(got) != 1 || got[0] != c.want {
			t.Errorf("got %q, %v, want %q", got, err, c.want)
		}
	}
	bomb := string(deflate(strings.Repeat("x", maxText+1)))
	for want, file := range map[string][]byte{
		`"tEXt" has no end`:                with("tEXt", "Title", ""),
		`"zTXt" is compressed in an`:       with("zTXt", "Title\x00\x01", packed),
		`"zTXt" cannot be decompressed`:    with("zTXt", "Title\x00\x00", "garbage"),
		`"iTXt" is compressed in an`:       with("iTXt", "Title\x00\x02\x00\x00\x00", packed),
		`"iTXt" has no end of its transl`:  with("iTXt", "Title\x00\x00\x00de\x00", "x"),
		`"iTXt" is not UTF-8`:              with("iTXt", "Title\x00\x00\x00\x00\x00", "\xff"),
		"more than 16777216 bytes of text": with("zTXt", "Title\x00\x00", bomb),
		"not a PNG file":                   seeds(t)["rgb.bmp"],
	} {
		if _, err := ReadText(bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	// A chunk may claim up to 4 GB; memory is not taken for it.
	claim := append([]byte(pngMagic), "\xff\xff\xff\xfftEXt"...)
	if _, err := ReadText(bytes.NewReader(claim)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("4 GB of text: %v", err)
	}
}

func TestDamagedText(t *testing.T) {
	file := encode(t, Text{"Title", "something"}, Text{"Author", "→"})
	for n := range file {
		if _, err := ReadText(bytes.NewReader(file[:n])); err == nil && n < len(file)-4 {
			t.Fatalf("cut to %d of %d bytes: no error", n, len(file))
		}
	}
	i := bytes.Index(file, []byte("something"))
	file[i]++
	if _, err := ReadText(bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), "wrong checksum") {
		t.Errorf("got %v", err)
	}
}

// FuzzReadText: no file makes it panic, and texts that can be written come back.
func FuzzReadText(f *testing.F) {
	f.Add(encode(f, Text{"Title", "a"}, Text{"Author", "→"}))
	f.Add(insert(encode(f), afterHeader, pngChunk("zTXt", append([]byte("T\x00\x00"), deflate("x")...))...))
	r := rand.New(rand.NewPCG(1, 2))
	noise := []byte(pngMagic)
	for range 50 {
		noise = append(noise, byte(r.Uint32()))
	}
	f.Add(noise)
	f.Fuzz(func(t *testing.T, file []byte) {
		text, err := ReadText(bytes.NewReader(file))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if EncodePNG(&b, tensor.New(1, 3, 1, 1), text) != nil {
			return // a foreign file may break the rules for keywords
		}
		if again, err := ReadText(&b); err != nil || !slices.Equal(again, text) {
			t.Fatalf("%q became %q, %v", text, again, err)
		}
	})
}
