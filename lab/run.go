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
)

// A RunRequest asks for an attack.
type RunRequest struct {
	Picture string `json:"picture" doc:"id of a picture"`
	Model   string `json:"model,omitempty" maxLength:"200" doc:"name of a model; the default one where there is none"`
	Mask    string `json:"mask,omitempty" doc:"id of a picture of the same size: white where pixels may change, black where they stay"`
	Keep    bool   `json:"keep,omitempty" doc:"go on when nobody looks any more"`
	hoodwink.Settings
}

// A State is where a run stands.
type State string

// The states. All but the first three are final.
const (
	Queued      State = "queued"
	Running     State = "running"
	Paused      State = "paused"
	Done        State = "done"
	Cancelled   State = "cancelled"   // ended early; there is a result all the same if a step was taken
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
	Goal     Goal       `json:"goal"`
	Created  time.Time  `json:"created"`
	Steps    int        `json:"steps_done"`
	Frames   []int      `json:"frames" doc:"steps whose pictures are kept"`
	Width    int        `json:"width" doc:"of what is attacked, in pixels"`
	Height   int        `json:"height"`
	Result   *Result    `json:"result,omitempty"`
	Problem  *Problem   `json:"problem,omitempty"`
	Command  string     `json:"command" doc:"the command line that does the same"`
	URL      string     `json:"url" doc:"address of the workbench with the same settings"`
}

// A Goal is the class that a run is about.
type Goal struct {
	Class  int    `json:"class"`
	Label  string `json:"label"`
	Toward bool   `json:"toward" doc:"whether the picture is to become it, or to leave it"`
}

// A Result is what became of a run: the record that the command line prints, measured on
// the file read back.
type Result struct {
	report.Fool
	ResultFile
}

// A ResultFile is where the picture is, and what it cost.
type ResultFile struct {
	PNG     string `json:"png" doc:"address of the file"`
	Queries int    `json:"queries" doc:"pictures classified and gradients computed"`
}

// MarshalJSON implements [json.Marshaler]: the record's own would leave the rest out.
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

// A run is a Run on its way.
type run struct {
	l      *Lab
	client string
	labels *model.Labels

	mu       sync.Mutex
	about    Run // without Position and Frames
	records  []Record
	chart    *Chart
	changed  chan struct{} // closed when any of the above or the state has changed
	frames   *frames
	screen   *screen
	base     []uint8   // the original on the screen
	pixels   []float32 // the original, while the run is on
	watchers int
	left     *time.Timer // until a run without watchers ends
	resumed  chan struct{}
	cancel   context.CancelFunc
	ended    chan struct{} // closed when the run is final

	charts chan *attack.Recorder // of one place: the newest wins
}

// touch wakes whoever watches; r.mu is held.
func (r *run) touch() {
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *run) set(s State) {
	r.mu.Lock()
	r.about.State = s
	r.touch()
	r.mu.Unlock()
}

func (s State) final() bool { return s != Queued && s != Running && s != Paused }

// snapshot returns the Run as it is now.
func (r *run) snapshot() *Run {
	r.mu.Lock()
	out := r.about
	f := r.frames
	r.mu.Unlock()
	out.Frames = []int{}
	if f != nil {
		out.Frames = f.kept()
	}
	if out.State == Queued {
		out.Position = r.l.runs.before(r)
	}
	return &out
}

// work waits for a place and attacks.
func (r *run) work(ctx context.Context, q hoodwink.FoolRequest) {
	defer close(r.ended)
	release, err := r.l.compute.enter(ctx)
	if ctx.Err() != nil { // while it was waiting
		err = ctx.Err()
	}
	if err != nil {
		if release != nil {
			release()
		}
		r.finish(nil, err)
		return
	}
	defer func() { release() }()
	r.set(Running)
	rec := &attack.Recorder{}
	drawn := make(chan struct{})
	go func() { defer close(drawn); r.draw() }()
	q.Curves = rec
	q.Observe = func(s attack.Step) {
		r.observe(s, rec)
		if r.paused(ctx) {
			release()
			r.wait(ctx)
			if again, err := r.l.compute.enter(ctx); err == nil {
				release = again
			}
		}
	}
	res, err := hoodwink.Fool(ctx, q)
	close(r.charts)
	<-drawn
	r.finish(res, err)
}

// observe keeps what there is to see of a step.
func (r *run) observe(s attack.Step, rec *attack.Recorder) {
	n := len(rec.Points)
	record := Record{Step: s.Step, Restart: s.Restart, Loss: s.Loss, Met: s.Met, File: s.File, Prob: rec.Curve(r.about.Goal.Class)[n-1]}
	record.Top = topOf(r.labels, s.Logits)
	record.Linf, record.L2 = r.distance(s.Pixels)
	size := r.screen.bytes()
	colours := make([]uint8, 2*size)
	r.screen.changed(colours[:size], s.Pixels, r.pixels, r.base)
	r.screen.gradient(colours[size:], s.Grad)
	record.Frame, _ = r.frames.add(s.Step, colours) // a full disk costs the pictures, not the run
	r.mu.Lock()
	r.records = append(r.records, record)
	r.about.Steps = s.Step
	r.touch()
	r.mu.Unlock()
	snapshot := rec.Snapshot()
	select {
	case r.charts <- snapshot:
	default:
		select { // the one that waits is old
		case <-r.charts:
		default:
		}
		r.charts <- snapshot
	}
}

// chartPause is the least time between two charts.
const chartPause = time.Second / 15

// draw draws the newest chart whenever there is one.
func (r *run) draw() {
	for rec := range r.charts {
		c := hoodwink.Chart(rec, r.about.Goal.Class, r.labels)
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
}

// paused reports whether the run is to stand still.
func (r *run) paused(ctx context.Context) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.about.State == Paused && ctx.Err() == nil
}

// wait stands still until the run is resumed.
func (r *run) wait(ctx context.Context) {
	r.mu.Lock()
	resumed := r.resumed
	r.mu.Unlock()
	select {
	case <-resumed:
	case <-ctx.Done():
	}
}

// pause has a run stand still at its next step, resume has it go on.
func (r *run) pause() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.about.State == Running {
		r.about.State, r.resumed = Paused, make(chan struct{})
		r.touch()
	}
}

func (r *run) resume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.about.State == Paused && r.resumed != nil {
		r.about.State = Running
		close(r.resumed)
		r.resumed = nil
		r.touch()
	}
}

// watch counts who looks on; the returned function ends it. A run that nobody has watched
// for a while is cancelled, unless it is to be kept.
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

// abandon starts the time after which a run without watchers ends; r.mu is held.
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

// since returns what has happened behind the first n records.
func (r *run) since(n int) (records []Record, state State, chart *Chart, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records[min(n, len(r.records)):]), r.about.State, r.chart, r.changed
}
