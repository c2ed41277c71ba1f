package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Settings of a stream of events.
const (
	mostRecords = 500              // in one event
	sendPause   = time.Second / 25 // between two events
	heartbeat   = 15 * time.Second // comments keep proxies from closing a quiet stream
	sendTime    = 10 * time.Second // for a reader to take one event
	eventStream = "text/event-stream"
)

// A StateEvent says where a run stands.
type StateEvent struct {
	State    State `json:"state"`
	Position int   `json:"position"`
}

// A StepsEvent has what happened since the last one.
type StepsEvent struct {
	Records []Record `json:"records"`
}

// stream sends the events of a run until it is final or the reader has gone. A slow reader gets
// more at a time, later; the run waits for nobody.
func (r *run) stream(ctx context.Context, s *sender, from int) {
	defer r.watch()()
	sent, state, drawn := from, State(""), (*Chart)(nil)
	quiet := time.NewTicker(heartbeat)
	defer quiet.Stop()
	for {
		records, now, chart, changed := r.since(sent)
		if now != state {
			state = now
			position := 0
			if now == Queued {
				position = r.l.runs.before(r)
			}
			s.send("state", "", StateEvent{now, position})
		}
		if len(records) > 0 {
			sent += len(records)
			s.send("steps", strconv.Itoa(sent), StepsEvent{records})
		}
		if len(records) == mostRecords && s.err == nil {
			continue // there may be more
		}
		if chart != drawn {
			drawn = chart
			s.send("curves", "", chart)
		}
		if now.final() {
			s.send("result", "", r.snapshot())
			return
		}
		if s.err != nil {
			return
		}
		select {
		case <-changed:
			time.Sleep(sendPause)
		case <-quiet.C:
			s.comment()
		case <-ctx.Done():
			if r.l.ctx.Err() == nil {
				return // the reader has gone
			}
			select { // the lab ends, and the run with it
			case <-r.ended:
			case <-time.After(r.l.patience):
				return
			}
		}
	}
}

// A sender writes server-sent events.
type sender struct {
	w   http.ResponseWriter
	c   *http.ResponseController
	err error
}

func newSender(w http.ResponseWriter) *sender {
	w.WriteHeader(http.StatusOK)
	return &sender{w: w, c: http.NewResponseController(w)}
}

func (s *sender) send(event, id string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		s.err = err
		return
	}
	var b bytes.Buffer
	if id != "" {
		fmt.Fprintf(&b, "id: %s\n", id)
	}
	fmt.Fprintf(&b, "event: %s\ndata: %s\n\n", event, data)
	s.write(b.Bytes())
}

func (s *sender) comment() { s.write([]byte(": still here\n\n")) }

func (s *sender) write(b []byte) {
	if s.err != nil {
		return
	}
	s.c.SetWriteDeadline(time.Now().Add(sendTime))
	if _, s.err = s.w.Write(b); s.err == nil {
		s.err = s.c.Flush()
	}
}

// events describes a stream, whose events are named.
func events(api huma.API, kinds map[string]any) map[string]*huma.Response {
	registry := api.OpenAPI().Components.Schemas
	var one []*huma.Schema
	for _, name := range sortedKeys(kinds) {
		one = append(one, &huma.Schema{
			Type: huma.TypeObject, Title: name, Required: []string{"event", "data"},
			Properties: map[string]*huma.Schema{
				"event": {Type: huma.TypeString, Enum: []any{name}},
				"data":  registry.Schema(typeOf(kinds[name]), true, name),
				"id":    {Type: huma.TypeString},
			},
		})
	}
	return map[string]*huma.Response{"200": {
		Description: "server-sent events",
		Content:     map[string]*huma.MediaType{eventStream: {Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{OneOf: one}}}},
	}}
}
