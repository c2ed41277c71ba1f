package model

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A literal is a value of JSON, or of Python if it is written alike: text, a number, a list or a
// dictionary. Its kind says which.
type literal struct {
	kind  literalKind
	text  string    // of a text; also of a number or word, as it is written
	items []literal // of a list; for a dictionary its values
	keys  []string  // of a dictionary
}

type literalKind int

const (
	textLiteral literalKind = iota
	numberLiteral
	wordLiteral // true, False, null
	listLiteral
	dictLiteral
)

// Limits of literals in label files.
const (
	maxLiteralDepth = 32
	maxLiterals     = 1 << 21
)

// A literalReader reads literals from the front of rest; after an error it does not move on.
type literalReader struct {
	text  string
	at    int
	count int
	err   error
}

// parseLiteral parses a text that is one literal. It accepts Python's single quotes, numbers as
// keys and a comma behind the last item.
func parseLiteral(text string) (literal, error) {
	r := &literalReader{text: text}
	l := r.value(0)
	r.blanks()
	if r.err == nil && r.at < len(text) {
		r.fail("more text behind its end")
	}
	return l, r.err
}

func (r *literalReader) fail(format string, args ...any) {
	if r.err == nil {
		line := 1 + strings.Count(r.text[:r.at], "\n")
		r.err = fmt.Errorf("line %d of the JSON: %s", line, fmt.Sprintf(format, args...))
	}
}

func (r *literalReader) blanks() {
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		r.at++
	}
}

// take skips a character and returns true if it comes next.
func (r *literalReader) take(c byte) bool {
	r.blanks()
	if r.err != nil || r.at == len(r.text) || r.text[r.at] != c {
		return false
	}
	r.at++
	return true
}

func (r *literalReader) value(depth int) (l literal) {
	r.blanks()
	if r.count++; r.count > maxLiterals || depth > maxLiteralDepth {
		r.fail("more values, or deeper ones, than a list of class names has")
	}
	switch {
	case r.err != nil:
	case r.at == len(r.text):
		r.fail("it ends early")
	case r.take('['):
		l.kind = listLiteral
		for r.err == nil && !r.take(']') {
			l.items = append(l.items, r.value(depth+1))
			r.comma(']')
		}
	case r.take('{'):
		l.kind = dictLiteral
		for r.err == nil && !r.take('}') {
			key := r.scalar()
			if !r.take(':') {
				r.fail("want : behind a key")
			}
			l.keys, l.items = append(l.keys, key.text), append(l.items, r.value(depth+1))
			r.comma('}')
		}
	default:
		return r.scalar()
	}
	return l
}

// comma skips the comma between two items, unless the end comes next.
func (r *literalReader) comma(end byte) {
	if r.err != nil || r.take(',') {
		return
	}
	if r.blanks(); r.at == len(r.text) || r.text[r.at] != end {
		r.fail("want , or %c", end)
	}
}

// scalar reads text, a number or a word.
func (r *literalReader) scalar() literal {
	r.blanks()
	rest := r.text[r.at:]
	if rest == "" {
		r.fail("it ends early")
		return literal{}
	}
	if quote := rest[0]; quote == '"' || quote == '\'' {
		end := 1
		for end < len(rest) && rest[end] != quote {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(rest) {
			r.fail("text without end")
			return literal{}
		}
		s, err := unquoteLiteral(rest[1:end], quote)
		if err != nil {
			r.fail("%v", err)
		}
		r.at += end + 1
		return literal{kind: textLiteral, text: s}
	}
	end := strings.IndexAny(rest, " \t\r\n,:[]{}\"'")
	if end < 0 {
		end = len(rest)
	}
	word := rest[:end]
	if _, err := strconv.ParseFloat(word, 64); err == nil && word != "" {
		r.at += end
		return literal{kind: numberLiteral, text: word}
	}
	switch word {
	case "true", "false", "null", "True", "False", "None":
		r.at += end
		return literal{kind: wordLiteral, text: word}
	}
	r.fail("want a value at %.20q", rest)
	return literal{}
}

// unquoteLiteral returns the text between quotes.
func unquoteLiteral(s string, quote byte) (string, error) {
	if quote == '\'' { // to JSON's quotes: \' becomes ', and " becomes \"
		s = strings.ReplaceAll(strings.ReplaceAll(s, `\'`, `'`), `\"`, `"`)
		s = strings.ReplaceAll(s, `"`, `\"`)
	}
	var out string
	if err := json.Unmarshal([]byte(`"`+s+`"`), &out); err != nil || !utf8.ValidString(out) {
		return "", fmt.Errorf("the text %.20q cannot be read", s)
	}
	return out, nil
}
