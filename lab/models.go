package lab

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hoodwink/internal/atomicfile"
	"hoodwink/model"
	"hoodwink/preprocess"
)

const maxModelBytes = 256 << 20

// A ModelInfo is one line of the list of models.
type ModelInfo struct {
	Name     string `json:"name"`
	Kind     string `json:"kind" enum:"known,built in,added,uploaded" doc:"uploaded ones were sent to the lab and can be deleted"`
	Title    string `json:"title,omitempty"`
	License  string `json:"license,omitempty"`
	Present  bool   `json:"present" doc:"it is here and can be used"`
	Default  bool   `json:"default" doc:"it is used where no model is named"`
	Download int64  `json:"download,omitempty" doc:"bytes that pull would fetch"`
	Problem  string `json:"problem,omitempty" doc:"why it cannot be used"`
}

// ModelDetail is a model in full.
type ModelDetail struct {
	Name       string          `json:"name"`
	Hash       string          `json:"hash" doc:"SHA-256 of definition and weights"`
	Input      []int           `json:"input" doc:"shape of one example"`
	Classes    int             `json:"classes"`
	Params     int64           `json:"params" doc:"weights and biases"`
	Preprocess preprocess.Spec `json:"preprocess" doc:"how pictures become input"`
	Notes      []string        `json:"notes" doc:"what was assumed because no file says it"`
}

// A ClassInfo is a class that a search found.
type ClassInfo struct {
	Index  int    `json:"index"`
	Synset string `json:"synset"`
	Label  string `json:"label" doc:"first name"`
	Names  string `json:"names" doc:"all names"`
}

// An Upload is what became of a network that was sent.
type Upload struct {
	Model    ModelDetail     `json:"model"`
	OK       bool            `json:"ok" doc:"no finding is an error"`
	Findings []model.Finding `json:"findings"`
}

// A ModelName names a model in an address.
type ModelName struct {
	Name string `path:"name" maxLength:"200"`
}

func (l *Lab) models() []ModelInfo {
	out := []ModelInfo{}
	add := func(list []model.Info, kind string) {
		for _, m := range list {
			if kind != "" && m.Kind != "added" {
				continue
			}
			i := ModelInfo{Name: m.Name, Kind: m.Kind, Title: m.Title, License: m.License, Present: m.Present, Default: m.Name == l.defaultModel(), Download: m.Download, Problem: withoutPaths(m.Problem)}
			if kind != "" {
				i.Kind = kind
			}
			out = append(out, i)
		}
	}
	add(model.List(l.o.Models), "")
	seen := map[string]bool{}
	for _, m := range out {
		seen[m.Name] = true
	}
	var own []model.Info
	for _, m := range model.List(l.uploads()) {
		if !seen[m.Name] {
			own = append(own, m)
		}
	}
	add(own, "uploaded")
	return out
}

func detail(name string, m *model.Model) ModelDetail {
	d := ModelDetail{Name: name, Hash: m.Hash, Input: m.Network.InputShape(), Classes: m.Labels.Len(), Params: m.Network.Params(), Preprocess: m.Spec, Notes: []string{}}
	for _, n := range m.Notes {
		d.Notes = append(d.Notes, withoutPaths(n))
	}
	return d
}

// search finds classes by any word of any of their names, by index or by synset. Names that
// begin with the words come first.
func search(labels *model.Labels, words string, limit int) []ClassInfo {
	words = strings.ToLower(strings.TrimSpace(words))
	ranked := [3][]ClassInfo{}
	for k := range labels.Len() {
		c := labels.Class(k)
		names := strings.ToLower(strings.Join(labels.Names(k), ", "))
		i := ClassInfo{k, c.Synset, c.Label, strings.Join(labels.Names(k), ", ")}
		switch {
		case words == strconv.Itoa(k) || words == c.Synset && words != "" || strings.EqualFold(words, c.Label):
			ranked[0] = append(ranked[0], i)
		case strings.HasPrefix(names, words) || strings.Contains(names, ", "+words):
			ranked[1] = append(ranked[1], i)
		case strings.Contains(names, words):
			ranked[2] = append(ranked[2], i)
		}
	}
	all := append(append(ranked[0], ranked[1]...), ranked[2]...)
	return append([]ClassInfo{}, all[:min(limit, len(all))]...)
}

func (l *Lab) registerModels(api huma.API) {
	tags := []string{"models"}
	huma.Register(api, huma.Operation{OperationID: "list-models", Method: http.MethodGet, Path: "/api/models", Tags: tags, Summary: "The models, here or to be had"},
		func(context.Context, *struct{}) (*struct{ Body []ModelInfo }, error) {
			return &struct{ Body []ModelInfo }{l.models()}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-model", Method: http.MethodGet, Path: "/api/models/{name}", Tags: tags, Summary: "One model, opened"},
		func(ctx context.Context, in *ModelName) (*struct{ Body ModelDetail }, error) {
			o, err := l.modelNamed(ctx, in.Name)
			if err != nil {
				return nil, err
			}
			return &struct{ Body ModelDetail }{detail(o.name, o.m)}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "list-classes", Method: http.MethodGet, Path: "/api/models/{name}/classes", Tags: tags, Summary: "Search a model's classes"},
		func(ctx context.Context, in *struct {
			ModelName
			Q     string `query:"q" maxLength:"200" doc:"words of a name, an index or a synset id; nothing finds all"`
			Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"20"`
		}) (*struct{ Body []ClassInfo }, error) {
			o, err := l.modelNamed(ctx, in.Name)
			if err != nil {
				return nil, err
			}
			return &struct{ Body []ClassInfo }{search(o.m.Labels, in.Q, in.Limit)}, nil
		})
	huma.Register(api, huma.Operation{
		OperationID: "upload-model", Method: http.MethodPost, Path: "/api/models", DefaultStatus: http.StatusCreated, Tags: tags, MaxBodyBytes: maxModelBytes, BodyReadTimeout: 10 * uploadTime,
		Summary: "Send a network", Description: "The body is an .onnx file. What no parameter says is assumed and said; the contract is checked.",
	}, func(ctx context.Context, in *struct {
		Name    string `query:"name" required:"true" minLength:"1" maxLength:"64" doc:"lower-case letters, digits, '-', '_' and '.'"`
		Preset  string `query:"preset" enum:"torchvision,raw,caffe,caffe-mean," doc:"how pictures become input"`
		Labels  string `query:"labels" enum:"imagenet," doc:"names of the classes, if they are ImageNet's"`
		RawBody []byte `contentType:"application/octet-stream"`
	}) (*struct{ Body *Upload }, error) {
		u, err := l.upload(ctx, in.Name, in.Preset, in.Labels, in.RawBody)
		return &struct{ Body *Upload }{u}, err
	})
	huma.Register(api, huma.Operation{OperationID: "delete-model", Method: http.MethodDelete, Path: "/api/models/{name}", DefaultStatus: http.StatusNoContent, Tags: tags, Summary: "Delete a model that was sent"},
		func(_ context.Context, in *ModelName) (*struct{}, error) {
			for _, m := range l.models() {
				if m.Name == in.Name && m.Kind == "uploaded" {
					l.shelf.forget(m.Name)
					return nil, os.RemoveAll(filepath.Join(l.uploads().Dir, m.Name))
				}
			}
			return nil, refuse(http.StatusNotFound, "model_unknown", "no model that was sent is called "+quoted(in.Name), "")
		})
	l.registerPull(api, tags)
}

// upload adds a network that was sent, and checks it. Only one is checked at a time.
func (l *Lab) upload(ctx context.Context, name, preset, labels string, data []byte) (*Upload, error) {
	if len(data) == 0 {
		return nil, refuse(http.StatusBadRequest, "model_empty", "the request has no network in it", "send the bytes of an .onnx file as the body")
	}
	release, err := l.compute.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	for _, m := range l.models() {
		if m.Name == name {
			return nil, refuse(http.StatusConflict, "model_exists", "there is a model called "+quoted(name), "choose another name")
		}
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || strings.HasPrefix(name, ".") {
		return nil, refuse(http.StatusUnprocessableEntity, "model_name", "a model cannot be called "+quoted(name), "use lower-case letters, digits, '-', '_' and '.'")
	}
	dir := filepath.Join(l.uploads().Dir, name)
	fail := func(err error) (*Upload, error) {
		l.shelf.forget(name)
		os.RemoveAll(dir)
		return nil, modelProblem(name, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "model.onnx")
	if err := atomicfile.Write(file, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
		return fail(err)
	}
	m, err := model.Add(model.Addition{Name: name, Folder: file, Labels: labels, Spec: preprocess.Spec{Preset: preset}}, l.uploads())
	if err != nil {
		return fail(err)
	}
	c, err := m.Check(ctx, model.CheckOptions{})
	if err != nil {
		return fail(err)
	}
	u := &Upload{Model: detail(name, m), OK: c.OK, Findings: []model.Finding{}}
	for _, f := range c.Findings {
		f.Text, f.Advice = withoutPaths(f.Text), withoutPaths(f.Advice)
		u.Findings = append(u.Findings, f)
	}
	return u, nil
}
