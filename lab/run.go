package lab

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/model"
	"hoodwink/report"
	"hoodwink/tensor"
)

// A RunRequest asks for an attack.
type RunRequest struct {
	Picture string `json:"picture" doc:"id of a picture"`
	Model   string `json:"model,omitempty" maxLength:"200" doc:"name of a model; the default one where there is none"`
	Mask    string `json:"mask,omitempty" doc:"id of a picture of the same size: white where pixels may change, black where they stay"`
	Keep    bool   `json:"keep,omitempty" doc:"go on when nobody looks any more"`
	hoodwink.Settings
}

// A State says where a run stands.
type State string

// The states. All but the first three are final.
const (
	Queued      State = "queued"
	Running     State = "running"
	Paused      State = "paused"
	Done        State = "done"
	Cancelled   State = "cancelled"   // ended early; there is a result if a step was taken
	Failed      State = "failed"      // see problem
	Interrupted State = "interrupted" // the server ended before the run did
)

// A Run is an attack on one picture.
type Run struct {
	ID       string     `json:"id"`
	State    State      `json:"state" enum:"queued,running,paused,done,cancelled,failed,interrupted"`
	Position int        `json:"position" doc:"how many runs are in front of it in the queue"`
	Request  RunRequest `json:"request" doc:"what was asked for, with the model's name filled in"`
	Picture  *Picture   `json:"picture"`
	Mask     *Picture   `json:"mask,omitempty"`
	Goal     Goal       `json:"goal"`
	Created  time.Time  `json:"created"`
	Steps    int        `json:"steps_done"`
	Frames   []int      `json:"frames" doc:"steps whose pictures are kept"`
	Width    int        `json:"width" doc:"of what is attacked, in pixels"`
	Height   int        `json:"height"`
	Result   *Result    `json:"result,omitempty"`
	Problem  *Problem   `json:"problem,omitempty"`
	Command  string     `json:"command" doc:"command lines that do the same: lines that begin with # say where to get a file"`
	URL      string     `json:"url" doc:"address of the workbench with the same settings"`
}

// A Goal is the class that a run aims at.
type Goal struct {
	Class      int    `json:"class"`
	Label      string `json:"label"`
	Toward     bool   `json:"toward" doc:"whether the picture is to become it, or to leave it"`
	MultiLabel bool   `json:"multilabel,omitempty" doc:"each label is on or off by itself, and this one is to be switched"`
}

// A Result describes the result of a run: the record that the command line prints, measured on the
// file after reading it back.
type Result struct {
	report.Fool
	ResultFile
}

// A ResultFile says where the picture is, and what it cost.
type ResultFile struct {
	PNG     string `json:"png" doc:"address of the file"`
	Queries int    `json:"queries" doc:"pictures classified and gradients computed"`
}

// MarshalJSON implements [json.Marshaler]: the record's own method would leave out the rest.
func (r Result) MarshalJSON() ([]byte, error) {
	record, err := json.Marshal(r.Fool)
	if err != nil {
		return nil, err
	}
	file, err := json.Marshal(r.ResultFile)
	if err != nil {
		return nil, err
	}
	return append(append(record[:len(record)-1], ','), file[1:]...), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (r *Result) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &r.Fool); err != nil {
		return err
	}
	return json.Unmarshal(b, &r.ResultFile)
}

// A Record is one classification of a run's picture.
type Record struct {
	Step    int                 `json:"step"`
	Restart int                 `json:"restart"`
	Loss    float64             `json:"loss"`
	Met     bool                `json:"met" doc:"the goal is reached"`
	File    bool                `json:"file" doc:"of pixels rounded to 8 bits"`
	Top     []report.Prediction `json:"top"`
	Prob    float64             `json:"goal_prob"`
	Linf    float64             `json:"linf"`
	L2      float64             `json:"l2"`
	Frame   bool                `json:"frame" doc:"its pictures are kept"`
}

// A Chart is the curves of a run up to a step, as SVG elements for a wide and a narrow page.
type Chart struct {
	Step   int    `json:"step"`
	Wide   string `json:"wide"`
	Narrow string `json:"narrow"`
}

// A run is a Run in progress.
type run struct {
	l       *Lab
	client  string       // name of the caller who began it
	address string       // of that caller, until the lab ends
	m       *model.Model // to look at
	classes int
	needs   int64 // bytes of memory while it computes
	frames  *frames
	screen  *screen
	cancel  context.CancelFunc
	ended   chan struct{} // closed when the run is final and everything is on disk

	mu       sync.Mutex
	about    Run      // without Position and Frames
	turn     int      // in the queue
	slot     *place   // at the gate of runs, waited for or held; nil while the run stands still
	begun    bool     // its pictures have been read
	records  []Record // until the run has ended; then they are in its folder
	chart    *Chart
	stored   bool          // records and chart are only in its folder
	changed  chan struct{} // closed when any of the above or the state has changed
	watchers int
	left     *time.Timer // until a run without watchers is cancelled

	logged int       // number of records in the journal
	wrote  time.Time // time of the last journal

	// Only for the goroutine that computes.
	room   *place                // at the gate of memory; nil while it has none
	base   []uint8               // the original on the screen
	pixels *tensor.Tensor        // the original
	team   *tensor.Team          // for the pictures of a step, until the run has ended
	paged  bool                  // its pages are written
	charts chan *attack.Recorder // capacity 1: the newest replaces an older one
}

// touch wakes everyone who watches; r.mu is held.
func (r *run) touch() {
	close(r.changed)
	r.changed = make(chan struct{})
}

func (s State) final() bool { return s != Queued && s != Running && s != Paused }

// snapshot returns the Run as it is now.
func (r *run) snapshot() *Run {
	r.mu.Lock()
	out := r.about
	r.mu.Unlock()
	out.Frames = r.frames.kept()
	if out.State == Queued {
		out.Position = r.l.runs.before(r)
	}
	return &out
}

// watch counts those who watch; the returned function ends it. A run that nobody has watched for a
// while is cancelled, unless it should be kept.
func (r *run) watch() (leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers++
	if r.left != nil {
		r.left.Stop()
		r.left = nil
	}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.watchers--; r.watchers == 0 {
			r.abandon()
		}
	}
}

// keep lets the run go on when nobody watches.
func (r *run) keep() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.about.Request.Keep = true
	return nil
}

// abandon starts the timer after which a run without watchers is cancelled; r.mu is held.
func (r *run) abandon() {
	if r.about.Request.Keep || r.about.State.final() {
		return
	}
	r.left = time.AfterFunc(r.l.o.Grace, func() {
		r.mu.Lock()
		gone := r.watchers == 0 && !r.about.Request.Keep
		r.mu.Unlock()
		if gone {
			r.cancel()
		}
	})
}

// since returns what has happened after the first n records, at most mostRecords of them: a reader
// holds no more in memory. Late readers do not get pictures that
// have been deleted meanwhile.
func (r *run) since(n int) (records []Record, state State, chart *Chart, changed <-chan struct{}) {
	r.mu.Lock()
	first := min(n, len(r.records))
	records, chart = slices.Clone(r.records[first:min(first+mostRecords, len(r.records))]), r.chart
	state, changed = r.about.State, r.changed
	stored := r.stored
	r.mu.Unlock()
	if stored {
		records, chart = r.readLog(n, mostRecords)
	}
	kept := r.frames.kept()
	for i := range records {
		if records[i].Frame {
			_, records[i].Frame = slices.BinarySearch(kept, records[i].Step)
		}
	}
	return records, state, chart, changed
}
