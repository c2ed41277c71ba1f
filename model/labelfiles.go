package model

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A labelRow is what a file says about one class: its number, or -1 if its position is its number,
// and its names, written as in a line of a plain file.
type labelRow struct {
	index int
	line  string
}

// labelLines converts a file of class names to the form of a plain file: a line for each class, in
// the order of the logits. A file that is neither JSON nor a table has that form already.
func labelLines(text string) ([]string, error) {
	if isLiteral(text) {
		l, err := parseLiteral(text)
		if err != nil {
			return nil, err
		}
		rows, err := literalRows(l)
		if err != nil {
			return nil, err
		}
		return orderRows(rows)
	}
	if rows := tableRows(text); rows != nil {
		return orderRows(rows)
	}
	lines := strings.Split(text, "\n")
	if rows := numberedRows(lines); rows != nil {
		return orderRows(rows)
	}
	return lines, nil
}

var numberedLine = regexp.MustCompile(`^\s*(\d{1,7})\s*[:.)=-]?\s+(\S.*)$`)

// numberedRows reads lines as "0: tench"; nil unless their numbers are 0, 1, 2 and so on, each once. Other numbers
// are part of the names: "1 cent", "5 cents".
func numberedRows(lines []string) []labelRow {
	if len(lines) < 2 {
		return nil
	}
	rows, seen := make([]labelRow, len(lines)), make([]bool, len(lines))
	for i, line := range lines {
		m := numberedLine.FindStringSubmatch(line)
		if m == nil {
			return nil
		}
		n, ok := classNumber(m[1])
		if !ok || n >= len(lines) || seen[n] {
			return nil
		}
		rows[i], seen[n] = labelRow{n, m[2]}, true
	}
	return rows
}

// isLiteral reports whether a text begins as JSON does; a name such as "[UNK]" does not.
func isLiteral(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	if text == "" || text[0] != '{' && text[0] != '[' {
		return false
	}
	next := strings.TrimLeft(text[1:], " \t\r\n")
	return next == "" || strings.IndexByte(`"'[{]}0123456789-`, next[0]) >= 0
}

// orderRows puts the classes in the order of their numbers, which must be 0, 1, 2 and so on.
func orderRows(rows []labelRow) ([]string, error) {
	if len(rows) == 0 {
		return nil, fmt.Errorf("the file names no class")
	}
	if len(rows) > MaxClasses {
		return nil, fmt.Errorf("%d classes are too many, at most %d are read", len(rows), MaxClasses)
	}
	lines, seen := make([]string, len(rows)), make([]bool, len(rows))
	least, beyond := rows[0].index, -1
	for i, r := range rows {
		if r.index < 0 {
			r.index = i
		}
		least = min(least, r.index)
		if r.index >= len(rows) {
			beyond = max(beyond, r.index)
			continue
		}
		if seen[r.index] {
			return nil, fmt.Errorf("class %d is named twice: %.40q and %.40q", r.index, lines[r.index], r.line)
		}
		lines[r.index], seen[r.index] = oneLine(r.line), true
	}
	if gap := slices.Index(seen, false); gap >= 0 {
		hint := ""
		if gap == 0 && least == 1 {
			hint = "; the numbers begin at 1, those of a network's outputs at 0"
		}
		return nil, fmt.Errorf("%d names with numbers up to %d, but none for class %d%s", len(rows), max(beyond, len(rows)-1), gap, hint)
	}
	return lines, nil
}

// oneLine returns a name without line breaks and other control characters.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

// wrappers are the keys under which a dictionary may have the names, best first: of a Hugging Face
// config.json, of data sets in PyTorch, and of descriptions of data.
var wrappers = []string{"id2label", "idx_to_class", "idx2label", "class_to_idx", "label2id", "names", "classes", "labels", "class_names", "categories"}

// literalRows finds the classes in JSON: a list of names, a dictionary from numbers to names or
// from names to numbers, or one of these under a key of wrappers. A name may be a list of a synset
// and names, or, within a list, a dictionary with id and name.
func literalRows(l literal) ([]labelRow, error) {
	switch l.kind {
	case listLiteral:
		rows := make([]labelRow, len(l.items))
		for i, item := range l.items {
			rows[i].index = -1
			var err error
			if item.kind == dictLiteral {
				rows[i], err = describedRow(item)
			} else {
				rows[i].line, err = nameOf(item)
			}
			if err != nil {
				return nil, fmt.Errorf("item %d of the list is %w", i, err)
			}
		}
		return rows, numberedAlike(rows)
	case dictLiteral:
		return dictRows(l)
	}
	return nil, fmt.Errorf("the JSON has no list of names")
}

func dictRows(l literal) ([]labelRow, error) {
	for _, key := range wrappers {
		if i := slices.Index(l.keys, key); i >= 0 && (l.items[i].kind == listLiteral || l.items[i].kind == dictLiteral) {
			rows, err := literalRows(l.items[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			return rows, nil
		}
	}
	inverted := len(l.items) > 0
	for _, v := range l.items {
		if _, ok := classNumber(v.text); v.kind != numberLiteral || !ok {
			inverted = false
		}
	}
	rows, keys := make([]labelRow, len(l.keys)), map[string]bool{}
	for i, key := range l.keys {
		if keys[key] {
			return nil, fmt.Errorf("the key %.40q is there twice", key)
		}
		keys[key] = true
		if inverted {
			rows[i].index, _ = classNumber(l.items[i].text)
			rows[i].line = key
			continue
		}
		n, ok := classNumber(key)
		if !ok {
			return nil, fmt.Errorf("the key %.40q is no number of a class: want numbers with names, names with numbers, or one of the keys %s",
				key, strings.Join(wrappers, ", "))
		}
		line, err := nameOf(l.items[i])
		if err != nil {
			return nil, fmt.Errorf("class %d is %w", n, err)
		}
		rows[i] = labelRow{n, line}
	}
	return rows, nil
}

// classNumber parses the number of a class.
func classNumber(s string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	return n, err == nil && n >= 0 && n < MaxClasses
}

// nameOf returns the names of a class: text, or a list of texts.
func nameOf(l literal) (string, error) {
	switch l.kind {
	case textLiteral, numberLiteral:
		return l.text, nil
	case listLiteral:
		var names []string
		for _, item := range l.items {
			if item.kind != textLiteral {
				return "", fmt.Errorf("a list with something else than text")
			}
			names = append(names, item.text)
		}
		if len(names) > 1 && synsetLine.MatchString(names[0]) {
			return names[0] + " " + strings.Join(names[1:], ", "), nil
		}
		return strings.Join(names, ", "), nil
	}
	return "", fmt.Errorf("no name: want text, or a list of a synset and names")
}

// describedRow reads {"id": 0, "name": "tench"}.
func describedRow(l literal) (labelRow, error) {
	row, named := labelRow{index: -1}, false
	for i, key := range l.keys {
		v := l.items[i]
		n, ok := classNumber(v.text)
		switch {
		case slices.Contains(indexWords, strings.ToLower(key)) && v.kind == numberLiteral && ok && row.index < 0:
			row.index = n
		case slices.Contains(nameWords, strings.ToLower(key)) && v.kind == textLiteral && !named:
			row.line, named = v.text, true
		}
	}
	if !named {
		return row, fmt.Errorf("a dictionary without name: want {\"id\": 0, \"name\": \"tench\"}")
	}
	return row, nil
}

// numberedAlike returns an error unless all rows have numbers, or none.
func numberedAlike(rows []labelRow) error {
	for i, r := range rows {
		if (r.index < 0) != (rows[0].index < 0) {
			return fmt.Errorf("item %d of the list has a number or lacks one, unlike item 0", i)
		}
	}
	return nil
}

// The words in the first line that mark the columns of a table of classes, best first.
var (
	indexWords  = []string{"index", "idx", "class_index", "class_idx", "class_id", "classid", "label_id", "target", "number", "id", "class", "label", ""}
	nameWords   = []string{"name", "class_name", "classname", "label_name", "label", "class", "names", "labels", "classes", "category", "title", "description", "english"}
	synsetWords = []string{"synset", "wnid", "synset_id", "wordnet", "wordnet_id", "code", "class_code"}
)

// tableRows finds the classes in a table whose columns are separated by commas, tabs or semicolons;
// nil if the text is not a table. A table has the same number of columns, two or more, in each
// line, and known heads, a column of numbers, or one of synsets: "automobile, car" is a class with
// a synonym.
func tableRows(text string) []labelRow {
	for _, comma := range []rune{'\t', ',', ';'} {
		cells := tableCells(text, comma)
		if cells == nil {
			continue
		}
		if rows := columnRows(cells); rows != nil {
			return rows
		}
	}
	return nil
}

// tableCells reads a table; nil unless every line has the same number of cells, at least two.
func tableCells(text string, comma rune) [][]string {
	first, _, _ := strings.Cut(text, "\n")
	if !strings.ContainsRune(first, comma) {
		return nil
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.TrimLeadingSpace = comma, comma != '\t'
	var cells [][]string
	for {
		row, err := r.Read()
		if err == io.EOF {
			return cells
		}
		if err != nil || len(row) < 2 {
			return nil
		}
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		cells = append(cells, row)
	}
}

// columnRows finds the columns with numbers, names and synsets.
func columnRows(cells [][]string) []labelRow {
	var head []string
	for _, c := range cells[0] {
		head = append(head, strings.ToLower(strings.ReplaceAll(c, " ", "_")))
	}
	headed := func(h string) bool {
		return slices.Contains(indexWords, h) || slices.Contains(nameWords, h) || slices.Contains(synsetWords, h)
	}
	known := 0
	for _, h := range head {
		if headed(h) {
			known++
		}
	}
	body := cells
	if known > 1 || known == 1 && len(cells) > 1 && column(cells[:1], isNumber) == nil && column(cells[1:], isNumber) != nil {
		body = cells[1:]
	} else {
		head = nil
	}
	if len(body) == 0 {
		return nil
	}
	numbers, synsets := column(body, isNumber), column(body, isSynset)
	var texts []int
	for i := range body[0] {
		if !slices.Contains(numbers, i) && !slices.Contains(synsets, i) {
			texts = append(texts, i)
		}
	}
	index, synset, name := best(numbers, head, indexWords), best(synsets, head, synsetWords), best(texts, head, nameWords)
	if head != nil && name < 0 && len(texts) > 0 {
		name = texts[0]
	}
	if name < 0 && synset < 0 || head == nil && index < 0 && synset < 0 {
		return nil
	}
	rows := make([]labelRow, len(body))
	for i, cell := range body {
		rows[i].index = -1
		if index >= 0 {
			rows[i].index, _ = classNumber(cell[index])
		}
		if synset >= 0 {
			rows[i].line = cell[synset] + " "
		}
		if name >= 0 {
			rows[i].line += cell[name]
		}
	}
	return rows
}

func isNumber(s string) bool { _, ok := classNumber(s); return ok }

func isSynset(s string) bool { return synsetLine.MatchString(s) && !strings.ContainsAny(s, " \t") }

// column returns the columns whose cells are all of a kind.
func column(cells [][]string, is func(string) bool) []int {
	var out []int
	for i := range cells[0] {
		if !slices.ContainsFunc(cells, func(row []string) bool { return !is(row[i]) }) {
			out = append(out, i)
		}
	}
	return out
}

// best returns the column with the best head; without heads the first one; or -1.
func best(columns []int, head, words []string) int {
	if len(columns) == 0 {
		return -1
	}
	if head == nil {
		return columns[0]
	}
	for _, w := range words {
		for _, c := range columns {
			if head[c] == w {
				return c
			}
		}
	}
	return -1
}
