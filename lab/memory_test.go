package lab

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// blank is a black picture as a file.
func blank(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := preprocess.EncodePNG(&b, tensor.New(1, 3, height, width), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMemory: a job that can never fit is refused at once, one that must wait for a run is, too, and
// everything is given back.
func TestMemory(t *testing.T) {
	l, c := serveLab(t, Options{Memory: leastMemory})
	if l.o.Memory != leastMemory || l.memory.size != leastMemory-ownMemory {
		t.Fatalf("the lab has %d bytes, of which %d for jobs", l.o.Memory, l.memory.size)
	}
	var p Picture
	c.call("POST", "/api/pictures?name=large.png", blank(t, 1600, 1500), 201, &p)
	q := vultureRun(&p)
	var problem Problem
	if c.call("POST", "/api/runs", q, http.StatusRequestEntityTooLarge, &problem); problem.Code != "memory_exceeded" || problem.Hint == "" {
		t.Errorf("a run on %d pixels: %+v", 1600*1500, problem)
	}
	q["at"] = "model"
	if r := c.watch(c.start(q).ID, 0, nil).result; r.State != Done {
		t.Errorf("at the network's size a run is %s: %+v", r.State, r.Problem)
	}
	c.call("POST", "/api/predict", Question{Picture: p.ID}, 200, nil)
	run := l.memory.queue(l.memory.size-40<<20, true)
	for path, body := range map[string]any{"/api/predict": Question{Picture: p.ID}, "/api/gradient": Slope{Picture: p.ID, Class: "dog"}, "/api/pictures": blank(t, 1600, 1499),
		"/api/pictures/draw": Drawing{"dog", 1, 1024}, "/api/pictures/black": Blank{1024, 1024}} {
		problem = Problem{}
		if c.call("POST", path, body, http.StatusServiceUnavailable, &problem); problem.Code != "memory_taken" || problem.Hint == "" {
			t.Errorf("%s while a run holds the memory: %+v", path, problem)
		}
	}
	run.leave()
	c.call("POST", "/api/predict", Question{Picture: p.ID}, 200, nil)
	until(t, "the end of the run", func() bool { return l.memory.taken() == 0 })
}

// TestManyPixels: a small file of many pixels is refused before they are decoded.
func TestManyPixels(t *testing.T) {
	_, c := serveLab(t, Options{Memory: leastMemory})
	var b bytes.Buffer
	b.Write(blank(t, 8, 8))
	copy(b.Bytes()[16:24], "\x00\x00\x1f\x40\x00\x00\x17\x70") // 8000 x 6000
	var problem Problem
	// The checksum of the header is wrong now: a refusal for that is as early.
	if c.call("POST", "/api/pictures", b.Bytes(), 422, &problem); problem.Code != "picture_unreadable" {
		t.Errorf("%+v", problem)
	}
	if c.call("POST", "/api/pictures", blank(t, 7000, 5000), 413, &problem); problem.Code != "memory_exceeded" {
		t.Errorf("%+v", problem)
	}
}

// TestPausedRunsHoldNothing: a paused run has neither a slot nor memory, its pixels are in a file, and
// its result has the bytes of a run that was never paused.
func TestPausedRunsHoldNothing(t *testing.T) {
	l, c := serveLab(t, Options{})
	p := c.draw("giant panda", 7)
	for _, at := range []string{"picture", "model"} {
		q := vultureRun(p)
		q["at"], q["step"], q["steps"] = at, "0.01/255", 900 // long enough to be paused
		want := c.result(c.watch(c.start(q).ID, 0, nil).result)
		q["keep"] = true
		r := l.runs.find(c.start(q).ID)
		pauses := 0
		for !r.state().final() && pauses < 4 {
			steps := r.snapshot().Steps
			until(t, "a step", func() bool { return r.snapshot().Steps > steps || r.state().final() })
			if err := r.pause(); err != nil {
				t.Fatal(err)
			}
			if r.state() != Paused {
				continue
			}
			until(t, "its rest", func() bool { return l.memory.taken() == 0 && l.compute.taken() == 0 })
			if r.state() != Paused { // it was at its last step
				continue
			}
			if files, _ := os.ReadDir(filepath.Join(l.o.Dir, incomingDir)); len(files) != 1 {
				t.Errorf("%d files are there", len(files))
			}
			if pauses++; pauses == 2 { // somebody else has a turn
				c.watch(c.start(vultureRun(p)).ID, 0, nil)
			}
			r.resume()
		}
		<-r.ended
		if got := c.result(r.snapshot()); !bytes.Equal(got, want) || pauses == 0 {
			t.Errorf("at %s, after %d pauses the result has other bytes", at, pauses)
		}
	}
	r := l.runs.find(c.start(endless(p)).ID)
	until(t, "a step", func() bool { return r.snapshot().Steps > 0 })
	r.pause()
	until(t, "its rest", func() bool { return l.memory.taken() == 0 })
	r.cancel()
	<-r.ended
	if s := r.snapshot(); s.State != Cancelled || s.Result == nil {
		t.Errorf("cancelled while it is paused, a run is %s with the result %v", s.State, s.Result)
	}
	if files, _ := os.ReadDir(filepath.Join(l.o.Dir, incomingDir)); len(files) != 0 || l.memory.taken() != 0 || l.short.taken() != 0 {
		t.Errorf("%d files are left, %d bytes are taken", len(files), l.memory.taken())
	}
}

// result returns the file of a run's result.
func (c *client) result(r *Run) []byte {
	c.t.Helper()
	return c.call("GET", "/api/runs/"+r.ID+"/result.png", nil, 200, nil)
}

// TestNoRoomToPause: where pixels cannot be written, a run goes on.
func TestNoRoomToPause(t *testing.T) {
	l, c := serveLab(t, Options{})
	r := l.runs.find(c.start(endless(c.draw("dog", 1))).ID)
	until(t, "a step", func() bool { return r.snapshot().Steps > 0 })
	dir := filepath.Join(l.o.Dir, incomingDir)
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	steps := r.snapshot().Steps
	r.pause()
	until(t, "more steps", func() bool { return r.snapshot().Steps > steps+3 && r.state() == Running })
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	r.cancel()
	<-r.ended
}

// TestMemoryOf: the limit follows the machine, and a wish; GOMEMLIMIT counts more.
func TestMemoryOf(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	if n, err := memoryOf(2 << 30); n != 2<<30 || err != nil {
		t.Error(n, err)
	}
	if n, err := memoryOf(0); n < leastMemory || n > defaultMemory || err != nil {
		t.Error(n, err)
	}
	if _, err := memoryOf(leastMemory - 1); err == nil {
		t.Error("a lab without memory")
	}
	debug.SetMemoryLimit(3 << 30)
	t.Setenv("GOMEMLIMIT", "3GiB")
	if limitMemory(1 << 30); debug.SetMemoryLimit(-1) != 3<<30 {
		t.Error("GOMEMLIMIT is overridden")
	}
	t.Setenv("GOMEMLIMIT", "")
	if limitMemory(1 << 30); debug.SetMemoryLimit(-1) != 1<<30 {
		t.Error("there is no limit")
	}
	spec := preprocess.Spec{Width: 224, Height: 224, Order: "RGB", Scale: 1, Resize: preprocess.Stretch, Mean: []float32{0, 0, 0}, Std: []float32{1, 1, 1}}
	n, err := weighAttack(spec, 3024, 4032, 8)
	if most := int64(jobs(defaultMemory) - forRequests); err != nil || most < n+jobBytes {
		t.Errorf("a photo of 12 megapixels cannot be attacked: it takes %d MB (%v)", n>>20, err)
	}
	spec.Antialias = true // then all of it is read
	if all, err := weighAttack(spec, 3024, 4032, 8); err != nil || all < 3024*4032*(wholeBytes+readBytes+8*pixelBytes) {
		t.Errorf("a photo that is read whole takes %d MB (%v)", all>>20, err)
	}
}

// TestAttacksAreWeighed: an attack that holds many pictures takes as many from the lab's memory, and is refused where
// there is no room, while one that holds few is not.
func TestAttacksAreWeighed(t *testing.T) {
	l, c := serveLab(t, Options{Memory: leastMemory})
	p := c.draw("giant panda", 7)
	q := map[string]any{"picture": p.ID, "not": []string{"giant panda"}}
	needs := func(attack string) int64 {
		q["attack"] = attack
		r := l.runs.find(c.start(q).ID)
		r.cancel()
		<-r.ended
		return r.needs
	}
	if few, many := needs("bim"), needs("vni"); many < few+9*pixelBytes*int64(p.Height*p.Width) {
		t.Errorf("bim takes %d bytes, vni %d", few, many)
	}
	c.call("POST", "/api/pictures?name=larger.png", blank(t, 480, 480), 201, p)
	q["picture"] = p.ID
	needs("bim")
	var problem Problem
	q["attack"] = "apgd-t"
	if c.call("POST", "/api/runs", q, http.StatusRequestEntityTooLarge, &problem); problem.Code != "memory_exceeded" {
		t.Errorf("%+v", problem)
	}
}
