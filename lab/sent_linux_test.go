package lab

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hoodwink/internal/worker"
)

// children returns the processes of networks that this lab has, or has had a moment ago.
func children(t *testing.T) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		_, rest, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(rest); err != nil || len(f) < 2 || f[0] == "Z" || f[1] != strconv.Itoa(os.Getpid()) {
			continue
		}
		if line, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline")); bytes.HasPrefix(line, []byte("hoodwink worker")) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// TestSentKilled: if a network's process is killed while its run is on, the run says so, the lab
// lives, and the network can be used again.
func TestSentKilled(t *testing.T) {
	l, c := serveLab(t, Options{})
	c.call("POST", "/api/models?name=mine&preset=raw", exported(t), http.StatusCreated, nil)
	p := c.draw("dog", 1)
	q := endless(p)
	q["model"], q["as"] = "mine", "3"
	r := c.start(q)
	until(t, "some steps", func() bool { return l.runs.find(r.ID).snapshot().Steps > 3 })
	for _, pid := range children(t) {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	end := untilEnd(t, c, r.ID)
	if end.State != Failed || end.Problem == nil || end.Problem.Code != "model_ended" || end.Problem.Hint == "" || !strings.Contains(end.Problem.Detail, "killed") {
		t.Errorf("the run is %s with %+v", end.State, end.Problem)
	}
	c.call("POST", "/api/predict", Question{Picture: p.ID, Model: "mine"}, 200, nil)
	if l.sent.taken() != 0 {
		t.Error("a place was not given back")
	}
}

// TestSentPaused: a paused run has no process. When it goes on, its result has the bytes of a run
// that was not paused.
func TestSentPaused(t *testing.T) {
	l, c := serveLab(t, Options{})
	c.call("POST", "/api/models?name=mine&preset=raw", exported(t), http.StatusCreated, nil)
	q := vultureRun(c.draw("giant panda", 7))
	q["model"], q["as"], q["keep"] = "mine", "1", true
	var files [2][]byte
	for i := range files {
		r := c.start(q)
		if i == 1 {
			until(t, "a step", func() bool { return l.runs.find(r.ID).snapshot().Steps > 2 })
			c.call("POST", "/api/runs/"+r.ID+"/pause", nil, 200, nil)
			until(t, "the end of its process", func() bool {
				for _, pid := range children(t) { // it is idle now
					syscall.Kill(pid, syscall.SIGKILL)
				}
				return l.runs.find(r.ID).state() == Paused && l.compute.taken() == 0 && len(children(t)) == 0
			})
			c.call("POST", "/api/runs/"+r.ID+"/resume", nil, 200, nil)
		}
		end := untilEnd(t, c, r.ID)
		if end.State != Done || end.Result == nil {
			t.Fatalf("the run is %s with %+v", end.State, end.Problem)
		}
		files[i] = c.call("GET", end.Result.PNG, nil, 200, nil)
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the results differ")
	}
}

// TestSentEnds: what ends a network's process is told to the client as a problem, and the lab is
// fine. A client that leaves gives its place back.
func TestSentEnds(t *testing.T) {
	l, c := serveLab(t, Options{})
	network := exported(t)
	c.call("POST", "/api/models?name=mine&preset=raw", network, http.StatusCreated, nil)
	p := c.draw("dog", 1)
	good := l.pool
	defer good.Close()
	problem := func(method, path string, body any, says string) {
		t.Helper()
		var got Problem
		c.call(method, path, body, http.StatusUnprocessableEntity, &got)
		if got.Code != "model_ended" || got.Hint == "" || !strings.Contains(got.Detail, says) {
			t.Errorf("%s: %+v", path, got)
		}
	}
	l.pool = worker.NewPool(worker.Options{Check: time.Nanosecond, Open: time.Nanosecond})
	problem("POST", "/api/models?name=slow", network, "it took longer than 1ns")
	l.shelf.forget("mine")
	problem("GET", "/api/models/mine", nil, "it took longer than 1ns")
	l.pool = worker.NewPool(worker.Options{Step: time.Nanosecond})
	problem("POST", "/api/predict", Question{Picture: p.ID, Model: "mine"}, "it took longer than 1ns")
	problem("POST", "/api/gradient", Slope{Picture: p.ID, Model: "mine", Class: "1"}, "it took longer than 1ns")
	l.pool = good
	l.shelf.forget("mine")
	c.call("POST", "/api/predict", Question{Picture: p.ID, Model: "mine"}, 200, nil)
	if l.sent.taken()+l.short.taken()+l.memory.taken() != 0 {
		t.Error("a place was not given back")
	}
}
