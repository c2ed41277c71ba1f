package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/tensor"
)

const (
	maxSteps = 10_000     // of a run, in all restarts: each of them is recorded
	maxProbs = 10_000_000 // of a run: probabilities of all classes at all steps
	maxWords = 10_000     // bytes of the class names that are kept with every run
)

// checkSize refuses a run that is too long to be recorded.
func checkSize(q *hoodwink.Settings, a attack.Attack, classes int) error {
	words := len(q.As)
	for _, w := range q.Not {
		words += 1 + len(w)
	}
	if words > maxWords {
		return settingProblem(&hoodwink.SettingError{Setting: "not", Err: fmt.Errorf("the names of classes have %d bytes, more than %d", words, maxWords), Advice: "name fewer classes, or name them by index"})
	}
	steps, _ := attack.Value(a, "steps") // of an attack that declares none there is one
	restarts, _ := attack.Value(a, "restarts")
	all, most := max(1, steps)*max(1, restarts), min(maxSteps, maxProbs/max(1, classes))
	if all <= float64(most) {
		return nil
	}
	return settingProblem(&hoodwink.SettingError{Setting: "steps", Err: fmt.Errorf("%g steps in all restarts are too many to remember for %d classes, at most %d", all, classes, most),
		Advice: "ask for fewer steps or restarts"})
}

// start begins a run. Its pictures stay out of memory until it is the run's turn.
func (l *Lab) start(ctx context.Context, q RunRequest) (*Run, error) {
	about, err := l.picture(q.Picture)
	if err != nil {
		return nil, err
	}
	o, err := l.modelNamed(ctx, q.Model)
	if err != nil {
		return nil, err
	}
	defer l.shelf.leave(o)
	q.Model = o.name
	fool, err := q.RequestOf(l.o.Attacks, o.m)
	if err != nil {
		return nil, settingProblem(err)
	}
	if err := checkSize(&q.Settings, fool.Attack, o.m.Labels.Len()); err != nil {
		return nil, err
	}
	height, width := about.Height, about.Width
	if fool.AtModel {
		height, width = o.m.Spec.Height, o.m.Spec.Width
	}
	if err := fool.CheckEps([]int{o.m.Spec.Channels(), height, width}); err != nil {
		return nil, settingProblem(err)
	}
	var mask *Picture
	if q.Mask != "" {
		if mask, err = l.checkMask(ctx, q.Mask, fool, height, width); err != nil {
			return nil, err
		}
	}
	threat := attack.Threat{Norm: fool.Norm, Levels: 256}
	if fool.Room, err = attack.Room(fool.Attack, threat, o.m.Labels.Len(), fool.Criterion); err != nil {
		return nil, runProblem(err)
	}
	needs, err := l.weighRun(ctx, about, mask, height, width, o, fool.Room)
	if err != nil {
		return nil, err
	}
	fool.Model = nil // until it is the run's turn
	fool.Input, fool.Threads, fool.Limits, fool.Version = about.Name, l.o.Threads, l.o.Limits, l.o.Version
	// A run lives longer than the request that starts it.
	inner, cancel := context.WithCancel(l.ctx)
	r := &run{l: l, client: callerOf(ctx).name, address: callerOf(ctx).address, m: o.m.Apart(), classes: o.m.Labels.Len(), needs: needs,
		changed: make(chan struct{}), ended: make(chan struct{}),
		cancel: cancel, charts: make(chan *attack.Recorder, 1)}
	classes, toward := attack.Classes(fool.Criterion)
	r.about = Run{ID: randomID(), State: Queued, Request: q, Picture: about, Mask: mask, Created: time.Now().UTC(), Height: height, Width: width,
		Goal: Goal{classes[0], o.m.Labels.Class(classes[0]).Label, toward, o.m.MultiLabel()}, URL: address(&q, about)}
	r.about.Command = l.command(&r.about)
	r.screen = newScreen(height, width, frameSide)
	r.frames = newFrames(r.file(framesFile), 2*r.screen.bytes(), nil)
	fool.Output = r.file("result.png")
	if err = l.enlist(r); err == nil {
		err = l.spawn(func() { r.work(inner, fool) })
	}
	if err != nil {
		cancel()
		r.remove()
		return nil, err
	}
	r.mu.Lock()
	r.abandon()
	r.mu.Unlock()
	l.tidy()
	return r.snapshot(), nil
}

// enlist admits a run and makes its folder, while nobody deletes the pictures that it needs.
func (l *Lab) enlist(r *run) error {
	l.tidying.Lock()
	defer l.tidying.Unlock()
	for _, p := range []*Picture{r.about.Picture, r.about.Mask} {
		if p == nil {
			continue
		}
		if _, err := l.picture(p.ID); err != nil {
			return err
		}
	}
	if err := l.runs.admit(r); err != nil {
		return err
	}
	if err := os.MkdirAll(r.dir(), 0o700); err != nil {
		return err
	}
	return r.save()
}

// checkMask checks whether a mask fits what is attacked; its pixels are read again when it is the
// run's turn.
func (l *Lab) checkMask(
	ctx context.Context, id string, fool hoodwink.FoolRequest, height, width int,
) (*Picture, error) {
	p, err := l.picture(id)
	if err != nil {
		return nil, err
	}
	var release func()
	if fool.Mask, release, err = l.look(ctx, p, pixelBytes, 0); err != nil {
		return nil, err
	}
	defer release()
	if _, err := fool.Changeable(&tensor.Tensor{Shape: []int{1, 3, height, width}}); err != nil {
		return nil, settingProblem(err)
	}
	return p, nil
}

func (r *run) dir() string             { return filepath.Join(r.l.o.Dir, "runs", r.about.ID) }
func (r *run) file(name string) string { return filepath.Join(r.dir(), name) }

// remove deletes the files of a run.
func (r *run) remove() {
	r.l.runs.drop(r)
	r.mu.Lock()
	r.yield() // if it has not begun
	r.mu.Unlock()
	r.frames.end()
	os.RemoveAll(r.dir())
}
