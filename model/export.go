package model

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/filelock"
	"hoodwink/internal/files"
	"hoodwink/onnx"
	"hoodwink/tensor"
)

// ExportOptions say how a model is exported. The zero value is the default.
type ExportOptions struct {
	Half   bool // weights in half precision, see onnx.WriteOptions
	Force  bool // replace files that are there
	Locked bool // the caller has locked the file's folder itself, with filelock.Folder
}

// An Exported says what Export wrote, and how the model read back compares with the original.
type Exported struct {
	Model    string  `json:"model"`
	Name     string  `json:"name"`     // in the contract
	File     string  `json:"file"`     // the network
	Contract string  `json:"contract"` // hoodwink.yaml
	Labels   string  `json:"labels,omitempty"`
	Bytes    int64   `json:"bytes"` // of File
	Hash     string  `json:"hash"`  // of the exported model, as Model.Hash
	Layers   int     `json:"layers"`
	Half     bool    `json:"half"`
	Pictures int     `json:"pictures"` // number of pictures whose logits were compared
	MaxDiff  float64 `json:"max_diff"` // largest difference of a logit
	MaxLogit float64 `json:"max_logit"`
}

const (
	// exportPictures is the number of pictures of noise that both models get.
	exportPictures = 2

	// The largest difference of a logit, relative to the largest logit: from rounding alone, and
	// from weights rounded to half precision.
	exportTolerance     = 1e-4
	exportHalfTolerance = 5e-2
)

// Export writes the model as an ONNX file at path and makes the file's folder a model: beside the
// file go its contract hoodwink.yaml and, if the classes have names, these. The model has the name
// of the file. The network ends at the logits; a softmax at the end of the model's own files is
// left out.
//
// All is prepared in a folder aside, which is opened like any model, and its logits are compared. If
// they differ by more than rounding, that is an error, and nothing changes. Then the files take
// their places, the contract first: a network without its contract would be taken for a complete
// model, while a contract without the network whose SHA-256 it has is refused. If another process
// exports into the folder or trains there, the error has a [filelock.BusyError] in it.
func (m *Model) Export(path string, o ExportOptions) (*Exported, error) {
	fail := func(err error) (*Exported, error) { return nil, &Error{Model: m.Name, Err: err} }
	e := &Exported{Model: m.Name, File: path, Contract: filepath.Join(filepath.Dir(path), ContractName), Half: o.Half, Pictures: exportPictures}
	e.Name = strings.ToLower(strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	if !alone(path) || ValidName(e.Name) != nil {
		return nil, &Error{Model: m.Name, Msg: fmt.Sprintf("%s is not a name for an exported model", filepath.Base(path)),
			Advice: "use up to 64 lower-case letters, digits, '-', '_' and '.', and .onnx at the end"}
	}
	if m.Labels.Named() {
		e.Labels = filepath.Join(filepath.Dir(path), m.Labels.fileName())
	}
	if err := m.mayWrite(e, o.Force); err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	made := missingFolders(dir)
	if err := m.exportInto(dir, e, o); err != nil {
		for _, d := range made {
			os.Remove(d)
		}
		if own, ok := err.(*Error); ok {
			return nil, own
		}
		return fail(err)
	}
	return e, nil
}

// exportInto does what Export describes, in a folder that may be missing.
func (m *Model) exportInto(dir string, e *Exported, o ExportOptions) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if !o.Locked {
		release, err := filelock.Folder(dir)
		if err != nil {
			return err
		}
		defer release()
		if err := m.mayWrite(e, o.Force); err != nil { // another export may have ended just before
			return err
		}
	}
	aside, remove, err := atomicfile.Folder(dir)
	if err != nil {
		return err
	}
	defer remove()
	there := *e
	there.File, there.Contract = filepath.Join(aside, filepath.Base(e.File)), filepath.Join(aside, ContractName)
	if err := atomicfile.Write(there.File, func(w io.Writer) error { return onnx.Write(w, m.Network, onnx.WriteOptions{Half: o.Half}) }); err != nil {
		return err
	}
	if e.Labels != "" {
		there.Labels = filepath.Join(aside, filepath.Base(e.Labels))
		if err := atomicfile.Write(there.Labels, m.Labels.write); err != nil {
			return err
		}
	}
	if err := m.writeContract(&there); err != nil {
		return err
	}
	if err := m.compareExported(&there); err != nil {
		return err
	}
	var added []string
	for _, f := range [][2]string{{there.Contract, e.Contract}, {there.Labels, e.Labels}, {there.File, e.File}} {
		if f[0] == "" {
			continue
		}
		if missing(f[1]) {
			added = append(added, f[1])
		}
		if err := atomicfile.Install(f[0], f[1]); err != nil {
			for _, p := range added {
				os.Remove(p)
			}
			return err
		}
	}
	there.File, there.Contract, there.Labels = e.File, e.Contract, e.Labels
	*e = there
	return nil
}

// mayWrite checks that nothing is in the way.
func (m *Model) mayWrite(e *Exported, force bool) error {
	outputs := []string{e.File, e.Contract, e.Labels}
	if err := files.CheckOutputs(m.Files(), outputs...); err != nil {
		if out := (*files.OutputError)(nil); errors.As(err, &out) && out.Input != "" {
			return &Error{Model: m.Name, Msg: out.Output + " belongs to this model and would be overwritten", Advice: "export into another folder"}
		}
		return &Error{Model: m.Name, Err: err}
	}
	var taken []string
	for _, p := range outputs {
		if p != "" && !missing(p) {
			taken = append(taken, p)
		}
	}
	if len(taken) > 0 && !force {
		return &Error{Model: m.Name, Msg: strings.Join(taken, ", ") + " would be overwritten", Advice: "export into a folder of its own, or add --force"}
	}
	return nil
}

// missing reports whether there is nothing at a path.
func missing(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// missingFolders returns those above and including dir that are not there, innermost
// first.
func missingFolders(dir string) []string {
	var list []string
	for {
		if !missing(dir) || dir == filepath.Dir(dir) {
			return list
		}
		list = append(list, dir)
		dir = filepath.Dir(dir)
	}
}

// writeContract reads the written file, for its hash and its answer, and writes the contract with
// them.
func (m *Model) writeContract(e *Exported) error {
	outputs := m.form.from
	switch {
	case outputs != "":
	case m.Outputs == Sigmoid || m.Outputs == SigmoidLogits:
		outputs = SigmoidLogits
	default:
		outputs = Logits
	}
	s := Source{Name: e.Name, Dir: filepath.Dir(e.File), Weights: e.File, Labels: e.Labels, Spec: m.Spec, Outputs: outputs}
	got, err := s.Load(m.threads)
	if err != nil {
		return err
	}
	black, err := got.answers()
	if err != nil {
		return err
	}
	e.Hash, e.Layers = got.Hash, len(got.Network.Nodes())
	c := contract{Name: e.Name, Weights: filepath.Base(e.File), Outputs: outputs, Preprocess: m.Spec, SHA256: got.Hash, Black: black}
	if e.Labels != "" {
		c.Labels = filepath.Base(e.Labels)
	}
	return c.write(e.Contract)
}

// compareExported opens what was written and compares logits.
func (m *Model) compareExported(e *Exported) error {
	info, err := os.Stat(e.File)
	if err != nil {
		return err
	}
	e.Bytes = info.Size()
	s, err := ReadContract(e.Contract, nil)
	if err != nil {
		return err
	}
	got, err := s.Load(m.threads)
	if err != nil {
		return err
	}
	x := tensor.New(exportPictures, 3, m.Spec.Height, m.Spec.Width)
	r := rand.New(rand.NewPCG(1, 17))
	for i := range x.Data {
		x.Data[i] = r.Float32()
	}
	want, err := m.logitsOf(x)
	if err != nil {
		return err
	}
	have, err := got.logitsOf(x)
	if err != nil {
		return err
	}
	for i, v := range want {
		d := math.Abs(float64(have[i]) - float64(v))
		if d != d { // NaN, which a maximum would not find
			return fmt.Errorf("%s: logit %d is %v when read back, and %v before", filepath.Base(e.File), i%m.Labels.Len(), have[i], v)
		}
		e.MaxDiff, e.MaxLogit = math.Max(e.MaxDiff, d), math.Max(e.MaxLogit, math.Abs(float64(v)))
	}
	tolerance := exportTolerance
	if e.Half {
		tolerance = exportHalfTolerance
	}
	if e.MaxDiff > tolerance*(1+e.MaxLogit) {
		return fmt.Errorf("%s: read back, a logit differs by %g, where the largest is %g", filepath.Base(e.File), e.MaxDiff, e.MaxLogit)
	}
	return nil
}

// logitsOf returns the logits of pictures (N,3,H,W) of the network's size.
func (m *Model) logitsOf(x *tensor.Tensor) ([]float32, error) {
	c, err := m.AtModel().Classifier(x.Shape[0], x.Shape[2], x.Shape[3], ClassifierOptions{ForwardOnly: true})
	if err != nil {
		return nil, err
	}
	return c.Forward(x).Data, nil
}
