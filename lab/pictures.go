package lab

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hoodwink"
	"hoodwink/dataset"
	"hoodwink/internal/atomicfile"
	"hoodwink/internal/wording"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// A Picture is a file the lab keeps, under the SHA-256 of its bytes.
type Picture struct {
	ID     string `json:"id" doc:"SHA-256 of the file, in hex"`
	Name   string `json:"name" doc:"name of the file"`
	Type   string `json:"type" doc:"format: png, jpeg, gif, webp, bmp or tiff"`
	Width  int    `json:"width" doc:"in pixels, upright"`
	Height int    `json:"height"`
	Bytes  int64  `json:"bytes"`
	Source string `json:"source,omitempty" doc:"for drawn pictures, what makes it again: draw:CLASS:SEED:SIZE or black:WIDTHxHEIGHT"`
}

const (
	maxPictureBytes = 32 << 20
	maxViewSide     = 2048
	maxDrawnSide    = 1024
	maxNameLength   = 200 // in characters, of the name of a file
)

func (l *Lab) picturePath(id string) string { return filepath.Join(l.o.Dir, "pictures", id) }

// keep stores a picture that was sent. It decodes the picture to check that it is one.
func (l *Lab) keep(ctx context.Context, in *incoming, name string) (*Picture, error) {
	if in.bytes == 0 {
		return nil, refuse(http.StatusBadRequest, "picture_empty", "the request has no picture in it", "send the bytes of a picture file as the body")
	}
	b, err := l.weigh(ctx, in.path, name)
	if err != nil {
		return nil, err
	}
	release, err := l.job(ctx, b.with(0, 0))
	if err != nil {
		return nil, err
	}
	defer release()
	pic, err := l.decode(in.path, name)
	if err != nil {
		return nil, err
	}
	h, w := pic.Size()
	p := &Picture{ID: in.sum, Name: name, Type: pic.Format, Width: w, Height: h, Bytes: in.bytes}
	return p, l.shelve(ctx, in.path, p)
}

// shelve moves the file of a picture to its place, and notes whose it is.
func (l *Lab) shelve(ctx context.Context, file string, p *Picture) error {
	l.tidying.Lock()
	defer l.tidying.Unlock()
	d := &deposit{Picture: *p}
	if before, err := l.deposit(p.ID); err == nil {
		d.Owners = before.Owners
	}
	d.add(callerOf(ctx).name)
	if _, err := os.Stat(l.picturePath(p.ID)); err != nil {
		if err := l.pictureRoom(p.Bytes); err != nil {
			return err
		}
	}
	if err := writeJSON(l.picturePath(p.ID)+".json", d); err != nil {
		return err
	}
	return atomicfile.Place(file, l.picturePath(p.ID))
}

func openPicture(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, refuse(http.StatusNotFound, "picture_unknown", "the picture is gone", "send it again")
	}
	return f, err
}

// decode decodes a picture. The caller must hold the memory that it takes, see weigh.
func (l *Lab) decode(path, name string) (*preprocess.Picture, error) {
	f, err := openPicture(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pic, err := preprocess.Decode(f, name, l.o.Limits)
	if err != nil {
		return nil, pictureProblem(err)
	}
	collect(4 * int64(pic.Pixels.Len())) // what decoding took besides
	return pic, nil
}

// picture returns the description of a picture.
func (l *Lab) picture(id string) (*Picture, error) {
	d, err := l.deposit(id)
	if err != nil {
		return nil, err
	}
	return &d.Picture, nil
}

// pixels reads a picture, and counts as a use of it. The caller must hold the memory that it takes.
func (l *Lab) pixels(p *Picture) (*preprocess.Picture, error) {
	now := time.Now()
	os.Chtimes(l.picturePath(p.ID), now, now)
	return l.decode(l.picturePath(p.ID), p.Name)
}

// look reads a picture when it is the caller's turn among short jobs. The caller keeps the place
// for its work on the picture, which holds some bytes for each pixel, and more; the returned function
// releases it.
func (l *Lab) look(
	ctx context.Context, p *Picture, each, more int64,
) (pic *preprocess.Picture, release func(), err error) {
	b, err := l.weigh(ctx, l.picturePath(p.ID), p.Name)
	if err != nil {
		return nil, nil, err
	}
	if release, err = l.job(ctx, b.with(each, more)); err != nil {
		return nil, nil, err
	}
	if pic, err = l.pixels(p); err == nil {
		err = ended(ctx.Err()) // the work on it would be for nobody
	}
	if err != nil {
		release()
		return nil, nil, err
	}
	return pic, release, nil
}

// drawn stores a picture that the lab makes itself.
func (l *Lab) drawn(ctx context.Context, x *tensor.Tensor, name, source string) (*Picture, error) {
	var b bytes.Buffer
	if err := preprocess.EncodePNG(&b, x, []preprocess.Text{{Key: "Software", Value: strings.TrimSpace("hoodwink " + l.o.Version)}}); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Join(l.o.Dir, incomingDir), "")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	sum := sha256.Sum256(b.Bytes())
	p := &Picture{ID: hex.EncodeToString(sum[:]), Name: name, Type: "png", Width: x.Shape[3], Height: x.Shape[2], Bytes: int64(b.Len()), Source: source}
	_, err = b.WriteTo(f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, err
	}
	return p, l.shelve(ctx, f.Name(), p)
}

// Drawing asks for a picture of the sketchbook.
type Drawing struct {
	Class string `json:"class" doc:"what to draw, by name" example:"giant panda"`
	Seed  uint64 `json:"seed,omitempty" doc:"the same seed gives the same picture"`
	Size  int    `json:"size,omitempty" minimum:"8" maximum:"1024" default:"256" doc:"side in pixels"`
}

// Blank asks for a black picture.
type Blank struct {
	Width  int `json:"width,omitempty" minimum:"1" maximum:"1024" default:"224"`
	Height int `json:"height,omitempty" minimum:"1" maximum:"1024" default:"224"`
}

func (l *Lab) draw(ctx context.Context, d *Drawing) (*Picture, error) {
	class := slices.Index(dataset.SketchClasses(), d.Class)
	if class < 0 {
		return nil, refuse(http.StatusUnprocessableEntity, "drawing_unknown", "nothing called "+quoted(d.Class)+" can be drawn", "one of "+strings.Join(dataset.SketchClasses(), ", "))
	}
	release, err := l.job(ctx, drawingBytes)
	if err != nil {
		return nil, err
	}
	defer release()
	x, err := dataset.Draw(class, d.Seed, d.Size)
	if err != nil {
		return nil, err
	}
	return l.drawn(ctx, x, hoodwink.Dashed(d.Class)+".png", dataset.DrawingName(d.Class, d.Seed, d.Size))
}

type pictureReply struct{ Body *SentPicture }

func (l *Lab) registerPictures(api huma.API) {
	tags := []string{"pictures"}
	huma.Register(api, huma.Operation{
		OperationID: "add-picture", Method: http.MethodPost, Path: "/api/pictures", DefaultStatus: http.StatusCreated, Tags: tags,
		Summary: "Store a picture", Description: "The body is the picture file itself (PNG, JPEG, GIF, WebP, BMP or TIFF) or a form (multipart/form-data) with it as its one field.",
	}, func(ctx context.Context, in *struct {
		Name string `query:"name" maxLength:"200" doc:"name of the file; that in the form if there is none"`
	}) (*pictureReply, error) {
		file, err := l.receive(ctx, l.pictures, maxPictureBytes, uploadTime)
		if err != nil {
			return nil, err
		}
		defer os.Remove(file.path)
		p, err := l.keep(ctx, file, fileName(cmp.Or(in.Name, file.name)))
		if err != nil {
			return nil, err
		}
		return l.shown(ctx, p.ID)
	})
	takesFile(api, "/api/pictures")
	huma.Register(api, huma.Operation{
		OperationID: "draw-picture", Method: http.MethodPost, Path: "/api/pictures/draw", DefaultStatus: http.StatusCreated, Tags: tags,
		Summary: "Draw a picture of the sketchbook",
	}, func(ctx context.Context, in *struct{ Body Drawing }) (*pictureReply, error) {
		p, err := l.draw(ctx, &in.Body)
		if err != nil {
			return nil, err
		}
		return l.shown(ctx, p.ID)
	})
	huma.Register(api, huma.Operation{
		OperationID: "black-picture", Method: http.MethodPost, Path: "/api/pictures/black", DefaultStatus: http.StatusCreated, Tags: tags,
		Summary: "Make a black picture",
	}, func(ctx context.Context, in *struct{ Body Blank }) (*pictureReply, error) {
		release, err := l.job(ctx, drawingBytes)
		if err != nil {
			return nil, err
		}
		defer release()
		p, err := l.drawn(ctx, tensor.New(1, 3, in.Body.Height, in.Body.Width), "black.png", "black:"+strconv.Itoa(in.Body.Width)+"x"+strconv.Itoa(in.Body.Height))
		if err != nil {
			return nil, err
		}
		return l.shown(ctx, p.ID)
	})
	huma.Register(api, huma.Operation{
		OperationID: "get-picture", Method: http.MethodGet, Path: "/api/pictures/{id}", Tags: tags, Summary: "What is known of a picture",
	}, func(ctx context.Context, in *struct {
		ID string `path:"id"`
	}) (*pictureReply, error) {
		return l.shown(ctx, in.ID)
	})
	l.registerTakeBack(api, tags)
	huma.Register(api, huma.Operation{
		OperationID: "view-picture", Method: http.MethodGet, Path: "/api/pictures/{id}/view.png", Tags: tags, Summary: "A picture to look at: upright, PNG",
		Responses: binary("image/png"),
	}, func(ctx context.Context, in *struct {
		ID   string `path:"id"`
		Side int    `query:"side" minimum:"16" maximum:"2048" default:"640" doc:"largest width or height"`
	}) (*fileReply, error) {
		p, err := l.picture(in.ID)
		if err != nil {
			return nil, err
		}
		pic, release, err := l.look(ctx, p, 0, 0)
		if err != nil {
			return nil, err
		}
		defer release()
		data, err := shrunk(pic.Pixels, in.Side)
		return &fileReply{Type: "image/png", Cache: forever, Body: data}, err
	})
	huma.Register(api, huma.Operation{
		OperationID: "download-picture", Method: http.MethodGet, Path: "/api/pictures/{id}/file", Tags: tags, Summary: "The bytes of a picture as they came",
		Responses: binary("application/octet-stream"),
	}, func(_ context.Context, in *struct {
		ID string `path:"id"`
	}) (*huma.StreamResponse, error) {
		p, err := l.picture(in.ID)
		if err != nil {
			return nil, err
		}
		sent, err := sendFile(l.picturePath(p.ID), fileReply{Type: "application/octet-stream", Cache: forever, Disposition: attachment(p.Name)})
		if errors.Is(err, os.ErrNotExist) {
			return nil, refuse(http.StatusNotFound, "picture_unknown", "the picture is gone", "send it again")
		}
		return sent, err
	})
}

// fileName returns the last part of a name from outside, without characters that would cause
// trouble in a header or a command.
func fileName(name string) string {
	name = wording.Printable(name[strings.LastIndexAny(name, `/\`)+1:])
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`"<>|:*?`, r) || r == '\uFFFD' {
			return -1
		}
		return r
	}, name)
	if r := []rune(name); len(r) > maxNameLength {
		name = string(r[:maxNameLength])
	}
	if name = strings.Trim(name, ". "); name == "" {
		return "picture"
	}
	return name
}
