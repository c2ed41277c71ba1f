package lab

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzJournal: whatever stands in the folder of a run of an earlier server, the lab starts, and
// answers for it without a fault of its own.
func FuzzJournal(f *testing.F) {
	l, n := newNasty(f, 9)
	id := n.ids[1]
	r := l.runs.all[0]
	select {
	case <-r.ended:
	case <-time.After(time.Minute):
		f.Fatal("the run does not end")
	}
	l.working.Wait() // nothing of the lab looks at what is replaced below
	read := func(name string) []byte {
		data, err := os.ReadFile(r.file(name))
		if err != nil {
			f.Fatal(err)
		}
		return data
	}
	f.Add(read(runFile), read(recordsFile), read(chartFile))
	f.Add([]byte(`{"run":{"id":"`+id+`","picture":{},"height":1000000000,"width":1}}`), []byte("{}{"), []byte("[]"))
	f.Fuzz(func(t *testing.T, run, records, chart []byte) {
		dir := t.TempDir()
		folder := filepath.Join(dir, "runs", id)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		for name, data := range map[string][]byte{runFile: run, recordsFile: records, chartFile: chart} {
			if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		l.o.Dir, l.runs.all = dir, nil // as a new lab would be, and much sooner
		l.reload()
		for _, path := range []string{"", "/events", "/steps/0/change.png", "/result.png", "/report.html"} {
			req := httptest.NewRequest(http.MethodGet, "http://localhost/api/runs/"+id+path, nil)
			if status := answer(l, req); status >= 500 {
				t.Errorf("%s: status %d", path, status)
			}
		}
	})
}

// FuzzEvents: where a client says it left the stream of a run.
func FuzzEvents(f *testing.F) {
	l, n := newNasty(f, 10)
	<-l.runs.all[0].ended
	for _, from := range []string{"", "0", "7", "-1", "9223372036854775807", "99999999999999999999", " 1", "1e3", "x\x00"} {
		f.Add(from)
	}
	f.Fuzz(func(t *testing.T, from string) {
		req := httptest.NewRequest(http.MethodGet, "http://localhost/api/runs/"+n.ids[1]+"/events", nil)
		req.Header.Set("Last-Event-ID", from)
		if status := answer(l, req); status >= 500 {
			t.Errorf("from %q: status %d", from, status)
		}
	})
}
