package model

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hoodwink/internal/files"

	"hoodwink/caffe"
	"hoodwink/internal/pb"
	"hoodwink/nn"
	"hoodwink/onnx"
	"hoodwink/preprocess"
)

// Limits on the files of a model. Importers have their own, tighter ones.
const maxDefinitionBytes = 16 << 20

// An importer reads one format of networks. A new format is one row.
type importer struct {
	weights    string // extension of its weights
	definition string // extension of its definition; "" if the weights contain it
	load       func(definition []byte, weights io.Reader, s Source) (imported, error)
}

var importers = []importer{
	{weights: ".caffemodel", definition: ".prototxt", load: loadCaffe},
	{weights: ".onnx", load: loadONNX},
}

// imported is the result of an importer.
type imported struct {
	net  *nn.Network
	hash string   // SHA-256 of the definition, the weights and data, one after another
	data []string // paths of further files that hold weights, sorted

	// ends is Probabilities or Sigmoid if the model's results are those and the network gives their
	// logits; otherwise "".
	ends Outputs

	trained Outputs // what the loss in the files takes the results for; "" if they have none

	prepared *preparation // what files of Caffe's say of how pictures are prepared, or nil
	mean     *meanImage   // to be subtracted pixel by pixel, or nil

	input  string   // the type of the network's input in an ONNX file, e.g. "float" or "uint8"
	output string   // which of several outputs was chosen; "" if there is one
	notes  []string // assumptions about inputs and outputs
}

// network reads definition and weights.
func (s Source) network() (imported, error) {
	ext := strings.ToLower(filepath.Ext(s.Weights))
	for _, im := range importers {
		if im.weights != ext {
			continue
		}
		sum := sha256.New()
		var definition []byte
		if s.Definition != "" {
			var err error
			if definition, err = s.read(s.Definition, maxDefinitionBytes); err != nil {
				return imported{}, err
			}
			sum.Write(definition)
		}
		f, err := s.openFile(s.Weights)
		if err != nil {
			return imported{}, fmt.Errorf("%s: %w", s.Weights, files.Cause(err))
		}
		defer f.Close()
		weights, err := s.hashed(f, sum)
		if err != nil {
			return imported{}, fmt.Errorf("%s: %w", s.Weights, files.Cause(err))
		}
		got, err := im.load(definition, weights, s)
		if err != nil {
			return imported{}, err
		}
		if s.MeanImage != "" {
			if got.mean, err = s.readMean(s.MeanImage); err != nil {
				return imported{}, err
			}
		}
		if got.mean != nil {
			got.data = append(got.data, got.mean.path)
		}
		for _, path := range got.data {
			if err := s.hashFile(path, sum); err != nil {
				return imported{}, err
			}
		}
		got.hash = hex.EncodeToString(sum.Sum(nil))
		return got, nil
	}
	return imported{}, fmt.Errorf("%s: a file of unknown kind, want one of %s", s.Weights, weightKinds())
}

func weightKinds() string {
	var kinds []string
	for _, im := range importers {
		kinds = append(kinds, "*"+im.weights)
	}
	return strings.Join(kinds, ", ")
}

func loadCaffe(definition []byte, weights io.Reader, s Source) (imported, error) {
	named := func(path string, err error) error {
		var e *caffe.Error
		if errors.As(err, &e) && e.File == "" {
			e.File = path
		}
		return err
	}
	d, err := caffe.Parse(definition)
	if err != nil {
		return imported{}, named(s.Definition, err)
	}
	w, err := caffe.ReadWeights(weights)
	if err != nil {
		return imported{}, named(s.Weights, err)
	}
	d.File, w.File = s.Definition, s.Weights
	d.Output, d.Height, d.Width = s.Output, s.Spec.Height, s.Spec.Width
	var p *preparation
	if s.openSpec() {
		if p, err = s.preparation(d, "data"); err != nil {
			return imported{}, err
		}
	}
	if h, w := p.size(); d.Height == 0 && d.Width == 0 {
		d.Height, d.Width = h, w
	}
	net, err := d.Build(w)
	if err != nil {
		return imported{}, err
	}
	got, err := beforeSigmoid(net)
	got.output, got.notes, got.prepared = d.Output, d.Notes, p
	if d.Sigmoids {
		got.trained = SigmoidLogits
	}
	if p != nil && p.exact() != nil && s.Spec.Mean == nil {
		got.mean = p.mean
	}
	return got, err
}

// beforeSigmoid ends a network before the sigmoid that computes its results, if there is one.
func beforeSigmoid(net *nn.Network) (imported, error) {
	nodes := net.Nodes()
	last := nodes[len(nodes)-1]
	if _, ok := last.Layer.(*nn.Sigmoid); !ok || len(nodes) == 1 || last.Out[0].Name != net.Output().Name {
		return imported{net: net}, nil
	}
	b := nn.NewBuilder(net.Name())
	b.Input(net.Input().Name, net.InputShape()...)
	for _, n := range nodes[:len(nodes)-1] {
		b.Add(n.Name, n.Layer, valueNames(n.In), valueNames(n.Out))
	}
	short, err := b.Build(last.In[0].Name)
	return imported{net: short, ends: Sigmoid}, err
}

// loadONNX reads a model whose weights may be in further files in its folder.
func loadONNX(_ []byte, weights io.Reader, s Source) (imported, error) {
	folder := filepath.Dir(s.Weights)
	if s.Dir == BuiltIn {
		folder = ""
	}
	m, err := onnx.Read(weights, folder)
	if err != nil {
		var e *onnx.Error
		if errors.As(err, &e) && e.File == "" {
			e.File = s.Weights
		}
		return imported{}, err
	}
	m.File = s.Weights
	m.Options = s.onnxOptions()
	net, err := m.Build()
	if err != nil {
		return imported{}, s.asked(err)
	}
	got := imported{net: net, input: m.InputType(), output: m.Output(), notes: m.Notes}
	switch m.Activation() {
	case onnx.Softmax:
		got.ends = Probabilities
	case onnx.Sigmoid:
		got.ends = Sigmoid
	}
	for _, name := range m.External {
		got.data = append(got.data, filepath.Join(folder, filepath.FromSlash(name)))
	}
	return got, nil
}

// onnxOptions returns what the contract says about things that the file may leave open.
func (s Source) onnxOptions() onnx.Options {
	o := onnx.Options{Pictures: true, Output: s.Output, Width: s.Spec.Width, Height: s.Spec.Height,
		ChannelsLast: s.Spec.Layout == preprocess.NHWC, ChannelsFirst: s.Spec.Layout == preprocess.NCHW}
	switch s.Spec.Order {
	case "":
	case "gray":
		o.Channels = 1
	default:
		o.Channels = 3
	}
	if s.Labels != "" {
		if l, err := s.parseLabels(s.Labels); err == nil { // or readLabels will say it
			o.Classes = l.Len()
		}
	}
	if s.ImageNet {
		o.Classes = imagenetClasses
	}
	return o
}

// asked adds to an error how to answer the importer's question.
func (s Source) asked(err error) error {
	var e *onnx.Error
	if !errors.As(err, &e) || e.Asks == "" {
		return err
	}
	how := map[onnx.Question][2]string{
		onnx.AsksOutput: {"the key output", "--output-name NAME"},
		onnx.AsksSize:   {"width and height under preprocess", "--size WIDTHxHEIGHT, e.g. --size 224"},
		onnx.AsksColour: {"width, height and order (and for colour layout) under preprocess", "--size 32 --order RGB --layout NCHW, or --size 28 --order gray"},
		onnx.AsksLayout: {"layout (NCHW or NHWC) under preprocess", "--layout NCHW"},
	}[e.Asks]
	return &Error{Err: err, Advice: fmt.Sprintf("say it in %s with %s, or to 'hoodwink models add' with %s", ContractName, how[0], how[1])}
}

// hashFile adds the bytes of a file to sum.
func (s Source) hashFile(path string, sum hash.Hash) error {
	f, err := s.openFile(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	defer f.Close()
	if _, err := io.Copy(sum, s.reader(f)); err != nil {
		return fmt.Errorf("%s: %w", path, files.Cause(err))
	}
	return nil
}

// reader returns a reader of a file that fails once the source's context is done.
func (s Source) reader(f fs.File) io.Reader {
	if s.Context == nil {
		return f
	}
	return &stopping{f, s.Context}
}

// A stopping is a file that is read until a context is done.
type stopping struct {
	fs.File
	ctx context.Context
}

// Read implements io.Reader.
func (r *stopping) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.File.Read(b)
}

// Unread returns how many bytes are left, -1 if that is unknown: pb.Reader asks for it.
func (r *stopping) Unread() int64 { return pb.Unread(r.File) }

// hashed adds the bytes of f to sum and returns a reader of them. Importers use less memory if they
// know the size, so a file is hashed first and then read again; anything else is read whole.
func (s Source) hashed(f fs.File, sum hash.Hash) (io.Reader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if disk, ok := f.(*os.File); ok {
		if _, err := io.Copy(sum, s.reader(disk)); err != nil {
			return nil, err
		}
		_, err := disk.Seek(0, io.SeekStart)
		return s.reader(disk), err
	}
	data, err := io.ReadAll(f)
	sum.Write(data)
	return bytes.NewReader(data), err
}
