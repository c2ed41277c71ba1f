package caffe

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"hoodwink/internal/pb"
	"hoodwink/tensor"
)

// someWeights are two layers with values of all sizes.
func someWeights() []NamedBlobs {
	return []NamedBlobs{
		{Name: "conv1", Type: "Convolution", Blobs: []*tensor.Tensor{
			tensor.FromSlice([]float32{1, -2, 3.5, 1e-30, 5, 6, 7, math.MaxFloat32}, 2, 1, 2, 2),
			tensor.FromSlice([]float32{0.25, -0.5}, 2),
		}},
		{Name: "fc", Type: "InnerProduct", Blobs: []*tensor.Tensor{tensor.FromSlice([]float32{1, 2, 3}, 1, 3)}},
	}
}

func values(data []float32) []float64 {
	out := make([]float64, len(data))
	for i, v := range data {
		out[i] = float64(v)
	}
	return out
}

func dims(shape []int) *pb.BlobShape {
	s := &pb.BlobShape{}
	for _, d := range shape {
		s.Dim = append(s.Dim, int64(d))
	}
	return s
}

// legacyBlob has the four dimensions of old files, with ones in front.
func legacyBlob(t *tensor.Tensor) *pb.BlobProto {
	d := [4]int64{1, 1, 1, 1}
	for i, v := range t.Shape {
		d[4-len(t.Shape)+i] = int64(v)
	}
	return &pb.BlobProto{Num: &d[0], Channels: &d[1], Height: &d[2], Width: &d[3], Data: t.Data}
}

// unpacked encodes weights with one tag for every value and every dimension.
func unpacked(layers []NamedBlobs) []byte {
	var net []byte
	for _, l := range layers {
		layer := pb.AppendText(nil, layerName, l.Name)
		layer = pb.AppendText(layer, layerType, l.Type)
		for _, b := range l.Blobs {
			var blob, shape []byte
			for _, v := range b.Data {
				blob = protowire.AppendFixed32(protowire.AppendTag(blob, blobData, protowire.Fixed32Type), math.Float32bits(v))
			}
			for _, d := range b.Shape {
				shape = protowire.AppendVarint(protowire.AppendTag(shape, shapeDim, protowire.VarintType), uint64(d))
			}
			blob = append(pb.AppendLength(blob, blobShape, len(shape)), shape...)
			layer = append(pb.AppendLength(layer, layerBlobs, len(blob)), blob...)
		}
		net = append(pb.AppendLength(net, netLayer, len(layer)), layer...)
	}
	return net
}

// encodings are the same weights in every way a caffemodel can have them.
func encodings(t testing.TB) map[string][]byte {
	v2, v2double := &pb.NetParameter{}, &pb.NetParameter{}
	v1, v1shape := &pb.NetParameter{}, &pb.NetParameter{}
	enum := map[string]pb.V1LayerParameter_LayerType{"Convolution": pb.V1LayerParameter_CONVOLUTION, "InnerProduct": pb.V1LayerParameter_INNER_PRODUCT}
	for _, l := range someWeights() {
		var single, double, old []*pb.BlobProto
		for _, b := range l.Blobs {
			single = append(single, &pb.BlobProto{Data: b.Data, Shape: dims(b.Shape)})
			double = append(double, &pb.BlobProto{DoubleData: values(b.Data), Shape: dims(b.Shape)})
			old = append(old, legacyBlob(b))
		}
		v2.Layer = append(v2.Layer, &pb.LayerParameter{Name: &l.Name, Type: &l.Type, Blobs: single, Bottom: []string{"x"}})
		v2double.Layer = append(v2double.Layer, &pb.LayerParameter{Name: &l.Name, Type: &l.Type, Blobs: double})
		v1.Layers = append(v1.Layers, &pb.V1LayerParameter{Name: &l.Name, Type: enum[l.Type].Enum(), Blobs: old})
		v1shape.Layers = append(v1shape.Layers, &pb.V1LayerParameter{Name: &l.Name, Type: enum[l.Type].Enum(), Blobs: single})
	}
	out := map[string][]byte{"unpacked": unpacked(someWeights())}
	for name, m := range map[string]*pb.NetParameter{"v2": v2, "v2 double": v2double, "v1 legacy": v1, "v1 shape": v1shape} {
		m.Name = proto.String("net")
		b, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = b
	}
	return out
}

func TestReadWeights(t *testing.T) {
	for name, src := range encodings(t) {
		want := someWeights()
		if name == "v1 legacy" {
			for _, l := range want {
				for _, b := range l.Blobs {
					for len(b.Shape) < 4 {
						b.Shape = append([]int{1}, b.Shape...)
					}
				}
			}
		}
		for reader, r := range map[string]io.Reader{
			"whole":   bytes.NewReader(src),
			"unsized": iotest.OneByteReader(bytes.NewReader(src)),
		} {
			w, err := ReadWeights(r)
			if err != nil {
				t.Errorf("%s, %s: %v", name, reader, err)
				continue
			}
			if diff := cmp.Diff(want, w.Layers); diff != "" {
				t.Errorf("%s, %s: -want +got\n%s", name, reader, diff)
			}
		}
	}
}

func TestWriteWeights(t *testing.T) {
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := WriteWeights(b, "net", someWeights()); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same weights gave different bytes")
	}
	// The protobuf library must read the same, and find nothing it does not know.
	var net pb.NetParameter
	if err := proto.Unmarshal(first.Bytes(), &net); err != nil {
		t.Fatal(err)
	}
	if net.GetName() != "net" || len(net.ProtoReflect().GetUnknown()) > 0 {
		t.Errorf("network %q with unknown fields %x", net.GetName(), net.ProtoReflect().GetUnknown())
	}
	var got []NamedBlobs
	for _, l := range net.Layer {
		n := NamedBlobs{Name: l.GetName(), Type: l.GetType()}
		for _, b := range l.Blobs {
			shape := make([]int, len(b.Shape.Dim))
			for i, d := range b.Shape.Dim {
				shape[i] = int(d)
			}
			n.Blobs = append(n.Blobs, tensor.FromSlice(b.Data, shape...))
		}
		got = append(got, n)
	}
	if diff := cmp.Diff(someWeights(), got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestWriteWeightsRefuses(t *testing.T) {
	nan := someWeights()
	nan[1].Blobs[0].Data[2] = float32(math.NaN())
	nameless := someWeights()
	nameless[0].Name = ""
	misshapen := someWeights()
	misshapen[0].Blobs[1].Shape[0] = 3
	for want, layers := range map[string][]NamedBlobs{
		`layer "fc" (InnerProduct): blob 0 has the value NaN at index 2`: nan,
		`a layer needs a name`: nameless,
		`layer "conv1" (Convolution): blob 1 has the shape (3) but 2 values`: misshapen,
	} {
		var b bytes.Buffer
		if err := WriteWeights(&b, "net", layers); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
		if b.Len() > 0 {
			t.Errorf("%q came after %d bytes", want, b.Len())
		}
	}
	full := errors.New("disk full")
	if err := WriteWeights(failingWriter{full}, "net", someWeights()); !errors.Is(err, full) {
		t.Errorf("got error %v, want %v", err, full)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// TestTruncated cuts a file at every byte. Where a cut leaves whole layers it is a
// shorter file, everywhere else it must be an error.
func TestTruncated(t *testing.T) {
	var b bytes.Buffer
	if err := WriteWeights(&b, "net", someWeights()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	whole, named := 0, 0
	for n := range b.Len() {
		path := filepath.Join(dir, "cut.caffemodel")
		if err := os.WriteFile(path, b.Bytes()[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := ReadWeightsFile(path)
		if err == nil {
			whole++
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.File != path || e.Hint() == "" {
			t.Errorf("cut at %d: error %v does not name the file or has no hint", n, err)
		}
		if strings.Contains(err.Error(), `layer "conv1" (Convolution): the file is cut off`) {
			named++
		}
		if _, err := ReadWeights(iotest.OneByteReader(bytes.NewReader(b.Bytes()[:n]))); err == nil {
			t.Errorf("cut at %d: no error without a size", n)
		}
	}
	if whole != 1 || named < 40 {
		t.Errorf("%d cuts read as whole files, want 1; %d errors name the layer conv1 and its type, want at least 40", whole, named)
	}
}

// TestHostileSizes: what a file claims costs nothing.
func TestHostileSizes(t *testing.T) {
	claim := func(n uint64, rest ...byte) []byte {
		blob := protowire.AppendVarint(protowire.AppendTag(nil, blobData, protowire.BytesType), n)
		blob = append(blob, rest...)
		layer := pb.AppendText(nil, layerName, "huge")
		layer = protowire.AppendVarint(protowire.AppendTag(layer, layerBlobs, protowire.BytesType), n+32)
		layer = append(layer, blob...)
		net := protowire.AppendVarint(protowire.AppendTag(nil, netLayer, protowire.BytesType), n+64)
		return append(net, layer...)
	}
	shape := func(d ...int64) []byte {
		net := &pb.NetParameter{Layer: []*pb.LayerParameter{{Name: proto.String("huge"),
			Blobs: []*pb.BlobProto{{Shape: &pb.BlobShape{Dim: d}, Data: []float32{1, 2}}}}}}
		b, err := proto.Marshal(net)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for name, tc := range map[string]struct {
		src  []byte
		want string
	}{
		"2 GB of data":       {claim(1<<31 - 4), `layer "huge": the file is cut off`},
		"2 GB of some data":  {claim(1<<31-4, make([]byte, 100)...), `layer "huge": the file is cut off`},
		"exabytes":           {claim(1 << 62), `layer "huge": the file is cut off`},
		"negative length":    {claim(1<<64 - 100), "runs over the end"},
		"product overflows":  {shape(1<<32, 1<<32), "has the shape (4294967296,4294967296) but 2 values"},
		"product wraps to 2": {shape(1<<63-1, 2, 2), "but 2 values"},
		"negative dimension": {shape(-1, -2), "has the shape (-1,-2) but 2 values"},
		"zero dimension":     {shape(0, 1<<62), "but 2 values"},
		"wrong dimensions":   {shape(1, 3), "has the shape (1,3) but 2 values"},
		"many dimensions":    {shape(make([]int64, 100)...), "more than 32 numbers"},
	} {
		for _, r := range []io.Reader{bytes.NewReader(tc.src), iotest.OneByteReader(bytes.NewReader(tc.src))} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := ReadWeights(r)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: error %v, want %q", name, err, tc.want)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
				t.Errorf("%s: %d bytes allocated for a file of %d", name, got, len(tc.src))
			}
		}
	}
}

func TestNotWeights(t *testing.T) {
	layerless, _ := proto.Marshal(&pb.NetParameter{Name: proto.String("net")})
	old, _ := proto.Marshal(&pb.NetParameter{Layers: []*pb.V1LayerParameter{{Layer: &pb.V0LayerParameter{Name: proto.String("conv1")}}}})
	both, _ := proto.Marshal(&pb.NetParameter{Layer: []*pb.LayerParameter{{Name: proto.String("fc"),
		Blobs: []*pb.BlobProto{{Data: []float32{1}, DoubleData: []float64{1}}}}}})
	const ragged = "\xa2\x06\x05\x3a\x03\x2a\x01\x00" // layer { blobs { data: one byte } }
	for name, tc := range map[string]struct {
		src        string
		want, hint string
	}{
		"empty":     {"", "the file is empty", "again"},
		"prototxt":  {`name: "net"`, "not a caffemodel: it begins with", "caffemodel"},
		"html":      {"<!DOCTYPE html>", "not a caffemodel: it begins with", "caffemodel"},
		"HDF5":      {"\x89HDF\r\n\x1a\n", "HDF5", "BINARYPROTO"},
		"layerless": {string(layerless), "no layers", "caffemodel"},
		"2013":      {string(old), "2013", "upgrade_net_proto_binary"},
		"both":      {string(both), `layer "fc": blob 0 has both`, ""},
		"ragged":    {ragged, "not a whole number", ""},
	} {
		_, err := ReadWeights(strings.NewReader(tc.src))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(e.Hint(), tc.hint) {
			t.Errorf("%s: error %v, want %q with a hint of %q", name, err, tc.want, tc.hint)
		}
	}
	if _, err := ReadWeights(iotest.ErrReader(io.ErrNoProgress)); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got error %v, want that of the reader", err)
	}
	dir := t.TempDir()
	if _, err := ReadWeightsFile(dir); err == nil || strings.Count(err.Error(), dir) != 1 {
		t.Errorf("reading a folder gives the error %v, want one that names it once", err)
	}
	if _, err := ParseFile(dir); err == nil || strings.Count(err.Error(), dir) != 1 {
		t.Errorf("parsing a folder gives the error %v, want one that names it once", err)
	}
}
