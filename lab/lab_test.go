package lab

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hoodwink/model/store"
)

// A client is a user of a lab that is served for a test.
type client struct {
	t       testing.TB
	url     string
	listens string // where it really is
	http    *http.Client
}

// serveLab serves a lab on the embedded network.
func serveLab(t testing.TB, o Options) (*Lab, *client) {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Model == "" {
		o.Model = store.Embedded
	}
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(l.Handler())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		if err := l.Close(ctx); err != nil {
			t.Error("close:", err)
		}
		s.Close()
	})
	return l, &client{t, s.URL, s.Listener.Addr().String(), s.Client()}
}

// call makes a request and reads the JSON of its answer into out, which may be nil.
func (c *client) call(method, path string, body any, want int, out any) []byte {
	c.t.Helper()
	var r io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		r, kind = bytes.NewReader(b), "application/octet-stream"
	default:
		data, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		r = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, c.url+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	if r != nil {
		req.Header.Set("Content-Type", kind)
	}
	reply, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer reply.Body.Close()
	data, err := io.ReadAll(reply.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if reply.StatusCode != want {
		c.t.Fatalf("%s %s: status %d, want %d: %.300s", method, path, reply.StatusCode, want, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			c.t.Fatalf("%s %s: %v in %.200s", method, path, err, data)
		}
	}
	return data
}

func (c *client) draw(class string, seed uint64) *Picture {
	c.t.Helper()
	var p Picture
	c.call("POST", "/api/pictures/draw", Drawing{class, seed, 96}, http.StatusCreated, &p)
	return &p
}

// vultureRun asks for a run that takes a few dozen small steps.
func vultureRun(p *Picture) map[string]any {
	return map[string]any{"picture": p.ID, "as": "vulture", "eps": "8/255", "step": "0.25/255"}
}

func (c *client) start(q map[string]any) *Run {
	c.t.Helper()
	var r Run
	c.call("POST", "/api/runs", q, http.StatusCreated, &r)
	return &r
}

// watched is what a stream said.
type watched struct {
	states  []State
	records []Record
	charts  int
	result  *Run
}

// watch reads a run's events to the end, or until stop says so.
func (c *client) watch(id string, from int, stop func(*watched) bool) *watched {
	c.t.Helper()
	req, err := http.NewRequest("GET", c.url+"/api/runs/"+id+"/events", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if from > 0 {
		req.Header.Set("Last-Event-ID", fmt.Sprint(from))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	reply, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		c.t.Fatal(err)
	}
	defer reply.Body.Close()
	w := &watched{}
	lines := bufio.NewScanner(reply.Body)
	lines.Buffer(nil, 16<<20)
	event := ""
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			event = value
		case "data":
			var err error
			switch event {
			case "state":
				var e StateEvent
				err = json.Unmarshal([]byte(value), &e)
				w.states = append(w.states, e.State)
			case "steps":
				var e StepsEvent
				err = json.Unmarshal([]byte(value), &e)
				w.records = append(w.records, e.Records...)
			case "curves":
				w.charts++
			case "result":
				w.result = new(Run)
				err = json.Unmarshal([]byte(value), w.result)
			}
			if err != nil {
				c.t.Fatalf("event %s: %v", event, err)
			}
			if w.result != nil || stop != nil && stop(w) {
				return w
			}
		}
	}
	c.t.Fatalf("the stream ended early: %v", lines.Err())
	return nil
}
