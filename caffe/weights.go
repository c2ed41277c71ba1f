package caffe

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"hoodwink/internal/files"
	"hoodwink/internal/pb"
	"hoodwink/internal/wording"
	"hoodwink/tensor"
)

// Limits on what a caffemodel may hold. Protocol buffers end at 2 GiB.
const (
	maxWeightsBytes = 1<<31 - 1
	maxLayers       = 1 << 16
	maxBlobs        = 1 << 17 // of all layers together
	maxAxes         = 32
)

// Field numbers of the messages of a caffemodel, from internal/pb.
const (
	netName, netV1Layers, netLayer                     = 1, 2, 100
	layerName, layerType, layerBlobs                   = 1, 2, 7
	v1V0Layer, v1LayerName, v1LayerType, v1LayerBlobs  = 1, 4, 5, 6
	blobNum, blobWidth, blobData, blobShape, blobData8 = 1, 4, 5, 7, 8
	shapeDim                                           = 1
)

// Weights are the contents of a caffemodel.
type Weights struct {
	Name   string       // the network's name
	File   string       // where they were read, for errors; may be ""
	Layers []NamedBlobs // layers that have weights, in the order of the file
}

// NamedBlobs are the weights of one layer. What they mean is up to its type: a
// convolution has its filters (O,I,H,W) and then its biases (O).
type NamedBlobs struct {
	Name  string
	Type  string // e.g. "Convolution"
	Blobs []*tensor.Tensor
}

// ReadWeights reads a caffemodel in either encoding. It streams: it needs memory for the weights
// and little else, and believes no length in the file before the bytes are there. Double precision
// becomes single.
func ReadWeights(r io.Reader) (*Weights, error) {
	d := &weightsDecoder{wire: pb.NewReader(r), out: &Weights{}}
	if d.wire.Size() > maxWeightsBytes {
		return nil, &Error{Err: fmt.Errorf("%d bytes are more than a caffemodel can have (%d)", d.wire.Size(), maxWeightsBytes)}
	}
	if err := d.start(); err != nil {
		return nil, err
	}
	if err := d.wire.Fields(d.netField); err != nil {
		var e *Error
		if errors.As(err, &e) {
			return nil, err
		}
		e = &Error{Err: err}
		if d.inLayer {
			if e.Layer, e.Type = d.layer.Name, d.layer.Type; e.Layer == "" {
				e.Layer = fmt.Sprintf("number %d", d.layers)
			}
		}
		var cut *pb.TruncatedError
		if errors.As(err, &cut) {
			e.hint = "download or copy the file again"
		}
		return nil, e
	}
	if d.layers == 0 {
		return nil, &Error{Err: errors.New("no layers in it: not a caffemodel"), hint: notWeights}
	}
	return d.out, nil
}

const notWeights = "the weights are the binary file that belongs to the prototxt, usually *.caffemodel"

// ReadWeightsFile is ReadWeights with errors that name the file.
func ReadWeightsFile(path string) (*Weights, error) {
	f, err := files.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer f.Close()
	w, err := ReadWeights(f)
	if err != nil {
		return nil, fileError(path, err)
	}
	w.File = path
	return w, nil
}

// weightsDecoder holds the layer and the blob that are being read.
type weightsDecoder struct {
	wire    *pb.Reader
	out     *Weights
	layers  int // seen so far
	blobs   int
	layer   NamedBlobs
	inLayer bool
	blob    blobFields
}

// blobFields are the fields of a blob before they are interpreted.
type blobFields struct {
	data, data8 []float32
	dims        []int64 // of BlobShape
	legacy      [4]int64
	hasShape    bool
	hasLegacy   bool
}

// start recognises files that are not a caffemodel at all.
func (d *weightsDecoder) start() error {
	head, err := d.wire.Peek(8)
	if len(head) == 0 {
		if err != io.EOF {
			return &Error{Err: err}
		}
		return &Error{Err: errors.New("the file is empty"), hint: "download or copy the file again"}
	}
	if bytes.HasPrefix(head, []byte("\x89HDF")) {
		return &Error{Err: errors.New("weights in HDF5 are not supported"),
			hint: "let Caffe save them as a binary protocol buffer (snapshot_format: BINARYPROTO)"}
	}
	// The first field of a network is its name or a layer.
	if head[0]&7 != byte(protowire.BytesType) {
		return &Error{Err: fmt.Errorf("not a caffemodel: it begins with %q", head), hint: notWeights}
	}
	return nil
}

func (d *weightsDecoder) netField(num protowire.Number, typ protowire.Type) error {
	if d.wire.Pos() > maxWeightsBytes {
		return fmt.Errorf("more than %d bytes", maxWeightsBytes)
	}
	if typ != protowire.BytesType || (num != netName && num != netV1Layers && num != netLayer) {
		return d.wire.Skip(num, typ)
	}
	if num == netName {
		var err error
		d.out.Name, err = d.wire.Text(typ)
		return err
	}
	if d.layers++; d.layers > maxLayers {
		return fmt.Errorf("more than %d layers", maxLayers)
	}
	d.layer, d.inLayer = NamedBlobs{}, true
	field := d.layerField
	if num == netV1Layers {
		field = d.v1LayerField
	}
	if err := d.wire.Message(typ, field); err != nil {
		return err
	}
	d.inLayer = false
	if len(d.layer.Blobs) > 0 {
		d.out.Layers = append(d.out.Layers, d.layer)
	}
	return nil
}

func (d *weightsDecoder) layerField(num protowire.Number, typ protowire.Type) (err error) {
	switch {
	case num == layerName && typ == protowire.BytesType:
		d.layer.Name, err = d.wire.Text(typ)
	case num == layerType && typ == protowire.BytesType:
		d.layer.Type, err = d.wire.Text(typ)
	case num == layerBlobs && typ == protowire.BytesType:
		err = d.readBlob(typ)
	default:
		err = d.wire.Skip(num, typ)
	}
	return err
}

func (d *weightsDecoder) v1LayerField(num protowire.Number, typ protowire.Type) (err error) {
	switch {
	case num == v1LayerName && typ == protowire.BytesType:
		d.layer.Name, err = d.wire.Text(typ)
	case num == v1LayerType && typ == protowire.VarintType:
		var v int64
		v, err = d.wire.Int(typ)
		d.layer.Type = v1Type(v)
	case num == v1LayerBlobs && typ == protowire.BytesType:
		err = d.readBlob(typ)
	case num == v1V0Layer:
		err = &Error{Err: errors.New("weights in the encoding of 2013 are not supported"), hint: upgradeHint}
	default:
		err = d.wire.Skip(num, typ)
	}
	return err
}

func (d *weightsDecoder) readBlob(typ protowire.Type) error {
	if d.blobs++; d.blobs > maxBlobs {
		return fmt.Errorf("more than %d blobs", maxBlobs)
	}
	d.blob = blobFields{}
	err := d.wire.Message(typ, d.blobField)
	if err != nil {
		return err
	}
	t, err := d.blob.tensor()
	if err != nil {
		return fmt.Errorf("blob %d %w", len(d.layer.Blobs), err)
	}
	d.layer.Blobs = append(d.layer.Blobs, t)
	return nil
}

func (d *weightsDecoder) blobField(num protowire.Number, typ protowire.Type) (err error) {
	b := &d.blob
	switch {
	case num >= blobNum && num <= blobWidth && typ == protowire.VarintType:
		b.legacy[num-blobNum], err = d.wire.Int(typ)
		b.hasLegacy = true
	case num == blobData:
		b.data, err = d.floats(b.data, typ, 4)
	case num == blobData8:
		b.data8, err = d.floats(b.data8, typ, 8)
	case num == blobShape && typ == protowire.BytesType:
		b.hasShape = true
		err = d.wire.Message(typ, func(num protowire.Number, typ protowire.Type) error {
			if num != shapeDim {
				return d.wire.Skip(num, typ)
			}
			b.dims, err = d.wire.Ints(b.dims, typ, maxAxes)
			return err
		})
	default:
		err = d.wire.Skip(num, typ)
	}
	return err
}

// floats appends the values of a packed or unpacked field of numbers of 4 or 8 bytes.
func (d *weightsDecoder) floats(dst []float32, typ protowire.Type, width int) ([]float32, error) {
	err := d.wire.Chunks(typ, width, func(n int) { dst = slices.Grow(dst, n) }, func(b []byte) {
		if width == 8 {
			for ; len(b) >= 8; b = b[8:] {
				dst = append(dst, float32(math.Float64frombits(binary.LittleEndian.Uint64(b))))
			}
			return
		}
		at := len(dst)
		dst = slices.Grow(dst, len(b)/4)[:at+len(b)/4]
		for i, out := 0, dst[at:]; i < len(out); i++ {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	})
	return dst, err
}

// tensor checks that the dimensions and the values agree.
func (b *blobFields) tensor() (*tensor.Tensor, error) {
	data := b.data
	if len(b.data8) > 0 {
		if len(data) > 0 {
			return nil, errors.New("has both single and double precision values")
		}
		data = b.data8
	}
	dims := b.dims
	switch {
	case b.hasShape:
	case b.hasLegacy:
		dims = b.legacy[:]
	default:
		dims = []int64{int64(len(data))}
	}
	shape := make([]int, len(dims))
	for i, v := range dims {
		shape[i] = int(v)
	}
	if n, ok := tensor.CheckedSize(shape, maxWeightsBytes/4); !ok || n != len(data) {
		return nil, fmt.Errorf("has the shape %s but %d values", wording.Shape(shape), len(data))
	}
	if cap(data) > len(data)+len(data)/8 {
		data = slices.Clone(data) // values that came one by one leave unused capacity behind them
	}
	return tensor.FromSlice(data, shape...), nil
}
