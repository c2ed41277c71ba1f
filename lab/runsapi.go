package lab

import (
	"context"
	"io"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

type runReply struct{ Body *Run }

// mostListed runs are in a list: each may have thousands of frames.
const mostListed = 100

// A RunID names a run in an address.
type RunID struct {
	ID string `path:"id" maxLength:"64"`
}

// run returns the run with an id.
func (l *Lab) run(id string) (*run, error) {
	if r := l.runs.find(id); r != nil {
		return r, nil
	}
	return nil, refuse(http.StatusNotFound, "run_unknown", "there is no run "+quoted(id), "it may have been deleted to make room")
}

func (l *Lab) registerRuns(api huma.API) {
	tags := []string{"runs"}
	huma.Register(api, huma.Operation{
		OperationID: "start-run", Method: http.MethodPost, Path: "/api/runs", DefaultStatus: http.StatusCreated, Tags: tags,
		Summary: "Attack a picture", Description: "A run that nobody watches (events) for 15 seconds is cancelled, unless keep is set.",
	}, func(ctx context.Context, in *struct{ Body RunRequest }) (*runReply, error) {
		r, err := l.start(ctx, in.Body)
		return &runReply{r}, err
	})
	huma.Register(api, huma.Operation{
		OperationID: "list-runs", Method: http.MethodGet, Path: "/api/runs", Tags: tags, Summary: "The latest runs of this client, the newest first",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body []*Run }, error) {
		out := []*Run{}
		for _, r := range slices.Backward(l.runs.list()) {
			if r.client == callerOf(ctx).name && len(out) < mostListed {
				out = append(out, r.snapshot())
			}
		}
		return &struct{ Body []*Run }{out}, nil
	})
	huma.Register(api, huma.Operation{OperationID: "get-run", Method: http.MethodGet, Path: "/api/runs/{id}", Tags: tags, Summary: "One run"},
		func(_ context.Context, in *RunID) (*runReply, error) {
			r, err := l.run(in.ID)
			if err != nil {
				return nil, err
			}
			return &runReply{r.snapshot()}, nil
		})
	for _, c := range []struct {
		verb, summary string
		do            func(r *run) error
	}{
		{"pause", "Have a run stand still", (*run).pause},
		{"resume", "Have a run go on", (*run).resume},
		{"cancel", "End a run early, with the best picture so far", func(r *run) error { r.cancel(); return nil }},
		{"keep", "Have a run go on when nobody looks", (*run).keep},
	} {
		huma.Register(api, huma.Operation{OperationID: c.verb + "-run", Method: http.MethodPost, Path: "/api/runs/{id}/" + c.verb, Tags: tags, Summary: c.summary},
			func(_ context.Context, in *RunID) (*runReply, error) {
				r, err := l.run(in.ID)
				if err != nil {
					return nil, err
				}
				if err := c.do(r); err != nil {
					return nil, err
				}
				return &runReply{r.snapshot()}, nil
			})
	}
	huma.Register(api, huma.Operation{OperationID: "delete-run", Method: http.MethodDelete, Path: "/api/runs/{id}", DefaultStatus: http.StatusNoContent, Tags: tags, Summary: "Delete a run; one that is on is cancelled first"},
		func(ctx context.Context, in *RunID) (*struct{}, error) {
			r, err := l.run(in.ID)
			if err != nil {
				return nil, err
			}
			r.cancel()
			select {
			case <-r.ended:
				r.remove()
				return nil, nil
			case <-ctx.Done():
				return nil, ended(ctx.Err())
			}
		})
	huma.Register(api, huma.Operation{
		OperationID: "watch-run", Method: http.MethodGet, Path: "/api/runs/{id}/events", Tags: tags, Summary: "Watch a run: all that has happened, then what happens",
		Responses: events(api, map[string]any{"state": StateEvent{}, "steps": StepsEvent{}, "curves": Chart{}, "result": Run{}}),
	}, func(ctx context.Context, in *struct {
		RunID
		From int `header:"Last-Event-ID" minimum:"0" doc:"how many records are known already"`
	}) (*huma.StreamResponse, error) {
		r, err := l.run(in.ID)
		if err != nil {
			return nil, err
		}
		leave, err := l.streams.enter(ctx)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			defer leave()
			ctx.SetHeader("Content-Type", eventStream)
			ctx.SetHeader("Cache-Control", never)
			req, w := humago.Unwrap(ctx)
			r.stream(req.Context(), newSender(w), in.From)
		}}, nil
	})
	l.registerFrames(api, tags)
	l.registerResults(api, tags)
}

// registerFrames adds the pictures of single steps.
func (l *Lab) registerFrames(api huma.API, tags []string) {
	type step struct {
		RunID
		Step  int `path:"step" minimum:"0"`
		Times int `query:"times" minimum:"1" maximum:"255" default:"20" doc:"of a change: by how much it is amplified"`
	}
	for _, c := range []struct {
		name, summary string
		colours       func(r *run, record []uint8, times int) ([]uint8, error)
	}{
		{"picture", "The picture at a step", func(_ *run, record []uint8, _ int) ([]uint8, error) { return record[:len(record)/2], nil }},
		{"change", "What is changed at a step, amplified around grey", func(r *run, record []uint8, times int) ([]uint8, error) {
			original, err := os.ReadFile(r.file(originalFile))
			if err == nil && len(original) != len(record)/2 {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return nil, err
			}
			return amplified(record[:len(record)/2], original, times), nil
		}},
		{"gradient", "The gradient that a step followed", func(_ *run, record []uint8, _ int) ([]uint8, error) { return record[len(record)/2:], nil }},
	} {
		huma.Register(api, huma.Operation{
			OperationID: "step-" + c.name, Method: http.MethodGet, Path: "/api/runs/{id}/steps/{step}/" + c.name + ".png", Tags: tags, Summary: c.summary, Responses: binary("image/png"),
		}, func(ctx context.Context, in *step) (*fileReply, error) {
			r, err := l.run(in.ID)
			if err != nil {
				return nil, err
			}
			record, err := r.frames.read(in.Step)
			if err == nil && record == nil {
				return nil, refuse(http.StatusNotFound, "step_unknown", "no picture is kept of step "+strconv.Itoa(in.Step), "frames in the run lists those that are")
			}
			var colours []uint8
			if err == nil {
				colours, err = c.colours(r, record, in.Times)
			}
			if err != nil {
				l.log.Warn("a picture of a run cannot be read", "run", in.ID, "step", in.Step, "error", err)
				return nil, refuse(http.StatusGone, "step_gone", "the picture of step "+strconv.Itoa(in.Step)+" is gone", "the run has been deleted, or its files are damaged")
			}
			h, w := r.screen.size()
			with := fast
			if nearby(exchangeOf(ctx).r) {
				with = plain
			}
			data, err := encodePNG(colours, h, w, with)
			cache := never // a step that was judged twice has two pictures, one after the other
			if r.state().final() {
				cache = forever
			}
			return &fileReply{Type: "image/png", Cache: cache, Body: data}, err
		})
	}
}

// registerResults adds the result files of a run.
func (l *Lab) registerResults(api huma.API, tags []string) {
	for _, c := range []struct{ file, kind, summary string }{
		{"result.png", "image/png", "The picture that was written, read back and judged"},
		{"curves.svg", "image/svg+xml", "The probabilities over the steps"},
		{"path.svg", "image/svg+xml", "The path of top classes"},
		{"montage.png", "image/png", "Before, change and after side by side"},
		{"report.html", "text/html; charset=utf-8", "All of it on one page"},
	} {
		huma.Register(api, huma.Operation{
			OperationID: "run-" + c.file, Method: http.MethodGet, Path: "/api/runs/{id}/" + c.file, Tags: tags, Summary: c.summary, Responses: binary(c.kind),
		}, func(_ context.Context, in *RunID) (*huma.StreamResponse, error) {
			r, err := l.run(in.ID)
			if err != nil {
				return nil, err
			}
			out := fileReply{Type: c.kind, Cache: never}
			if res := r.snapshot().Result; res != nil && c.file == "result.png" {
				out.Disposition = attachment(res.Output)
			}
			sent, err := sendFile(r.file(c.file), out)
			if err != nil {
				return nil, refuse(http.StatusNotFound, "result_missing", "this run has no "+c.file,
					"it is written when the run has ended with a result")
			}
			return sent, nil
		})
	}
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

func typeOf(v any) reflect.Type { return reflect.TypeOf(v) }
