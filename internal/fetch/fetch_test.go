package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hoodwink/internal/advice"
	"hoodwink/internal/files"
	"hoodwink/internal/testnet"
)

// A library is a test server with one file, whose manners can be changed.
type library struct {
	*httptest.Server
	content  []byte
	requests atomic.Int32
	ranges   atomic.Int32                                        // requests that asked for a part
	handle   func(n int, w http.ResponseWriter, r *http.Request) // nil: serve content properly
}

func newLibrary(t *testing.T, size int) *library {
	t.Helper()
	l := &library{content: make([]byte, size)}
	rng := rand.New(rand.NewPCG(7, uint64(size)))
	for i := range l.content {
		l.content[i] = byte(rng.Uint32())
	}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(l.requests.Add(1))
		if r.Header.Get("Range") != "" {
			l.ranges.Add(1)
		}
		if l.handle != nil {
			l.handle(n, w, r)
			return
		}
		l.serve(w, r)
	}))
	t.Cleanup(l.Server.Close)
	return l
}

func (l *library) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	http.ServeContent(w, r, "w.bin", time.Time{}, bytes.NewReader(l.content))
}

// cutAfter serves properly but breaks the connection after n bytes of body.
func (l *library) cutAfter(w http.ResponseWriter, r *http.Request, n int) {
	l.serve(&cutWriter{ResponseWriter: w, left: n}, r)
}

type cutWriter struct {
	http.ResponseWriter
	left int
}

func (c *cutWriter) Write(b []byte) (int, error) {
	if len(b) > c.left {
		c.ResponseWriter.Write(b[:c.left])
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(b)
	return c.ResponseWriter.Write(b)
}

// file describes the content.
func (l *library) file() File {
	sum := sha256.Sum256(l.content)
	return File{Name: "w.bin", URL: l.URL + "/w.bin", Size: int64(len(l.content)), SHA256: hex.EncodeToString(sum[:])}
}

// impatient makes waiting between attempts short during a test.
func impatient(t *testing.T) {
	t.Helper()
	delay, wait := retryDelay, patience
	retryDelay, patience = time.Millisecond, 200*time.Millisecond
	t.Cleanup(func() { retryDelay, patience = delay, wait })
}

// shelf returns a folder for the library's file, and the path where it belongs.
func (l *library) shelf(t *testing.T) (dir, path string) {
	t.Helper()
	impatient(t)
	dir = filepath.Join(t.TempDir(), "shelf")
	return dir, filepath.Join(dir, "w.bin")
}

// pull fetches the library's file into a folder.
func (l *library) pull(ctx context.Context, dir string, progress func(Progress)) error {
	return All(ctx, dir, "--models", []File{l.file()}, progress)
}

// expect fails unless path holds the content and only the lock is beside it.
func (l *library) expect(t *testing.T, path string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, l.content) {
		t.Fatalf("%s: %d bytes, %v; want the %d of the server", path, len(got), err, len(l.content))
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		if e.Name() != filepath.Base(path) && e.Name() != lockName {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestPullAndPullAgain(t *testing.T) {
	l := newLibrary(t, 300_000)
	dir, path := l.shelf(t)
	var last Progress
	err := l.pull(t.Context(), dir, func(p Progress) {
		if p.Done < last.Done || p.Total != 300_000 {
			t.Errorf("progress went from %+v to %+v", last, p)
		}
		last = p
	})
	if err != nil {
		t.Fatal(err)
	}
	if last.Done != last.Total {
		t.Errorf("last progress %+v", last)
	}
	l.expect(t, path)
	if err := l.pull(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	if n := l.requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1: what is here must not be fetched again", n)
	}
}

func TestPullResumesWithinOneRun(t *testing.T) {
	l := newLibrary(t, 300_000)
	l.handle = func(n int, w http.ResponseWriter, r *http.Request) {
		if n <= 6 {
			l.cutAfter(w, r, 40_000)
			return
		}
		l.serve(w, r)
	}
	dir, path := l.shelf(t)
	if err := l.pull(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	l.expect(t, path)
	if l.requests.Load() != 7 || l.ranges.Load() != 6 {
		t.Errorf("%d requests, %d for a part; want 7 and 6", l.requests.Load(), l.ranges.Load())
	}
}

func TestPullResumesAfterCancel(t *testing.T) {
	l := newLibrary(t, 1_000_000)
	dir, path := l.shelf(t)
	ctx, cancel := context.WithCancel(t.Context())
	l.handle = func(_ int, w http.ResponseWriter, r *http.Request) {
		l.serve(&blockWriter{w, 300_000, r.Context()}, r)
	}
	err := l.pull(ctx, dir, func(p Progress) {
		if p.Done >= 200_000 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	part := partSize(path + ".part")
	if part < 200_000 || files.Is(path) {
		t.Fatalf("%d bytes kept, file there: %v; want the part to resume from, and no file", part, files.Is(path))
	}
	l.handle = nil
	first := int64(-1)
	if err := l.pull(t.Context(), dir, func(p Progress) {
		if first < 0 {
			first = p.Done
		}
	}); err != nil {
		t.Fatal(err)
	}
	if first != part || l.ranges.Load() != 1 {
		t.Errorf("went on from byte %d with %d requests for a part, want %d and 1", first, l.ranges.Load(), part)
	}
	l.expect(t, path)
}

// blockWriter falls silent after some bytes until the client goes away.
type blockWriter struct {
	http.ResponseWriter
	left int
	ctx  context.Context
}

func (b *blockWriter) Write(p []byte) (int, error) {
	if len(p) > b.left {
		b.ResponseWriter.Write(p[:b.left])
		b.ResponseWriter.(http.Flusher).Flush()
		<-b.ctx.Done()
		panic(http.ErrAbortHandler)
	}
	b.left -= len(p)
	return b.ResponseWriter.Write(p)
}

func TestPullFromServerWithoutRanges(t *testing.T) {
	l := newLibrary(t, 200_000)
	l.handle = func(n int, w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		if n == 1 {
			l.cutAfter(w, r, 50_000)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(l.content)))
		w.Write(l.content)
	}
	dir, path := l.shelf(t)
	if err := l.pull(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	l.expect(t, path)
}

func TestPullStartsOverWhenTheServersFileChanged(t *testing.T) {
	l := newLibrary(t, 200_000)
	dir, path := l.shelf(t)
	os.MkdirAll(filepath.Dir(path), 0o755)
	os.WriteFile(path+".part", bytes.Repeat([]byte("old"), 20_000), 0o644)
	os.WriteFile(path+".part"+validatorSuffix, []byte(`"v0"`), 0o644)
	if err := l.pull(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	l.expect(t, path)
	if l.requests.Load() != 1 {
		t.Errorf("%d requests, want 1: If-Range makes the server start over at once", l.requests.Load())
	}
}

func TestPullMendsADamagedPart(t *testing.T) {
	for _, size := range []int{10_000, 200_000, 250_000} { // shorter, equal, longer than the file
		l := newLibrary(t, 200_000)
		dir, path := l.shelf(t)
		os.MkdirAll(filepath.Dir(path), 0o755)
		os.WriteFile(path+".part", bytes.Repeat([]byte{'x'}, size), 0o644)
		if err := l.pull(t.Context(), dir, nil); err != nil {
			t.Fatalf("part of %d bytes: %v", size, err)
		}
		l.expect(t, path)
	}
}

// Whatever the server does wrong: an error that names the address and says how to
// add the file by hand, and no file with the model's name.
func TestPullFailures(t *testing.T) {
	wrong := func(l *library) []byte { return bytes.Repeat([]byte("no"), len(l.content)/2) }
	for _, c := range []struct {
		name, want string
		part       bool // what arrived is worth keeping
		handle     func(l *library, w http.ResponseWriter, r *http.Request)
	}{
		{"wrong checksum", "the downloaded file is wrong", false, func(l *library, w http.ResponseWriter, r *http.Request) { w.Write(wrong(l)) }},
		{"error page with status 200", "has a file of 9 bytes, want 200000", false, func(l *library, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "9")
			w.Write([]byte("not here!"))
		}},
		{"too long, without length", "sends more than the 200000 bytes", true, func(l *library, w http.ResponseWriter, r *http.Request) {
			w.Write(l.content)
			w.(http.Flusher).Flush()
			w.Write([]byte("x"))
		}},
		{"not found", "404 Not Found", false, func(l *library, w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }},
		{"always truncated", "broke off after", true, func(l *library, w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Range")
			l.cutAfter(w, r, 50_000)
		}},
		{"silent", "stopped sending", true, func(l *library, w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Range")
			l.serve(&blockWriter{w, 50_000, r.Context()}, r)
		}},
		{"busy", "503", false, func(l *library, w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }},
		{"wrong range", "Content-Range", true, func(l *library, w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				l.cutAfter(w, r, 50_000)
				return
			}
			w.Header().Set("Content-Range", "bytes 3-199999/200000")
			w.WriteHeader(206)
			w.Write(l.content[3:])
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLibrary(t, 200_000)
			l.handle = func(_ int, w http.ResponseWriter, r *http.Request) { c.handle(l, w, r) }
			dir, path := l.shelf(t)
			err := l.pull(t.Context(), dir, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), l.URL) {
				t.Errorf("got error %v\nwant one with %q and %s", err, c.want, l.URL)
			}
			testnet.CheckAdvice(t, err, "by hand", l.URL, path, l.file().SHA256)
			if files.Is(path) {
				t.Error("the file has its name although it is wrong")
			}
			if n := partSize(path + ".part"); n > 0 != c.part || n > 200_000 {
				t.Errorf("%d bytes kept", n)
			}
		})
	}
}

func TestPullOffline(t *testing.T) {
	l := newLibrary(t, 1000)
	dir, path := l.shelf(t)
	l.Server.Close()
	start := time.Now()
	err := l.pull(t.Context(), dir, nil)
	if err == nil || !strings.Contains(err.Error(), l.URL) {
		t.Errorf("got %v, want an error that names %s", err, l.URL)
	}
	testnet.CheckAdvice(t, err, "by hand", l.URL, path)
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("took %v: without a network there is no use in retrying", d)
	}
}

// TestMirror: the download succeeds while the mirror works, even if the first server has lost the
// file or has another one.
func TestMirror(t *testing.T) {
	for name, handle := range map[string]func(int, http.ResponseWriter, *http.Request){
		"gone":    func(_ int, w http.ResponseWriter, _ *http.Request) { http.Error(w, "gone", http.StatusNotFound) },
		"another": func(_ int, w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, 5000)) },
	} {
		first, mirror := newLibrary(t, 5000), newLibrary(t, 5000)
		impatient(t)
		first.handle = handle
		f := first.file()
		f.Mirrors = []string{first.URL + "/also", mirror.URL + "/w.bin"}
		dir := filepath.Join(t.TempDir(), "digits")
		if err := All(context.Background(), dir, "--data", []File{f}, nil); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		mirror.expect(t, filepath.Join(dir, "w.bin"))
		mirror.handle = handle
		err := All(context.Background(), t.TempDir(), "--data", []File{f}, nil)
		if err == nil || !strings.Contains(err.Error(), first.URL) || !strings.Contains(err.Error(), mirror.URL) || !strings.Contains(advice.Of(err), "by hand") {
			t.Errorf("%s: both fail: %v, hint %q", name, err, advice.Of(err))
		}
	}
}

func TestPullNeverReplacesAFile(t *testing.T) {
	l := newLibrary(t, 1000)
	dir, path := l.shelf(t)
	os.MkdirAll(filepath.Dir(path), 0o755)
	os.WriteFile(path, []byte("mine"), 0o644)
	err := l.pull(t.Context(), dir, nil)
	if err == nil || !strings.Contains(err.Error(), "not the official file") {
		t.Errorf("got %v", err)
	}
	testnet.CheckAdvice(t, err, "move it away")
	if b, _ := os.ReadFile(path); string(b) != "mine" {
		t.Errorf("the file now holds %q", b)
	}
}

func TestTwoPullsAtOnce(t *testing.T) {
	l := newLibrary(t, 400_000)
	l.handle = func(_ int, w http.ResponseWriter, r *http.Request) {
		time.Sleep(300 * time.Millisecond)
		l.serve(w, r)
	}
	dir, path := l.shelf(t)
	patience = 10 * time.Second
	var waited atomic.Int32
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		wg.Go(func() {
			errs[i] = l.pull(t.Context(), dir, func(p Progress) {
				if p.Waiting {
					waited.Add(1)
				}
			})
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	l.expect(t, path)
	if l.requests.Load() != 1 || waited.Load() != 2 {
		t.Errorf("%d requests and %d waiting, want 1 and 2", l.requests.Load(), waited.Load())
	}
}

func TestPullStopsWaitingWhenCancelled(t *testing.T) {
	l := newLibrary(t, 1000)
	dir, path := l.shelf(t)
	os.MkdirAll(filepath.Dir(path), 0o755)
	lock, err := acquire(t.Context(), filepath.Join(filepath.Dir(path), lockName), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, cancel := context.WithCancel(t.Context())
	if err := l.pull(ctx, dir, func(Progress) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if l.requests.Load() != 0 {
		t.Error("asked the server without holding the lock")
	}
}

// The advice names what else is missing, and nothing that is there.
func TestAdviceNamesAllMissingFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "here"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	got := withRest("fetch a", []File{{Name: "here", URL: "http://x/here"}, {Name: "gone", URL: "http://x/gone", SHA256: "5ee"}}, dir)
	if want := "fetch a; likewise http://x/gone (SHA-256 5ee)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
