package caffe

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"hoodwink/internal/pb"
	"hoodwink/internal/wording"
	"hoodwink/tensor"
)

// WriteWeights writes a caffemodel in the current encoding, as Caffe would: packed
// single-precision values with BlobShape. The same weights give the same bytes.
// Name is the network's. Values must be finite.
func WriteWeights(w io.Writer, name string, layers []NamedBlobs) error {
	total := 0
	for _, l := range layers {
		if err := checkWritable(l); err != nil {
			return &Error{Layer: l.Name, Type: l.Type, Err: err}
		}
		if total += sizeField(netLayer, layerSize(l)); total > maxWeightsBytes {
			return &Error{Err: fmt.Errorf("the weights exceed the %d bytes a caffemodel can have", maxWeightsBytes)}
		}
	}
	out := bufio.NewWriterSize(w, 1<<16)
	out.Write(pb.AppendText(nil, netName, name))
	for _, l := range layers {
		head := pb.AppendLength(nil, netLayer, layerSize(l))
		head = pb.AppendText(head, layerName, l.Name)
		if l.Type != "" {
			head = pb.AppendText(head, layerType, l.Type)
		}
		out.Write(head)
		for _, b := range l.Blobs {
			out.Write(pb.AppendLength(nil, layerBlobs, blobSize(b)))
			out.Write(pb.AppendLength(nil, blobData, 4*b.Len()))
			writeFloats(out, b.Data)
			shape := pb.AppendLength(nil, blobShape, sizeField(shapeDim, dimsSize(b.Shape)))
			shape = pb.AppendLength(shape, shapeDim, dimsSize(b.Shape))
			for _, d := range b.Shape {
				shape = protowire.AppendVarint(shape, uint64(d))
			}
			out.Write(shape)
		}
	}
	return out.Flush()
}

func checkWritable(l NamedBlobs) error {
	if l.Name == "" {
		return fmt.Errorf("a layer needs a name")
	}
	if len(l.Name) > pb.MaxText || len(l.Type) > pb.MaxText {
		return fmt.Errorf("a name is longer than %d bytes", pb.MaxText)
	}
	for i, b := range l.Blobs {
		if n, ok := tensor.CheckedSize(b.Shape, maxWeightsBytes/4); !ok || n != b.Len() || len(b.Shape) > maxAxes {
			return fmt.Errorf("blob %d has the shape %s but %d values", i, wording.Shape(b.Shape), b.Len())
		}
		if at, ok := tensor.Finite(b.Data); !ok {
			return fmt.Errorf("blob %d has the value %v at index %d", i, b.Data[at], at)
		}
	}
	return nil
}

func layerSize(l NamedBlobs) int {
	n := sizeField(layerName, len(l.Name))
	if l.Type != "" {
		n += sizeField(layerType, len(l.Type))
	}
	for _, b := range l.Blobs {
		n += sizeField(layerBlobs, blobSize(b))
	}
	return n
}

func blobSize(b *tensor.Tensor) int {
	return sizeField(blobData, 4*b.Len()) + sizeField(blobShape, sizeField(shapeDim, dimsSize(b.Shape)))
}

func dimsSize(shape []int) int {
	n := 0
	for _, d := range shape {
		n += protowire.SizeVarint(uint64(d))
	}
	return n
}

// sizeField returns the size of a length-delimited field with n bytes of content.
func sizeField(num protowire.Number, n int) int {
	return protowire.SizeTag(num) + protowire.SizeBytes(n)
}

func writeFloats(w *bufio.Writer, data []float32) {
	var b [4]byte
	for _, v := range data {
		binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
		w.Write(b[:])
	}
}
