// Compare runs the tests of single operators that collect.py has written, and compares what
// comes out with what they want, or what ONNX Runtime gives where it does not do what they want:
//
//	go run ./bench/peers/nodetests/compare [-v] DIR
//
// It prints Markdown: how many files of each folder are equal, refused and wrong, and why
// files are refused. With -v it also lists the files that are not equal. It ends with status
// 1 if a file is wrong.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"hoodwink/internal/npy"
	"hoodwink/nn"
	"hoodwink/onnx"
)

// Largest differences allowed; the tests' own are 1e-3 and 1e-7, for float32 throughout.
const (
	relative = 1e-3
	absolute = 1e-5
)

// runtime has the results of ONNX Runtime 1.32 for tests that it does not pass. In these the
// corners of a picture are put where a fraction of a pixel would be; the text of the
// specification, PyTorch and ONNX Runtime put them on the last pixel.
var runtime = map[string][]float32{
	"test_resize_downsample_scales_linear_align_corners.0": {1, 4},
	"test_resize_downsample_scales_cubic_align_corners.0":  {1, 2.5, 4, 7, 8.5, 10, 13, 14.5, 16},
}

func main() {
	verbose := flag.Bool("v", false, "list the files that are not equal")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: compare [-v] DIR")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	wrong, err := run(flag.Arg(0), *verbose)
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%d files are wrong", wrong)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare: error:", err)
		os.Exit(1)
	}
}

// run judges the files of both folders and returns the number of those that are wrong.
func run(dir string, verbose bool) (wrong int, err error) {
	fmt.Println("| inputs | files | equal | refused | wrong |")
	fmt.Println("|---|---:|---:|---:|---:|")
	reasons := map[string]int{}
	var list []string
	for _, mode := range []string{"picture", "known"} {
		files, err := filepath.Glob(filepath.Join(dir, mode, "*.onnx"))
		if err != nil || len(files) == 0 {
			return wrong, errors.Join(err, fmt.Errorf("no files in %s", filepath.Join(dir, mode)))
		}
		equal, refused, bad := 0, 0, 0
		for _, file := range files {
			reason, err := judge(strings.TrimSuffix(file, ".onnx"))
			switch {
			case reason != "":
				refused++
				reasons[reason]++
				list = append(list, fmt.Sprintf("%s: refused: %s", file, reason))
			case err != nil:
				bad++
				list = append(list, fmt.Sprintf("%s: wrong: %v", file, err))
			default:
				equal++
			}
		}
		fmt.Printf("| %s | %d | %d | %d | %d |\n", mode, len(files), equal, refused, bad)
		wrong += bad
	}
	fmt.Println("\n| refused | files |\n|---|---:|")
	for _, r := range slices.SortedFunc(maps.Keys(reasons), func(a, b string) int {
		if d := reasons[b] - reasons[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	}) {
		fmt.Printf("| %s | %d |\n", strings.ReplaceAll(r, "|", `\|`), reasons[r])
	}
	if verbose {
		fmt.Println("\n" + strings.Join(list, "\n"))
	}
	return wrong, nil
}

// names and numbers are what reasons of the same kind differ in.
var (
	names   = regexp.MustCompile(`"[^"]*" \(([A-Za-z0-9.]+)\)|node "[^"]*" \(([A-Za-z0-9.]+)\)`)
	quoted  = regexp.MustCompile(`"[^"]*"`)
	numbers = regexp.MustCompile(`\([-\d,]*\)|\[[-\d ]*\]|\b\d+\b`)
)

// judge runs one file: why it was refused, or an error if its result is wrong.
func judge(path string) (reason string, err error) {
	net, err := onnx.Load(path + ".onnx")
	if err != nil {
		reason = strings.TrimPrefix(err.Error(), path+".onnx: ")
		reason = strings.TrimPrefix(reason, "operators that are not supported: ")
		reason = names.ReplaceAllString(reason, "$1$2")
		reason = numbers.ReplaceAllString(quoted.ReplaceAllString(reason, "..."), "#")
		return reason, nil
	}
	s, err := net.NewSession(nn.SessionOptions{ForwardOnly: true, Threads: 1})
	if err != nil {
		return "", err
	}
	_, x, err := npy.ReadFile(path + ".in.npy")
	if err != nil {
		return "", err
	}
	_, want, err := npy.ReadFile(path + ".out.npy")
	if err != nil {
		return "", err
	}
	if len(x) != s.Input().Len() {
		return "", fmt.Errorf("the network takes %d values, the test has %d", s.Input().Len(), len(x))
	}
	tolerance := relative
	if _, r, err := npy.ReadFile(path + ".rounding.npy"); err == nil {
		tolerance = float64(r[0])
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	copy(s.Input().Data, x)
	got := s.Forward().Data
	if other := runtime[filepath.Base(path)]; other != nil {
		for i, v := range other {
			want[i] = float32(math.Copysign(float64(v), float64(want[i])))
		}
	}
	if len(got) != len(want) {
		return "", fmt.Errorf("%d values, want %d", len(got), len(want))
	}
	for i, v := range got {
		w := want[i]
		if v == w || v != v && w != w || math.Abs(float64(v-w)) <= absolute+tolerance*math.Abs(float64(w)) {
			continue
		}
		return "", fmt.Errorf("value %d of %d is %g, want %g", i, len(got), v, w)
	}
	return "", nil
}
