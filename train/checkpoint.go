package train

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"

	"hoodwink/dataset"
	"hoodwink/internal/atomicfile"
	"hoodwink/internal/files"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// A checkpoint is a file of four parts:
//
//	"hoodwink checkpoint 1\n"
//	length of the header, 4 bytes, little-endian
//	the header, JSON
//	the tensors that the header lists, float32, little-endian
//	SHA-256 of all that comes before
const (
	checkpointMagic = "hoodwink checkpoint 1\n"
	maxHeader       = 16 << 20 // bytes of header
)

// A CheckpointHeader describes a checkpoint.
type CheckpointHeader struct {
	Options json.RawMessage    `json:"options"` // all that determines the result, and the kind of data
	Note    json.RawMessage    `json:"note,omitempty"`
	Epochs  []EpochReport      `json:"epochs"` // finished ones
	Steps   uint64             `json:"steps"`  // of the optimizer
	Updates uint64             `json:"updates"`
	Tensors []CheckpointTensor `json:"tensors"`
}

// A CheckpointTensor names a tensor and its shape.
type CheckpointTensor struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
}

// identify returns what a checkpoint must agree with: all that determines the result.
func identify(o *RunOptions, data dataset.Source) ([]byte, error) {
	all := map[string]any{
		"epochs": o.Epochs, "batch": o.Batch, "rate": o.Rate, "schedule": o.Schedule, "optimizer": o.Optimizer, "loss": o.Loss,
		"smoothing": o.Smoothing, "adversarial": o.Adversarial, "augment": o.Augment, "seed": o.Seed,
		"pictures": data.Len(), "shape": data.Shape(), "classes": data.Classes(),
	}
	if o.KeepCollapsed {
		all["keep_collapsed"] = true
	}
	return json.Marshal(all)
}

// tensors lists what is saved: parameters, moments, and the statistics of a state.
func (r *run) tensors(s nn.State) (names []CheckpointTensor, values [][]float32) {
	add := func(name string, shape []int, v []float32) {
		names, values = append(names, CheckpointTensor{name, shape}), append(values, v)
	}
	for i, p := range r.trainer.Parameters() {
		add(p.Name, p.Value.Shape, p.Value.Data)
		add(p.Name+"@1", p.Value.Shape, r.optimizer.first[i])
		if r.optimizer.second != nil {
			add(p.Name+"@2", p.Value.Shape, r.optimizer.second[i])
		}
	}
	for _, v := range s.Statistics {
		add(v.Name, v.Value.Shape, v.Value.Data)
	}
	return names, values
}

// save replaces the checkpoint.
func (r *run) save() error {
	state := r.trainer.State()
	names, values := r.tensors(state)
	h := CheckpointHeader{Options: r.identity, Note: r.o.Note, Epochs: r.done, Steps: r.optimizer.steps, Updates: state.Step, Tensors: names}
	head, err := json.Marshal(h)
	if err != nil {
		return &Error{Msg: "the checkpoint's header", Err: err}
	}
	err = atomicfile.Write(r.o.Checkpoint, func(w io.Writer) error {
		sum := sha256.New()
		out := bufio.NewWriterSize(io.MultiWriter(w, sum), 1<<16)
		out.WriteString(checkpointMagic)
		out.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(head))))
		out.Write(head)
		var buf [4]byte
		for _, t := range values {
			for _, v := range t {
				binary.LittleEndian.PutUint32(buf[:], math.Float32bits(v))
				out.Write(buf[:])
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
		_, err := w.Write(sum.Sum(nil))
		return err
	})
	if err != nil {
		e := &Error{Msg: fmt.Sprintf("the checkpoint after epoch %d cannot be written", len(r.done)), Err: err}
		if len(r.done) > 1 {
			e.Advice = fmt.Sprintf("that of an earlier epoch is still in %s: make room and resume", r.o.Checkpoint)
		}
		return e
	}
	return nil
}

// ReadCheckpoint returns the header of a checkpoint.
func ReadCheckpoint(path string) (*CheckpointHeader, error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, &Error{Msg: "no checkpoint", Err: err, Advice: "name the folder of a training that was begun before"}
	}
	defer f.Close()
	h, err := readHeader(bufio.NewReader(f))
	if err != nil {
		return nil, damaged(path, err)
	}
	return h, nil
}

func damaged(path string, err error) error {
	return &Error{Msg: path, Err: err, Advice: "it is not a checkpoint, or it is damaged: start again"}
}

// readHeader reads up to the tensors.
func readHeader(in io.Reader) (*CheckpointHeader, error) {
	start := make([]byte, len(checkpointMagic)+4)
	if _, err := io.ReadFull(in, start); err != nil {
		return nil, short(err)
	}
	if !bytes.HasPrefix(start, []byte(checkpointMagic)) {
		return nil, fmt.Errorf("it begins with %q, not %q", start[:len(checkpointMagic)], checkpointMagic)
	}
	size := binary.LittleEndian.Uint32(start[len(checkpointMagic):])
	if size > maxHeader {
		return nil, fmt.Errorf("a header of %d bytes: want at most %d", size, maxHeader)
	}
	head, err := io.ReadAll(io.LimitReader(in, int64(size)))
	if err == nil && len(head) < int(size) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, short(err)
	}
	h := &CheckpointHeader{}
	if err := json.Unmarshal(head, h); err != nil {
		return nil, fmt.Errorf("the header is not JSON: %w", err)
	}
	return h, nil
}

func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file ends early")
	}
	return err
}

// resume restores the state of the checkpoint.
func (r *run) resume() error {
	f, err := files.Open(r.o.Checkpoint)
	if err != nil {
		return &Error{Msg: "nothing to resume", Err: err}
	}
	defer f.Close()
	sum := sha256.New()
	file := bufio.NewReaderSize(f, 1<<16)
	in := io.TeeReader(file, sum)
	h, err := readHeader(in)
	if err != nil {
		return damaged(r.o.Checkpoint, err)
	}
	if !bytes.Equal(compact(h.Options), r.identity) {
		return &Error{Msg: fmt.Sprintf("%s was made with other settings or data: %s", r.o.Checkpoint, difference(h.Options, r.identity)),
			Advice: "resume with the same, or start again"}
	}
	state := r.trainer.State()
	names, values := r.tensors(state)
	same := func(a, b CheckpointTensor) bool { return a.Name == b.Name && slices.Equal(a.Shape, b.Shape) }
	if !slices.EqualFunc(h.Tensors, names, same) || len(h.Epochs) < 1 || len(h.Epochs) > r.o.Epochs {
		return &Error{Msg: r.o.Checkpoint + " is of another network", Advice: "resume with the same network, or start again"}
	}
	read, err := readTensors(in, file, sum, values)
	if err != nil {
		return damaged(r.o.Checkpoint, err)
	}
	for i, v := range read {
		copy(values[i], v)
	}
	r.optimizer.steps, state.Step, r.done = h.Steps, h.Updates, h.Epochs
	if err := r.trainer.SetState(state); err != nil {
		return damaged(r.o.Checkpoint, err)
	}
	return nil
}

// readTensors reads as many values as like has, and checks the checksum behind them.
func readTensors(in io.Reader, rest io.Reader, sum hash.Hash, like [][]float32) ([][]float32, error) {
	var out [][]float32
	for _, t := range like {
		raw := make([]byte, 4*len(t))
		if _, err := io.ReadFull(in, raw); err != nil {
			return nil, short(err)
		}
		v := make([]float32, len(t))
		for i := range v {
			v[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
		if i, ok := tensor.Finite(v); !ok {
			return nil, fmt.Errorf("value %d of a tensor is %g", i, v[i])
		}
		out = append(out, v)
	}
	want := sum.Sum(nil)
	got, err := io.ReadAll(io.LimitReader(rest, sha256.Size+1))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(got, want) {
		return nil, errors.New("its checksum does not match")
	}
	return out, nil
}

func compact(raw json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return nil
	}
	return b.Bytes()
}

// difference names the first setting in which two sets of options differ.
func difference(a, b []byte) string {
	var x, y map[string]json.RawMessage
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return "its options cannot be read"
	}
	keys := make([]string, 0, len(y))
	for k := range y {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if !bytes.Equal(x[k], y[k]) {
			return fmt.Sprintf("%s is %s there, and %s here", k, clipped(x[k]), clipped(y[k]))
		}
	}
	return "it has settings that are unknown here"
}

// clipped shortens JSON for a message.
func clipped(raw json.RawMessage) string {
	const most = 100
	if len(raw) > most {
		return string(raw[:most]) + "..."
	}
	return string(raw)
}
