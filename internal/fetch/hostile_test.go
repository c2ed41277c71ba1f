package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/internal/advice"
	"hoodwink/internal/files"
	"hoodwink/internal/testnet"
)

// trusting has the client trust a test server's certificate during a test.
func trusting(t *testing.T, s *httptest.Server) {
	old := Client.Transport
	Client.Transport = s.Client().Transport
	t.Cleanup(func() { Client.Transport = old })
}

// TestRedirects: a few are followed, and none from https to anything else.
func TestRedirects(t *testing.T) {
	l := newLibrary(t, 1000)
	hops := 0
	l.handle = func(_ int, w http.ResponseWriter, r *http.Request) {
		if hops > 0 {
			hops--
			http.Redirect(w, r, "/again", http.StatusFound)
			return
		}
		l.serve(w, r)
	}
	dir, path := l.shelf(t)
	hops = maxRedirects
	if err := l.pull(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	l.expect(t, path)
	os.Remove(path)
	hops = maxRedirects + 1
	before := l.requests.Load()
	if err := l.pull(t.Context(), dir, nil); err == nil || !strings.Contains(err.Error(), "more than 5 redirects") {
		t.Errorf("got %v", err)
	}
	if n := l.requests.Load() - before; n != maxRedirects+1 {
		t.Errorf("%d requests", n)
	}
	hops = 0
	for _, to := range []string{l.URL + "/w.bin", "ftp://127.0.0.1/w.bin", "file:///etc/passwd"} {
		secure := httptest.NewTLSServer(http.RedirectHandler(to, http.StatusMovedPermanently))
		defer secure.Close()
		trusting(t, secure)
		f := l.file()
		f.URL = secure.URL + "/w.bin"
		before := l.requests.Load()
		err := All(t.Context(), t.TempDir(), "--models", []File{f}, nil)
		if err == nil || !strings.Contains(err.Error(), "redirects from https to") || l.requests.Load() != before {
			t.Errorf("from https to %s: %v", to, err)
		}
	}
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/w.bin" {
			http.Redirect(w, r, "/moved", http.StatusFound)
			return
		}
		l.serve(w, r)
	}))
	defer secure.Close()
	trusting(t, secure)
	for _, from := range []string{secure.URL + "/w.bin", ""} { // "": by way of http
		f := l.file()
		if f.URL = from; from == "" {
			l.handle = func(_ int, w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, secure.URL+"/w.bin", http.StatusFound)
			}
			f.URL = l.URL + "/w.bin"
		}
		dir := t.TempDir()
		if err := All(t.Context(), dir, "--models", []File{f}, nil); err != nil {
			t.Errorf("https to https: %v", err)
			continue
		}
		l.expect(t, filepath.Join(dir, "w.bin"))
	}
}

// TestHeaders: an answer with endless headers is refused; of its validators only short, plain ones
// are kept; nothing in its words is repeated that could move a terminal's cursor.
func TestHeaders(t *testing.T) {
	l := newLibrary(t, 100_000)
	dir, path := l.shelf(t)
	for name, c := range map[string]struct{ etag, kept string }{
		"short": {`"v1"`, `"v1"`}, "weak": {`W/"v1"`, ""}, "long": {`"` + strings.Repeat("v", 5000) + `"`, ""}, "odd": {"\"v\xff\"", ""},
	} {
		l.handle = func(_ int, w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" { // no further attempt
				http.NotFound(w, r)
				return
			}
			w.Header()["Etag"] = []string{c.etag}
			w.Header()["Content-Length"] = []string{"100000"}
			w.Write(l.content[:50_000])
			panic(http.ErrAbortHandler)
		}
		os.Remove(path + ".part")
		if err := l.pull(t.Context(), dir, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
		if v, _ := os.ReadFile(path + ".part" + validatorSuffix); string(v) != c.kept {
			t.Errorf("%s: %d bytes kept: %.20q", name, len(v), v)
		}
	}
	l.handle = func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 2*maxHeaders))
		l.serve(w, r)
	}
	if err := l.pull(t.Context(), dir, nil); err == nil || !strings.Contains(err.Error(), "headers") {
		t.Errorf("long headers: %v", err)
	}
	l.handle = func(_ int, w http.ResponseWriter, r *http.Request) {
		c, b, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		b.WriteString("HTTP/1.1 404 \x1b[2Jgone\r\nContent-Length: 0\r\n\r\n")
		b.Flush()
	}
	if err := l.pull(t.Context(), dir, nil); err == nil || !strings.Contains(err.Error(), "404 Not Found") || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("a status with control characters: %q", err)
	}
}

// TestForgedVersion: whatever lies where the validator belongs does not keep a download from going on.
func TestForgedVersion(t *testing.T) {
	for name, v := range map[string]string{"two lines": "a\r\nX-Evil: 1", "large": strings.Repeat("v", 1<<20), "empty": ""} {
		l := newLibrary(t, 100_000)
		dir, path := l.shelf(t)
		testnet.Put(t, dir, map[string]string{"w.bin.part": string(l.content[:50_000]), "w.bin.part" + validatorSuffix: v})
		if err := l.pull(t.Context(), dir, nil); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		l.expect(t, path)
	}
}

// TestSlow: a server that only trickles does not hold a download for ever. What came is kept.
func TestSlow(t *testing.T) {
	l := newLibrary(t, 100_000)
	dir, path := l.shelf(t)
	speed := leastSpeed
	t.Cleanup(func() { leastSpeed = speed })
	leastSpeed = 1 << 30 // so that no machine is too slow for the test
	l.handle = func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100000")
		for i := 0; i < 50_000 && r.Context().Err() == nil; i++ {
			w.Write(l.content[i : i+1])
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}
	err := l.pull(t.Context(), dir, nil)
	if !errors.Is(err, errSlow) || l.requests.Load() != 1 {
		t.Fatalf("after %d requests: %v", l.requests.Load(), err)
	}
	testnet.CheckAdvice(t, err, "try again later", "goes on where it stopped", "by hand")
	if partSize(path+".part") == 0 {
		t.Error("nothing is kept")
	}
	leastSpeed, l.handle = speed, nil
	if err := l.pull(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	l.expect(t, path)
}

// TestDrip: a server that breaks off after a byte each time is given up after few attempts.
func TestDrip(t *testing.T) {
	l := newLibrary(t, 100_000)
	l.handle = func(_ int, w http.ResponseWriter, r *http.Request) { l.cutAfter(w, r, 1) }
	dir, _ := l.shelf(t)
	if err := l.pull(t.Context(), dir, nil); err == nil || l.requests.Load() > maxAttempts {
		t.Errorf("after %d requests: %v", l.requests.Load(), err)
	}
}

// TestPartIsNotFollowed: a link or another name of a file, where the part of a download or its
// validator belongs, is replaced. The file that it led to stays as it was.
func TestPartIsNotFollowed(t *testing.T) {
	for name, plant := range map[string]func(theirs, path string) error{
		"link": os.Symlink, "name": os.Link, "dangling": func(theirs, path string) error { return os.Symlink(theirs+"-none", path) },
		"folder": func(_, path string) error { return os.Mkdir(path, 0o755) },
	} {
		for _, suffix := range []string{".part", ".part" + validatorSuffix} {
			l := newLibrary(t, 100_000)
			dir, path := l.shelf(t)
			theirs := filepath.Join(t.TempDir(), "theirs")
			testnet.Put(t, filepath.Dir(theirs), map[string]string{"theirs": "theirs"})
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := plant(theirs, path+suffix); err != nil {
				t.Logf("%s: not tried: %v", name, err)
				continue
			}
			if err := l.pull(t.Context(), dir, nil); err != nil {
				t.Errorf("%s at %s: %v", name, suffix, err)
				continue
			}
			l.expect(t, path)
			if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
				t.Errorf("%s at %s: the file is %v, %v", name, suffix, info.Mode(), err)
			}
			if b, err := os.ReadFile(theirs); err != nil || string(b) != "theirs" || files.Is(theirs+"-none") {
				t.Errorf("%s at %s: their file holds %.20q, %v", name, suffix, b, err)
			}
		}
	}
}

// TestTooMuch: a server that sends more than the file has, or announces more, is left at once.
func TestTooMuch(t *testing.T) {
	const size = 100_000
	for name, head := range map[string]func(h http.Header, from int){
		"endless": func(http.Header, int) {}, "announced": func(h http.Header, from int) { h.Set("Content-Length", fmt.Sprint(1<<40-from)) },
	} {
		l := newLibrary(t, size)
		dir, path := l.shelf(t)
		sent := make(chan int, 10)
		l.handle = func(_ int, w http.ResponseWriter, r *http.Request) {
			from := 0
			if fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); from > 0 {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/*", from, size))
			}
			head(w.Header(), from)
			if from > 0 {
				w.WriteHeader(http.StatusPartialContent)
			}
			n, block := 0, make([]byte, 8192)
			for n < 1<<28 {
				k, err := w.Write(block)
				if n += k; err != nil {
					break
				}
			}
			sent <- n
		}
		for _, from := range []int{0, 50_000} {
			if from > 0 {
				testnet.Put(t, dir, map[string]string{"w.bin.part": string(l.content[:from])})
			}
			before := l.requests.Load()
			if err := l.pull(context.Background(), dir, nil); err == nil || !strings.Contains(advice.Of(err), "by hand") {
				t.Errorf("%s from %d: %v", name, from, err)
			}
			if n := <-sent; n >= 1<<28 || l.requests.Load() != before+1 {
				t.Errorf("%s from %d: the server could send %d bytes in %d requests", name, from, n, l.requests.Load()-before)
			}
			if n := partSize(path + ".part"); n > size || files.Is(path) {
				t.Errorf("%s from %d: %d bytes kept", name, from, n)
			}
			os.Remove(path + ".part")
		}
	}
}

// TestNoRoom: a download that does not fit is not begun; what is there of it counts.
func TestNoRoom(t *testing.T) {
	l := newLibrary(t, 100_000)
	dir, path := l.shelf(t)
	old := freeSpace
	t.Cleanup(func() { freeSpace = old })
	freeSpace = func(string) (int64, bool) { return 60_000, true }
	err := l.pull(t.Context(), dir, nil)
	if err == nil || !strings.Contains(err.Error(), "no room for 100000 more bytes, 60000 are free") || l.requests.Load() != 0 {
		t.Errorf("after %d requests: %v", l.requests.Load(), err)
	}
	testnet.CheckAdvice(t, err, "free some space")
	testnet.Put(t, dir, map[string]string{"w.bin.part": string(l.content[:50_000])})
	if err := l.pull(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	l.expect(t, path)
	if free, ok := diskFree(dir); !ok || free <= 0 {
		t.Errorf("free here: %d, %v", free, ok)
	}
}
