package lab

import (
	"context"
	"net/http"
	"sync"
)

// bounds say how many of something there may be at a time: of one client, from one address, and of
// all. Names are free, so that only the second keeps one machine from taking what is there for all;
// but all users behind one proxy share it.
type bounds struct{ client, address, all int }

// admit reports whether there may be one more.
func (b bounds) admit(client, address, all int) bool {
	return client < b.client && address < b.address && all < b.all
}

// A roll counts what its callers hold at a time, and turns away who would hold too much. What the
// lab does by itself, without a caller, counts for all only.
type roll struct {
	bounds
	mu    sync.Mutex
	names map[string]int
	from  map[string]int
	all   int
}

func newRoll(b bounds) *roll {
	return &roll{bounds: b, names: map[string]int{}, from: map[string]int{}}
}

// take counts n more for a caller, unless that is too many. The returned function gives them back;
// it may be called twice.
func (r *roll) take(who caller, n int) (leave func(), ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.admit(r.names[who.name]+n-1, r.from[who.address]+n-1, r.all+n-1) {
		return nil, false
	}
	r.add(who, n)
	var gone sync.Once
	return func() {
		gone.Do(func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.add(who, -n)
		})
	}, true
}

// add adds to the counts; r.mu is held.
func (r *roll) add(who caller, n int) {
	r.all += n
	count(r.names, who.name, n)
	count(r.from, who.address, n)
}

func count(held map[string]int, key string, n int) {
	if key == "" {
		return
	}
	if held[key] += n; held[key] == 0 {
		delete(held, key)
	}
}

// enter is take for one, by the caller of a request.
func (r *roll) enter(ctx context.Context) (leave func(), err error) {
	leave, ok := r.take(callerOf(ctx), 1)
	if !ok {
		return nil, refuse(http.StatusTooManyRequests, "busy", "the lab is busy", "try again in a moment")
	}
	return leave, nil
}

// held returns how many are held now.
func (r *roll) held() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}
