package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// serving serves a lab as the command does; end asks it to end, and returns what Serve does.
func serving(t *testing.T, o Options) (l *Lab, c *client, end func() error) {
	t.Helper()
	l, _ = serveLab(t, o)
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- l.Serve(ctx, listener) }()
	end = func() error { cancel(); return <-served }
	t.Cleanup(cancel)
	at := listener.Addr().String()
	return l, &client{t, "http://" + at, at, &http.Client{Transport: &http.Transport{}}}, end
}

// dial opens a connection and sends the beginning of a request.
func (c *client) dial(text string) net.Conn {
	c.t.Helper()
	conn, err := net.Dial("tcp", c.listens)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		c.t.Fatal(err)
	}
	return conn
}

const cut = " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\nabc"

// TestEndsAtOnce: a lab does not wait for clients that neither finish their requests nor read their
// answers. Its runs end with their results, and their readers are told.
func TestEndsAtOnce(t *testing.T) {
	dir := t.TempDir()
	l, c, end := serving(t, Options{Dir: dir})
	l.patience = 5 * time.Minute // a machine may be slow
	done := c.watch(c.start(vultureRun(c.draw("giant panda", 7))).ID, 0, nil).result
	on := c.start(endless(c.draw("dog", 1)))
	r := l.runs.find(on.ID)
	until(t, "some steps", func() bool { return r.snapshot().Steps > 3 })
	c.dial("POST /api/pictures" + cut)
	c.dial("POST /api/models?name=x" + cut)
	c.dial("POST /api/predict" + strings.Replace(cut, "octet-stream", "json", 1))
	c.dial("GET /api/ru")
	events := c.dial("GET /api/runs/" + on.ID + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
	until(t, "all of them", func() bool {
		return l.pictures.held() == 1 && l.networks.held() == 1 && l.streams.held() == 1
	})
	if err := end(); err != nil {
		t.Error(err)
	}
	if said, _ := io.ReadAll(events); !strings.Contains(string(said), "event: result") {
		t.Errorf("the last that a reader is told is %.200s", said[max(0, len(said)-200):])
	}
	until(t, "the places of all", func() bool { return l.pictures.held()+l.networks.held()+l.streams.held() == 0 })
	again := &Lab{o: l.o, log: l.log}
	again.reload()
	for _, id := range []string{done.ID, on.ID} {
		if r := again.runs.find(id); r == nil || r.about.Result == nil || r.about.Steps == 0 {
			t.Errorf("of run %s is kept %+v", id, r)
		}
	}
}

// TestEndsAnyway: a lab ends though something is computed that does not heed it.
func TestEndsAnyway(t *testing.T) {
	l, c, end := serving(t, Options{})
	l.patience = 10 * time.Millisecond
	stuck := make(chan struct{})
	t.Cleanup(func() { close(stuck) })
	if err := l.spawn(func() { <-stuck }); err != nil {
		t.Fatal(err)
	}
	done := c.watch(c.start(vultureRun(c.draw("giant panda", 7))).ID, 0, nil).result
	if err := end(); err != nil {
		t.Error(err)
	}
	if done.Result == nil {
		t.Errorf("the run was %s", done.State)
	}
}

// TestUnendedRun: a run that does not end when it is told to is kept as far as it went.
func TestUnendedRun(t *testing.T) {
	l, c := serveLab(t, Options{})
	r := l.runs.find(c.start(endless(c.draw("dog", 1))).ID)
	until(t, "some steps", func() bool { return r.snapshot().Steps > 3 })
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // there is no time at all
	r.cancel = func() {}
	if err := l.Close(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	records, err := os.ReadFile(r.file(recordsFile))
	if n := strings.Count(string(records), "\n"); err != nil || n <= 3 {
		t.Errorf("%d records are kept, %v", n, err)
	}
}

// TestConnections: the connections of one address are bounded, and one that is closed makes room.
func TestConnections(t *testing.T) {
	_, c, end := serving(t, Options{})
	var open []net.Conn
	for range connections.address {
		open = append(open, c.dial("GET /"))
	}
	answers := func() bool {
		conn := c.dial("GET /api/info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		defer conn.Close()
		reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
		return err == nil && reply.StatusCode == 200
	}
	if answers() {
		t.Errorf("there are more than %d connections", connections.address)
	}
	open[0].Close()
	until(t, "room", answers)
	for _, conn := range open {
		conn.Close()
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

// TestStreams: the streams of one client are bounded, and one that is left makes room.
func TestStreams(t *testing.T) {
	l, c := serveLab(t, Options{})
	r := c.start(endless(c.draw("dog", 1)))
	request := "GET /api/runs/" + r.ID + "/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
	var open []net.Conn
	for i := range l.streams.client {
		open = append(open, c.dial(request))
		until(t, "the stream", func() bool { return l.streams.held() == i+1 })
	}
	var problem Problem
	if c.call("GET", "/api/runs/"+r.ID+"/events", nil, 429, &problem); problem.Code != "busy" {
		t.Errorf("problem %+v", problem)
	}
	open[0].Close()
	until(t, "room", func() bool { return l.streams.held() == len(open)-1 })
	c.watch(r.ID, 0, func(*watched) bool { return true })
}

// TestLookingForNobody: a picture is not worked on for a client who has left meanwhile.
func TestLookingForNobody(t *testing.T) {
	l, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // of two that are ready, a place and the end, either may come first
		if _, _, err := l.look(ctx, p, 0, 0); ended(ctx.Err()) == nil || err == nil {
			t.Fatal("a picture is looked at for a client who has left")
		}
	}
	if n := l.short.held(); n != 0 {
		t.Errorf("%d places were not given back", n)
	}
}

// TestLeaving: a client that leaves gives back what it holds, at once, whatever it waits for: the
// places before it are never left here.
func TestLeaving(t *testing.T) {
	l, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	on := c.start(endless(p))
	for _, g := range []*gate{l.short, l.short, l.long} {
		defer g.queue(1, false).leave()
	}
	post := func(path, body string) string {
		return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
	}
	get := func(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n" }
	for _, q := range []struct {
		name, text string
		held       *roll
	}{
		{"a prediction", post("/api/predict", `{"picture":"`+p.ID+`"}`), l.short.roll},
		{"a gradient", post("/api/gradient", `{"picture":"`+p.ID+`","class":"dog"}`), l.short.roll},
		{"a view", get("/api/pictures/" + p.ID + "/view.png"), l.short.roll},
		{"a drawing", get("/api/drawings/dog"), l.short.roll},
		{"a short chapter", post("/api/story/black", `{}`), l.short.roll},
		{"a long chapter", post("/api/story/hardened", `{}`), l.long.roll},
		{"a picture on its way", "POST /api/pictures" + cut, l.pictures},
		{"a network on its way", "POST /api/models?name=x" + cut, l.networks},
		{"a network in chunks", "POST /api/models?name=x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", l.networks},
		{"a stream", get("/api/runs/" + on.ID + "/events"), l.streams},
	} {
		conn := c.dial(q.text)
		until(t, q.name, func() bool { return q.held.held() == 1 })
		conn.Close()
		until(t, "the end of "+q.name, func() bool { return q.held.held() == 0 })
	}
}
