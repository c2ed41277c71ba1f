package lab

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hoodwink/report"
)

// TestRawRequests: requests that a proxy could read otherwise than the lab does, and others that no
// program makes, get one answer, and the connection is closed or as good as new.
func TestRawRequests(t *testing.T) {
	_, c, end := serving(t, Options{})
	long := strings.Repeat("a", 60<<10)
	for _, q := range []struct {
		name, text string
		want       int
	}{
		{"two lengths", "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400},
		{"a length that is none", "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: +2\r\n\r\n{}", 400},
		{"an unknown coding", "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n", 501},
		{"a hidden coding", "POST /api/runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}", 400},
		{"two hosts", "GET /api/info HTTP/1.1\r\nHost: localhost\r\nHost: evil.example.com\r\n\r\n", 400},
		{"no host", "GET /api/info HTTP/1.1\r\n\r\n", 400},
		{"a host in the address", "GET http://evil.example.com/api/info HTTP/1.1\r\nHost: localhost\r\n\r\n", 421},
		{"a host with a user", "GET /api/info HTTP/1.1\r\nHost: localhost@evil.example.com\r\n\r\n", 400},
		{"a host that ends otherwise", "GET /api/info HTTP/1.1\r\nHost: localhost.evil.example.com\r\n\r\n", 421},
		{"a host and a path", "GET /api/info HTTP/1.1\r\nHost: localhost/x\r\n\r\n", 400},
		{"a folded header", "GET /api/info HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n", 200},
		{"a header with a line in it", "GET /api/info HTTP/1.1\r\nHost: localhost\r\nX: a\rSet-Cookie: b\r\n\r\n", 400},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 421},
		{"an upgrade", "GET /api/info HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n", 200},
		{"a tunnel", "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n", 404},
		{"an echo", "TRACE /api/info HTTP/1.1\r\nHost: localhost\r\n\r\n", 405},
		{"a method of its own", "GET\x01 /api/info HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
		{"a long address", "GET /api/models/sketchbook/classes?q=" + long + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 422},
		{"a longer address", "GET /" + long + long + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 431},
		{"a long path", "GET /api/" + long + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 404},
		{"many ranges", "GET /api/info HTTP/1.1\r\nHost: localhost\r\nRange: bytes=" + strings.Repeat("0-1,", 9000) + "0-1\r\n\r\n", 200},
		{"any tag", "GET /js/ui.js HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: *, \"x\"\r\n\r\n", 200},
		{"a number that is none", "GET /api/drawings/dog?seed=18446744073709551616 HTTP/1.1\r\nHost: localhost\r\n\r\n", 422},
		{"an endless number", "GET /api/drawings/dog?seed=" + strings.Repeat("9", 50000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 422},
		{"a negative place", "GET /api/runs/x/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: -1\r\n\r\n", 422},
	} {
		conn := c.dial(q.text)
		reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%s: %v", q.name, err)
			continue
		}
		var said bytes.Buffer
		said.ReadFrom(reply.Body)
		if reply.StatusCode != q.want || q.want != 200 && said.Len() > 2000 {
			t.Errorf("%s: status %d, %d bytes: %.200s", q.name, reply.StatusCode, said.Len(), &said)
		}
		conn.Close()
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

// TestLargeTexts: of a body that is no file only so much is read as a request can need, however deep
// it is and however it says its length.
func TestLargeTexts(t *testing.T) {
	_, c := serveLab(t, Options{})
	for name, text := range map[string]string{
		"deep": strings.Repeat("[", maxBody+1), "wide": `{"not":[` + strings.Repeat(`"a",`, maxBody/4) + `"a"]}`, "spaces": strings.Repeat(" ", maxBody) + "{}",
		"keys": strings.Repeat(`{"a":`, maxBody/5+1),
	} {
		for _, path := range []string{"/api/runs", "/api/predict", "/api/gradient", "/api/story/black", "/api/pictures/draw", "/api/pictures/black"} {
			for _, chunked := range []bool{false, true} {
				req, err := http.NewRequest("POST", c.url+path, strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				if chunked {
					req.ContentLength = -1
				}
				req.Header.Set("Content-Type", "application/json")
				reply, err := c.http.Do(req)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					continue
				}
				var p Problem
				if err := json.NewDecoder(reply.Body).Decode(&p); err != nil || reply.StatusCode != 413 || p.Code != "too_large" {
					t.Errorf("%s, %s: status %d, %+v", path, name, reply.StatusCode, p)
				}
				reply.Body.Close()
			}
		}
	}
	var many Problem
	body := map[string]any{}
	for i := range 4000 {
		body[fmt.Sprint("x", i)] = 1
	}
	if said := c.call("POST", "/api/runs", body, 422, &many); len(said) > 2000 {
		t.Errorf("of 4000 mistakes %d bytes are said", len(said))
	}
	p := c.draw("dog", 1)
	deep := `{"picture":"` + p.ID + `","as":` + strings.Repeat("[", maxBody/2) + strings.Repeat("]", maxBody/2-100) + `}`
	r := httptest.NewRequest("POST", "http://localhost/api/runs", strings.NewReader(deep))
	r.Header.Set("Content-Type", "application/json")
	l, _ := serveLab(t, Options{})
	if s := answer(l, r); s != 400 && s != 422 {
		t.Errorf("a deep text that is just short enough: status %d", s)
	}
}

// TestManyTasks: those who begin one task after the other do not fill the memory.
func TestManyTasks(t *testing.T) {
	l, c := serveLab(t, Options{})
	var last *Task
	for i := range 3 * mostTasks {
		task, err := l.begin(fmt.Sprint("task ", i), func(context.Context, func(Progress)) error { return errors.New("no") })
		if err != nil {
			t.Fatal(err)
		}
		last = task
		until(t, "its end", l.tasks.find(task.ID).done)
	}
	if n := len(l.tasks.all); n > mostTasks {
		t.Errorf("%d tasks are kept", n)
	}
	c.call("GET", "/api/tasks/"+last.ID+"/events", nil, 200, nil)
}

// TestLongLog: of a long run that has ended a reader gets all records, and holds few of them; a list
// of runs is not endless either.
func TestLongLog(t *testing.T) {
	dir := t.TempDir()
	const records = 2*mostRecords + 7
	for i := range mostListed + 3 {
		id := fmt.Sprintf("%032x", i)
		home := filepath.Join(dir, "runs", id)
		if err := os.MkdirAll(home, 0o700); err != nil {
			t.Fatal(err)
		}
		j := journal{Client: "address 127.0.0.1", Run: Run{ID: id, State: Done, Picture: &Picture{}, Width: 8, Height: 8, Created: time.Unix(int64(i), 0)}}
		if err := writeJSON(filepath.Join(home, runFile), j); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		for step := range records {
			if i == 0 {
				json.NewEncoder(&log).Encode(Record{Step: step, Top: []report.Prediction{{Label: strings.Repeat("x", 1000)}}})
			}
		}
		if err := os.WriteFile(filepath.Join(home, recordsFile), log.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, c := serveLab(t, Options{Dir: dir})
	id := fmt.Sprintf("%032x", 0)
	for _, from := range []int{0, 3, mostRecords, records, records + 5} {
		w := c.watch(id, from, nil)
		if len(w.records) != max(0, records-from) || !slices.IsSortedFunc(w.records, func(a, b Record) int { return a.Step - b.Step }) {
			t.Errorf("from %d there are %d records", from, len(w.records))
		}
		if some, _, _, _ := l.runs.find(id).since(from); len(some) > mostRecords {
			t.Errorf("%d records are read at once", len(some))
		}
	}
	var all []Run
	if c.call("GET", "/api/runs", nil, 200, &all); len(all) != mostListed || all[0].ID != fmt.Sprintf("%032x", mostListed+2) {
		t.Errorf("%d runs are listed, the first is %s", len(all), all[0].ID)
	}
}

// TestFilesAreNotInMemory: a file is read as it is sent, however large it is; what is made for a
// request is not fetched by more than the memory has room for.
func TestFilesAreNotInMemory(t *testing.T) {
	l, c := serveLab(t, Options{})
	var p Picture
	c.call("POST", "/api/pictures/black", Blank{16, 16}, 201, &p)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	if err := os.WriteFile(l.picturePath(p.ID), large, 0o600); err != nil {
		t.Fatal(err)
	}
	l.replies.bounds = bounds{64 << 10, 64 << 10, 64 << 10}
	if got := c.call("GET", "/api/pictures/"+p.ID+"/file", nil, 200, nil); !bytes.Equal(got, large) {
		t.Errorf("of %d bytes %d came", len(large), len(got))
	}
}
