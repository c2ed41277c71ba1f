package lab

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"hoodwink/model/store"
)

// A nasty is a source of requests that no honest client makes.
type nasty struct {
	r   *rand.Rand
	ids []string // that exist
	png []byte
}

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

func (n *nasty) word() string {
	return pick(n.r, "vulture", "", "0", "-1", "99999999999999999999", "1e309", "NaN", "../../etc/passwd", "%00", "\x00", "é漢", strings.Repeat("a", 5000), "8/0", "1/255", "null", "{", n.id())
}

func (n *nasty) id() string { return pick(n.r, append(n.ids, strings.Repeat("0", 64), "x", "..")...) }

func (n *nasty) json() string {
	value := func() string {
		return pick(n.r, "1", "-1", "1e400", "18446744073709551616", "true", "null", "[]", "{}", `"x"`, fmt.Sprintf("%q", n.word()), strings.Repeat("[", 2000))
	}
	var b strings.Builder
	b.WriteString("{")
	for i, key := range n.r.Perm(20)[:n.r.IntN(8)] {
		if i > 0 {
			b.WriteString(",")
		}
		name := []string{"picture", "model", "as", "not", "attack", "norm", "eps", "step", "steps", "restarts", "loss", "prob", "seed", "at", "keep", "class", "size", "width", "height", "top"}[key]
		v := value()
		if name == "picture" && n.r.IntN(2) == 0 {
			v = fmt.Sprintf("%q", n.id())
		}
		fmt.Fprintf(&b, "%q:%s", name, v)
	}
	b.WriteString(pick(n.r, "}", "", "}}", ","))
	return b.String()
}

func (n *nasty) body() []byte {
	switch n.r.IntN(4) {
	case 0: // a picture that is broken somewhere
		data := bytes.Clone(n.png)
		for range 1 + n.r.IntN(8) {
			data[n.r.IntN(len(data))] = byte(n.r.Uint32())
		}
		return data[:n.r.IntN(len(data)+1)]
	case 1: // one that says it is huge
		data := bytes.Clone(n.png)
		copy(data[16:24], "\x7f\xff\xff\xff\x7f\xff\xff\xff")
		return data
	case 2:
		data := make([]byte, n.r.IntN(300))
		for i := range data {
			data[i] = byte(n.r.Uint32())
		}
		return data
	}
	return []byte(n.json())
}

// request makes one.
func (n *nasty) request() *http.Request {
	paths := []string{"/api/info", "/api/pictures", "/api/pictures?name=" + strings.Repeat("n", 300), "/api/pictures/draw", "/api/pictures/black", "/api/pictures/" + n.id(), "/api/pictures/" + n.id() + "/view.png?side=" + pick(n.r, "1", "-7", "99999", "x", "64"),
		"/api/pictures/" + n.id() + "/file", "/api/predict", "/api/gradient", "/api/runs", "/api/runs/" + n.id(), "/api/runs/" + n.id() + "/steps/" + pick(n.r, "0", "-1", "x", "99999999999999999999") + "/change.png?times=" + pick(n.r, "0", "3", "x"),
		"/api/runs/" + n.id() + "/" + pick(n.r, "pause", "cancel", "keep", "events", "result.png", "report.html"), "/api/models", "/api/models?name=" + pick(n.r, "x", "..", "A", "a b", "sketchbook"), "/api/models/" + pick(n.r, "sketchbook", "none", "..", "a%2fb"),
		"/api/models/sketchbook/classes?limit=" + pick(n.r, "0", "x", "5") + "&q=%ff", "/api/models/" + pick(n.r, "none", "sketchbook") + "/pull", "/api/tasks/x/events", "/", "/js/../../x", "/i18n/en.json", "/api/none"}
	req := httptest.NewRequest(pick(n.r, "GET", "POST", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"), "http://localhost/", bytes.NewReader(n.body()))
	if u, err := req.URL.Parse(pick(n.r, paths...)); err == nil {
		req.URL = u
	}
	req.Header.Set("Content-Type", pick(n.r, "application/json", "application/octet-stream", "text/plain", "multipart/form-data; boundary=x", ""))
	req.Header.Set("Accept", pick(n.r, "", "*/*", "text/html", "application/cbor"))
	req.Header.Set("Last-Event-ID", pick(n.r, "", "-1", "x", "7"))
	req.Header.Set("Cookie", clientCookie(req)+"="+n.id())
	return req
}

// answer has a lab answer a request, and reports the status. What the server takes too long
// for, which no request here should be, is a 504.
func answer(l *Lab, req *http.Request) int {
	ctx, cancel := context.WithTimeout(req.Context(), 2*time.Minute)
	defer cancel()
	w := httptest.NewRecorder()
	l.Handler().ServeHTTP(w, req.WithContext(ctx))
	if ctx.Err() != nil {
		return http.StatusGatewayTimeout
	}
	return w.Code
}

func newNasty(t testing.TB, seed uint64) (*Lab, *nasty) {
	l, err := New(Options{Dir: t.TempDir(), Model: store.Embedded, Grace: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(context.Background()) })
	p, err := l.draw(context.Background(), &Drawing{"dog", 1, 32})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(l.picturePath(p.ID))
	if err != nil {
		t.Fatal(err)
	}
	run, err := l.start(context.Background(), RunRequest{Picture: p.ID, Settings: vulture})
	if err != nil {
		t.Fatal(err)
	}
	return l, &nasty{rand.New(rand.NewPCG(seed, 1)), []string{p.ID, run.ID}, data}
}

// TestHostileRequests: the server answers every request, and never with a fault of its own.
func TestHostileRequests(t *testing.T) {
	l, n := newNasty(t, 7)
	counts := map[int]int{}
	for i := range 1500 {
		req := n.request()
		status := answer(l, req)
		counts[status]++
		if status >= 500 {
			t.Errorf("request %d, %s %s: status %d", i, req.Method, req.URL, status)
		}
	}
	if counts[422] == 0 || counts[404] == 0 || counts[200] == 0 {
		t.Errorf("the requests are not nasty in all ways: %v", counts)
	}
}

// FuzzServer sends what the fuzzer makes of bodies.
func FuzzServer(f *testing.F) {
	l, n := newNasty(f, 8)
	f.Add("POST", "/api/runs", "application/json", []byte(`{"picture":"`+n.ids[0]+`","as":"vulture"}`))
	f.Add("POST", "/api/pictures?name=x", "application/octet-stream", n.png)
	f.Add("POST", "/api/models?name=x", "application/octet-stream", []byte("\x08\x07"))
	f.Fuzz(func(t *testing.T, method, path, kind string, body []byte) {
		req, err := http.NewRequest(method, "http://localhost"+path, io.NopCloser(bytes.NewReader(body)))
		if err != nil || req.Host != "localhost" {
			return
		}
		req.Header.Set("Content-Type", kind)
		if status := answer(l, req); status >= 500 {
			t.Errorf("%s %s: status %d", method, path, status)
		}
	})
}
