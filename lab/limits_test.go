package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hoodwink/attacks"
	"hoodwink/internal/advice"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// as returns the context of a request by a client.
func as(name string) context.Context {
	return context.WithValue(context.Background(), callerKey{}, caller{name, name})
}

// TestTooLarge: bodies that are too large are turned away, whether they say so or not, and
// what claims to be large once it is unpacked is not unpacked.
func TestTooLarge(t *testing.T) {
	l, c := serveLab(t, Options{Limits: preprocess.Limits{MaxPixels: 100 * 100}})
	zeros := func(n int64) io.Reader { return io.LimitReader(zero{}, n) }
	for _, q := range []struct {
		name, path, kind string
		body             io.Reader
		want             int
		code             string
	}{
		{"a picture that says so", "/api/pictures", "application/octet-stream", bytes.NewReader(make([]byte, maxPictureBytes+1)), 413, "too_large"},
		{"a picture that does not", "/api/pictures", "application/octet-stream", zeros(maxPictureBytes + 1), 413, "too_large"},
		{"one that just fits", "/api/pictures", "application/octet-stream", zeros(maxPictureBytes), 422, "picture_unreadable"},
		{"a network", "/api/models?name=x", "application/octet-stream", zeros(maxModelBytes + 1), 413, "too_large"},
		{"settings", "/api/runs", "application/json", zeros(2 << 20), 413, "too_large"},
		{"a picture of many pixels", "/api/pictures", "application/octet-stream", bytes.NewReader(bomb(t)), 422, "picture_unreadable"},
		{"a picture that claims more than there is", "/api/pictures", "application/octet-stream", bytes.NewReader(claim(t)), 422, "picture_unreadable"},
	} {
		reply, err := c.http.Post(c.url+q.path, q.kind, q.body)
		if err != nil {
			t.Errorf("%s: %v", q.name, err)
			continue
		}
		var problem Problem
		json.NewDecoder(reply.Body).Decode(&problem)
		reply.Body.Close()
		if reply.StatusCode != q.want || problem.Code != q.code {
			t.Errorf("%s: status %d, %+v", q.name, reply.StatusCode, problem)
		}
	}
	if left, _ := os.ReadDir(filepath.Join(l.o.Dir, incomingDir)); len(left) > 0 {
		t.Errorf("%d files are left of what was sent", len(left))
	}
}

type zero struct{}

func (zero) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// bomb is a small file of a picture that has more pixels than the lab of the test allows.
func bomb(t *testing.T) []byte {
	var b bytes.Buffer
	if err := preprocess.EncodePNG(&b, tensor.New(1, 3, 2000, 2000), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// claim is a file whose head names pixels that would take all memory.
func claim(t *testing.T) []byte {
	data := bomb(t)
	copy(data[16:24], "\x7f\xff\xff\xff\x7f\xff\xff\xff")
	return data
}

// TestRunSize: a run may be as long as can be remembered, counted over all restarts.
func TestRunSize(t *testing.T) {
	_, c := serveLab(t, Options{})
	p := c.draw("dog", 1)
	for _, q := range []struct {
		steps, restarts int
		attack          string
		want            int
	}{{10000, 0, "bim", 201}, {10001, 0, "bim", 422}, {1000, 10, "pgd", 201}, {1000, 11, "pgd", 422}, {0, 101, "pgd", 422}, {0, 0, "fgsm", 201}} {
		body := map[string]any{"picture": p.ID, "as": "menu", "eps": "0.5/255", "attack": q.attack, "steps": q.steps, "restarts": q.restarts}
		var problem Problem
		var r Run
		if q.want == 201 {
			c.call("POST", "/api/runs", body, q.want, &r)
			c.call("DELETE", "/api/runs/"+r.ID, nil, 204, nil)
		} else if c.call("POST", "/api/runs", body, q.want, &problem); problem.Setting != "steps" || problem.Code != "setting_wrong" {
			t.Errorf("%+v: %+v", q, problem)
		}
	}
	var problem Problem
	words := map[string]any{"picture": p.ID, "not": strings.Fields(strings.Repeat("dog ", 4000))}
	if c.call("POST", "/api/runs", words, 422, &problem); problem.Setting != "not" {
		t.Errorf("4000 words: %+v", problem)
	}
	for _, set := range [][]string{{"steps=1000000000"}, {"restarts=1000", "steps=100"}} {
		body := map[string]any{"picture": p.ID, "as": "vulture", "attack": "pgd", "set": set}
		if c.call("POST", "/api/runs", body, 422, &problem); problem.Setting != "steps" {
			t.Errorf("%q goes around the limit of steps: %+v", set, problem)
		}
	}
	if err := checkSize(&vulture, attacks.PGD{Steps: 5001}, 2000); err == nil {
		t.Error("5001 steps for 2000 classes are not too many")
	}
	if err := checkSize(&vulture, attacks.PGD{Steps: 5000}, 2000); err != nil {
		t.Error(err)
	}
}

// TestRunQuota: the oldest runs that have ended go first, those that are on stay.
func TestRunQuota(t *testing.T) {
	l, c := serveLab(t, Options{Quotas: Quotas{Runs: 1}, Workers: 2})
	on := c.start(endless(c.draw("dog", 1)))
	p := c.draw("giant panda", 7)
	for range 2 {
		c.watch(c.start(vultureRun(p)).ID, 0, nil)
	}
	until(t, "the end of all but the run that is on", func() bool { all := l.runs.list(); return len(all) == 1 && all[0].about.ID == on.ID })
	until(t, "the end of their folders", func() bool { entries, _ := os.ReadDir(filepath.Join(l.o.Dir, "runs")); return len(entries) == 1 })
	if l.o.Quotas.Pictures != 512<<20 {
		t.Errorf("a quota that was not given is %d", l.o.Quotas.Pictures)
	}
}

// TestMostEnded: no more runs are kept than a lab can well list, the latest ones.
func TestMostEnded(t *testing.T) {
	dir := t.TempDir()
	begin := time.Now().Add(-time.Hour)
	for i := range maxEnded + 3 {
		id := fmt.Sprintf("%032x", i)
		home := filepath.Join(dir, "runs", id)
		if err := os.MkdirAll(home, 0o700); err != nil {
			t.Fatal(err)
		}
		j := journal{Run: Run{ID: id, State: Done, Picture: &Picture{}, Width: 8, Height: 8, Created: begin.Add(time.Duration(i) * time.Second)}}
		if err := writeJSON(filepath.Join(home, runFile), j); err != nil {
			t.Fatal(err)
		}
	}
	l, _ := serveLab(t, Options{Dir: dir})
	if all := l.runs.list(); len(all) != maxEnded || all[0].about.ID != fmt.Sprintf("%032x", 3) {
		t.Errorf("%d runs are kept, the oldest is %s", len(all), all[0].about.ID)
	}
}

// TestPictureQuota: a picture that a run needs and one that was looked at lately stay; when
// there are no others, there is no room.
func TestPictureQuota(t *testing.T) {
	l, c := serveLab(t, Options{Quotas: Quotas{Pictures: 4 * 2 * 4096, Models: 1}})
	black := func(side, want int) (p Picture) {
		c.call("POST", "/api/pictures/black", Blank{side, side}, want, &p)
		return p
	}
	needed := black(64, 201)
	c.watch(c.start(map[string]any{"picture": needed.ID, "as": "vulture", "attack": "fgsm"}).ID, 0, nil)
	old := black(8, 201)
	recent := black(9, 201)
	black(10, 201)
	var problem Problem
	c.call("POST", "/api/pictures/black", Blank{11, 11}, http.StatusInsufficientStorage, &problem)
	if problem.Code != "pictures_full" || problem.Hint == "" {
		t.Errorf("problem %+v", problem)
	}
	black(8, 201) // it is there already
	yesterday := time.Now().Add(-24 * time.Hour)
	for _, p := range []Picture{needed, old} {
		if err := os.Chtimes(l.picturePath(p.ID), yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
	}
	black(11, 201)
	for id, want := range map[string]int{needed.ID: 200, recent.ID: 200, old.ID: 404} {
		c.call("GET", "/api/pictures/"+id, nil, want, nil)
	}
	sum := l.pictureBytes
	if l.countPictures(); sum != l.pictureBytes || sum > l.o.Quotas.Pictures {
		t.Errorf("%d bytes of pictures are counted, there are %d", sum, l.pictureBytes)
	}
	if c.call("POST", "/api/models?name=x", []byte("a network"), http.StatusInsufficientStorage, &problem); problem.Code != "models_full" {
		t.Errorf("problem %+v", problem)
	}
}

// TestFolderInUse: one lab a folder.
func TestFolderInUse(t *testing.T) {
	l, _ := serveLab(t, Options{})
	_, err := New(Options{Dir: l.o.Dir})
	if err == nil || !strings.Contains(err.Error(), "in use") || !strings.Contains(advice.Of(err), "--dir") {
		t.Fatalf("a second lab: %v", err)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := New(Options{Dir: l.o.Dir})
	if err != nil {
		t.Fatal(err)
	}
	again.Close(t.Context())
}
