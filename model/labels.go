package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"hoodwink/internal/wording"
)

// A Class is one answer a classifier can give.
type Class struct {
	Index  int    `json:"class"`  // position of its logit
	Synset string `json:"synset"` // WordNet identifier such as n02510455, or ""
	Label  string `json:"label"`  // its first name: "giant panda"
}

// Labels are the names of a model's classes.
type Labels struct {
	synsets []string
	names   [][]string
	folded  [][]string // names in the form in which they are compared
	missing bool       // no file named the classes
}

// Limits of label files: the largest public set of classes has 21842.
const (
	maxLabelBytes = 16 << 20

	// MaxClasses bounds the classes of a network.
	MaxClasses = 1 << 20
)

var synsetLine = regexp.MustCompile(`^(n\d{8})(?:\s+(.*))?$`)

// ParseLabels reads a file of class names: one class a line, in the order of the logits, its
// synonyms separated by commas. If every line starts with a WordNet identifier, as in
// synset_words.txt ("n01440764 tench, Tinca tinca"), that becomes the class's synset. An empty line
// is a class without a name; empty lines at the end do not count.
//
// The file may also be JSON or a table, which is recognised by its content:
//
//   - ["tench", "goldfish"]; {"0": "tench", "1": "goldfish"}; {"tench": 0, "goldfish": 1};
//     {"0": ["n01440764", "tench"]}, as Keras has ImageNet's; [{"id": 0, "name": "tench"}]; any of
//     these under id2label, as in a Hugging Face config.json, class_to_idx, names, classes or labels;
//     a dictionary in Python's spelling;
//   - columns separated by commas, tabs or semicolons. The first line has heads such as index, name,
//     synset; without heads, it must have a column of numbers or of WordNet identifiers.
//
// Numbers must be 0, 1, 2 and so on, each once, in any order. Lines that all begin with such numbers ("0 tench",
// "0: tench", "0. tench") are in their order too.
func ParseLabels(data []byte) (*Labels, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(data) > maxLabelBytes {
		return nil, fmt.Errorf("%d bytes is too much for a list of class names", len(data))
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, fmt.Errorf("it is UTF-16: save it as UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)")
	}
	if i := bytes.IndexByte(data, 0); i >= 0 || !utf8.Valid(data) {
		return nil, fmt.Errorf("not a text file of class names")
	}
	text := strings.TrimRight(string(data), "\r\n \t")
	if text == "" {
		return nil, fmt.Errorf("the file names no class")
	}
	if n := strings.Count(text, "\n") + 1; n > MaxClasses {
		return nil, fmt.Errorf("%d classes are too many, at most %d are read", n, MaxClasses)
	}
	lines, err := labelLines(text)
	if err != nil {
		return nil, err
	}
	return newLabels(lines)
}

// newLabels reads the lines of a file of class names. From here on no name has characters that
// cannot be seen, or that control a terminal.
func newLabels(lines []string) (*Labels, error) {
	lines = slices.Clone(lines)
	synsets := make([]string, len(lines))
	rest := make([]string, len(lines))
	for i, line := range lines {
		line = strings.TrimSpace(wording.Printable(line))
		lines[i] = line
		if m := synsetLine.FindStringSubmatch(line); m != nil {
			synsets[i], rest[i] = m[1], m[2]
		} else {
			rest = nil
			break
		}
	}
	if rest == nil {
		synsets, rest = make([]string, len(lines)), lines
	}
	l := &Labels{synsets: synsets}
	for _, r := range rest {
		var names, folded []string
		for name := range strings.SplitSeq(r, ",") {
			if name = strings.TrimSpace(name); name != "" {
				names, folded = append(names, name), append(folded, fold(name))
			}
		}
		l.names, l.folded = append(l.names, names), append(l.folded, folded)
	}
	return l, nil
}

// NoLabels returns labels for n classes that no file names: "class 0", "class 1", ...
func NoLabels(n int) *Labels {
	return &Labels{synsets: make([]string, n), names: make([][]string, n), folded: make([][]string, n), missing: true}
}

// withOpposite returns two classes: the second is the only class of l, the first means that it is
// absent.
func (l *Labels) withOpposite() *Labels {
	not := "not " + l.Class(0).Label
	return &Labels{synsets: []string{"", l.synsets[0]}, names: [][]string{{not}, l.names[0]}, folded: [][]string{{fold(not)}, l.folded[0]}, missing: l.missing}
}

// Len returns the number of classes.
func (l *Labels) Len() int { return len(l.names) }

// Named reports whether the classes have names, and not only numbers.
func (l *Labels) Named() bool { return !l.missing }

// Class returns class i. It panics if there is none.
func (l *Labels) Class(i int) Class {
	c := Class{Index: i, Synset: l.synsets[i], Label: l.synsets[i]}
	switch {
	case len(l.names[i]) > 0:
		c.Label = l.names[i][0]
	case c.Label == "":
		c.Label = fmt.Sprintf("class %d", i)
	}
	return c
}

// Names returns all names of class i, the first of which is its label.
func (l *Labels) Names(i int) []string {
	if len(l.names[i]) == 0 {
		return []string{l.Class(i).Label}
	}
	return append([]string(nil), l.names[i]...)
}

// fold returns the form in which names are compared: without case and punctuation, and with spaces,
// hyphens and underscores all the same.
func fold(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		switch r {
		case ' ', '\t', '-', '_', '/':
			gap = b.Len() > 0
		case '\'', '.', '’', ',', '"':
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// fileName returns the name of a file with these names.
func (l *Labels) fileName() string {
	if l.synsets[0] != "" {
		return ImageNetNames
	}
	return "labels.txt"
}

// write writes the names for ParseLabels: as lines, or as a JSON list if it would take the lines
// for something else.
func (l *Labels) write(w io.Writer) error {
	lines := make([]string, len(l.names))
	for i, names := range l.names {
		lines[i] = strings.Join(names, ", ")
		if l.synsets[i] != "" {
			lines[i] = strings.TrimSpace(l.synsets[i] + " " + lines[i])
		}
	}
	text := strings.Join(lines, "\n") + "\n"
	if read, err := labelLines(strings.TrimRight(text, "\r\n \t")); err != nil || !slices.Equal(read, strings.Split(strings.TrimRight(text, "\r\n \t"), "\n")) {
		list, err := json.Marshal(lines)
		if err != nil {
			return err
		}
		text = string(list) + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}
