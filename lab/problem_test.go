package lab

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// TestHints: the advice of an error arrives, whichever error in its chain gives it.
func TestHints(t *testing.T) {
	_, c := serveLab(t, Options{})
	p := c.draw("giant panda", 7)
	for _, q := range []struct {
		path          string
		body          map[string]any
		setting, hint string
	}{
		{"/api/runs", map[string]any{"picture": p.ID, "as": "vultur3"}, "as", "the nearest are vulture (1)"},
		{"/api/runs", map[string]any{"picture": p.ID, "not": []string{"vultur3"}}, "not", "the nearest are vulture (1)"},
		{"/api/gradient", map[string]any{"picture": p.ID, "class": "vultur3"}, "class", "the nearest are vulture (1)"},
		{"/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "eps": "much"}, "eps", "for example 2/255"},
		{"/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "eps": "8"}, "eps", "did you mean 8/255?"},
		{"/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "eps": "0.1/255"}, "eps", "give 1/255 or more"},
		// 96x96x3 values measure 166.3
		{"/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "eps": "200", "norm": "l2"}, "eps", "did you mean 200/255?"},
		{"/api/runs", map[string]any{"picture": p.ID}, "as", "for example --as vulture"},
		{"/api/runs", map[string]any{"picture": p.ID, "as": "vulture", "steps": 20000}, "steps", "ask for fewer steps"},
	} {
		var problem Problem
		if c.call("POST", q.path, q.body, 422, &problem); problem.Setting != q.setting || !strings.Contains(problem.Hint, q.hint) {
			t.Errorf("%v: setting %q, hint %q, want %q, %q", q.body, problem.Setting, problem.Hint, q.setting, q.hint)
		}
	}
}

// TestOthersKeepTheirErrors: an API of somebody else's in the same process has huma's own errors, and the lab
// has its own.
func TestOthersKeepTheirErrors(t *testing.T) {
	_, c := serveLab(t, Options{})
	mux := http.NewServeMux()
	api := humago.New(mux, huma.DefaultConfig("another", "1"))
	huma.Register(api, huma.Operation{OperationID: "ask", Method: http.MethodGet, Path: "/ask"}, func(_ context.Context, in *struct {
		N int `query:"n" minimum:"1"`
	}) (*struct{}, error) {
		return nil, errors.New("a fault")
	})
	for path, want := range map[string]string{
		"/ask?n=0": `"errors":[{"message":"expected number >= 1","location":"query.n","value":0}]`,
		"/ask?n=1": `"detail":"unexpected error occurred","errors":[{"message":"a fault"}]`,
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if !strings.Contains(w.Body.String(), want) || strings.Contains(w.Body.String(), `"code"`) {
			t.Errorf("%s: %s, want %s", path, w.Body, want)
		}
	}
	const want = `{"status":422,"title":"Unprocessable Entity","detail":"validation failed; expected string (body.picture: 7)","code":"invalid"}` + "\n"
	if got := c.call("POST", "/api/predict", map[string]any{"picture": 7}, 422, nil); string(got) != want {
		t.Errorf("the lab says %s, want %s", got, want)
	}
}

// TestFieldsInPlainWords: the error of a field uses no words of schemas, and does not repeat the rest
// of the body.
func TestFieldsInPlainWords(t *testing.T) {
	_, c := serveLab(t, Options{})
	for field, want := range map[string]string{
		`"eps":""`:   "expected a text that is not empty, or a number (body.eps: )",
		`"eps":true`: "expected a text that is not empty, or a number (body.eps: true)",
		`"as":[1]`:   "expected a text that is not empty, or a number (body.as: [1])",
		`"wat":1`:    "there is no such field (body.wat)",
	} {
		var problem Problem
		c.send("/api/runs", "application/json", strings.NewReader(`{"picture":"x",`+field+`}`), 422, &problem)
		if !strings.HasSuffix(problem.Detail, want) {
			t.Errorf("%s: %q, want %q at its end", field, problem.Detail, want)
		}
	}
}
