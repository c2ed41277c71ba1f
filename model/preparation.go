package model

import (
	"fmt"
	"math"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"hoodwink/caffe"
	"hoodwink/internal/files"
	"hoodwink/preprocess"
)

// A preparation is what Caffe's own files say about the preparation of a network's pictures: the
// transform_param of a data layer, or a mean image beside the network.
type preparation struct {
	said  string           // the file and layer that say it
	t     *caffe.Transform // nil if there is only a mean image
	mean  *meanImage       // or nil
	known []float32        // known means of a mean file that is missing
	notes []string
	read  []string // files beside the definition that say it
}

// imagenetMeans are the means of the channels of ImageNet's mean image, which Caffe's own
// networks were trained with: blue, green, red.
var imagenetMeans = []float32{104.00699, 116.66877, 122.67892}

// openSpec reports whether the contract leaves open how pictures are prepared.
func (s Source) openSpec() bool {
	return s.Spec.Preset == "" && (s.Spec.Order == "" || s.Spec.Scale == 0 || s.Spec.Resize == "")
}

// preparation finds what the files say, for a network whose input is called blob; nil if they say
// nothing. It reads only files in the folder of the definition.
func (s Source) preparation(d *caffe.Definition, blob string) (*preparation, error) {
	dir := filepath.Dir(s.Definition)
	p := &preparation{said: filepath.Base(s.Definition)}
	var err error
	if p.t, err = d.Transform(blob); err != nil {
		return nil, err
	}
	if s.Dir != BuiltIn {
		if p.t == nil {
			if err := s.besideDefinition(p, dir, blob); err != nil {
				return nil, err
			}
		}
		if err := s.findMean(p, dir); err != nil {
			return nil, err
		}
	}
	if p.t == nil && p.mean == nil {
		return nil, nil
	}
	return p, nil
}

// maxBeside bounds the definitions of a folder that are read.
const maxBeside = 32

// besideDefinition looks in the folder for a training definition whose data layer says how pictures
// are prepared.
func (s Source) besideDefinition(p *preparation, dir, blob string) error {
	paths, _ := filepath.Glob(filepath.Join(globbed(dir), "*.prototxt")) // the pattern is always valid
	var said []string
	for _, path := range paths[:min(len(paths), maxBeside)] {
		if filepath.Clean(path) == filepath.Clean(s.Definition) || !files.Is(path) {
			continue
		}
		data, err := s.read(path, maxDefinitionBytes)
		if err != nil {
			continue
		}
		other, err := caffe.Parse(data)
		if err != nil { // a solver, for example
			continue
		}
		t, err := other.Transform(blob)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if t == nil {
			continue
		}
		if p.t != nil && !sameTransform(p.t, t) {
			return &Error{Err: fmt.Errorf("%s and %s differ in how pictures are prepared", said[0], filepath.Base(path)),
				Advice: "say it in " + ContractName + ", or keep the one that belongs to the network"}
		}
		said = append(said, filepath.Base(path))
		p.read = append(p.read, path)
		p.t, p.said = t, said[0]
	}
	return nil
}

// globbed escapes the characters of a folder's name that are special in filepath.Glob.
func globbed(dir string) string {
	return strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(dir)
}

// sameTransform reports whether two transforms have the same effect on a picture.
func sameTransform(a, b *caffe.Transform) bool {
	x, y := *a, *b
	x.Layer, y.Layer, x.Phase, y.Phase, x.Mirror, y.Mirror = "", "", "", "", false, false
	return reflect.DeepEqual(x, y)
}

// findMean reads the mean image that the transform names or, if nothing names one, the only one in
// the folder.
func (s Source) findMean(p *preparation, dir string) error {
	there := meanFiles(dir)
	if p.t == nil || p.t.MeanFile == "" {
		if p.t != nil || len(there) == 0 || s.Spec.Mean != nil {
			return nil
		}
		if len(there) > 1 {
			return &Error{Err: fmt.Errorf("the folder has several mean images (%s), and no file says which is the network's", strings.Join(bases(there), ", ")),
				Advice: "keep the one that belongs to the network, or say the mean in " + ContractName + " or with --mean"}
		}
		p.said = filepath.Base(there[0])
		var err error
		p.mean, err = s.readMean(there[0])
		return err
	}
	if s.Spec.Mean != nil {
		return nil
	}
	// Paths are those of the machine it was trained on.
	name := path.Base(strings.ReplaceAll(p.t.MeanFile, `\`, "/"))
	at := filepath.Join(dir, name)
	stem := strings.TrimSuffix(name, path.Ext(name))
	switch {
	case name != "." && name != ".." && name != "/" && files.Is(at):
	case files.Is(filepath.Join(dir, stem+".npy")):
		at = filepath.Join(dir, stem+".npy")
	case len(there) == 1:
		at = there[0]
		p.notes = append(p.notes, fmt.Sprintf("the mean image %s that %s names is not beside the network: taking %s, which is", name, p.said, filepath.Base(at)))
	case stem == "imagenet_mean" || stem == "ilsvrc_2012_mean":
		p.known = imagenetMeans
		p.notes = append(p.notes, fmt.Sprintf("the mean image %s that %s names is not beside the network: taking the means of its channels, which are known to be %v", name, p.said, p.known))
		return nil
	default:
		return &Error{Err: fmt.Errorf("%s subtracts the mean image %q, which is not beside it", p.said, p.t.MeanFile),
			Advice: fmt.Sprintf("put %s into %s, or say the mean in %s or with --mean", name, dir, ContractName)}
	}
	var err error
	p.mean, err = s.readMean(at)
	return err
}

func bases(paths []string) (names []string) {
	for _, p := range paths[:min(len(paths), maxCandidates)] {
		names = append(names, filepath.Base(p))
	}
	return names
}

// exact returns the mean image if a transform says that it is subtracted pixel by pixel. A mean
// image that is only in the folder is used by its channels' means, as in Caffe's examples of
// classification.
func (p *preparation) exact() *meanImage {
	if h, _ := p.mean.size(); p.t == nil || h == 0 || !varies(p.mean.image) {
		return nil
	}
	return p.mean
}

// spec returns the contract for a network of the given input, as far as the files say it, and adds
// notes about that.
func (p *preparation) spec(height, width, channels int) (preprocess.Spec, error) {
	s := preprocess.Spec{Width: width, Height: height, Resize: preprocess.Stretch, Order: "BGR", Scale: 255}
	if channels == 1 {
		s.Order = "gray"
	}
	t := p.t
	if t == nil {
		t = &caffe.Transform{Scale: 1}
	}
	how := []string{s.Order + " 0 to 255", p.geometry(&s, t)}
	switch {
	case p.mean != nil:
		if c := p.mean.image.Shape[0]; c != channels {
			return s, &Error{Err: fmt.Errorf("%s: a mean image of %d channels for a network of %d", p.mean.path, c, channels)}
		}
		image := p.mean.image
		if h, _ := p.mean.size(); p.t != nil && h > 0 {
			var err error
			if image, err = p.mean.cut(height, width); err != nil {
				return s, &Error{Err: err, Advice: "say the mean in " + ContractName + " or with --mean"}
			}
		}
		s.Mean = channelMeans(image)
		by := "the means of the channels of"
		if p.exact() != nil {
			by = "pixel by pixel,"
		}
		how = append(how, fmt.Sprintf("minus %s %s", by, filepath.Base(p.mean.path)))
	case p.known != nil || len(t.Mean) > 0:
		s.Mean = slices.Concat(p.known, t.Mean)
		if len(s.Mean) == 1 {
			s.Mean = slices.Repeat(s.Mean, channels)
		}
		if len(s.Mean) != channels {
			return s, &Error{Err: fmt.Errorf("%s subtracts %d means from pictures of %d channels", p.said, len(s.Mean), channels)}
		}
		how = append(how, fmt.Sprintf("minus the mean %v", s.Mean))
	}
	if t.Scale != 1 {
		std := float32(1 / float64(t.Scale))
		if math.IsInf(float64(std), 0) {
			return s, &Error{Err: fmt.Errorf("%s multiplies by %g, which is too little", p.said, t.Scale)}
		}
		s.Std = slices.Repeat([]float32{std}, channels)
		how = append(how, fmt.Sprintf("times %g", t.Scale))
	}
	if p.t != nil {
		p.said = fmt.Sprintf("%s (layer %q, phase %s)", p.said, t.Layer, t.Phase)
	}
	p.notes = append([]string{fmt.Sprintf("%s says how pictures are prepared: %s", p.said, strings.Join(how, ", "))}, p.notes...)
	if t.Mirror && t.Phase == "TEST" {
		p.notes = append(p.notes, p.said+" mirrors half of the pictures at random: that is left out")
	}
	return s, nil
}

// geometry sets how pictures get their size, and returns that in words.
func (p *preparation) geometry(s *preprocess.Spec, t *caffe.Transform) string {
	h, w := t.Height, t.Width
	if h == 0 || w == 0 {
		if h, w = p.mean.size(); p.t == nil {
			h, w = 0, 0
		}
	}
	cut := fmt.Sprintf("stretched to %dx%d", s.Width, s.Height)
	switch {
	case t.Crop > 0 && (t.Crop != s.Width || t.Crop != s.Height):
		p.notes = append(p.notes, fmt.Sprintf("%s cuts out %dx%d pixels, and the network takes %dx%d", p.said, t.Crop, t.Crop, s.Width, s.Height))
	case t.Crop > 0 && h == 0:
		p.notes = append(p.notes, fmt.Sprintf("%s does not say how large pictures are from which it cuts %dx%d: assuming that all of a picture is taken", p.said, t.Crop, t.Crop))
	}
	if h == 0 || h == s.Height && w == s.Width {
		return cut
	}
	if h != w || h < max(s.Height, s.Width) {
		p.notes = append(p.notes, fmt.Sprintf("%s makes pictures %dx%d and cuts out the centre, which no contract can say: all of a picture is taken", p.said, w, h))
		return cut
	}
	s.ResizeTo = h
	return fmt.Sprintf("stretched to %dx%d, of which the centre is taken (%dx%d)", h, h, s.Width, s.Height)
}

// size returns the size of the pictures if the definition does not say it: that of the mean image,
// from which nothing is cut; 0 if nothing says it.
func (p *preparation) size() (h, w int) {
	if p == nil || p.t != nil && p.t.Crop > 0 {
		return 0, 0
	}
	return p.mean.size()
}
