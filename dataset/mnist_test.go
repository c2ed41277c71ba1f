package dataset

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hoodwink/internal/advice"
)

// cacheOfItsOwn gives the test a cache folder.
func cacheOfItsOwn(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("LocalAppData", dir)
	t.Setenv("HOME", dir)
}

func TestFindMNIST(t *testing.T) {
	cacheOfItsOwn(t)
	if dir, ok := FindMNIST(""); ok {
		t.Errorf("found %s without a folder", dir)
	}
	for _, below := range []string{"", "mnist", "datasets/mnist"} {
		data := t.TempDir()
		dir := filepath.Join(data, below)
		if got, ok := FindMNIST(data); ok {
			t.Errorf("%q: found %s in an empty folder", below, got)
		}
		put(t, filepath.Join(dir, "train-images-idx3-ubyte"), twoImages)
		put(t, filepath.Join(dir, "train-labels.idx1-ubyte"), twoLabels)
		put(t, filepath.Join(dir, "t10k-images.idx3-ubyte"), twoImages)
		put(t, filepath.Join(dir, "t10k-labels-idx1-ubyte"), twoLabels)
		if got, ok := FindMNIST(data); !ok || got != dir {
			t.Errorf("%q: found %q, %v", below, got, ok)
		}
		if got, err := FetchMNIST(t.Context(), data, nil); err != nil || got != dir {
			t.Errorf("%q: fetched %q, %v, want what is there", below, got, err)
		}
		if p, err := Open("mnist", OpenOptions{Root: data}); err != nil || p.Test.Len() != 2 {
			t.Errorf("%q: not opened: %v", below, err)
		}
	}
}

// serveMNIST has a server and a mirror of four small files under MNIST's names, of which the
// server has none. Handle, if not nil, may answer instead of the mirror.
func serveMNIST(t *testing.T,
	handle func(w http.ResponseWriter, r *http.Request, content []byte) bool) *httptest.Server {
	t.Helper()
	cacheOfItsOwn(t)
	content := map[string][]byte{}
	for name, data := range map[string][]byte{"train-images-idx3-ubyte.gz": twoImages, "train-labels-idx1-ubyte.gz": twoLabels,
		"t10k-images-idx3-ubyte.gz": twoImages, "t10k-labels-idx1-ubyte.gz": twoLabels} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(data)
		z.Close()
		content[name] = b.Bytes()
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, "/mirror/")
		switch {
		case !ok:
			http.NotFound(w, r)
		case handle == nil || !handle(w, r, content[name]):
			http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content[name]))
		}
	}))
	t.Cleanup(server.Close)
	old := mnist
	t.Cleanup(func() { mnist = old })
	mnist = slices.Clone(old)
	for i := range mnist {
		f := &mnist[i]
		sum := sha256.Sum256(content[f.Name])
		f.URL, f.Mirrors = server.URL+"/gone/"+f.Name, []string{server.URL + "/mirror/" + f.Name}
		f.Size, f.SHA256 = int64(len(content[f.Name])), hex.EncodeToString(sum[:])
	}
	return server
}

// TestFetchMNIST downloads the files to the cache, where Open finds them.
func TestFetchMNIST(t *testing.T) {
	server := serveMNIST(t, nil)
	var missing *MissingError
	if _, err := Open("mnist", OpenOptions{}); !errors.As(err, &missing) || missing.Name != "mnist" || !strings.Contains(advice.Of(err), "HOODWINK_DATA") {
		t.Errorf("before: %v, want a MissingError", err)
	}
	var seen []string
	empty := t.TempDir()
	dir, err := FetchMNIST(t.Context(), empty, func(p Progress) {
		if len(seen) == 0 || seen[len(seen)-1] != p.File {
			seen = append(seen, p.File)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 4 {
		t.Errorf("progress named %q", seen)
	}
	if got, ok := FindMNIST(empty); !ok || got != dir {
		t.Errorf("found %q, %v, want %s", got, ok, dir)
	}
	for _, root := range []string{"", empty} {
		if p, err := Open("mnist", OpenOptions{Root: root}); err != nil || p.Train.Len() != 2 || p.Test.Len() != 2 {
			t.Errorf("opened %+v, %v", p, err)
		}
	}
	server.Close()
	if again, err := FetchMNIST(t.Context(), "", nil); err != nil || again != dir {
		t.Errorf("a second time, without a network: %q, %v", again, err)
	}
	// Without the last file there is no test part: that is not MNIST.
	if err := os.Remove(filepath.Join(dir, mnist[3].Name)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open("mnist", OpenOptions{}); !errors.As(err, &missing) {
		t.Errorf("opened without the test labels: %v", err)
	}
	_, err = FetchMNIST(t.Context(), "", nil)
	hint := advice.Of(err)
	if err == nil || !strings.Contains(err.Error(), "MNIST is not here") || !strings.Contains(hint, "by hand") || !strings.Contains(hint, filepath.Join(dir, mnist[3].Name)) {
		t.Errorf("without a network: %v, hint %q", err, hint)
	}
	if _, err := FetchMNIST(t.Context(), filepath.Join(empty, "nosuch"), nil); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Errorf("a root that is not there: %v", err)
	}
}

// TestFetchMNISTResumes: what arrived before the end of ctx is not downloaded again.
func TestFetchMNISTResumes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	part := false
	serveMNIST(t, func(w http.ResponseWriter, r *http.Request, content []byte) bool {
		part = part || r.Header.Get("Range") != ""
		if ctx.Err() != nil {
			return false
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		w.Write(content[:20])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	})
	_, err := FetchMNIST(ctx, "", func(p Progress) {
		if p.Done >= 20 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want context.Canceled", err)
	}
	if dir, ok := FindMNIST(""); ok {
		t.Errorf("found %s after a part", dir)
	}
	if _, err := FetchMNIST(t.Context(), "", nil); err != nil || !part {
		t.Errorf("a second time: %v; asked for the rest: %v", err, part)
	}
}

// TestPublishedFiles holds the sums of the files against the digits themselves, which
// are known whatever has packed them.
func TestPublishedFiles(t *testing.T) {
	data := os.Getenv("HOODWINK_DATA")
	if data == "" {
		t.Skip("HOODWINK_DATA is not set: MNIST is not looked at")
	}
	dir, ok := mnistIn(data)
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
