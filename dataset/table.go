package dataset

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxLine bounds a line of a table in bytes: a picture of 1000 x 1000 has room. Each value may take
// ten times its place in the file while the line is read.
const maxLine = 4 << 20

// Table reads a file of values between commas, semicolons or tabs, packed with gzip or not. A line has a picture: its
// label and then its gray values of 0 to 255, row by row of a square. The label is in the column
// called label, class, target or y, otherwise in the first; a first line of names is skipped. MNIST
// and its relatives have this form on sites for competitions. The name is for error messages.
func Table(r io.Reader, name string) (*Packed, error) { return readTable(r, name, newBudget(0)) }

func readTable(r io.Reader, name string, b *budget) (*Packed, error) {
	in, err := unpacked(r)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %v", name, err)
	}
	start, err := in.Peek(3)
	if utf16 := []string{"\xff\xfe", "\xfe\xff"}; err == nil && slices.Contains(utf16, string(start[:2])) {
		return nil, fmt.Errorf("dataset: %s: it is UTF-16: save it as UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)", name)
	}
	lines := &ahead{Reader: in}
	rows := csv.NewReader(lines)
	rows.Comma = separator(in)
	rows.ReuseRecord = true
	out, at := &Packed{}, 0
	for first := true; ; first = false {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("dataset: %s: %w", name, err)
		}
		lines.read = 0
		if first {
			side := square(len(row) - 1)
			if side < 2 || side*side != len(row)-1 {
				return nil, fmt.Errorf("dataset: %s: %d columns: want a label and the pixels of a square, as 785 for 28 x 28", name, len(row))
			}
			out.Size = []int{1, side, side}
			if _, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimPrefix(row[0], "\ufeff")), 64); err != nil {
				at = max(0, slices.IndexFunc(row, func(s string) bool {
					return slices.Contains([]string{"label", "labels", "class", "target", "y"}, strings.ToLower(strings.Trim(s, "\ufeff ")))
				}))
				continue
			}
			row[0] = strings.TrimPrefix(row[0], "\ufeff")
		}
		line, _ := rows.FieldPos(0)
		if err := b.take(1, float64(len(row))+perPicture); err != nil {
			return nil, fmt.Errorf("dataset: %s: line %d: %w", name, line, err)
		}
		for i, s := range row {
			most := 255
			if i == at {
				most = maxArrayLabel - 1
			}
			v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
			if err != nil || !(v >= 0 && v <= float64(most)) || v != math.Trunc(v) {
				return nil, fmt.Errorf("dataset: %s: line %d, column %d is %.20q: want a whole number from 0 to %d", name, line, i+1, s, most)
			}
			if i == at {
				out.Labels = append(out.Labels, int(v))
			} else {
				out.Pixels = append(out.Pixels, uint8(v))
			}
		}
	}
	if len(out.Labels) == 0 {
		return nil, fmt.Errorf("dataset: %s: it has no line of pixels", name)
	}
	return out, nil
}

// ahead is a reader that ends in an error where it has read far ahead of the last row: in a line, a
// quoted value or empty lines without end.
type ahead struct {
	io.Reader
	read int // since the last row
}

func (a *ahead) Read(p []byte) (int, error) {
	if a.read > maxLine {
		return 0, fmt.Errorf("a line has more than the limit of %s", bytesText(maxLine))
	}
	n, err := a.Reader.Read(p)
	a.read += n
	return n, err
}

// separator returns the separator of the values in the first line: a comma, a semicolon or a tab.
func separator(in *bufio.Reader) rune {
	start, _ := in.Peek(4096) // the file may be shorter
	line, _, _ := strings.Cut(string(start), "\n")
	best := ','
	for _, c := range ";\t" {
		if strings.Count(line, string(c)) > strings.Count(line, string(best)) {
			best = c
		}
	}
	return best
}

// openTable reads a table, and, to test with, the table whose name has "test" instead of "train".
func openTable(path string, b *budget) (*Parts, error) {
	train, err := openWith(path, b, readTable)
	if err != nil {
		return nil, err
	}
	p := &Parts{Train: train}
	dir, base := filepath.Split(path)
	at := strings.Index(strings.ToLower(base), "train")
	if at < 0 {
		return p, nil
	}
	p.TrainName = base
	for _, word := range []string{"test", "val", "valid"} {
		if strings.ToUpper(base[at:at+1]) == base[at:at+1] {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		other := base[:at] + word + base[at+len("train"):]
		test, err := openWith(filepath.Join(dir, other), b, readTable)
		switch {
		case err == nil:
			p.Test, p.TestName = test, other
			return p, nil
		case !errors.Is(err, fs.ErrNotExist):
			p.LeftOut = append(p.LeftOut, LeftOut{other, err.Error()})
		}
	}
	return p, nil
}
