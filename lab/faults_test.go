package lab

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hoodwink/internal/worker"
	"hoodwink/model"
)

// A ledger is a log that is looked at.
type ledger struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *ledger) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *ledger) says(words ...string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range words {
		if !strings.Contains(l.b.String(), w) {
			return false
		}
	}
	return true
}

// TestMalformedBodies: a body that cannot be read is the client's fault, whatever is wrong with it.
func TestMalformedBodies(t *testing.T) {
	_, c := serveLab(t, Options{})
	for _, path := range []string{"/api/pictures", "/api/models?name=x", "/api/predict", "/api/runs", "/api/story/black"} {
		kind := "application/json"
		if path == "/api/pictures" || strings.HasPrefix(path, "/api/models") {
			kind = "application/octet-stream"
		}
		for name, rest := range map[string]string{
			"bad chunks":          "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
			"cut short":           "Content-Length: 1000\r\n\r\n{",
			"cut short in chunks": "Transfer-Encoding: chunked\r\n\r\n10\r\n{\r\n",
		} {
			conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n%s", path, kind, rest)
			conn.(*net.TCPConn).CloseWrite()
			reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Errorf("%s, %s: %v", path, name, err)
			} else if said, _ := io.ReadAll(reply.Body); reply.StatusCode != 400 || !bytes.Contains(said, []byte(`"code":"bad_request"`)) {
				t.Errorf("%s, %s: status %d, %s", path, name, reply.StatusCode, said)
			}
			conn.Close()
		}
	}
}

// TestKeptConnection: after a body that was not read to its end, a connection is either closed
// or good for another request.
func TestKeptConnection(t *testing.T) {
	_, c := serveLab(t, Options{})
	for range 20 {
		reply, err := c.http.Post(c.url+"/api/runs", "application/json", io.LimitReader(zero{}, 2<<20))
		if err == nil {
			io.Copy(io.Discard, reply.Body)
			reply.Body.Close()
		}
		c.call("GET", "/api/info", nil, 200, nil)
	}
}

// TestFaultIsLogged: what goes wrong on the server is in its log, and only there.
func TestFaultIsLogged(t *testing.T) {
	var said ledger
	l, c := serveLab(t, Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	if err := os.RemoveAll(filepath.Join(l.o.Dir, incomingDir)); err != nil {
		t.Fatal(err)
	}
	data := c.call("POST", "/api/pictures/black", Blank{8, 8}, 500, nil)
	if bytes.Contains(data, []byte(incomingDir)) || !said.says("a request failed", "/api/pictures/black", "no such file") {
		t.Errorf("the client is told %s, the log\n%s", data, said.b.String())
	}
}

// TestPanics: a panic outside of a request ends what it happened in, and nothing else.
func TestPanics(t *testing.T) {
	var said ledger
	l, c := serveLab(t, Options{Log: slog.New(slog.NewTextHandler(&said, nil))})
	p := c.draw("giant panda", 7)
	first := c.start(endless(p))
	until(t, "some steps", func() bool { return l.runs.find(first.ID).snapshot().Steps > 3 })
	broken := c.start(vultureRun(p))
	l.runs.find(broken.ID).screen = nil // it waits behind the first
	c.call("POST", "/api/runs/"+first.ID+"/cancel", nil, 200, nil)
	r := c.watch(broken.ID, 0, nil).result
	if r.State != Failed || r.Problem == nil || r.Problem.Code != "failed" || !said.says("a panic", "a run", "goroutine") {
		t.Errorf("the run is %s with %+v", r.State, r.Problem)
	}

	open := l.openModel
	l.shelf.open = l.opening(func(context.Context, string) (*model.Model, *worker.Model, error) { panic("a damaged file") })
	var problem Problem
	c.call("POST", "/api/predict", Question{Picture: p.ID, Model: "sketchbook-hardened"}, 500, &problem)
	if problem.Code != "failed" || !said.says("a damaged file") {
		t.Errorf("problem %+v", problem)
	}
	l.shelf.open = l.opening(open)
	c.call("POST", "/api/predict", Question{Picture: p.ID, Model: "sketchbook-hardened"}, 200, nil)

	task, err := l.begin("nothing", func(context.Context, func(Progress)) error { panic("a bad task") })
	if err != nil {
		t.Fatal(err)
	}
	if events := c.call("GET", "/api/tasks/"+task.ID+"/events", nil, 200, nil); !bytes.Contains(events, []byte(`"code":"failed"`)) {
		t.Errorf("the task says %s", events)
	}
	if r := c.watch(c.start(vultureRun(p)).ID, 0, nil).result; r.State != Done {
		t.Errorf("after all that a run is %s", r.State)
	}
}

// TestClosing: a lab that is being closed begins nothing, and ends what somebody waits for.
func TestClosing(t *testing.T) {
	l, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	told := make(chan error)
	go func() {
		_, err := l.tell(context.Background(), "hardened", &StoryRequest{Seed: 3})
		told <- err
	}()
	until(t, "the beginning of the chapter", func() bool { return l.long.taken() == 1 })
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-told; err == nil {
		t.Error("the chapter went on")
	}
	var problem Problem
	c.call("POST", "/api/runs", vultureRun(p), http.StatusServiceUnavailable, &problem)
	if problem.Code != "closing" || len(l.runs.list()) != 0 {
		t.Errorf("problem %+v, %d runs", problem, len(l.runs.list()))
	}
}

// TestDamagedFrames: damaged pictures of a run are reported as gone, not as a fault of the server.
func TestDamagedFrames(t *testing.T) {
	l, c := serveLab(t, Options{})
	r := c.watch(c.start(vultureRun(c.draw("giant panda", 7))).ID, 0, nil).result
	own := l.runs.find(r.ID)
	if own.frames.file != nil || own.records != nil || own.base != nil || own.pixels != nil {
		t.Error("a run that has ended holds a file, or memory")
	}
	get := func(what string, want int) {
		t.Helper()
		c.call("GET", fmt.Sprintf("/api/runs/%s/steps/%d/%s.png", r.ID, r.Steps, what), nil, want, nil)
	}
	get("change", 200)
	if err := os.Truncate(own.file(originalFile), 100); err != nil {
		t.Fatal(err)
	}
	get("change", 410)
	get("picture", 200)
	if err := os.Truncate(own.file(framesFile), 100); err != nil {
		t.Fatal(err)
	}
	get("picture", 410)
	if err := os.Truncate(own.file(recordsFile), 1000); err != nil {
		t.Fatal(err)
	}
	if w := c.watch(r.ID, 0, nil); len(w.records) == 0 || len(w.records) > 3 {
		t.Errorf("of a log that was cut short there are %d records", len(w.records))
	}
	if err := os.RemoveAll(own.dir()); err != nil {
		t.Fatal(err)
	}
	get("gradient", 410)
	if w := c.watch(r.ID, 0, nil); len(w.records) != 0 || w.result == nil {
		t.Errorf("of a log that is gone there are %d records", len(w.records))
	}
}

// TestThinning: a full file of frames drops every second step, and nobody is told of pictures
// that are gone. Runs of the usual length keep them all.
func TestThinning(t *testing.T) {
	f := newFrames(filepath.Join(t.TempDir(), framesFile), 6, nil)
	f.most = 30
	if err := f.begin(); err != nil {
		t.Fatal(err)
	}
	defer f.end()
	r := &run{frames: f}
	for step := range 24 {
		kept, _, err := f.add(step, bytes.Repeat([]byte{byte(step)}, 6))
		if err != nil {
			t.Fatal(err)
		}
		r.records = append(r.records, Record{Step: step, Frame: kept})
		all := f.kept()
		if len(all) == 0 || len(all)*f.size > f.most || all[0] != 0 {
			t.Fatalf("after step %d the steps %v are kept", step, all)
		}
		records, _, _, _ := r.since(0)
		told := []int{}
		for _, rec := range records {
			if rec.Frame {
				told = append(told, rec.Step)
			}
		}
		if fmt.Sprint(told) != fmt.Sprint(all) {
			t.Fatalf("the steps %v are announced, %v are kept", told, all)
		}
		for _, s := range all {
			if record, err := f.read(s); err != nil || record[0] != byte(s) || record[5] != byte(s) {
				t.Fatalf("step %d holds %v, %v", s, record, err)
			}
		}
	}
	if n := 102 * 2 * 3 * frameSide * frameSide; n > maxFrameBytes {
		t.Errorf("100 steps take %d bytes", n)
	}
}

// TestSlowReader: a client that does not read its events delays neither the run nor others.
func TestSlowReader(t *testing.T) {
	_, c := serveLab(t, Options{})
	q := endless(c.draw("dog", 1))
	q["steps"] = 400
	r := c.start(q)
	slow, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	slow.(*net.TCPConn).SetReadBuffer(1 << 10)
	fmt.Fprintf(slow, "GET /api/runs/%s/events HTTP/1.1\r\nHost: localhost\r\n\r\n", r.ID)
	begin, updates := time.Now(), 0
	w := c.watch(r.ID, 0, func(*watched) bool { updates++; return false })
	took := time.Since(begin)
	if w.result.State != Done || len(w.records) < 400 {
		t.Errorf("the run is %s, the other reader has %d records", w.result.State, len(w.records))
	}
	t.Logf("%d steps in %v, %.0f events a second", w.result.Steps, took, float64(updates)/took.Seconds())
}
