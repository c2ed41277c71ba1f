package store

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hoodwink/internal/testnet"
)

func TestPullOfNamesWithoutAddress(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	_, err := Pull(t.Context(), "googelnet", o, nil)
	if err == nil {
		t.Fatal("no error")
	}
	testnet.CheckAdvice(t, err, "did you mean googlenet?", "squeezenet")
	if _, err := Pull(t.Context(), "../etc", o, nil); err == nil {
		t.Error("../etc: no error")
	}
	if entries, _ := os.ReadDir(o.Dir); len(entries) != 0 {
		t.Errorf("%d entries were made", len(entries))
	}
}

// TestPull fetches a model of one file, and fetches nothing where it is; where it cannot, the
// error names the model and says what to do.
func TestPull(t *testing.T) {
	isolated(t)
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		io.WriteString(w, "weights")
	}))
	defer server.Close()
	f := fileOf("w.caffemodel", "weights")
	f.URL = server.URL + "/w.caffemodel"
	useRegistry(t, row{name: "shelf", folder: "shelf_v1", weights: f})
	o := Options{Dir: t.TempDir()}
	for range 2 {
		dir, err := Pull(t.Context(), "shelf", o, nil)
		if err != nil || dir != filepath.Join(o.Dir, "shelf_v1") {
			t.Fatalf("pulled into %q, %v", dir, err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(o.Dir, "shelf_v1", "w.caffemodel")); err != nil || string(got) != "weights" || requests != 1 {
		t.Errorf("%q, %v after %d requests, want the file after 1", got, err, requests)
	}
	file := filepath.Join(o.Dir, "file")
	testnet.Put(t, o.Dir, map[string]string{"file": ""})
	_, err := Pull(t.Context(), "shelf", Options{Dir: file}, nil)
	if err == nil || !strings.Contains(err.Error(), `model "shelf"`) {
		t.Errorf("into a file: %v", err)
	}
	testnet.CheckAdvice(t, err, "--models", Environment)
}
