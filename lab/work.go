package lab

import (
	"cmp"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/model"
	"hoodwink/report"
	"hoodwink/tensor"
)

// work waits for its turn, attacks, and writes the result to disk.
func (r *run) work(ctx context.Context, q hoodwink.FoolRequest) {
	var res *hoodwink.FoolResult
	err := r.l.safely("a run", func() (err error) {
		res, err = r.attack(ctx, q)
		return err
	})
	r.finish(res, err)
	if res != nil && !r.paged { // a lab that ends has little time: the picture comes first
		r.writePages(res)
	}
	res = nil
	r.leave()
	close(r.ended)
	r.l.tidy()
}

func (r *run) attack(ctx context.Context, q hoodwink.FoolRequest) (*hoodwink.FoolResult, error) {
	if err := r.compute(ctx); err != nil {
		return nil, err
	}
	r.room = r.l.memory.queue(r.needs, true)
	if err := r.room.wait(ctx); err != nil {
		return nil, err
	}
	b, err := r.l.borrowForRun(ctx, r.about.Request.Model, runGrace)
	if err != nil {
		return nil, cmp.Or(ctx.Err(), err)
	}
	defer b.end()
	if b.m.Hash != r.m.Hash {
		return nil, refuse(http.StatusConflict, "model_changed", "the model "+quoted(b.name)+" is another one now", "start the run again")
	}
	q.Model = b.m
	if err := r.begin(&q); err != nil {
		return nil, err
	}
	rec := &attack.Recorder{}
	drawn := make(chan struct{})
	go func() {
		defer close(drawn)
		r.l.safely("the curves of a run", r.draw)
	}()
	defer func() {
		close(r.charts)
		<-drawn
	}()
	q.Curves = rec
	q.Observe = func(s attack.Step) { r.observe(s, rec) }
	q.Whole = true
	q.Between = func(h *hoodwink.Held) error { return r.stand(ctx, h, b) }
	res, err := hoodwink.Fool(ctx, q)
	if res != nil && ctx.Err() == nil {
		r.writePages(res)
	}
	return res, b.fault(err)
}

// writePages writes the pages and pictures that accompany a run's result, which exists without them.
func (r *run) writePages(res *hoodwink.FoolResult) {
	r.paged = true
	err := r.l.safely("the pages of a run", func() error {
		if err := res.WritePictures(r.dir()); err != nil {
			return err
		}
		return res.WritePage(r.file("report.html"), r.about.Command)
	})
	if err != nil {
		r.l.log.Warn("the pages of a run could not be written", "run", r.about.ID, "error", err)
	}
}

// begin reads the pictures of a run when it is its turn: those of waiting runs would fill the
// memory.
func (r *run) begin(q *hoodwink.FoolRequest) error {
	var err error
	if q.Picture, err = r.l.pixels(r.about.Picture); err != nil {
		return err
	}
	if r.about.Mask != nil {
		if q.Mask, err = r.l.pixels(r.about.Mask); err != nil {
			return err
		}
	}
	x, err := q.Pixels()
	if err != nil {
		return err
	}
	if x.Shape[2] != r.about.Height || x.Shape[3] != r.about.Width {
		return refuse(http.StatusConflict, "picture_changed", "the picture of this run has another size now", "send it again")
	}
	r.base, r.pixels, r.team = r.screen.average(x.Data), x, tensor.NewTeam(r.l.o.Threads)
	if err := os.WriteFile(r.file(originalFile), r.base, 0o600); err != nil {
		return err
	}
	if err := r.frames.begin(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = true
	return nil
}

// topClasses is the number of classes that are kept for a step.
const topClasses = 5

// observe keeps what can be seen of a step.
func (r *run) observe(s attack.Step, rec *attack.Recorder) {
	n := len(rec.Points)
	record := Record{Step: s.Step, Restart: s.Restart, Loss: s.Loss, Met: s.Met, File: s.File, Prob: rec.Curve(r.about.Goal.Class)[n-1]}
	record.Top = topOf(r.m, s.Logits, topClasses)
	size := r.screen.bytes()
	colours := make([]uint8, 2*size)
	r.team.For(3, func(_, i int) { // the attack waits for this
		switch i {
		case 0:
			r.screen.changed(colours[:size], s.Pixels, r.pixels.Data, r.base)
		case 1:
			record.Linf, record.L2 = r.distance(s.Pixels)
		case 2:
			r.screen.gradient(colours[size:], s.Grad)
		}
	})
	var thinned bool
	record.Frame, thinned, _ = r.frames.add(s.Step, colours) // a full disk costs the pictures, not the run
	r.mu.Lock()
	r.records = append(r.records, record)
	r.about.Steps = s.Step
	r.touch()
	due := thinned || time.Since(r.wrote) > journalPause
	r.mu.Unlock()
	if due {
		if err := r.journal(); err != nil {
			r.l.log.Warn("a run could not be written down", "run", r.about.ID, "error", err)
		}
	}
	snapshot := rec.Snapshot()
	select {
	case r.charts <- snapshot:
	default:
		select { // drops an older one that waits
		case <-r.charts:
		default:
		}
		r.charts <- snapshot
	}
}

// chartPause is the least time between two charts.
const chartPause = time.Second / 15

// distance measures a step's change.
func (r *run) distance(pixels []float32) (linf, l2 float64) {
	channels := r.pixels.Shape[1]
	return attack.Linf.Distance(pixels, r.pixels.Data, channels), attack.L2.Distance(pixels, r.pixels.Data, channels)
}

// draw draws the newest chart whenever there is one.
func (r *run) draw() error {
	for rec := range r.charts {
		c := hoodwink.Chart(rec, r.about.Goal.Class, r.m.Labels)
		wide, err := report.Inline(c, false)
		if err != nil {
			continue
		}
		narrow, err := report.Inline(c, true)
		if err != nil {
			continue
		}
		r.mu.Lock()
		r.chart = &Chart{Step: rec.Points[len(rec.Points)-1].Step, Wide: string(wide), Narrow: string(narrow)}
		r.touch()
		r.mu.Unlock()
		time.Sleep(chartPause)
	}
	return nil
}

// topOf lists the likeliest classes.
func topOf(m *model.Model, logits []float32, k int) []report.Prediction {
	out := []report.Prediction{}
	for _, p := range m.Top(logits, k) {
		out = append(out, report.Prediction{Class: p.Index, Synset: p.Synset, Label: p.Label, Prob: p.Prob})
	}
	return out
}

// outcome says how a run ended.
func (r *run) outcome(res *hoodwink.FoolResult, err error) (state State, problem *Problem) {
	closing := r.l.ctx.Err() != nil
	switch {
	case res != nil && !res.Interrupted:
		return Done, nil
	case closing && (res != nil || ended(err) != nil):
		return Interrupted, nil
	case res != nil || ended(err) != nil:
		return Cancelled, nil
	}
	return Failed, runProblem(err).(*Problem)
}

// finish takes the result of a run, writes it to disk, and announces the end.
func (r *run) finish(res *hoodwink.FoolResult, err error) {
	state, problem := r.outcome(res, err)
	var result *Result
	if res != nil {
		result = &Result{res.Fool, ResultFile{"/api/runs/" + r.about.ID + "/result.png", res.Forwards + res.Backwards}}
		name := r.about.Picture.Name
		result.Output = hoodwink.Dashed(strings.TrimSuffix(name, filepath.Ext(name))) + "-hoodwinked.png"
	}
	r.base, r.pixels, r.team = nil, nil, nil
	if err := r.frames.end(); err != nil {
		r.l.log.Warn("the pictures of a run could not be written", "run", r.about.ID, "error", err)
	}
	r.cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.about.State, r.about.Result, r.about.Problem = state, result, problem
	if r.left != nil {
		r.left.Stop()
	}
	if err := r.store(); err != nil { // it is there while the lab runs
		r.l.log.Error("a run could not be written down", "run", r.about.ID, "error", err)
	}
	r.touch()
}
