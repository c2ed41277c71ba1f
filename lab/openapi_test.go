package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"
)

// A checker holds every answer of a server against its own description.
type checker struct {
	t      *testing.T
	next   http.RoundTripper
	router routers.Router
	seen   map[string]bool // operations that have answered with success
}

func (k *checker) RoundTrip(req *http.Request) (*http.Response, error) {
	reply, err := k.next.RoundTrip(req)
	if err != nil || !strings.HasPrefix(req.URL.Path, "/api/") {
		return reply, err
	}
	data, err := io.ReadAll(reply.Body)
	if err != nil {
		return nil, err
	}
	reply.Body = io.NopCloser(bytes.NewReader(data))
	route, parameters, err := k.router.FindRoute(req)
	if err != nil {
		return reply, nil // not described: answered by 404, which the caller checks
	}
	if reply.StatusCode < 300 {
		k.seen[route.Operation.OperationID] = true
	}
	kind := reply.Header.Get("Content-Type")
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: parameters, Route: route},
		Status:                 reply.StatusCode, Header: reply.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: !strings.Contains(kind, "json")},
	}
	in.SetBodyBytes(data)
	if err := openapi3filter.ValidateResponse(context.Background(), in); err != nil {
		k.t.Errorf("%s %s: status %d, %s: %v\n%.300s", req.Method, req.URL.Path, reply.StatusCode, kind, err, data)
	}
	return reply, nil
}

// older says in the words of OpenAPI 3.0 what is said in those of 3.1, as far as the lab's
// description uses them.
func older(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = older(v[i])
		}
	case map[string]any:
		for name, x := range v {
			v[name] = older(x)
		}
		if kinds, ok := v["type"].([]any); ok && len(kinds) == 2 && kinds[1] == "null" {
			v["type"], v["nullable"] = kinds[0], true
		}
		if all, ok := v["examples"].([]any); ok {
			v["example"] = all[0]
			delete(v, "examples")
		}
		if kind, ok := v["contentMediaType"]; ok {
			v["x-contentMediaType"] = kind
			delete(v, "contentMediaType")
		}
		if v["openapi"] == "3.1.0" {
			v["openapi"] = "3.0.3"
		}
	}
	return v
}

// description is that of the lab, in 3.0, which the checker reads. The one in 3.1, which the
// pages point to, says the same.
func description(t *testing.T, c *client) *openapi3.T {
	t.Helper()
	data := c.call("GET", "/api/openapi-3.0.json", nil, 200, nil)
	var advertised, checked any
	c.call("GET", "/api/openapi.json", nil, 200, &advertised)
	if err := json.Unmarshal(data, &checked); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(checked, older(advertised)); diff != "" {
		t.Errorf("the two descriptions differ:\n%s", diff)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestOpenAPI: the description is valid, and what the server answers, to right and to wrong
// requests, is as described.
func TestOpenAPI(t *testing.T) {
	openapi3filter.RegisterBodyDecoder("application/problem+json", openapi3filter.JSONBodyDecoder)
	close(fromMirror(t)) // what it sends is wrong, so that the task fails
	t.Setenv("HOODWINK_MODELS", "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	_, c := serveLab(t, Options{})
	doc := description(t, c)
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	k := &checker{t, c.http.Transport, router, map[string]bool{}}
	c.http = &http.Client{Transport: k}

	p := c.draw("giant panda", 7)
	var black Picture
	c.call("POST", "/api/pictures/black", Blank{16, 16}, 201, &black)
	c.call("POST", "/api/pictures?name=again.png", c.call("GET", "/api/pictures/"+p.ID+"/file", nil, 200, nil), 201, nil)
	c.call("GET", "/api/pictures/"+p.ID, nil, 200, nil)
	c.call("GET", "/api/pictures/"+p.ID+"/view.png?side=32", nil, 200, nil)
	c.call("POST", "/api/predict", Question{Picture: p.ID, Top: 3}, 200, nil)
	c.call("POST", "/api/gradient", map[string]string{"picture": p.ID, "class": "vulture"}, 200, nil)
	for _, path := range []string{"/api/info", "/api/attacks", "/api/models", "/api/models/sketchbook", "/api/models/sketchbook/classes?q=pan", "/api/story", "/api/drawings/giant%20panda?seed=7&size=32"} {
		c.call("GET", path, nil, 200, nil)
	}
	c.call("POST", "/api/story/logistic", StoryRequest{}, 200, nil)
	c.call("POST", "/api/story/black", StoryRequest{}, 200, nil)
	r := c.start(vultureRun(p))
	done := c.watch(r.ID, 0, nil).result
	c.call("GET", "/api/runs", nil, 200, nil)
	for _, verb := range []string{"pause", "resume", "keep", "cancel"} {
		c.call("POST", "/api/runs/"+r.ID+"/"+verb, nil, 200, nil)
	}
	for _, file := range []string{"", "/result.png", "/curves.svg", "/path.svg", "/montage.png", "/report.html", "/steps/1/picture.png", "/steps/1/change.png", "/steps/1/gradient.png"} {
		c.call("GET", "/api/runs/"+done.ID+file, nil, 200, nil)
	}
	c.call("DELETE", "/api/runs/"+done.ID, nil, 204, nil)
	c.call("POST", "/api/models?name=mine&preset=raw", exported(t), 201, nil)
	c.call("DELETE", "/api/models/mine", nil, 204, nil)
	c.call("DELETE", "/api/pictures/"+black.ID, nil, 204, nil)
	var task Task
	c.call("POST", "/api/models/squeezenet/pull", nil, 202, &task)
	c.call("GET", "/api/tasks/"+task.ID+"/events", nil, 200, nil)

	for _, q := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"GET", "/api/pictures/00", nil, 404}, {"DELETE", "/api/pictures/00", nil, 404}, {"GET", "/api/drawings/unicorn", nil, 404}, {"POST", "/api/pictures", []byte("no picture"), 422}, {"POST", "/api/pictures", []byte{}, 400},
		{"POST", "/api/pictures/draw", map[string]any{"class": "unicorn"}, 422}, {"POST", "/api/pictures/black", map[string]any{"width": 1 << 30}, 422},
		{"POST", "/api/predict", map[string]any{"picture": p.ID, "model": "none"}, 404}, {"POST", "/api/predict", map[string]any{"picture": 7}, 422},
		{"POST", "/api/gradient", map[string]any{"picture": p.ID, "class": "unicorn"}, 422},
		{"POST", "/api/runs", map[string]any{"picture": p.ID}, 422}, {"POST", "/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "eps": "much"}, 422},
		{"POST", "/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "steps": 20000}, 422}, {"GET", "/api/runs/7", nil, 404}, {"GET", "/api/runs/7/events", nil, 404},
		{"POST", "/api/story/none", map[string]any{}, 404}, {"POST", "/api/story/away", map[string]any{"picture": "00"}, 404},
		{"POST", "/api/models?name=x", []byte("no network"), 422}, {"DELETE", "/api/models/sketchbook", nil, 404}, {"POST", "/api/models/none/pull", nil, 404}, {"GET", "/api/tasks/7/events", nil, 404},
	} {
		var problem Problem
		c.call(q.method, q.path, q.body, q.want, &problem)
		if problem.Code == "" || problem.Status != q.want || problem.Detail == "" {
			t.Errorf("%s %s: %+v", q.method, q.path, problem)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if !k.seen[op.OperationID] {
				t.Errorf("%s %s did not succeed once", method, path)
			}
		}
	}
	var settings struct{ Setting string }
	json.Unmarshal(c.call("POST", "/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "eps": "much"}, 422, nil), &settings)
	if settings.Setting != "eps" {
		t.Errorf("the wrong setting is said to be %q", settings.Setting)
	}
}
