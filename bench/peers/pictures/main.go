// The command pictures compares what hoodwink decodes with what make.py says that others do, and prints a
// table: equal, refused by name, and the two faults: other pixels, and a file that is in order called damaged.
//
//	go run ./bench/peers/pictures FOLDER
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/preprocess"
)

type entry struct {
	File, Format, Pixels, Why string
	Width, Height, Tolerance  int
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: pictures FOLDER")
	}
	data, err := os.ReadFile(filepath.Join(os.Args[1], "manifest.json"))
	if err != nil {
		log.Fatal(err)
	}
	var files []entry
	if err := json.Unmarshal(data, &files); err != nil {
		log.Fatal(err)
	}
	verdicts := []string{"equal", "refused by name", "no oracle", "wrong", "called damaged"}
	counts, formats := map[string]map[string]int{}, []string{}
	for _, e := range files {
		verdict, why := judge(os.Args[1], e)
		if counts[e.Format] == nil {
			counts[e.Format] = map[string]int{}
			formats = append(formats, e.Format)
		}
		counts[e.Format][verdict]++
		if verdict != "equal" {
			fmt.Fprintf(os.Stderr, "%s: %s: %s\n", verdict, e.File, why)
		}
	}
	fmt.Printf("| format | files | %s |\n|---%s|\n", strings.Join(verdicts, " | "), strings.Repeat("|---", 1+len(verdicts)))
	for _, f := range formats {
		n := 0
		row := ""
		for _, v := range verdicts {
			n += counts[f][v]
			row += fmt.Sprintf(" | %d", counts[f][v])
		}
		fmt.Printf("| %s | %d%s |\n", f, n, row)
	}
}

// judge decodes one file and says how that went, and why.
func judge(folder string, e entry) (verdict, why string) {
	p, err := preprocess.ReadFile(filepath.Join(folder, e.File), preprocess.Limits{})
	if err != nil {
		var pe *preprocess.Error
		if errors.As(err, &pe) && (strings.Contains(pe.Msg, "of a kind that is not supported") || strings.Contains(pe.Msg, "looks like") && !strings.Contains(pe.Msg, "unknown kind")) && pe.Advice != "" {
			return "refused by name", err.Error()
		}
		if e.Pixels == "" {
			return "no oracle", err.Error() + " | " + e.Why
		}
		return "called damaged", err.Error()
	}
	if e.Pixels == "" {
		return "no oracle", "decoded | " + e.Why
	}
	want, err := os.ReadFile(filepath.Join(folder, e.Pixels))
	if err != nil {
		log.Fatal(err)
	}
	h, w := p.Size()
	if h != e.Height || w != e.Width {
		return "wrong", fmt.Sprintf("%d x %d, want %d x %d", w, h, e.Width, e.Height)
	}
	got := make([]byte, 3*h*w)
	for i := range h * w {
		for c := range 3 {
			got[3*i+c] = uint8(preprocess.Level(p.Pixels.Data[c*h*w+i]))
		}
	}
	if slices.Equal(got, want) {
		return "equal", ""
	}
	off, first, largest := 0, -1, 0
	for i := range got {
		if d := max(int(got[i])-int(want[i]), int(want[i])-int(got[i])); d > e.Tolerance {
			off, largest = off+1, max(largest, d)
			if first < 0 {
				first = i
			}
		}
	}
	if off == 0 {
		return "equal", ""
	}
	return "wrong", fmt.Sprintf("%d of %d values by up to %d, first (%d,%d) %v want %v", off, len(got), largest, first/3%w, first/3/w, got[first/3*3:][:3], want[first/3*3:][:3])
}
