package lab

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/model"
	"hoodwink/report"
	"hoodwink/tensor"
)

const (
	maxSteps     = 10_000 // of a run: every one is remembered
	maxPerClient = 8      // runs that have not ended
	maxAll       = 64
)

// runs are all the runs there are, the oldest first.
type runs struct {
	mu  sync.Mutex
	all []*run
}

func (rs *runs) find(id string) *run {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	i := slices.IndexFunc(rs.all, func(r *run) bool { return r.about.ID == id })
	if i < 0 {
		return nil
	}
	return rs.all[i]
}

// before returns how many runs are in front of one in the queue.
func (rs *runs) before(r *run) (n int) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, other := range rs.all {
		if other == r {
			break
		}
		if other.state() == Queued {
			n++
		}
	}
	return n
}

func (r *run) state() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.about.State
}

// admit adds a run, unless there are too many.
func (rs *runs) admit(r *run) error {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	all, own := 0, 0
	for _, other := range rs.all {
		if other.state().final() {
			continue
		}
		all++
		if other.client == r.client {
			own++
		}
	}
	if all >= maxAll || own >= maxPerClient {
		return refuse(http.StatusTooManyRequests, "too_many_runs", "too many runs have not ended yet", "wait for one, or cancel one")
	}
	rs.all = append(rs.all, r)
	return nil
}

func (rs *runs) drop(r *run) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.all = slices.DeleteFunc(rs.all, func(x *run) bool { return x == r })
}

// start begins a run.
func (l *Lab) start(ctx context.Context, q RunRequest) (*Run, error) {
	if q.Steps > maxSteps {
		return nil, settingProblem(&hoodwink.SettingError{Setting: "steps", Err: errors.New("more than 10000 steps would be too many to remember")})
	}
	pic, about, err := l.pixels(ctx, q.Picture)
	if err != nil {
		return nil, err
	}
	o, err := l.modelNamed(ctx, q.Model)
	if err != nil {
		return nil, err
	}
	q.Model = o.name
	fool, err := q.Request(o.m)
	if err != nil {
		return nil, settingProblem(err)
	}
	fool.Picture, fool.Input = pic, about.Name
	fool.Threads, fool.Limits, fool.Version = l.o.Threads, l.o.Limits, l.o.Version
	x, err := fool.Pixels()
	if err != nil {
		return nil, runProblem(err)
	}
	if q.Mask != "" {
		if fool.Mask, _, err = l.pixels(ctx, q.Mask); err != nil {
			return nil, err
		}
		if _, err := fool.Changeable(x); err != nil {
			return nil, settingProblem(err)
		}
	}
	// A run outlives the request that asks for it.
	inner, cancel := context.WithCancel(l.ctx)
	r := &run{l: l, client: clientOf(ctx), labels: o.m.Labels, changed: make(chan struct{}), ended: make(chan struct{}),
		cancel: cancel, charts: make(chan *attack.Recorder, 1)}
	classes, toward := fool.Criterion.Goal()
	r.about = Run{ID: randomID(), State: Queued, Request: q, Picture: about, Created: time.Now().UTC(), Height: x.Shape[2], Width: x.Shape[3],
		Goal:    Goal{classes[0], o.m.Labels.Class(classes[0]).Label, toward},
		Command: command(&q, about), URL: address(&q, about)}
	if err := os.MkdirAll(r.dir(), 0o700); err != nil {
		cancel()
		return nil, err
	}
	fool.Output = r.file("result.png")
	r.show(x)
	if r.frames, err = openFrames(r.file("frames.bin"), 2*r.screen.bytes(), nil); err == nil {
		if err = l.runs.admit(r); err == nil {
			err = r.save()
		}
	}
	if err != nil {
		cancel()
		r.remove()
		return nil, err
	}
	r.mu.Lock()
	r.abandon()
	r.mu.Unlock()
	l.working.Go(func() { r.work(inner, fool) })
	l.tidy()
	return r.snapshot(), nil
}

// show lays the original on a screen.
func (r *run) show(x *tensor.Tensor) {
	r.screen = newScreen(x.Shape[2], x.Shape[3], frameSide)
	r.base, r.pixels = r.screen.average(x.Data), x.Data
}

// distance measures a step's change.
func (r *run) distance(pixels []float32) (linf, l2 float64) {
	return attack.Linf.Distance(pixels, r.pixels), attack.L2.Distance(pixels, r.pixels)
}

// topOf lists the likeliest classes.
func topOf(labels *model.Labels, logits []float32) []report.Prediction {
	p := make([]float64, len(logits))
	attack.Softmax(p, logits)
	var best []int // the likeliest first
	const most = 5
	for k, v := range p {
		at := len(best)
		for at > 0 && v > p[best[at-1]] {
			at--
		}
		if at < most {
			best = slices.Insert(best, at, k)[:min(len(best)+1, most)]
		}
	}
	out := make([]report.Prediction, len(best))
	for i, k := range best {
		c := labels.Class(k)
		out[i] = report.Prediction{Class: k, Synset: c.Synset, Label: c.Label, Prob: p[k]}
	}
	return out
}

// command is the command line that does what a run does.
func command(q *RunRequest, p *Picture) string {
	args := append([]string{"fool", p.Name, "-m", q.Model}, q.Args()...)
	if q.Mask != "" {
		args = append(args, "--mask", "mask.png")
	}
	return hoodwink.CommandLine(args...)
}

// address is that of the workbench with the settings of a run.
func address(q *RunRequest, p *Picture) string {
	v := url.Values{"picture": {p.ID}, "model": {q.Model}}
	if p.Source != "" {
		v.Set("picture", p.Source)
	}
	if q.Mask != "" {
		v.Set("mask", q.Mask)
	}
	args := q.Args()
	for i := 0; i < len(args); i += 2 {
		v.Add(strings.TrimPrefix(args[i], "--"), args[i+1])
	}
	return "/?" + v.Encode()
}

func (r *run) dir() string             { return filepath.Join(r.l.o.Dir, "runs", r.about.ID) }
func (r *run) file(name string) string { return filepath.Join(r.dir(), name) }

// remove deletes what is kept of a run.
func (r *run) remove() {
	r.l.runs.drop(r)
	if r.frames != nil {
		r.frames.close()
	}
	os.RemoveAll(r.dir())
}

// finish takes in what became of a run, writes what goes with it, and says that it is over.
func (r *run) finish(res *hoodwink.FoolResult, err error) {
	state := Done
	var problem *Problem
	var result *Result
	switch {
	case res == nil && r.l.ctx.Err() != nil:
		state = Interrupted
	case res == nil && err != nil:
		state = Cancelled
		if ended(err) == nil {
			state, problem = Failed, runProblem(err).(*Problem)
		}
	default:
		if res.Interrupted {
			state = Cancelled
			if r.l.ctx.Err() != nil {
				state = Interrupted
			}
		}
		result = &Result{res.Fool, ResultFile{"/api/runs/" + r.about.ID + "/result.png", res.Forwards + res.Backwards}}
		result.Output = hoodwink.Dashed(strings.TrimSuffix(r.about.Picture.Name, filepath.Ext(r.about.Picture.Name))) + "-hoodwinked.png"
		err := res.WritePictures(r.dir())
		if err == nil {
			err = res.WritePage(r.file("report.html"), r.about.Command)
		}
		if err != nil { // the picture itself is there
			r.l.log.Warn("the pages of a run could not be written", "run", r.about.ID, "error", err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.about.State, r.about.Result, r.about.Problem, r.pixels = state, result, problem, nil
	if r.left != nil {
		r.left.Stop()
	}
	r.cancel()
	r.saveLocked()
	r.touch()
}
