package hoodwink

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"hoodwink/attack"
	"hoodwink/internal/atomicfile"
	"hoodwink/internal/wording"
	"hoodwink/model"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// An AgainRequest names a PNG that Fool has written, which is to be made again from its own record.
type AgainRequest struct {
	File  string // the PNG; it is only read
	Model *model.Model
	Input string              // the original
	Mask  *preprocess.Picture // if there was one

	// Output is where the picture goes that is made, or empty. It must not be File.
	Output string

	Threads int
	Limits  preprocess.Limits
	Observe func(attack.Step) // is called for every step; may be nil
}

// A Repeat says whether a picture could be made again.
type Repeat struct {
	File   string  `json:"file"`
	Record *Record `json:"-"`
	Output string  `json:"output,omitempty"`

	// Same says that the file was made again, to the same bytes.
	Same bool `json:"same"`

	// Differs says in sentences what is different: what was given, and then nothing was attacked, or
	// what was made.
	Differs []string `json:"differs,omitempty"`
}

// Again makes a picture again from the record in its file, and compares the files. If the model, the
// original or the mask are not those of the record it attacks nothing. If ctx ends, the error is its
// own.
func Again(ctx context.Context, r AgainRequest) (*Repeat, error) {
	rec, err := ReadRecord(r.File)
	if err != nil {
		return nil, err
	}
	if err := CheckOutputs(append(r.Model.Files(), r.File, r.Input), r.Output); err != nil {
		return nil, err
	}
	res := &Repeat{File: r.File, Record: rec, Differs: []string{}}
	request, err := res.request(&r)
	if err != nil || len(res.Differs) > 0 {
		return res, err
	}
	dir, err := os.MkdirTemp("", "hoodwink-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	request.Output = filepath.Join(dir, "picture.png")
	again, err := Fool(ctx, request)
	if err != nil {
		return nil, err
	}
	if again.Interrupted {
		return nil, ctx.Err()
	}
	if err := res.compare(request.Output); err != nil {
		return nil, err
	}
	if r.Output != "" {
		if err := atomicfile.Install(request.Output, r.Output); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Output, err)
		}
		res.Output = r.Output
	}
	return res, nil
}

// differ notes a difference.
func (res *Repeat) differ(format string, args ...any) {
	res.Differs = append(res.Differs, fmt.Sprintf(format, args...))
}

// request returns the request that the record stands for, and notes what was given otherwise.
func (res *Repeat) request(r *AgainRequest) (f FoolRequest, err error) {
	rec := res.Record
	f = FoolRequest{
		Model: r.Model, Input: rec.Input, Criterion: rec.Goal, Until: rec.Until, Attack: rec.Attack, Norm: rec.Norm, Eps: rec.Eps,
		Seed: rec.Seed, AtModel: rec.AtModel, Mask: r.Mask, Threads: r.Threads, Limits: r.Limits, Observe: r.Observe, Version: rec.Version,
	}
	if rec.Interrupted {
		res.differ("its attack was ended by hand, and what it had found by then cannot be found again")
	}
	if r.Model.Hash != rec.ModelHash {
		res.differ("the model %s has the SHA-256 %.12s…, that of the record, %s, has %.12s…", r.Model.Name, r.Model.Hash, rec.Model, rec.ModelHash)
	} else if !sameJSON(r.Model.Spec, rec.Spec) {
		res.differ("the model is the same, but takes pictures in another way: its contract has changed")
	}
	if len(res.Differs) > 0 {
		return f, nil
	}
	if f.Picture, err = preprocess.ReadFile(r.Input, r.Limits); err != nil {
		return f, err
	}
	x, err := f.Pixels()
	if err != nil {
		return f, err
	}
	if hashPixels(x) != rec.InputHash {
		res.differ("%s has other pixels than %s had when it was attacked", r.Input, rec.Input)
		return f, nil
	}
	mask, err := f.Changeable(x)
	if err != nil {
		return f, err
	}
	switch _, hash := changeable(mask); {
	case hash == rec.Mask:
	case mask == nil:
		res.differ("there was a mask, and none is given")
	default:
		res.differ("the mask is another one, or there was none")
	}
	return f, nil
}

func sameJSON(a, b any) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && bytes.Equal(x, y)
}

// compare compares the file that was made with the one that is there.
func (res *Repeat) compare(made string) error {
	var content [2][]byte
	var pictures [2]*tensor.Tensor
	for i, name := range []string{res.File, made} {
		var err error
		if content[i], err = os.ReadFile(name); err != nil {
			return err
		}
	}
	if res.Same = bytes.Equal(content[0], content[1]); res.Same {
		return nil
	}
	for i, data := range content {
		pic, err := preprocess.Decode(bytes.NewReader(data), res.File, preprocess.Limits{MaxPixels: math.MaxInt, MaxBytes: math.MaxInt64})
		if err != nil {
			return err
		}
		pictures[i] = pic.Pixels
	}
	a, b := pictures[0], pictures[1]
	if !tensor.SameShape(a.Shape, b.Shape) {
		res.differ("the picture made has the shape %s, that of the file %s", wording.Shape(b.Shape), wording.Shape(a.Shape))
	} else if linf, _, n := distances(a.Data, b.Data); n > 0 {
		res.differ("%d of %d values are others, by at most %.3g of 255 levels", n, b.Len(), 255*linf)
	} else {
		res.differ("all pixels are the same; the file is packed otherwise, or says something else about itself")
	}
	return nil
}
