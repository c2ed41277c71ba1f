// Serve runs one network on commands from standard input, so that another program can
// time it between runs of its own. It is the part of bench/peers that is hoodwink.
//
// It first prints one line of JSON about the network, and then one line for every command:
//
//	input FILE    reads the batch, little-endian float32 (N,C,H,W); prints ok
//	forward       runs Forward; prints milliseconds
//	gradient      runs Forward, and Backward of the sum of every example's logit 0; prints milliseconds
//	logits FILE   writes the logits of the latest run, float32 (N,K); prints ok
//	grad FILE     writes the latest gradient, float32 (N,C,H,W); prints ok
//	peak          measures what the multiply-add units can do; prints GFLOP/s
//
// The first error ends it.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"hoodwink/caffe"
	"hoodwink/internal/kernel"
	"hoodwink/nn"
	"hoodwink/onnx"
	"hoodwink/tensor"
)

// peakTime is how long the peak is measured.
const peakTime = 20 * time.Millisecond

// A description is what is printed first.
type description struct {
	Shape   []int  `json:"shape"`   // (N,C,H,W)
	Classes int    `json:"classes"` // K
	MACs    int64  `json:"macs"`    // multiply-adds of one Forward of the batch
	Kernel  string `json:"kernel"`
}

func main() {
	definition := flag.String("caffe", "", "the network's `prototxt`")
	weights := flag.String("weights", "", "its `caffemodel`")
	graph := flag.String("onnx", "", "the network's `file`, instead of the two")
	batch := flag.Int("batch", 1, "examples run together")
	threads := flag.Int("threads", 1, "threads used")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, func() (*nn.Network, error) { return load(*definition, *weights, *graph) }, *batch, *threads); err != nil {
		fmt.Fprintln(os.Stderr, "serve: error:", err)
		os.Exit(1)
	}
}

func load(definition, weights, graph string) (*nn.Network, error) {
	if graph == "" {
		return caffe.Load(definition, weights)
	}
	m, err := onnx.ReadFile(graph)
	if err != nil {
		return nil, err
	}
	return m.Build()
}

func run(in io.Reader, out io.Writer, load func() (*nn.Network, error), batch, threads int) error {
	net, err := load()
	if err != nil {
		return err
	}
	s, err := newServer(net, batch, threads)
	if err != nil {
		return err
	}
	about := description{Shape: s.session.Input().Shape, Classes: net.OutputShape()[0], Kernel: kernel.Active.Name}
	for _, r := range net.Table() {
		about.MACs += r.MACs * int64(batch)
	}
	if err := json.NewEncoder(out).Encode(about); err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		command, file, _ := strings.Cut(lines.Text(), " ")
		answer, err := s.do(command, file)
		if err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
		if _, err := fmt.Fprintln(out, answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

// A server is a session, what it has computed last, and the gradient it starts from.
type server struct {
	session      *nn.Session
	threads      int
	dout         *tensor.Tensor
	logits, grad *tensor.Tensor // nil before the first
}

func newServer(net *nn.Network, batch, threads int) (*server, error) {
	session, err := net.NewSession(nn.SessionOptions{Batch: batch, Threads: threads})
	if err != nil {
		return nil, err
	}
	dout := tensor.New(append([]int{batch}, net.OutputShape()...)...)
	for n := range batch {
		dout.Image(n)[0] = 1
	}
	return &server{session: session, threads: threads, dout: dout}, nil
}

// do carries out one command and returns the line to print.
func (s *server) do(command, file string) (string, error) {
	switch command {
	case "input":
		return "ok", readFloats(file, s.session.Input())
	case "forward":
		start := time.Now()
		s.logits = s.session.Forward()
		return milliseconds(start), nil
	case "gradient":
		start := time.Now()
		s.logits = s.session.Forward()
		s.grad = s.session.Backward(s.dout)
		return milliseconds(start), nil
	case "logits":
		return "ok", writeFloats(file, s.logits)
	case "grad":
		return "ok", writeFloats(file, s.grad)
	case "peak":
		return fmt.Sprintf("%.3f", kernel.Active.Peak(s.threads, peakTime)/1e9), nil
	}
	return "", errors.New("no such command")
}

func milliseconds(start time.Time) string {
	return fmt.Sprintf("%.4f", float64(time.Since(start))/float64(time.Millisecond))
}

// readFloats fills t from a file of exactly as many values.
func readFloats(file string, t *tensor.Tensor) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if len(raw) != 4*t.Len() {
		return fmt.Errorf("%s has %d bytes, want %d for the shape %v", file, len(raw), 4*t.Len(), t.Shape)
	}
	_, err = binary.Decode(raw, binary.LittleEndian, t.Data)
	return err
}

func writeFloats(file string, t *tensor.Tensor) error {
	if t == nil {
		return errors.New("nothing has been computed yet")
	}
	raw, err := binary.Append(nil, binary.LittleEndian, t.Data)
	if err != nil {
		return err
	}
	return os.WriteFile(file, raw, 0o644)
}
