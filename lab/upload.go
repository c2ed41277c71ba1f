package lab

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hoodwink/internal/atomicfile"
	"hoodwink/internal/worker"
	"hoodwink/model"
	"hoodwink/preprocess"
)

const (
	maxModelBytes  = 256 << 20
	maxModelMemory = 768 << 20 // memory at work of a network that was sent
)

// An Upload describes what became of a network that was sent.
type Upload struct {
	Model    ModelDetail     `json:"model"`
	OK       bool            `json:"ok" doc:"no finding is an error"`
	Findings []model.Finding `json:"findings"`
}

// A newModel is what a client says about a network that it sends.
type newModel struct {
	Name   string `query:"name" maxLength:"64" doc:"lower-case letters, digits, '-', '_' and '.'; where it is missing, that of the file in a form, without .onnx"`
	Preset string `query:"preset" enum:"torchvision,raw,caffe,caffe-mean," doc:"how pictures become input"`
	Labels string `query:"labels" enum:"imagenet," doc:"names of the classes, if they are ImageNet's"`
	Output string `query:"output" maxLength:"1000" doc:"the output with the scores of the classes, if the network has several"`
	Size   string `query:"size" maxLength:"20" pattern:"^([0-9]+(x[0-9]+)?)?$" doc:"pictures the network takes, where its file leaves that open: 224, or 320x240 for width and height"`
	Order  string `query:"order" enum:"RGB,BGR,gray," doc:"channels"`
	Layout string `query:"layout" enum:"NCHW,NHWC," doc:"of the input, where its shape does not say it"`
}

func (l *Lab) registerUpload(api huma.API, tags []string) {
	huma.Register(api, huma.Operation{
		OperationID: "upload-model", Method: http.MethodPost, Path: "/api/models", DefaultStatus: http.StatusCreated, Tags: tags,
		Summary: "Send a network", Description: "The body is an .onnx file, or a form (multipart/form-data) with it as its one field. What no parameter says is assumed and said; the contract is checked.",
	}, func(ctx context.Context, in *newModel) (*struct{ Body *Upload }, error) {
		ctx, cancel := l.during(ctx)
		defer cancel()
		if in.Name != "" {
			if err := l.checkName(in.Name); err != nil { // before much is sent
				return nil, err
			}
		}
		file, err := l.receive(ctx, l.networks, maxModelBytes, 10*uploadTime)
		if err != nil {
			return nil, err
		}
		defer os.Remove(file.path)
		if in.Name == "" {
			in.Name = strings.ToLower(strings.TrimSuffix(file.name, filepath.Ext(file.name)))
		}
		u, err := l.upload(ctx, in, file)
		return &struct{ Body *Upload }{u}, err
	})
	takesFile(api, "/api/models")
	huma.Register(api, huma.Operation{OperationID: "delete-model", Method: http.MethodDelete, Path: "/api/models/{name}", DefaultStatus: http.StatusNoContent, Tags: tags, Summary: "Delete a model that this client has sent"},
		func(ctx context.Context, in *ModelName) (*struct{}, error) {
			for _, m := range l.models() {
				if m.Name == in.Name && m.Kind == "uploaded" {
					if !l.sentBy(m.Name, callerOf(ctx).name) {
						return nil, notYours("this network")
					}
					err := os.RemoveAll(filepath.Join(l.uploads().Dir, m.Name))
					l.shelf.forget(m.Name) // somebody may have opened it meanwhile
					return nil, err
				}
			}
			return nil, refuse(http.StatusNotFound, "model_unknown", "no model that was sent is called "+quoted(in.Name), "")
		})
}

// checkName refuses a name that a network must not have.
func (l *Lab) checkName(name string) error {
	if name == "" {
		return refuse(http.StatusUnprocessableEntity, "model_name", "the network has no name", "give it one in the address: /api/models?name=NAME")
	}
	if model.ValidName(name) != nil {
		return refuse(http.StatusUnprocessableEntity, "model_name", "a model cannot be called "+quoted(name),
			"use up to 64 lower-case letters, digits, '-', '_' and '.', with a letter or digit at both ends")
	}
	for _, m := range l.models() {
		if m.Name == name {
			return modelExists(name)
		}
	}
	return nil
}

func modelExists(name string) error {
	return refuse(http.StatusConflict, "model_exists", "there is a model called "+quoted(name), "choose another name")
}

// upload checks a network that was sent, one at a time, and adds it. It is prepared in another
// folder and then takes its name; if several want the same name, one gets it.
func (l *Lab) upload(ctx context.Context, in *newModel, file *incoming) (*Upload, error) {
	if file.bytes == 0 {
		return nil, refuse(http.StatusBadRequest, "model_empty", "the request has no network in it", "send the bytes of an .onnx file as the body")
	}
	if err := l.checkName(in.Name); err != nil {
		return nil, err
	}
	release, err := l.sent.enter(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer release()
	if size(l.uploads().Dir)+file.bytes > l.o.Quotas.Models {
		return nil, refuse(http.StatusInsufficientStorage, "models_full", "there is no room for another model", "delete one that was sent")
	}
	aside, err := os.MkdirTemp(filepath.Join(l.o.Dir, incomingDir), "")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(aside)
	home := filepath.Join(aside, in.Name)
	network := filepath.Join(home, "model.onnx")
	if err := os.Mkdir(home, 0o700); err != nil {
		return nil, err
	}
	if err := os.Rename(file.path, network); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(home, ownerFile), []byte(callerOf(ctx).name), 0o600); err != nil {
		return nil, err
	}
	spec := preprocess.Spec{Preset: in.Preset, Order: in.Order, Layout: preprocess.Layout(in.Layout)}
	if spec.Width, spec.Height, err = preprocess.ParseSize(in.Size); err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, "model_size", err.Error(), "write e.g. 224, or 320x240 for width x height")
	}
	added, m, err := l.pool.Add(ctx, worker.Addition{Name: in.Name, Network: network, Folder: aside, Labels: in.Labels, Output: in.Output, Spec: spec, Memory: maxModelMemory})
	if err != nil {
		return nil, modelProblem(in.Name, err)
	}
	if err := l.checkName(in.Name); err != nil {
		return nil, err
	}
	if err := atomicfile.Place(home, filepath.Join(l.uploads().Dir, in.Name)); errors.Is(err, fs.ErrExist) {
		return nil, modelExists(in.Name)
	} else if err != nil {
		return nil, err
	}
	l.shelf.forget(in.Name)
	u := &Upload{Model: detail(in.Name, m.Model), OK: added.OK, Findings: []model.Finding{}}
	for _, f := range added.Findings {
		f.Text, f.Advice = withoutPaths(f.Text), withoutPaths(f.Advice)
		u.Findings = append(u.Findings, f)
	}
	return u, nil
}
