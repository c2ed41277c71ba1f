package wording

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Shown reports whether a character can be seen and does nothing else: it controls no terminal, does
// not change the direction of what is around it, and is not invisible.
func Shown(r rune) bool {
	return (unicode.IsPrint(r) || unicode.Is(unicode.Zs, r)) && r != unicode.ReplacementChar &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// Printable makes one line of a text of somebody else's that is safe to show: a question mark stands
// for every character that is not [Shown], and a space for spaces of all kinds and ends of lines.
// Those that only join characters or choose between their forms are left out.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Z, r):
			return ' '
		case r == '\u200c' || r == '\u200d' || unicode.Is(unicode.Variation_Selector, r):
			return -1
		case Shown(r):
			return r
		}
		return '?'
	}, s)
}

// Text is for what is put together of many texts, which keeps its lines and tabs: a question mark
// stands for every other character that is not [Shown].
func Text(s string) string { return strings.Map(textRune, s) }

func textRune(r rune) rune {
	if r == '\n' || r == '\t' || Shown(r) {
		return r
	}
	return '?'
}

// JSON writes the characters of encoded JSON that are not [Shown] as escapes, so that a terminal
// sees none of them and a decoder all.
func JSON(b []byte) []byte {
	safe := func(r rune) bool { return r == '\n' || Shown(r) }
	if !strings.ContainsFunc(string(b), func(r rune) bool { return !safe(r) }) {
		return b
	}
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, r := range string(b) {
		if safe(r) {
			out = utf8.AppendRune(out, r)
			continue
		}
		for _, u := range utf16.AppendRune(nil, r) {
			out = append(out, '\\', 'u', digits[u>>12], digits[u>>8&15], digits[u>>4&15], digits[u&15])
		}
	}
	return out
}

// NewWriter returns a writer that passes on what it gets as [Text] does: the last net before a
// terminal. It holds back the beginning of a character until the rest comes.
func NewWriter(w io.Writer) io.Writer { return &netWriter{w: w} }

type netWriter struct {
	w    io.Writer
	held []byte
}

func (n *netWriter) Write(b []byte) (int, error) {
	all := append(n.held, b...)
	end := len(all)
	for i := max(0, end-utf8.UTFMax+1); i < end; i++ {
		if utf8.RuneStart(all[i]) && !utf8.FullRune(all[i:]) {
			end = i
			break
		}
	}
	n.held = append([]byte(nil), all[end:]...)
	if _, err := io.WriteString(n.w, Text(string(all[:end]))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Command writes the words of a command for a shell. What is copied from it contains no character
// that is not [Shown], since a terminal would act on some of them even inside quotes; such a word is
// in the form $'...', which bash, zsh and ksh know.
func Command(words ...string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = shellWord(w)
	}
	return strings.Join(out, " ")
}

func shellWord(w string) string {
	plain := func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("_-./:=,@%+", r)
	}
	switch {
	case w != "" && w[0] != '=' && !strings.ContainsFunc(w, func(r rune) bool { return !plain(r) }):
		return w
	case utf8.ValidString(w) && !strings.ContainsFunc(w, func(r rune) bool { return !Shown(r) }):
		return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for rest := w; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == '\'' || r == '\\':
			b.WriteString("\\" + string(r))
		case Shown(r):
			b.WriteRune(r)
		default:
			for _, c := range []byte(rest[:size]) {
				b.Write([]byte{'\\', '0' + c>>6, '0' + c>>3&7, '0' + c&7})
			}
		}
		rest = rest[size:]
	}
	return b.String() + "'"
}
