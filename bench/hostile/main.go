// Command hostile sends a lab what could hurt it, a dozen uploads of each of its kinds, and says what
// became of them: the answers, the largest memory of the lab and of its children, and whether an
// honest client's attacks went on meanwhile and gave the same bytes as without the others. It needs
// Linux, and ends with 1 if something that must hold did not.
//
//	go build ./cmd/hoodwink && go run ./bench/hostile -hoodwink ./hoodwink
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// What must hold, in MiB.
const (
	labLimit   = 1536
	childLimit = 1280
)

func main() {
	program := flag.String("hoodwink", "./hoodwink", "the program")
	each := flag.Int("each", 12, "uploads of each kind")
	clients := flag.Int("clients", 8, "hostile clients at a time")
	only := flag.String("kinds", "", "only these, separated by commas")
	patience := flag.Duration("patience", time.Minute, "time after which a hostile client goes")
	flag.Parse()
	if err := attackLab(*program, *each, *clients, *only, *patience, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

// An upload is one of the files that are sent.
type upload struct {
	kind *kind
	name string // of the network
	body []byte
}

// A tally is what became of the uploads of a kind, and of what was asked of them.
type tally struct {
	sent    map[string]int
	used    map[string]int
	longest time.Duration
}

// uploads makes all files, in an order in which the kinds take turns.
func uploads(each int, only string) (all []upload) {
	for i := range each {
		for k := range kinds {
			if only == "" || slices.Contains(strings.Split(only, ","), kinds[k].name) {
				r := rand.New(rand.NewPCG(uint64(i), uint64(k)))
				name := strings.ReplaceAll(kinds[k].name, " ", "-")
				all = append(all, upload{&kinds[k], fmt.Sprintf("%s-%d", name, i), kinds[k].make(r, int64(i))})
			}
		}
	}
	return all
}

func attackLab(program string, each, clients int, only string, patience time.Duration, arguments []string) error {
	dir, err := os.MkdirTemp("", "hostile")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	watching, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := start(watching, program, dir, arguments)
	if err != nil {
		return err
	}
	h := &honest{client: newClient(s.url, 1)}
	if h.want, err = h.run(watching); err != nil {
		return errors.Join(err, stop(s, cancel))
	}
	all := uploads(each, only)
	tallies := map[string]*tally{}
	for _, k := range kinds {
		tallies[k.name] = &tally{map[string]int{}, map[string]int{}, 0}
	}
	begin := time.Now()
	besieged, lifted := context.WithCancel(watching)
	honestly := make(chan error, 1)
	go func() { honestly <- h.keepOn(besieged) }()
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := make(chan upload)
	for i := range clients {
		c := newClient(s.url, byte(2+i))
		wg.Go(func() {
			for u := range next {
				begin := time.Now()
				sent, used := c.hurt(watching, u, patience)
				mu.Lock()
				t := tallies[u.kind.name]
				t.sent[sent.String()]++
				for _, a := range used {
					t.used[a.String()]++
				}
				t.longest = max(t.longest, time.Since(begin))
				mu.Unlock()
			}
		})
	}
	for i, u := range all {
		next <- u
		if i%20 == 19 {
			fmt.Fprintf(os.Stderr, "%d of %d uploads, %s\n", i+1, len(all), time.Since(begin).Round(time.Second))
		}
	}
	close(next)
	wg.Wait()
	lifted()
	problems := []error{<-honestly}
	took := time.Since(begin)
	if a := h.do(watching, http.MethodGet, "/api/info", "", nil); a.status != http.StatusOK {
		problems = append(problems, fmt.Errorf("the lab is not alive: %v", a))
	}
	if got, err := h.run(watching); err != nil || string(got) != string(h.want) {
		problems = append(problems, fmt.Errorf("after it all, the honest run gave another file: %v", err))
	}
	problems = append(problems, stop(s, cancel))
	problems = append(problems, s.show(tallies, len(all), took, h)...)
	return errors.Join(problems...)
}

// stop ends the lab, and says how long it took.
func stop(s *server, watched context.CancelFunc) error {
	watched()
	<-s.stopped
	s.look()
	took, processor, err := s.end()
	fmt.Printf("the lab ended within %s; it and its children had %s of processor time\n", took.Round(10*time.Millisecond), processor.Round(time.Second))
	return err
}

// hurt sends an upload and, if the lab takes it, asks for all that can be done with it.
func (c *client) hurt(ctx context.Context, u upload, patience time.Duration) (sent answer, used []answer) {
	ctx, cancel := context.WithTimeout(ctx, 4*patience)
	defer cancel()
	one := func(f func(ctx context.Context) answer) answer {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return f(ctx)
	}
	path := "/api/models?name=" + u.name
	if u.kind.picture {
		path = "/api/pictures?name=" + u.name + ".png"
	}
	if u.kind.leaves {
		return c.sendHalf(ctx, path, u.body), nil
	}
	sent = one(func(ctx context.Context) answer { return c.send(ctx, path, u.body) })
	if sent.status != http.StatusCreated {
		return sent, nil
	}
	var picture idOf
	model := "sketchbook"
	if u.kind.picture {
		json.Unmarshal(sent.body, &picture)
	} else {
		model = u.name
		drawn := one(func(ctx context.Context) answer {
			return c.post(ctx, "/api/pictures/draw", map[string]any{"class": "ostrich", "seed": 1, "size": 64})
		})
		json.Unmarshal(drawn.body, &picture)
	}
	for _, ask := range []func(ctx context.Context) answer{
		func(ctx context.Context) answer {
			return c.post(ctx, "/api/predict", map[string]any{"picture": picture.ID, "model": model})
		},
		func(ctx context.Context) answer {
			return c.post(ctx, "/api/gradient", map[string]any{"picture": picture.ID, "model": model, "class": "0"})
		},
		func(ctx context.Context) answer {
			return c.post(ctx, "/api/runs", map[string]any{"picture": picture.ID, "model": model, "not": []string{"0"}, "steps": 3, "keep": true})
		},
		func(ctx context.Context) answer {
			return c.do(ctx, http.MethodGet, "/api/models/"+model+"/classes?q=1", "", nil)
		},
		func(ctx context.Context) answer {
			return c.do(ctx, http.MethodGet, "/api/pictures/"+picture.ID+"/view.png", "", nil)
		},
	} {
		used = append(used, one(ask))
	}
	return sent, used
}

// show prints what became of all, and returns what did not hold.
func (s *server) show(tallies map[string]*tally, n int, took time.Duration, h *honest) (problems []error) {
	fmt.Println("\n| kind | uploads | what was asked of those that were taken | longest |\n|---|---|---|---|")
	for _, k := range kinds {
		t := tallies[k.name]
		fmt.Printf("| %s | %s | %s | %s |\n", k.name, counts(t.sent), counts(t.used), t.longest.Round(100*time.Millisecond))
		for what := range t.sent {
			if strings.HasPrefix(what, "500") {
				problems = append(problems, fmt.Errorf("%s: an upload was answered by %s", k.name, what))
			}
		}
	}
	fmt.Printf("\n%d uploads in %s. Largest memory: the lab %d MiB, a child %d MiB; %d children in all, at most %d at a time.\n",
		n, took.Round(time.Second), s.peak>>10, s.child>>10, len(s.seen), s.at)
	fmt.Printf("The honest client's %d attacks meanwhile gave the same file as alone, the slowest in %s; it was told to wait %d times.\n",
		h.runs, h.longest.Round(100*time.Millisecond), h.busy)
	if s.peak>>10 > labLimit {
		problems = append(problems, fmt.Errorf("the lab took %d MiB, more than %d", s.peak>>10, labLimit))
	}
	if s.child>>10 > childLimit {
		problems = append(problems, fmt.Errorf("a child took %d MiB, more than %d", s.child>>10, childLimit))
	}
	if h.runs == 0 {
		problems = append(problems, errors.New("no attack of the honest client ended meanwhile"))
	}
	return problems
}

// counts lists answers, the most frequent first.
func counts(m map[string]int) string {
	names := slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(m[b]-m[a], cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%d x %s", m[name], name)
	}
	return strings.Join(names, ", ")
}
