package lab

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const testToken = "0123456789abcdef0123456789abcdef"

// TestToken: with a token, no request succeeds without it.
func TestToken(t *testing.T) {
	var said bytes.Buffer
	l, _ := serveLab(t, Options{Token: testToken, Log: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	wrong := testToken[1:] + "0"
	for _, q := range []struct {
		name, method, path, header, value string
		want                              int
	}{
		{"a page without", "GET", "/", "", "", 401},
		{"the API without", "GET", "/api/info", "", "", 401},
		{"a script without", "GET", "/js/ui.js", "", "", 401},
		{"another one", "GET", "/api/info", "Authorization", "Bearer " + wrong, 401},
		{"a part of it", "GET", "/api/info", "Authorization", "Bearer " + testToken[:31], 401},
		{"an empty one", "GET", "/api/info", "Authorization", "Bearer ", 401},
		{"another scheme", "GET", "/api/info", "Authorization", "Basic " + testToken, 401},
		{"for programs", "GET", "/api/info", "Authorization", "Bearer " + testToken, 200},
		{"for programs, in small letters", "GET", "/api/info", "Authorization", "bearer " + testToken, 200},
		{"a cookie", "GET", "/api/info", "Cookie", "hoodwink_token_9990=" + testToken, 200},
		{"another cookie", "GET", "/api/info", "Cookie", "hoodwink_token_9990=" + wrong, 401},
		{"the cookie of another port", "GET", "/api/info", "Cookie", "hoodwink_token_9991=" + testToken, 401},
		{"a cookie of an earlier lab", "GET", "/api/info", "Cookie", "hoodwink_token=" + testToken, 401},
		{"in the address", "GET", "/?token=" + testToken, "", "", 303},
		{"another one in the address", "GET", "/?token=" + wrong, "", "", 401},
		{"an empty one in the address", "GET", "/?token=", "", "", 401},
		{"an old one in the address beside the cookie", "GET", "/?token=" + wrong, "Cookie", "hoodwink_token_9990=" + testToken, 200},
		{"in the address beside the cookie", "GET", "/?token=" + testToken, "Cookie", "hoodwink_token_9990=" + testToken, 303},
		{"in the address of what changes something", "POST", "/api/pictures/black?token=" + testToken, "", "", 401},
		{"in a picture on another site", "GET", "/?token=" + testToken, "Sec-Fetch-Dest", "image", 303},
	} {
		r := httptest.NewRequest(q.method, "http://localhost:9990"+q.path, nil)
		if q.header != "" {
			r.Header.Set(q.header, q.value)
		}
		w := httptest.NewRecorder()
		l.Handler().ServeHTTP(w, r)
		if w.Code != q.want {
			t.Errorf("%s: status %d, want %d", q.name, w.Code, q.want)
		}
		if q.value != testToken && strings.Contains(w.Body.String()+w.Header().Get("Location"), testToken) {
			t.Errorf("%s: the answer has the token in it", q.name)
		}
	}
	if strings.Contains(said.String(), testToken) {
		t.Error("the token is in the log")
	}
}

// TestTokenLeavesTheAddress: a visit with the token in the address gets it as a cookie, and goes on
// to the same address without it, at the same host whatever the path.
func TestTokenLeavesTheAddress(t *testing.T) {
	l, c := serveLab(t, Options{Token: testToken})
	for path, want := range map[string]string{
		"/?token=" + testToken:                                         "/",
		"/models?token=" + testToken:                                   "/models",
		"/?picture=draw:dog:1:64&token=" + testToken + "&as=menu":      "/?as=menu&picture=draw%3Adog%3A1%3A64",
		"/?token=" + testToken + "&token=more":                         "/",
		"//evil.example.com/?token=" + testToken:                       "/evil.example.com/",
		"/%5Cevil.example.com?token=" + testToken:                      "/evil.example.com",
		"/%2F%2Fevil.example.com?token=" + testToken:                   "/evil.example.com",
		"/x%0d%0aSet-Cookie:%20a=b?token=" + testToken:                 "/x%0D%0ASet-Cookie:%20a=b",
		"/api/info?token=" + testToken:                                 "/api/info",
		"/story?chapter=3&empty=&token=" + testToken + "#%23fragment%": "/story?chapter=3&empty=",
	} {
		r := httptest.NewRequest("GET", "http://localhost:9990/", nil)
		u, err := r.URL.Parse("http://localhost:9990" + strings.SplitN(path, "#", 2)[0])
		if err != nil {
			t.Fatal(err)
		}
		r.URL = u
		w := httptest.NewRecorder()
		l.Handler().ServeHTTP(w, r)
		reply := w.Result()
		if got := reply.Header.Get("Location"); reply.StatusCode != 303 || got != want {
			t.Errorf("%s: status %d, to %s", path, reply.StatusCode, got)
		}
		if h := reply.Header; h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", path, h)
		}
		var cookie *http.Cookie
		for _, k := range reply.Cookies() {
			if k.Name == "hoodwink_token_9990" {
				cookie = k
			}
		}
		if cookie == nil || cookie.Value != testToken || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
			t.Errorf("%s: the cookies are %v", path, reply.Cookies())
		}
	}
	c.browser("?token="+testToken).call("GET", "/api/info", nil, 200, nil)
}
