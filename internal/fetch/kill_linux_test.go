package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// pullInProcess is set in the process that TestKilledPull kills: the folder, and the file as JSON.
const pullInProcess = "HOODWINK_TEST_PULL"

func TestMain(m *testing.M) {
	if dir := os.Getenv(pullInProcess); dir != "" {
		var f File
		if json.Unmarshal([]byte(os.Getenv(pullInProcess+"_FILE")), &f) != nil || All(context.Background(), dir, "--models", []File{f}, nil) != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestKilledPull: a download that is killed at any moment, 2 times or HOODWINK_KILLS, leaves the
// file whole or absent, and the next one goes on and leaves nothing beside it.
func TestKilledPull(t *testing.T) {
	l := newLibrary(t, 2_000_000)
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.serve(&pacedWriter{w}, r) }))
	t.Cleanup(slow.Close)
	file := l.file()
	file.URL = slow.URL
	dir := filepath.Join(t.TempDir(), "shelf")
	path := filepath.Join(dir, "w.bin")
	described, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	pull := func() *exec.Cmd {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), pullInProcess+"="+dir, pullInProcess+"_FILE="+string(described))
		return c
	}
	kills, err := strconv.Atoi(os.Getenv("HOODWINK_KILLS"))
	if err != nil {
		kills = 2
	}
	random := rand.New(rand.NewPCG(9, 13))
	killed := 0
	for i := range kills {
		if i%4 != 3 {
			os.Remove(path)
		}
		c := pull()
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Float64() * float64(300*time.Millisecond)))
		c.Process.Kill()
		if c.Wait() != nil {
			killed++
		}
		if b, err := os.ReadFile(path); err == nil && !bytes.Equal(b, l.content) {
			t.Fatalf("after kill %d the file has %d bytes and is wrong", i+1, len(b))
		}
	}
	if out, err := pull().CombinedOutput(); err != nil {
		t.Fatalf("after %d kills: %v\n%s", killed, err, out)
	}
	l.expect(t, path)
	t.Logf("%d kills", killed)
}

// pacedWriter takes some 300 ms for the whole file.
type pacedWriter struct{ http.ResponseWriter }

func (p *pacedWriter) Write(b []byte) (int, error) {
	time.Sleep(5 * time.Millisecond)
	return p.ResponseWriter.Write(b)
}
