package caffe

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"hoodwink/internal/pb"
)

// A Transform is what a definition's data layer does to pictures before the network gets them.
// Pixels are 0 to 255, of blue, green and red, or of gray:
//
//	value = (pixel - mean) * Scale
type Transform struct {
	Layer string // the layer that says it
	Phase string // whose pictures it prepares: "TEST", or "TRAIN" if no layer of TEST does

	Height, Width int // what pictures are resized to before the crop; 0 where the file does not say
	Crop          int // side of the square cut out of the centre; 0 for the whole picture

	MeanFile string    // path of a mean image as it is in the file, or ""
	Mean     []float32 // of all channels, or one for each; nil for 0
	Scale    float32
	Gray     bool // pictures are made gray
	Mirror   bool // pictures are mirrored at random, half of them
}

// A dataLayer is a layer that reads pictures and may prepare them.
type dataLayer struct {
	*pb.LayerParameter
	tested bool // part of the network in the phase TEST
}

// preparing are the types of layers that have a transform.
func preparing(kind string) bool {
	switch kind {
	case "Data", "ImageData", "MemoryData", "WindowData", "AnnotatedData":
		return true
	}
	return false
}

// Transform returns what a data layer does: one of the phase TEST rather than of TRAIN, and among
// those the one that makes the given blob, or else the first. It is nil if there is no data layer.
func (d *Definition) Transform(blob string) (*Transform, error) {
	var best *dataLayer
	rank := func(l *dataLayer) (n int) {
		if l.tested {
			n += 2
		}
		if len(l.Top) > 0 && l.Top[0] == blob {
			n++
		}
		return n
	}
	for i := range d.data {
		if l := &d.data[i]; best == nil || rank(l) > rank(best) {
			best = l
		}
	}
	if best == nil {
		return nil, nil
	}
	t, err := best.transform()
	if err != nil {
		return nil, d.named(layerError(best.LayerParameter, err))
	}
	return t, nil
}

// transform reads the parameters of the layer.
func (l *dataLayer) transform() (*Transform, error) {
	p, image := l.TransformParam, l.GetImageDataParam()
	if p == nil {
		p = &pb.TransformationParameter{}
	}
	t := &Transform{Layer: l.GetName(), Phase: "TRAIN", MeanFile: p.GetMeanFile(), Mean: p.GetMeanValue(), Scale: p.GetScale(),
		Gray: p.GetForceGray() || image != nil && !image.GetIsColor(), Mirror: p.GetMirror()}
	if l.tested {
		t.Phase = "TEST"
	}
	for to, from := range map[*int]uint32{&t.Crop: p.GetCropSize(),
		&t.Height: max(image.GetNewHeight(), p.GetResizeParam().GetHeight()), &t.Width: max(image.GetNewWidth(), p.GetResizeParam().GetWidth())} {
		if from > maxExtent {
			return nil, fmt.Errorf("pictures of %d pixels a side are too large", from)
		}
		*to = int(from)
	}
	switch {
	case t.MeanFile != "" && len(t.Mean) > 0:
		return nil, fmt.Errorf("it has both a mean_file and a mean_value: use one of them")
	case p.GetForceGray() && p.GetForceColor():
		return nil, fmt.Errorf("it has both force_gray and force_color: use one of them")
	case !(t.Scale > 0) || t.Scale-t.Scale != 0:
		return nil, fmt.Errorf("a scale of %v is not possible: want a positive number", t.Scale)
	}
	for _, v := range t.Mean {
		if v-v != 0 {
			return nil, fmt.Errorf("a mean_value of %v is not possible", v)
		}
	}
	return t, nil
}

// upgradeTransform moves the parameters that data layers had themselves, until 2014, to their
// transform_param.
func upgradeTransform(l *pb.LayerParameter) {
	var older interface {
		GetScale() float32
		GetMeanFile() string
		GetCropSize() uint32
		GetMirror() bool
	}
	switch {
	case l.GetType() == "Data" && l.DataParam != nil:
		older = l.DataParam
	case l.GetType() == "ImageData" && l.ImageDataParam != nil:
		older = l.ImageDataParam
	case l.GetType() == "WindowData" && l.WindowDataParam != nil:
		older = l.WindowDataParam
	default:
		return
	}
	p := &pb.TransformationParameter{}
	if l.TransformParam != nil {
		p = l.TransformParam
	}
	if v := older.GetScale(); v != 1 {
		p.Scale = proto.Float32(v)
	}
	if v := older.GetMeanFile(); v != "" {
		p.MeanFile = proto.String(v)
	}
	if v := older.GetCropSize(); v != 0 {
		p.CropSize = proto.Uint32(v)
	}
	if older.GetMirror() {
		p.Mirror = proto.Bool(true)
	}
	l.TransformParam = p
}
