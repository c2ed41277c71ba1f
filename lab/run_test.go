package lab

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"hoodwink/model/store"

	"hoodwink"
)

// TestRun: a run's events tell all steps in order, its result is verified, and its file has
// the bytes that the library writes for the same settings.
func TestRun(t *testing.T) {
	_, c := serveLab(t, Options{})
	p := c.draw("giant panda", 7)
	var a Answer
	c.call("POST", "/api/predict", Question{Picture: p.ID}, 200, &a)
	if a.Predictions[0].Label != "giant panda" {
		t.Fatalf("the drawing is taken for %v", a.Predictions)
	}
	started := c.start(vultureRun(p))
	w := c.watch(started.ID, 0, nil)
	r := w.result
	if r.State != Done || r.Result == nil || !r.Result.SuccessFile || r.Result.Top[0].Label != "vulture" || !slices.Contains(w.states, Done) {
		t.Fatalf("state %s, result %+v, problem %+v", r.State, r.Result, r.Problem)
	}
	for i, rec := range w.records {
		if i > 0 && rec.Step != w.records[i-1].Step && rec.Step != w.records[i-1].Step+1 || len(rec.Top) != 5 || rec.Linf > 8./255+1e-6 {
			t.Fatalf("record %d: %+v after %+v", i, rec, w.records[max(i-1, 0)])
		}
	}
	last := w.records[len(w.records)-1]
	if last.Step != r.Steps || !last.File || !last.Met || w.charts == 0 {
		t.Errorf("the last record is %+v of %d steps, with %d charts", last, r.Steps, w.charts)
	}

	m, err := store.Open(store.Embedded, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	input := filepath.Join(dir, p.Name)
	if err := os.WriteFile(input, c.call("GET", "/api/pictures/"+p.ID+"/file", nil, 200, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	q, err := (&hoodwink.Settings{As: "vulture", Eps: "8/255", Step: "0.25/255"}).Request(m)
	if err != nil {
		t.Fatal(err)
	}
	q.Input, q.Output = input, filepath.Join(dir, "out.png")
	if _, err := hoodwink.Fool(context.Background(), q); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(q.Output)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.call("GET", r.Result.PNG, nil, 200, nil); !bytes.Equal(got, want) {
		t.Errorf("the file has %d bytes that differ from the %d of the library's", len(got), len(want))
	}
	if want := "hoodwink draw 'giant panda' --size 96 --seed 7 -o giant-panda.png\nhoodwink fool giant-panda.png -m sketchbook --as vulture --eps 8/255 --step 0.25/255"; r.Command != want {
		t.Errorf("command %q, want %q", r.Command, want)
	}

	for _, path := range []string{"picture.png", "change.png?times=30", "gradient.png"} {
		data := c.call("GET", "/api/runs/"+r.ID+"/steps/3/"+path, nil, 200, nil)
		if img, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || img.Width != 96 {
			t.Errorf("%s: %+v, %v", path, img, err)
		}
	}
	for _, file := range []string{"curves.svg", "path.svg", "montage.png", "report.html"} {
		c.call("GET", "/api/runs/"+r.ID+"/"+file, nil, 200, nil)
	}
	c.call("GET", "/api/runs/"+r.ID+"/steps/9999/picture.png", nil, 404, nil)

	late := c.watch(r.ID, len(w.records)-2, nil)
	if len(late.records) != 2 || late.result == nil {
		t.Errorf("asked for the last two records, got %d", len(late.records))
	}
	c.call("DELETE", "/api/runs/"+r.ID, nil, 204, nil)
	c.call("GET", "/api/runs/"+r.ID, nil, 404, nil)
}

// endless is a run that goes on until it is stopped.
func endless(p *Picture) map[string]any {
	return map[string]any{"picture": p.ID, "as": "menu", "eps": "0.5/255", "steps": 10000, "keep": true}
}

func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 20000 {
		if f() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("did not come: " + what)
}

// TestPauseAndCancel: a paused run stands still and lets another one in; cancelled, it has the
// best picture so far.
func TestPauseAndCancel(t *testing.T) {
	l, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	first := c.start(endless(p))
	r := l.runs.find(first.ID)
	until(t, "some steps", func() bool { return r.snapshot().Steps > 3 })
	second := c.start(vultureRun(c.draw("giant panda", 7)))
	if second.State != Queued || second.Position != 0 {
		t.Errorf("the second run is %s at %d", second.State, second.Position)
	}
	c.call("POST", "/api/runs/"+first.ID+"/pause", nil, 200, nil)
	if w := c.watch(second.ID, 0, nil); w.result.State != Done {
		t.Fatalf("the second run ended as %s", w.result.State)
	}
	steps := r.snapshot().Steps
	time.Sleep(50 * time.Millisecond)
	if now := r.snapshot(); now.Steps > steps+1 || now.State != Paused {
		t.Errorf("paused at step %d, it is %s at %d", steps, now.State, now.Steps)
	}
	c.call("POST", "/api/runs/"+first.ID+"/resume", nil, 200, nil)
	until(t, "further steps", func() bool { return r.snapshot().Steps > steps+3 })
	c.call("POST", "/api/runs/"+first.ID+"/cancel", nil, 200, nil)
	w := c.watch(first.ID, 0, nil)
	if w.result.State != Cancelled || w.result.Result == nil || !w.result.Result.Interrupted {
		t.Errorf("cancelled, it is %s with %+v", w.result.State, w.result.Result)
	}
	for _, e := range l.runs.list() {
		if n := len(e.frames.kept()) * e.frames.size; n > maxFrameBytes {
			t.Errorf("%d bytes of frames are kept", n)
		}
	}
}

// TestAbandoned: a run that nobody watches ends, one that is kept does not.
func TestAbandoned(t *testing.T) {
	l, c := serveLab(t, Options{Grace: 30 * time.Millisecond, Workers: 2})
	p := c.draw("dog", 1)
	q := endless(p)
	kept := c.start(q)
	q["keep"] = false
	left := c.start(q)
	c.watch(left.ID, 0, func(w *watched) bool { return len(w.records) > 3 })
	until(t, "the end of the abandoned run", func() bool { return l.runs.find(left.ID).state() == Cancelled })
	if s := l.runs.find(kept.ID).state(); s != Running {
		t.Errorf("the run to be kept is %s", s)
	}
}

// TestRestart: what was there is there again; what was cut says so, and has the best picture
// so far. No goroutine stays behind.
func TestRestart(t *testing.T) {
	before := runtime.NumGoroutine()
	dir := t.TempDir()
	var done, cut *Run
	var picture []byte
	t.Run("first", func(t *testing.T) {
		l, c := serveLab(t, Options{Dir: dir})
		done = c.watch(c.start(vultureRun(c.draw("giant panda", 7))).ID, 0, nil).result
		picture = c.call("GET", "/api/runs/"+done.ID+"/steps/2/change.png", nil, 200, nil)
		cut = c.start(endless(c.draw("dog", 1)))
		until(t, "some steps", func() bool { return l.runs.find(cut.ID).snapshot().Steps > 3 })
	})
	broken := map[string]string{"new": filepath.Join(dir, "runs", strings.Repeat("ab", 16)), "old": filepath.Join(dir, "runs", strings.Repeat("cd", 16))}
	for age, home := range broken {
		os.MkdirAll(home, 0o700)
		os.WriteFile(filepath.Join(home, "run.json"), []byte("{broken"), 0o600)
		if longAgo := time.Now().Add(-1000 * time.Hour); age == "old" {
			os.Chtimes(home, longAgo, longAgo)
		}
	}
	for _, p := range []*Picture{done.Picture, cut.Picture} { // rewinding takes neither picture nor network
		os.Remove(filepath.Join(dir, "pictures", p.ID))
	}
	t.Run("second", func(t *testing.T) {
		_, c := serveLab(t, Options{Dir: dir})
		var r Run
		c.call("GET", "/api/runs/"+done.ID, nil, 200, &r)
		if r.State != Done || r.Result == nil || len(r.Frames) != len(done.Frames) {
			t.Errorf("the run is %s with %d of %d frames", r.State, len(r.Frames), len(done.Frames))
		}
		if !bytes.Equal(picture, c.call("GET", "/api/runs/"+done.ID+"/steps/2/change.png", nil, 200, nil)) {
			t.Error("a step looks otherwise now")
		}
		if w := c.watch(done.ID, 0, nil); len(w.records) == 0 || w.charts != 1 {
			t.Errorf("there are %d records and %d charts", len(w.records), w.charts)
		}
		c.call("GET", "/api/runs/"+cut.ID, nil, 200, &r)
		for age, home := range broken {
			if _, err := os.Stat(home); (err == nil) != (age == "new") {
				t.Errorf("a folder that cannot be read and is %s: %v", age, err)
			}
		}
		if r.State != Interrupted || r.Result == nil {
			t.Errorf("the run that was cut is %s with result %v", r.State, r.Result)
		}
	})
	until(t, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= before+2 })
}

// TestQueueLimit: a client cannot have too many runs at once.
func TestQueueLimit(t *testing.T) {
	_, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	for range maxPerClient {
		c.start(endless(p))
	}
	var problem Problem
	c.call("POST", "/api/runs", endless(p), 429, &problem)
	if problem.Code != "too_many_runs" {
		t.Errorf("problem %+v", problem)
	}
}

var (
	vulture = settingsFor("vulture")
	menu    = hoodwink.Settings{As: "menu", Eps: "0.5/255", Steps: 10000}
)

func settingsFor(class string) hoodwink.Settings {
	return hoodwink.Settings{As: class, Eps: "8/255"}
}
