package wording

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestWording(t *testing.T) {
	for got, want := range map[string]string{
		Printable("a\x1b[2J\u202eb\ufffd ü"):      "a?[2J?b? ü",
		Shape([]int{64, 3, 7, 7}):                 "(64,3,7,7)",
		Shape(nil):                                "()",
		Some([]string{"a", "b", "c"}, 3):          "a, b, c",
		Some([]string{"a", "b", "c"}, 1):          "a, and 2 more",
		Quoted([]string{"a", "b\n", "c", "d"}, 2): `"a", "b\n", and 2 more`,
		Quoted(nil, 2):                            "",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestPrintable: nothing that cannot be seen is left, and what people write is.
func TestPrintable(t *testing.T) {
	const text = "Größe 大熊猫 κόσμος ❤ 100\u00a0%"
	if got := Text(text + "\n\tx"); got != text+"\n\tx" {
		t.Errorf("%q", got)
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		bad := unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Bidi_Control)
		if Shown(r) && (bad || r == utf8.RuneError) {
			t.Fatalf("%U is shown", r)
		}
		for _, got := range Printable(string(r)) {
			if !Shown(got) || got == '\u3000' {
				t.Fatalf("%U becomes %U", r, got)
			}
		}
		if r > 0x3100 && r%101 != 0 {
			continue
		}
		in, err := json.Marshal(string(r))
		if err != nil {
			t.Fatal(err)
		}
		var back string
		out := JSON(in)
		if err := json.Unmarshal(out, &back); err != nil || back != strings.ToValidUTF8(string(r), "\ufffd") || Text(string(out)) != string(out) {
			t.Fatalf("%U as JSON is %q, read as %q, %v", r, out, back, err)
		}
	}
}

// TestWriter: characters that come in parts are whole, and half ones are not shown.
func TestWriter(t *testing.T) {
	const text = "ä€𝄞\x1b[2J\u202e\u0085ok\n"
	var b strings.Builder
	w := NewWriter(&b)
	for i := range len(text) {
		if n, err := w.Write([]byte{text[i]}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if got, want := b.String(), "ä€𝄞?[2J??ok\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b.Reset()
	w.Write([]byte("a\xe2\x82"))
	w.Write([]byte("b\xff\n"))
	if got, want := b.String(), "a?b?\n"; got != want && got != "a??b?\n" {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestCommand: bash reads the words as they were, and nothing in a command is not shown.
func TestCommand(t *testing.T) {
	words := []string{"fool", "a b", "", "it's", "$HOME `id` \"x\"", "a;b|c&d", "~", "=ls", "{a,b}", "\x1b[31m'\\\u202e\n\x03\x15rm\r", "\xff\xfe9", "\u009b2J", "大", "!!", "*?", "a\\b", "-n", "#x"}
	line := Command(words...)
	for _, r := range line {
		if !Shown(r) {
			t.Errorf("%U in %q", r, line)
		}
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	out, err := exec.Command(bash, "-c", `printf '%s\0' `+line).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, words) {
		t.Errorf("%q became %q", words, got)
	}
}
