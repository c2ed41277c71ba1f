package lab

import (
	"net/http"
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

// TestToken: with a token, no request succeeds without it.
func TestToken(t *testing.T) {
	_, c := serveLab(t, Options{Token: "0123456789abcdef"})
	get := func(path, bearer string, cookies ...*http.Cookie) *http.Response {
		req, err := http.NewRequest("GET", c.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if bearer != "" {
			req.Header.Set("Authorization", "Bearer "+bearer)
		}
		for _, k := range cookies {
			req.AddCookie(k)
		}
		reply, err := c.http.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		reply.Body.Close()
		return reply
	}
	for _, path := range []string{"/", "/api/info", "/js/ui.js"} {
		if s := get(path, "").StatusCode; s != 401 {
			t.Errorf("%s without a token: %d", path, s)
		}
	}
	if s := get("/api/info", "0123456789abcdee").StatusCode; s != 401 {
		t.Errorf("with another token: %d", s)
	}
	if s := get("/api/info", "0123456789abcdef").StatusCode; s != 200 {
		t.Errorf("with the token: %d", s)
	}
	reply := get("/?token=0123456789abcdef", "")
	var cookie *http.Cookie
	for _, k := range reply.Cookies() {
		if k.Name == tokenCookie {
			cookie = k
		}
	}
	if reply.StatusCode != 200 || cookie == nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode {
		t.Fatalf("status %d, cookie %v", reply.StatusCode, cookie)
	}
	if s := get("/api/info", "", cookie).StatusCode; s != 200 {
		t.Errorf("with the cookie: %d", s)
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
