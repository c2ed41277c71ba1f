package lab

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/preprocess"
)

// A ModelInfo is one line of the list of models.
type ModelInfo struct {
	Name     string `json:"name"`
	Kind     string `json:"kind" enum:"known,built in,added,found,uploaded" doc:"found ones are networks without a contract in a models folder; uploaded ones were sent to the lab and can be deleted"`
	Title    string `json:"title,omitempty"`
	License  string `json:"license,omitempty"`
	Present  bool   `json:"present" doc:"it is here and can be used"`
	Default  bool   `json:"default" doc:"it is used where no model is named"`
	Download int64  `json:"download,omitempty" doc:"bytes that pull would fetch"`
	Own      bool   `json:"own" doc:"this client has sent it, and can delete it"`
	Problem  string `json:"problem,omitempty" doc:"why it cannot be used"`
}

// ModelDetail is a model in full.
type ModelDetail struct {
	Name       string          `json:"name"`
	Hash       string          `json:"hash" doc:"SHA-256 of definition and weights"`
	Input      []int           `json:"input" doc:"shape of one example"`
	Classes    int             `json:"classes"`
	Outputs    model.Outputs   `json:"outputs" enum:"logits,probabilities,sigmoid,sigmoid-logits" doc:"what the results of its files are"`
	MultiLabel bool            `json:"multilabel" doc:"each label is on or off by itself"`
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

// A ModelName names a model in an address.
type ModelName struct {
	Name string `path:"name" maxLength:"200"`
}

func (l *Lab) models() []ModelInfo {
	out := []ModelInfo{}
	add := func(list []store.Info, kind string) {
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
	add(store.List(l.o.Models), "")
	seen := map[string]bool{}
	for _, m := range out {
		seen[m.Name] = true
	}
	var own []store.Info
	for _, m := range store.List(l.uploads()) {
		if !seen[m.Name] {
			own = append(own, m)
		}
	}
	add(own, "uploaded")
	return out
}

func detail(name string, m *model.Model) ModelDetail {
	d := ModelDetail{Name: name, Hash: m.Hash, Input: m.Network.InputShape(), Classes: m.Labels.Len(), Outputs: m.Outputs, MultiLabel: m.MultiLabel(), Params: m.Network.Params(), Preprocess: m.Spec, Notes: []string{}}
	for _, n := range m.Notes {
		d.Notes = append(d.Notes, withoutPaths(n))
	}
	return d
}

// search finds classes by any word of any of their names, by index or by synset. Names that begin
// with the words come first.
func search(labels *model.Labels, words string, limit int) []ClassInfo {
	words = strings.ToLower(strings.TrimSpace(words))
	var ranked [3][]ClassInfo
	add := func(rank int, c ClassInfo) {
		if len(ranked[rank]) < limit { // the others would not be shown
			ranked[rank] = append(ranked[rank], c)
		}
	}
	for k := range labels.Len() {
		c := labels.Class(k)
		names := strings.ToLower(strings.Join(labels.Names(k), ", "))
		i := ClassInfo{k, c.Synset, c.Label, strings.Join(labels.Names(k), ", ")}
		switch {
		case words == strconv.Itoa(k) || words == c.Synset && words != "" || strings.EqualFold(words, c.Label):
			add(0, i)
		case strings.HasPrefix(names, words) || strings.Contains(names, ", "+words):
			add(1, i)
		case strings.Contains(names, words):
			add(2, i)
		}
	}
	all := append(append(ranked[0], ranked[1]...), ranked[2]...)
	return append([]ClassInfo{}, all[:min(limit, len(all))]...)
}

func (l *Lab) registerModels(api huma.API) {
	tags := []string{"models"}
	huma.Register(api, huma.Operation{OperationID: "list-models", Method: http.MethodGet, Path: "/api/models", Tags: tags, Summary: "The models that are here or can be fetched"},
		func(ctx context.Context, _ *struct{}) (*struct{ Body []ModelInfo }, error) {
			all := l.models()
			for i, m := range all {
				all[i].Own = m.Kind == "uploaded" && l.sentBy(m.Name, callerOf(ctx).name)
			}
			return &struct{ Body []ModelInfo }{all}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-model", Method: http.MethodGet, Path: "/api/models/{name}", Tags: tags, Summary: "One model, opened"},
		func(ctx context.Context, in *ModelName) (*struct{ Body ModelDetail }, error) {
			o, err := l.modelNamed(ctx, in.Name)
			if err != nil {
				return nil, err
			}
			defer l.shelf.leave(o)
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
			defer l.shelf.leave(o)
			return &struct{ Body []ClassInfo }{search(o.m.Labels, in.Q, in.Limit)}, nil
		})
	l.registerUpload(api, tags)
	l.registerPull(api, tags)
}
