package lab

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
)

// TestPauseStress: whatever is asked of a run by several at a time, in the end it goes on, and
// ends when it is told to.
func TestPauseStress(t *testing.T) {
	l, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	own := []*run{l.runs.find(c.start(endless(p)).ID), l.runs.find(c.start(endless(p)).ID)}
	pause := func(r *run) {
		if err := r.pause(); err != nil {
			t.Error(err)
		}
	}
	until(t, "the beginning of the first", func() bool { return own[0].snapshot().Steps > 0 })
	pause(own[0])
	until(t, "the beginning of the second", func() bool { return own[1].snapshot().Steps > 0 })
	for range 10 {
		var wg sync.WaitGroup
		for _, r := range own {
			for range 3 {
				wg.Go(func() {
					for range 200 {
						pause(r)
						r.resume()
					}
				})
			}
		}
		wg.Wait()
		for _, r := range own {
			pause(r)
		}
		for i, r := range own { // there is one place, which the other does not have
			steps := r.snapshot().Steps
			r.resume()
			until(t, fmt.Sprintf("a step of run %d", i), func() bool { return r.snapshot().Steps > steps })
			pause(r)
		}
	}
	for _, r := range own {
		r.cancel()
	}
	for _, r := range own {
		<-r.ended
		if s := r.snapshot(); s.State != Cancelled || s.Steps > 0 && s.Result == nil {
			t.Errorf("cancelled after %d steps, a run is %s with the result %v", s.Steps, s.State, s.Result)
		}
	}
	if n := l.compute.taken() + l.short.taken() + l.memory.taken(); n != 0 {
		t.Errorf("%d places and bytes were not given back", n)
	}
}

// TestAside: few runs may be paused, for their pixels stay on disk.
func TestAside(t *testing.T) {
	l, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	begin := func(i int) *run {
		s, err := l.start(as(fmt.Sprint("client ", i)), RunRequest{Picture: p.ID, Keep: true, Settings: menu})
		if err != nil {
			t.Fatal(err)
		}
		r := l.runs.find(s.ID)
		until(t, "the first step", func() bool { return r.snapshot().Steps > 0 })
		return r
	}
	var paused []*run
	for i := range maxAside {
		r := begin(i)
		if err := r.pause(); err != nil {
			t.Fatal(i, err)
		}
		paused = append(paused, r)
	}
	last := begin(maxAside)
	var problem Problem
	c.call("POST", "/api/runs/"+last.about.ID+"/pause", nil, http.StatusTooManyRequests, &problem)
	if problem.Code != "too_many_paused" || last.state() != Running {
		t.Errorf("problem %+v, the run is %s", problem, last.state())
	}
	paused[0].resume()
	if s := paused[0].snapshot(); s.State != Queued || s.Position != 0 {
		t.Errorf("a run that is to go on is %s at %d", s.State, s.Position)
	}
	if err := last.pause(); err == nil {
		t.Error("a run that waits for its turn again does not count")
	}
	last.cancel()
	steps := paused[0].snapshot().Steps
	until(t, "another step", func() bool { return paused[0].snapshot().Steps > steps })
}

// TestNotDecodedBefore: a run that waits has no picture in memory.
func TestNotDecodedBefore(t *testing.T) {
	l, c := serveLab(t, Options{})
	first := c.start(endless(c.draw("dog", 1)))
	p := c.draw("giant panda", 7)
	second := c.start(vultureRun(p))
	r := l.runs.find(second.ID)
	if r.state() != Queued || r.begun || r.base != nil || r.pixels != nil {
		t.Errorf("the second run is %s and has begun: %v", r.state(), r.begun)
	}
	if err := os.Remove(l.picturePath(p.ID)); err != nil {
		t.Fatal(err)
	}
	c.call("POST", "/api/runs/"+first.ID+"/cancel", nil, 200, nil)
	if w := c.watch(second.ID, 0, nil); w.result.State != Failed || w.result.Problem.Code != "picture_unknown" {
		t.Errorf("without its picture it is %s: %+v", w.result.State, w.result.Problem)
	}
}

// TestCancelledInTheQueue: a run that is cancelled before its turn is cancelled, and has not failed.
func TestCancelledInTheQueue(t *testing.T) {
	_, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	c.start(endless(p))
	second := c.start(endless(p))
	c.call("POST", "/api/runs/"+second.ID+"/cancel", nil, 200, nil)
	if r := c.watch(second.ID, 0, nil).result; r.State != Cancelled || r.Problem != nil || r.Result != nil {
		t.Errorf("it is %s with %+v", r.State, r.Problem)
	}
}

// TestMaskIsChecked: a mask that does not fit is turned away at once.
func TestMaskIsChecked(t *testing.T) {
	_, c := serveLab(t, Options{})
	p := c.draw("giant panda", 7)
	var small, black Picture
	c.call("POST", "/api/pictures/black", Blank{8, 8}, 201, &small)
	c.call("POST", "/api/pictures/black", Blank{96, 96}, 201, &black)
	for _, mask := range []Picture{small, black} {
		q := vultureRun(p)
		q["mask"] = mask.ID
		var problem Problem
		if c.call("POST", "/api/runs", q, 422, &problem); problem.Setting != "mask" {
			t.Errorf("mask of %d pixels: %+v", mask.Width, problem)
		}
	}
	q := vultureRun(p)
	q["mask"] = p.ID
	r := c.start(q)
	if r.Mask == nil || r.Mask.ID != p.ID || !strings.Contains(r.Command, "--mask mask-giant-panda.png") {
		t.Errorf("the run has the mask %+v\n%s", r.Mask, r.Command)
	}
}

// TestOthersRuns: a client sees the list of his own runs.
func TestOthersRuns(t *testing.T) {
	l, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	ids := map[string]string{}
	request := func(method, path, cookie string, out any) {
		one := *c
		one.http = &http.Client{Transport: withCookie{c.http.Transport, l, cookie}}
		var body any
		want := 200
		if method == "POST" {
			body, want = endless(p), 201
		}
		one.call(method, path, body, want, out)
	}
	cookies := []string{strings.Repeat("a", 32), strings.Repeat("b", 32), ""}
	for _, k := range cookies {
		var r Run
		request("POST", "/api/runs", k, &r)
		ids[k] = r.ID
	}
	for _, k := range cookies {
		var all []Run
		if request("GET", "/api/runs", k, &all); len(all) != 1 || all[0].ID != ids[k] {
			t.Errorf("client %.3q sees %d runs", k, len(all))
		}
	}
}

type withCookie struct {
	next http.RoundTripper
	lab  *Lab
	name string
}

func (w withCookie) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	if w.name != "" {
		req.AddCookie(&http.Cookie{Name: "hoodwink_client_" + req.URL.Port(), Value: w.name + w.lab.seal(w.name)})
	}
	return w.next.RoundTrip(req)
}
