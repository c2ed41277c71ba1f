package lab

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestGuard: who may ask, and what pages may do.
func TestGuard(t *testing.T) {
	_, c := serveLab(t, Options{Hosts: []string{"lab.example.org"}})
	own := strings.TrimPrefix(c.url, "http://")
	for _, q := range []struct {
		name, method, host string
		header             [2]string
		want               int
	}{
		{"our own", "GET", "", [2]string{}, 200},
		{"another site's name for this machine", "GET", "evil.example.com", [2]string{}, 421},
		{"a name that was allowed", "GET", "lab.example.org:80", [2]string{}, 200},
		{"localhost", "GET", "localhost:1234", [2]string{}, 200},
		{"IPv6", "GET", "[::1]:80", [2]string{}, 200},
		{"no page", "POST", "", [2]string{}, 201},
		{"our page", "POST", "", [2]string{"Origin", c.url}, 201},
		{"another page", "POST", "", [2]string{"Origin", "http://evil.example.com"}, 403},
		{"a page of our name at another port", "POST", "", [2]string{"Origin", "http://" + own + "0"}, 403},
		{"no origin that counts", "POST", "", [2]string{"Origin", "null"}, 403},
		{"another site, says the browser", "POST", "", [2]string{"Sec-Fetch-Site", "cross-site"}, 403},
	} {
		path := "/api/info"
		body := ""
		if q.method == "POST" {
			path, body = "/api/pictures/black", `{"width":8,"height":8}`
		}
		req, err := http.NewRequest(q.method, c.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = q.host
		req.Header.Set("Content-Type", "application/json")
		if q.header[0] != "" {
			req.Header.Set(q.header[0], q.header[1])
		}
		reply, err := c.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		reply.Body.Close()
		if reply.StatusCode != q.want {
			t.Errorf("%s: status %d, want %d", q.name, reply.StatusCode, q.want)
		}
		h := reply.Header
		if csp := h.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", q.name, h)
		}
	}
}

// TestOtherSites: a page of another site may have a link to a page of ours, and nothing else,
// whatever it makes of an address.
func TestOtherSites(t *testing.T) {
	l, _ := serveLab(t, Options{})
	ask := func(method, path string, headers ...string) int {
		r := httptest.NewRequest(method, "http://localhost:9990"+path, nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		return answer(l, r)
	}
	for _, path := range []string{"/api/info", "/api/drawings/dog", "/api/models", "/api/openapi.json", "/api/none"} {
		own := 200
		if path == "/api/none" {
			own = 404
		}
		for _, q := range []struct {
			want    int
			headers []string
		}{
			{own, nil}, // a program
			{own, []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"}},
			{own, []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}},
			{own, []string{"Origin", "http://localhost:9990"}},
			{403, []string{"Sec-Fetch-Site", "cross-site"}},
			{403, []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}},
			{403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
			{403, []string{"Sec-Fetch-Site", "a new word"}},
			{403, []string{"Origin", "http://localhost:9991"}},
			{403, []string{"Origin", "null"}},
			{403, []string{"Origin", "http://localhost:9990.evil.example.com"}},
			{403, []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://evil.example.com"}},
		} {
			if got := ask("GET", path, q.headers...); got != q.want {
				t.Errorf("%s %v: status %d, want %d", path, q.headers, got, q.want)
			}
		}
	}
	for _, path := range []string{"/", "/story", "/api", "/js/ui.js"} {
		for dest, want := range map[string]int{"document": 200, "iframe": 403, "script": 403, "image": 403, "object": 403, "embed": 403, "empty": 403} {
			mode := "navigate"
			if dest == "script" || dest == "image" || dest == "empty" {
				mode = "no-cors"
			}
			if got := ask("GET", path, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", mode, "Sec-Fetch-Dest", dest); got != want {
				t.Errorf("%s as %s on another site: status %d, want %d", path, dest, got, want)
			}
		}
		if got := ask("POST", path, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"); got != 403 {
			t.Errorf("a form of another site sent to %s: status %d", path, got)
		}
	}
}

// TestHeaders: every answer, whatever it is, says what a browser must not do with it.
func TestHeaders(t *testing.T) {
	l, _ := serveLab(t, Options{Token: testToken})
	for _, q := range []struct {
		method, path, header, value string
	}{
		{"GET", "/", "Authorization", "Bearer " + testToken}, {"GET", "/api/info", "Authorization", "Bearer " + testToken},
		{"GET", "/js/ui.js", "Authorization", "Bearer " + testToken}, {"GET", "/none", "Authorization", "Bearer " + testToken},
		{"PUT", "/api/info", "Authorization", "Bearer " + testToken}, {"GET", "/", "", ""}, {"GET", "/?token=" + testToken, "", ""},
		{"GET", "/api/info", "Sec-Fetch-Site", "cross-site"}, {"GET", "/api/drawings/dog", "Authorization", "Bearer " + testToken},
	} {
		r := httptest.NewRequest(q.method, "http://localhost:9990"+q.path, nil)
		if q.header != "" {
			r.Header.Set(q.header, q.value)
		}
		w := httptest.NewRecorder()
		l.Handler().ServeHTTP(w, r)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Content-Security-Policy": policy,
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s %s: %s is %q", q.method, q.path, name, got)
			}
		}
		for name := range w.Header() {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s %s: %s", q.method, q.path, name)
			}
		}
	}
}

// TestNoWayOut: only the pages are served, and no error names a folder of the server.
func TestNoWayOut(t *testing.T) {
	l, c := serveLab(t, Options{})
	for _, path := range []string{"/js", "/js/", "/../lab.go", "/..%2flab.go", "/i18n/../../lab.go", "/index.html/..", "/.git/config", "/api/", "/api/none", "/api/pictures/..%2f..%2frun.json"} {
		req, err := http.NewRequest("GET", c.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := c.http.Transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		reply.Body.Close()
		if reply.StatusCode == 200 {
			t.Errorf("%s is served", path)
		}
	}
	for text, want := range map[string]string{
		"open " + l.o.Dir + "/models/x/model.onnx: no such file":                  "open model.onnx: no such file",
		`read C:\Users\me\lab\x.png failed`:                                       "read x.png failed",
		"open /home/me/my lab/x.onnx and " + `C:\a b\c d\y.png: "/srv/the lab/z"`: `open x.onnx and y.png: "z"`,
		"see /api/runs/7 and /home/me/lab":                                        "see /api/runs/7 and lab",
		"eps 8/255 and 1/2 of it, see /api/runs/7":                                "eps 8/255 and 1/2 of it, see /api/runs/7",
	} {
		if got := withoutPaths(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
