package lab

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A timed response notes the deadlines that its connection is given.
type timed struct {
	*httptest.ResponseRecorder
	read, write []time.Time
}

func (w *timed) SetReadDeadline(t time.Time) error  { w.read = append(w.read, t); return nil }
func (w *timed) SetWriteDeadline(t time.Time) error { w.write = append(w.write, t); return nil }

// TestDeadlines: a body has to arrive and an answer to be fetched in time; the latter begins
// when there is one.
func TestDeadlines(t *testing.T) {
	w := &timed{ResponseRecorder: httptest.NewRecorder()}
	x := newExchange(w, httptest.NewRequest("POST", "/api/predict", strings.NewReader("{}")), newRoll(bounds{9, 9, 9}))
	if len(w.read) != 1 || w.read[0].IsZero() || len(w.write) != 1 || !w.write[0].IsZero() {
		t.Errorf("before the answer the deadlines are %v and %v", w.read, w.write)
	}
	io.WriteString(x.w, "one")
	io.WriteString(x.w, "two")
	if len(w.write) != 2 || w.write[1].IsZero() || w.Body.String() != "onetwo" {
		t.Errorf("the deadlines of the answer are %v", w.write)
	}
	w = &timed{ResponseRecorder: httptest.NewRecorder()}
	newSender(newExchange(w, httptest.NewRequest("GET", "/api/runs/x/events", nil), newRoll(bounds{99, 99, 99})).w).send("state", "", StateEvent{})
	if len(w.read) != 0 || len(w.write) != 3 || time.Until(w.write[2]) > sendTime {
		t.Errorf("the deadlines of a stream are %v and %v", w.read, w.write)
	}
}

// TestOwnAddress: the address at which a request arrives is a name of the lab's, no other is.
func TestOwnAddress(t *testing.T) {
	l, _ := serveLab(t, Options{})
	for host, want := range map[string]bool{"192.0.2.7:80": true, "192.0.2.7": true, "192.0.2.8": false, "[2001:db8::1]:80": false, "evil.example.com": false, "127.0.0.2": true} {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.Host = host
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 80}))
		if l.ours(r) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}

// TestAnswersInMemory: a client that fetches no answer holds a bounded part of the memory.
func TestAnswersInMemory(t *testing.T) {
	replies := newRoll(bounds{10, 15, 20})
	write := func(address string, n int) (aborted bool) {
		r := httptest.NewRequest("GET", "/", nil)
		r = r.WithContext(context.WithValue(r.Context(), callerKey{}, caller{"a browser", address}))
		defer func() { aborted = recover() == http.ErrAbortHandler }()
		newExchange(httptest.NewRecorder(), r, replies).w.Write(make([]byte, n))
		return false
	}
	if write("here", 10) || !write("here", 11) {
		t.Error("the bytes of one client are not bounded by 10")
	}
	replies.take(caller{"another", "here"}, 6)
	if !write("here", 10) || write("here", 9) || write("there", 10) {
		t.Error("the bytes of one address are not bounded by 15")
	}
	replies.take(caller{"a third", "there"}, 5)
	if !write("elsewhere", 10) || write("elsewhere", 9) {
		t.Error("the bytes of all are not bounded by 20")
	}
}
