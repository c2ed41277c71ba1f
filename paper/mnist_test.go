package paper

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hoodwink/internal/advice"
	"hoodwink/internal/fetch"
)

func TestFind(t *testing.T) {
	for _, below := range []string{"", "mnist", "datasets/mnist"} {
		data := t.TempDir()
		dir := filepath.Join(data, below)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if got, ok := Find(data); ok {
			t.Errorf("%q: found %s in an empty folder", below, got)
		}
		if err := os.WriteFile(filepath.Join(dir, "train-images-idx3-ubyte.gz"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if got, ok := Find(data); !ok || got != dir {
			t.Errorf("%q: found %q, %v", below, got, ok)
		}
	}
}

// TestPullFromAMirror downloads four small files under MNIST's names into the cache.
func TestPullFromAMirror(t *testing.T) {
	content := func(name string) string { return strings.Repeat(name, 100) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, ok := strings.CutPrefix(r.URL.Path, "/mirror/"); ok {
			io.WriteString(w, content(name))
			return
		}
		http.NotFound(w, r)
	}))
	defer server.Close()
	old := mnist
	defer func() { mnist = old }()
	mnist = slices.Clone(old)
	for i := range mnist {
		f := &mnist[i]
		sum := sha256.Sum256([]byte(content(f.Name)))
		f.URL, f.Mirror = server.URL+"/gone/"+f.Name, server.URL+"/mirror/"+f.Name
		f.Size, f.SHA256 = int64(len(content(f.Name))), hex.EncodeToString(sum[:])
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("LocalAppData", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	var seen []string
	dir, err := Pull(context.Background(), func(p fetch.Progress) {
		if len(seen) == 0 || seen[len(seen)-1] != p.File {
			seen = append(seen, p.File)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range mnist {
		if got, err := os.ReadFile(filepath.Join(dir, f.Name)); err != nil || string(got) != content(f.Name) {
			t.Errorf("%s: %d bytes, %v", f.Name, len(got), err)
		}
	}
	if len(seen) != len(mnist) {
		t.Errorf("progress named %q", seen)
	}
	server.Close()
	if again, err := Pull(context.Background(), nil); err != nil || again != dir {
		t.Errorf("a second time, without a network: %q, %v", again, err)
	}
	if err := os.Remove(filepath.Join(dir, mnist[3].Name)); err != nil {
		t.Fatal(err)
	}
	_, err = Pull(context.Background(), nil)
	if err == nil || !strings.Contains(err.Error(), "MNIST") || !strings.Contains(advice.Of(err), "by hand") {
		t.Errorf("without a network: %v", err)
	}
}

// TestPublishedFiles holds the sums of the files against the digits themselves, which
// are known whatever has packed them.
func TestPublishedFiles(t *testing.T) {
	data := os.Getenv("HOODWINK_DATA")
	if data == "" {
		t.Skip("HOODWINK_DATA is not set: MNIST is not looked at")
	}
	dir, ok := Find(data)
	if !ok {
		t.Skipf("no MNIST in %s", data)
	}
	for i, want := range []string{
		"ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
		"65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
		"0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
		"ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
	} {
		f, err := os.Open(filepath.Join(dir, mnist[i].Name))
		if err != nil {
			t.Skip(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		if _, err := io.Copy(h, z); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != want {
			t.Errorf("%s unpacked has SHA-256 %s, want %s", mnist[i].Name, got, want)
		}
	}
}
