package lab

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"hoodwink/dataset"
	"hoodwink/model/store"
)

// Info is what a page needs to know before it asks for anything else.
type Info struct {
	Version       string   `json:"version"`
	DefaultModel  string   `json:"default_model" doc:"model that is used where none is named"`
	SketchClasses []string `json:"sketch_classes" doc:"what the sketchbook draws"`
	Limits        Limits   `json:"limits"`
}

// Limits are what requests may ask for.
type Limits struct {
	PictureBytes int `json:"picture_bytes" doc:"of a picture file"`
	ModelBytes   int `json:"model_bytes" doc:"of a network"`
	Steps        int `json:"steps" doc:"of a run, in all restarts"`
	Runs         int `json:"runs" doc:"of a client that have not ended"`
}

func (l *Lab) registerInfo(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "info", Method: http.MethodGet, Path: "/api/info", Summary: "Version, limits and defaults", Tags: []string{"info"},
	}, func(context.Context, *struct{}) (*struct{ Body Info }, error) {
		return &struct{ Body Info }{Info{Version: l.o.Version, DefaultModel: l.defaultModel(), SketchClasses: dataset.SketchClasses(),
			Limits: Limits{maxPictureBytes, maxModelBytes, maxSteps, maxPerClient}}}, nil
	})
}

// defaultModel names the model that is used if none is named.
func (l *Lab) defaultModel() string {
	if l.o.Model != "" {
		return l.o.Model
	}
	for _, m := range store.List(l.o.Models) {
		if m.Name == "googlenet" && m.Present {
			return m.Name
		}
	}
	return store.Embedded
}
