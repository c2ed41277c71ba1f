package lab

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hoodwink/dataset"
)

// registerDrawings adds the drawings. Nothing is stored: the same address gives the same drawing,
// which a browser may keep for a day.
func (l *Lab) registerDrawings(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "view-drawing", Method: http.MethodGet, Path: "/api/drawings/{class}", Tags: []string{"pictures"}, Summary: "A drawing of the sketchbook to look at, PNG",
		Responses: binary("image/png"),
	}, func(ctx context.Context, in *struct {
		Class string `path:"class" maxLength:"64" doc:"what to draw, by name"`
		Seed  uint64 `query:"seed" doc:"the same seed gives the same picture"`
		Size  int    `query:"size" minimum:"8" maximum:"256" default:"160" doc:"side in pixels"`
	}) (*fileReply, error) {
		class := slices.Index(dataset.SketchClasses(), in.Class)
		if class < 0 {
			return nil, refuse(http.StatusNotFound, "drawing_unknown", "nothing called "+quoted(in.Class)+" can be drawn", "one of "+strings.Join(dataset.SketchClasses(), ", "))
		}
		release, err := l.job(ctx, jobBytes)
		if err != nil {
			return nil, err
		}
		defer release()
		x, err := dataset.Draw(class, in.Seed, in.Size)
		if err != nil {
			return nil, err
		}
		data, err := shrunk(x, in.Size)
		return &fileReply{Type: "image/png", Cache: "private, max-age=86400", Body: data}, err
	})
}
