package lab

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"

	"hoodwink"
)

// stand lets a paused run stand still between two steps. It gives the run's slot and memory back,
// and returns when it has both again. If the run is cancelled meanwhile, only its best picture
// remains to be judged, which is a short job.
func (r *run) stand(ctx context.Context, h *hoodwink.Held, b *borrowed) error {
	if r.state() != Paused || ctx.Err() != nil {
		return nil
	}
	file, err := r.park(h)
	if err != nil {
		r.l.log.Warn("a run cannot be paused: its pixels could not be written", "run", r.about.ID, "error", err)
		r.resume()
		return nil
	}
	defer os.Remove(file.Name())
	defer file.Close()
	b.rest()
	r.room.leave()
	cancelled := r.compute(ctx) != nil
	r.room = r.l.memory.queue(r.needs, true)
	<-r.room.ready
	if cancelled {
		slot := r.l.short.queue(1, false)
		<-slot.ready
		r.mu.Lock()
		r.yield()
		r.slot = slot
		r.mu.Unlock()
	}
	return h.Return(io.NewSectionReader(file, 0, math.MaxInt64))
}

// park writes what a run holds to a file.
func (r *run) park(h *hoodwink.Held) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Join(r.l.o.Dir, incomingDir), "")
	if err != nil {
		return nil, err
	}
	if err := h.Park(f); err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, err
	}
	return f, nil
}

// leave gives everything back that the run has taken.
func (r *run) leave() {
	if r.room != nil {
		r.room.leave()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.yield()
}
