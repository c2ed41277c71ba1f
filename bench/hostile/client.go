package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// A client sends requests to a lab, from an address of its own.
type client struct {
	url  string
	http http.Client
}

// newClient returns a client with the address 127.0.0.number.
func newClient(url string, number byte) *client {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, number)}}
	return &client{url, http.Client{Transport: &http.Transport{DialContext: d.DialContext}}}
}

// An answer is what became of a request.
type answer struct {
	status int    // 0 if there was none
	code   string // of the problem, if it is one
	body   []byte
	err    error
}

// String returns the answer in a word or two.
func (a answer) String() string {
	switch {
	case a.err != nil:
		return "no answer"
	case a.code != "":
		return fmt.Sprint(a.status, " ", a.code)
	}
	return fmt.Sprint(a.status)
}

func (c *client) do(ctx context.Context, method, path, kind string, body io.Reader) answer {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return answer{err: err}
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	reply, err := c.http.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer reply.Body.Close()
	a := answer{status: reply.StatusCode}
	if a.body, a.err = io.ReadAll(reply.Body); a.status >= 400 {
		var problem struct{ Code string }
		json.Unmarshal(a.body, &problem)
		a.code = problem.Code
	}
	return a
}

func (c *client) post(ctx context.Context, path string, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		return answer{err: err}
	}
	return c.do(ctx, http.MethodPost, path, "application/json", bytes.NewReader(body))
}

// send uploads a file.
func (c *client) send(ctx context.Context, path string, body []byte) answer {
	return c.do(ctx, http.MethodPost, path, "application/octet-stream", bytes.NewReader(body))
}

// sendHalf uploads half of a file, and closes the connection.
func (c *client) sendHalf(ctx context.Context, path string, body []byte) answer {
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		return answer{err: err}
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n", path, len(body))
	conn.Write(body[:len(body)/2])
	return answer{}
}

type idOf struct{ ID string }

// honest attacks the same drawing again and again, and compares the bytes of the result.
type honest struct {
	*client
	want    []byte // the file of the run that was alone
	runs    int
	busy    int // answers that said to come back later
	longest time.Duration
}

// run attacks once and returns the bytes of the result.
func (h *honest) run(ctx context.Context) ([]byte, error) {
	var picture, run idOf
	if err := h.ask(ctx, "/api/pictures/draw", map[string]any{"class": "giant panda", "seed": 7, "size": 256}, &picture); err != nil {
		return nil, err
	}
	if err := h.ask(ctx, "/api/runs", map[string]any{"picture": picture.ID, "as": "vulture", "steps": 30, "keep": true}, &run); err != nil {
		return nil, err
	}
	if err := h.await(ctx, run.ID); err != nil {
		return nil, err
	}
	a := h.do(ctx, http.MethodGet, "/api/runs/"+run.ID+"/result.png", "", nil)
	if a.status != http.StatusOK {
		return nil, fmt.Errorf("the result: %v", a)
	}
	h.do(ctx, http.MethodDelete, "/api/runs/"+run.ID, "", nil)
	return a.body, nil
}

// ask posts until the lab has time, and reads the answer.
func (h *honest) ask(ctx context.Context, path string, v, out any) error {
	for {
		a := h.post(ctx, path, v)
		switch {
		case a.err != nil:
			return a.err
		case a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable:
			h.busy++
			select {
			case <-time.After(200 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
		case a.status >= 400:
			return fmt.Errorf("%s: %v: %s", path, a, a.body)
		default:
			return json.Unmarshal(a.body, out)
		}
	}
}

// await follows the events of a run to its end.
func (h *honest) await(ctx context.Context, id string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/runs/"+id+"/events", nil)
	if err != nil {
		return err
	}
	reply, err := h.http.Do(req)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	lines := bufio.NewScanner(reply.Body)
	lines.Buffer(nil, 16<<20)
	for event := ""; lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			event = name
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok || event != "result" {
			continue
		}
		var end struct {
			State   string
			Problem json.RawMessage
		}
		if err := json.Unmarshal([]byte(data), &end); err != nil {
			return err
		}
		if end.State != "done" {
			return fmt.Errorf("the honest run ended as %q: %s", end.State, end.Problem)
		}
		return nil
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return fmt.Errorf("the events of run %s ended without a result", id)
}

// keepOn attacks until ctx ends.
func (h *honest) keepOn(ctx context.Context) error {
	for {
		begin := time.Now()
		got, err := h.run(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(got, h.want) {
			return fmt.Errorf("run %d gave another file than the run that was alone", h.runs)
		}
		h.runs++
		h.longest = max(h.longest, time.Since(begin))
	}
}
