// Compare runs the ONNX files that zoo.py or exporters.py has written and compares logits
// and input gradients with those of the framework they come from, which lie beside them:
//
//	go run ./bench/peers/zoo/compare DIR [NAME...]
//
// It prints one row of a Markdown table for each file: how far the logits and the
// gradient are from the framework's in float32, and the gradient from its own in float64.
// The columns "its rounding" say how far the framework in float32 is from itself in
// float64. It ends with status 1 if a file cannot be read or the results are too far
// apart from those in float32.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hoodwink/internal/npy"
	"hoodwink/nn"
	"hoodwink/onnx"
	"hoodwink/tensor"
)

// Largest differences allowed.
const (
	logitsTolerance = 1e-4 // max |got-want| / max |want|
	gradTolerance   = 1e-3 // ||got-want|| / ||want||
	timesItsOwn     = 3    // or this many times the reference's own distance from float64
)

func main() {
	threads := flag.Int("threads", 0, "threads used; 0 means all processors")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: compare [-threads T] DIR [NAME...]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	failed, err := run(flag.Arg(0), flag.Args()[1:], *threads)
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d files failed", failed)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare: error:", err)
		os.Exit(1)
	}
}

// run compares the named networks in the folder, all if none is named, and returns the number of files that failed.
func run(dir string, names []string, threads int) (failed int, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.onnx"))
	if err != nil {
		return 0, err
	}
	if len(names) > 0 {
		files = slices.DeleteFunc(files, func(file string) bool { return !slices.Contains(names, network(file)) })
	}
	for _, name := range names {
		if !slices.ContainsFunc(files, func(file string) bool { return network(file) == name }) {
			return 0, fmt.Errorf("no %s", filepath.Join(dir, name, "*.onnx"))
		}
	}
	if len(files) == 0 {
		return 0, fmt.Errorf("no %s", filepath.Join(dir, "*", "*.onnx"))
	}
	fmt.Println("| model | file | logits | its rounding | gradient | from float64 | its rounding | verdict |")
	fmt.Println("|---|---:|---:|---:|---:|---:|---:|---|")
	for _, file := range files {
		d, err := compare(file, threads)
		if err != nil {
			failed++
		}
		fmt.Printf("| %s | %s | %s | %s |\n", network(file), export(file), d, verdict(err))
	}
	return failed, nil
}

func network(file string) string { return filepath.Base(filepath.Dir(file)) }

func export(file string) string {
	return strings.TrimSuffix(filepath.Base(file), ".onnx")
}

func verdict(err error) string {
	if err == nil {
		return "agrees"
	}
	return strings.NewReplacer("\n", " ", "|", `\|`).Replace(err.Error())
}

// differences are relative; NaN where nothing was computed.
type differences struct {
	logits, grad float64 // from PyTorch's in float32
	exact        float64 // of the gradient, from PyTorch's in float64
	noise        struct{ Logits, Grad, Doubt float64 }
}

func (d differences) String() string {
	var cells []string
	for _, v := range []float64{d.logits, d.noise.Logits, d.grad, d.exact, d.noise.Grad} {
		cells = append(cells, fmt.Sprintf("%.1e", v))
	}
	return strings.Join(cells, " | ")
}

// compare runs one file. Its error says why it failed.
func compare(file string, threads int) (d differences, err error) {
	d.logits, d.grad, d.exact = math.NaN(), math.NaN(), math.NaN()
	dir := filepath.Dir(file)
	raw, err := os.ReadFile(filepath.Join(dir, "noise.json"))
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(raw, &d.noise); err != nil {
		return d, fmt.Errorf("noise.json: %w", err)
	}
	net, err := load(file, dir)
	if err != nil {
		return d, err
	}
	s, err := net.NewSession(nn.SessionOptions{Threads: threads})
	if err != nil {
		return d, err
	}
	if err := read(s.Input(), dir, "input"); err != nil {
		return d, err
	}
	logits := s.Forward()
	want, cotangent := tensor.New(logits.Shape...), tensor.New(logits.Shape...)
	if err := errors.Join(read(want, dir, "logits"), read(cotangent, dir, "cotangent")); err != nil {
		return d, err
	}
	d.logits = maxDifference(logits.Data, want.Data)
	grad := s.Backward(cotangent)
	wantGrad, exact := tensor.New(grad.Shape...), tensor.New(grad.Shape...)
	if err := errors.Join(read(wantGrad, dir, "grad"), read(exact, dir, "exact")); err != nil {
		return d, err
	}
	d.grad, d.exact = l2Difference(grad.Data, wantGrad.Data), l2Difference(grad.Data, exact.Data)
	if allowed := max(logitsTolerance, timesItsOwn*d.noise.Logits); !(d.logits <= allowed) {
		err = fmt.Errorf("LOGITS DIFFER, allowed is %.0e", allowed)
	}
	if allowed := max(gradTolerance, timesItsOwn*max(d.noise.Grad, d.noise.Doubt)); !(d.grad <= allowed) {
		err = errors.Join(err, fmt.Errorf("GRADIENT DIFFERS, allowed is %.0e", allowed))
	}
	return d, err
}

// load reads the network of a file for pictures of the size of input.npy.
func load(file, dir string) (*nn.Network, error) {
	shape, _, err := npy.ReadFile(filepath.Join(dir, "input.npy"))
	if err != nil {
		return nil, err
	}
	m, err := onnx.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if len(shape) == 4 {
		m.Options.Height, m.Options.Width = shape[2], shape[3]
		if shape[3] <= 4 {
			m.Options.Height, m.Options.Width = shape[1], shape[2]
		}
	}
	return m.Build()
}

// read fills t from NAME.npy in the folder, which must have its shape.
func read(t *tensor.Tensor, dir, name string) error {
	shape, data, err := npy.ReadFile(filepath.Join(dir, name+".npy"))
	if err != nil {
		return err
	}
	if !slices.Equal(shape, t.Shape) {
		return fmt.Errorf("%s.npy has the shape %v, the network's is %v", name, shape, t.Shape)
	}
	copy(t.Data, data)
	return nil
}

// maxDifference returns max |got-want| / max |want|, NaN if there is one in got.
func maxDifference(got, want []float32) float64 {
	var apart, scale float64
	for i, w := range want {
		apart = max(apart, math.Abs(float64(got[i])-float64(w)))
		scale = max(scale, math.Abs(float64(w)))
	}
	return apart / scale
}

// l2Difference returns ||got-want|| / ||want||.
func l2Difference(got, want []float32) float64 {
	var apart, norm float64
	for i, w := range want {
		d := float64(got[i]) - float64(w)
		apart += d * d
		norm += float64(w) * float64(w)
	}
	return math.Sqrt(apart / norm)
}
