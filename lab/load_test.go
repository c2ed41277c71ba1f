package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"hoodwink"
	"hoodwink/model"
	"hoodwink/model/store"
)

// A key is what a run's result depends on.
type key struct {
	seed   uint64
	target string
}

// answers are the files that the library itself writes.
type answers struct {
	m   *model.Model
	mu  sync.Mutex
	all map[key][]byte
}

func (a *answers) of(t testing.TB, k key, picture []byte, name string) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if data, ok := a.all[k]; ok {
		return data
	}
	dir := t.TempDir()
	settings := settingsFor(k.target)
	q, err := settings.Request(a.m)
	if err != nil {
		t.Error(err)
		return nil
	}
	q.Input, q.Output = filepath.Join(dir, name), filepath.Join(dir, "out.png")
	if err := os.WriteFile(q.Input, picture, 0o600); err != nil {
		t.Error(err)
	}
	if _, err := hoodwink.Fool(context.Background(), q); err != nil {
		t.Error(err)
	}
	a.all[k], err = os.ReadFile(q.Output)
	if err != nil {
		t.Error(err)
	}
	return a.all[k]
}

// A crowd is the clients of a load test, and what became of them.
type crowd struct {
	right                    answers
	mu                       sync.Mutex
	finished, busy, vanished int
}

func (k *crowd) count(n *int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	*n++
}

// once has one client ask for one attack. It reports whether the lab took it.
func (k *crowd) once(c *client, seed uint64, target string, vanishes bool) bool {
	p := c.draw("giant panda", seed)
	body, _ := json.Marshal(RunRequest{Picture: p.ID, Keep: !vanishes, Settings: settingsFor(target)})
	reply, err := c.http.Post(c.url+"/api/runs", "application/json", bytes.NewReader(body))
	if err != nil {
		c.t.Error(err)
		return false
	}
	defer reply.Body.Close()
	if reply.StatusCode == http.StatusTooManyRequests {
		k.count(&k.busy)
		return false
	}
	var r Run
	if err := json.NewDecoder(reply.Body).Decode(&r); err != nil || reply.StatusCode != http.StatusCreated {
		c.t.Errorf("status %d, %v", reply.StatusCode, err)
		return false
	}
	if vanishes {
		c.watch(r.ID, 0, func(w *watched) bool { return len(w.states) > 0 })
		k.count(&k.vanished)
		return true
	}
	got := c.watch(r.ID, 0, nil).result
	if got.State != Done || got.Result == nil || got.Picture.ID != p.ID || got.Result.TargetLabel != target {
		c.t.Errorf("asked for %s of %s and got %s: %+v, %+v", target, p.ID, got.State, got.Result, got.Problem)
		return true
	}
	file := c.call("GET", "/api/pictures/"+p.ID+"/file", nil, 200, nil)
	if !bytes.Equal(c.call("GET", got.Result.PNG, nil, 200, nil), k.right.of(c.t, key{seed, target}, file, p.Name)) {
		c.t.Errorf("the %s made of picture %d is another file than the library's", target, seed)
	}
	k.count(&k.finished)
	return true
}

// TestLoad has many clients ask for short attacks at once, some of whom vanish. Everyone else
// gets the very bytes of what he asked for, and all is cleared away. HOODWINK_LOAD says for
// how long; every client asks once in any case.
func TestLoad(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("clients", func(t *testing.T) {
		m, err := store.Open(store.Embedded, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		l, c := serveLab(t, Options{Grace: 100 * time.Millisecond, Workers: 2})
		long := 2 * time.Second
		if s := os.Getenv("HOODWINK_LOAD"); s != "" {
			if long, err = time.ParseDuration(s); err != nil {
				t.Fatal(err)
			}
		}
		k := &crowd{right: answers{m: m, all: map[key][]byte{}}}
		const pictures = 3
		clients := 50
		if testing.Short() {
			clients = 5
		}
		targets := []string{"vulture", "ostrich", "menu", "velvet"}
		stop, most := sampleHeap()
		end := time.Now().Add(long)
		var wg sync.WaitGroup
		for i := range clients {
			own := *c
			own.http = &http.Client{Transport: withCookie{c.http.Transport, l, fmt.Sprintf("%032x", i)}}
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), 5))
				for taken := false; !t.Failed() && (!taken || time.Now().Before(end)); {
					taken = k.once(&own, r.Uint64N(pictures), targets[r.IntN(len(targets))], i%5 == 0)
					if !taken {
						time.Sleep(20 * time.Millisecond)
					}
				}
			})
		}
		wg.Wait()
		until(t, "the end of all runs", func() bool {
			for _, r := range l.runs.list() {
				if !r.state().final() {
					return false
				}
			}
			return true
		})
		close(stop)
		heap := <-most
		t.Logf("%d runs finished, %d abandoned, %d turned away, at most %d MB of heap", k.finished, k.vanished, k.busy, heap>>20)
		if !t.Failed() && (k.finished < clients*4/5 || k.vanished < clients/5) {
			t.Errorf("%d runs finished, %d were abandoned", k.finished, k.vanished)
		}
		if heap > 1<<30 {
			t.Errorf("%d MB of heap were in use", heap>>20)
		}
	})
	until(t, "the end of all goroutines", func() bool { return runtime.NumGoroutine() <= before+2 })
}

// sampleHeap looks at the heap now and then until stop is closed, and then says how large it
// has been.
func sampleHeap() (stop chan struct{}, most chan uint64) {
	stop, most = make(chan struct{}), make(chan uint64, 1)
	go func() {
		var max uint64
		for {
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			if now.HeapInuse > max {
				max = now.HeapInuse
			}
			select {
			case <-stop:
				most <- max
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return stop, most
}
