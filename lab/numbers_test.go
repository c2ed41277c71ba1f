package lab

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/go-cmp/cmp"

	"hoodwink"
)

// TestNumbersAsTexts: a class by its index and a size may be JSON numbers, and mean what the texts mean. The
// description says so.
func TestNumbersAsTexts(t *testing.T) {
	_, c := serveLab(t, Options{})
	p := c.draw("giant panda", 7)
	router, err := gorillamux.NewRouter(description(t, c))
	if err != nil {
		t.Fatal(err)
	}
	described := func(path, body string) error {
		req, _ := http.NewRequest("POST", c.url+path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		route, parameters, err := router.FindRoute(req)
		if err != nil {
			t.Fatal(err)
		}
		return openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{Request: req, PathParams: parameters, Route: route})
	}
	for body, want := range map[string]hoodwink.Settings{
		`"as":1,"eps":0.03`:                        {As: "1", Eps: "0.03"},
		`"as":1.0,"eps":1e-1`:                      {As: "1", Eps: "0.1"},
		`"as":"1","eps":"0.03"`:                    {As: "1", Eps: "0.03"},
		`"as":"vulture","eps":"8/255","step":0.01`: {As: "vulture", Eps: "8/255", Step: "0.01"},
		`"not":[0,"vulture"],"eps":1`:              {Not: []string{"0", "vulture"}, Eps: "1"},
	} {
		body = `{"picture":"` + p.ID + `","steps":1,` + body + `}`
		if err := described("/api/runs", body); err != nil {
			t.Errorf("%s is not as described: %v", body, err)
		}
		var r Run
		c.send("/api/runs", "application/json", strings.NewReader(body), 201, &r)
		got := hoodwink.Settings{As: r.Request.As, Not: r.Request.Not, Eps: r.Request.Eps, Step: r.Request.Step}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
		if again, _ := json.Marshal(r.Request); json.Unmarshal(again, &r.Request) != nil || r.Request.Eps != want.Eps {
			t.Errorf("%s: read back from %s", body, again)
		}
	}
	var one, two Steepness
	c.call("POST", "/api/gradient", map[string]any{"picture": p.ID, "class": 1}, 200, &one)
	if c.call("POST", "/api/gradient", map[string]any{"picture": p.ID, "class": "vulture"}, 200, &two); one != two {
		t.Errorf("the gradient of class 1 is %v, that of vulture %v", one.Label, two.Label)
	}
	for _, body := range []string{`"as":true`, `"as":[1]`, `"as":{}`, `"as":null`, `"as":1,"eps":[0.1]`, `"as":1,"eps":true`, `"not":1`, `"not":[[1]]`, `"as":-1`, `"as":1.5`, `"as":1e300`, `"as":1,"eps":-0.1`, `"as":1,"eps":8`, `"as":1,"eps":""`} {
		var problem Problem
		c.send("/api/runs", "application/json", strings.NewReader(`{"picture":"`+p.ID+`",`+body+`}`), 422, &problem)
		if problem.Code != "invalid" && problem.Code != "setting_wrong" {
			t.Errorf("%s: %+v", body, problem)
		}
	}
}
