package lab

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hoodwink/internal/advice"
	"hoodwink/model/store"
)

// A Task is work that takes a while and is watched through its events.
type Task struct {
	ID    string `json:"task"`
	Model string `json:"model" doc:"what it is about"`
}

// Progress says how far a task is.
type Progress struct {
	File  string `json:"file"`
	Done  int64  `json:"done" doc:"bytes of a download, or passes over the drawings"`
	Total int64  `json:"total"`
}

// tasks are the recent tasks, the oldest first. At most one at a time is about a model.
type tasks struct {
	mu  sync.Mutex
	all []*task
}

// mostTasks are kept, those that are over and were begun first go first.
const mostTasks = 64

// find returns the task with an id, nil if there is none.
func (ts *tasks) find(id string) *task {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, t := range ts.all {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// add adds a task; ts.mu is held.
func (ts *tasks) add(t *task) {
	ts.all = append(ts.all, t)
	if i := slices.IndexFunc(ts.all, (*task).done); i >= 0 && len(ts.all) > mostTasks {
		ts.all = slices.Delete(ts.all, i, i+1)
	}
}

type task struct {
	Task
	mu      sync.Mutex
	now     Progress
	problem *Problem
	over    bool
	changed chan struct{}
}

func (t *task) update(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
	close(t.changed)
	t.changed = make(chan struct{})
}

func (t *task) done() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.over
}

// begin begins a task, or finds the one about the same thing that is running. work returns an error
// made by refuse.
func (l *Lab) begin(about string, work func(ctx context.Context, report func(Progress)) error) (*Task, error) {
	l.tasks.mu.Lock()
	defer l.tasks.mu.Unlock()
	for _, t := range l.tasks.all {
		if t.Model == about && !t.done() {
			return &t.Task, nil
		}
	}
	t := &task{Task: Task{randomID(), about}, changed: make(chan struct{})}
	err := l.spawn(func() {
		err := l.safely("a task", func() error {
			return work(l.ctx, func(p Progress) { t.update(func() { t.now = p }) })
		})
		t.update(func() {
			if t.over = true; err != nil {
				t.problem = runProblem(err).(*Problem)
			}
		})
	})
	if err != nil {
		return nil, err
	}
	l.tasks.add(t)
	return &t.Task, nil
}

// pull begins to download a known model, or finds the task that does.
func (l *Lab) pull(name string) (*Task, error) {
	known := false
	for _, m := range store.List(l.o.Models) {
		known = known || m.Name == name && m.Kind == "known"
	}
	if !known {
		return nil, refuse(http.StatusNotFound, "model_unknown", "no model to be fetched is called "+quoted(name), "GET /api/models lists them")
	}
	return l.begin(name, func(ctx context.Context, report func(Progress)) error {
		defer l.shelf.forget(name)
		_, err := store.Pull(ctx, name, l.o.Models, func(p store.Progress) { report(Progress{p.File, p.Done, p.Total}) })
		if err != nil {
			return refuse(http.StatusBadGateway, "pull_failed", "the model "+quoted(name)+" could not be fetched: "+err.Error(), advice.Of(err))
		}
		return nil
	})
}

func (l *Lab) registerPull(api huma.API, tags []string) {
	huma.Register(api, huma.Operation{OperationID: "pull-model", Method: http.MethodPost, Path: "/api/models/{name}/pull", DefaultStatus: http.StatusAccepted, Tags: tags, Summary: "Fetch a known model"},
		func(_ context.Context, in *struct {
			Name string `path:"name" maxLength:"200"`
		}) (*struct{ Body *Task }, error) {
			t, err := l.pull(in.Name)
			return &struct{ Body *Task }{t}, err
		})
	huma.Register(api, huma.Operation{OperationID: "watch-task", Method: http.MethodGet, Path: "/api/tasks/{id}/events", Tags: tags, Summary: "Watch a task",
		Responses: events(api, map[string]any{"progress": Progress{}, "done": Task{}, "failed": Problem{}})},
		func(ctx context.Context, in *struct {
			ID string `path:"id" maxLength:"64"`
		}) (*huma.StreamResponse, error) {
			t := l.tasks.find(in.ID)
			if t == nil {
				return nil, refuse(http.StatusNotFound, "task_unknown", "there is no task "+quoted(in.ID), "")
			}
			leave, err := l.streams.enter(ctx)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(ctx huma.Context) {
				ctx.SetHeader("Content-Type", eventStream)
				ctx.SetHeader("Cache-Control", never)
				req, w := humago.Unwrap(ctx)
				defer leave()
				t.stream(req.Context(), newSender(w))
			}}, nil
		})
}

// stream sends the progress of a task until it is over or the reader has gone.
func (t *task) stream(ctx context.Context, s *sender) {
	for s.err == nil {
		t.mu.Lock()
		now, over, problem, changed := t.now, t.over, t.problem, t.changed
		t.mu.Unlock()
		switch {
		case over && problem != nil:
			s.send("failed", "", problem)
			return
		case over:
			s.send("done", "", t.Task)
			return
		}
		s.send("progress", "", now)
		select {
		case <-ctx.Done():
			return
		case <-changed:
			time.Sleep(sendPause)
		}
	}
}
