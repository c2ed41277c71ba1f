package lab

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"hoodwink"
	"hoodwink/article"
	"hoodwink/dataset"
	"hoodwink/model/store"
	"hoodwink/report"
	"hoodwink/train"
)

// A Story is the article as a tour: its chapters, in order.
type Story struct {
	Published string         `json:"published" doc:"the model that the published figures were measured with"`
	Present   bool           `json:"present" doc:"whether it is installed"`
	Chapters  []StoryChapter `json:"chapters"`
}

// A StoryFigure is a figure that was published.
type StoryFigure struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Text string `json:"text"`
}

// A StoryChapter is one experiment of the story.
type StoryChapter struct {
	ID      string        `json:"id"`
	Number  int           `json:"number"`
	Figures []StoryFigure `json:"figures" doc:"what was published of it"`
	Model   string        `json:"model" doc:"the model that would be used; none for experiments that make their own"`
	Own     bool          `json:"own" doc:"whether a picture of one's own can be used"`
	Ready   bool          `json:"ready" doc:"whether it can be done at once: the linear templates are learnt first"`
	Live    []StoryLive   `json:"live,omitempty" doc:"runs that show it live"`
	LiveOwn *StoryLive    `json:"live_own,omitempty" doc:"the run that does with a picture of one's own"`
	Example *StoryExample `json:"example,omitempty" doc:"of logistic regression"`
	Paper   []report.Row  `json:"paper,omitempty" doc:"figures of the paper beside those that hoodwink reproduce paper measured"`
	Shell   string        `json:"shell" doc:"command lines that do the same"`
	Code    string        `json:"code" doc:"lines of Go that do the same"`
}

// A StoryExample is ten numbers and their weights, whose weighted sum is a score.
type StoryExample struct {
	Numbers []float32 `json:"numbers"`
	Weights []float32 `json:"weights"`
}

// A StoryLive is an attack that shows a chapter live.
type StoryLive struct {
	Model    string             `json:"model"`
	Draw     Drawing            `json:"draw,omitzero" doc:"the drawing to attack where no picture was chosen"`
	Settings *hoodwink.Settings `json:"settings"`
}

// A StoryRequest asks for an experiment.
type StoryRequest struct {
	Picture string `json:"picture,omitempty" doc:"id of a picture that plays the parts of the article's photos; a drawing does where there is none"`
	Model   string `json:"model,omitempty" maxLength:"200" doc:"name of a model that knows ImageNet or the sketchbook; see the chapter where there is none"`
	Seed    uint64 `json:"seed,omitempty" doc:"of the drawings"`
}

// A StoryResult is what came of an experiment.
type StoryResult struct {
	Chapter string         `json:"chapter"`
	Task    string         `json:"task,omitempty" doc:"what has to be waited for; nothing else is there yet"`
	Model   string         `json:"model"`
	Hash    string         `json:"hash" doc:"SHA-256 of the model"`
	Exact   bool           `json:"exact" doc:"it is the model of the published figures"`
	Rows    []report.Row   `json:"rows" doc:"published and measured figures"`
	Figures []StoryDrawing `json:"figures"`
	Seconds float64        `json:"seconds" doc:"how long it took"`
	Shell   string         `json:"shell"`
	Code    string         `json:"code"`
	URL     string         `json:"url,omitempty" doc:"address of the workbench with the same settings"`
}

// told holds results of experiments, to be used again for the same model and picture.
type told struct {
	mu    sync.Mutex
	order []string // the latest used is last
	all   map[string]*StoryResult
}

// mostTold is the number of results to keep, each up to about half a megabyte.
const mostTold = 48

func (c *told) get(key string) *StoryResult {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.all[key]; r != nil {
		c.use(key)
		return r
	}
	return nil
}

func (c *told) put(key string, r *StoryResult) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]*StoryResult{}
	}
	c.all[key] = r
	if c.use(key); len(c.order) > mostTold {
		delete(c.all, c.order[0])
		c.order = c.order[1:]
	}
}

func (c *told) use(key string) {
	c.order = append(slices.DeleteFunc(c.order, func(k string) bool { return k == key }), key)
}

// story lists the chapters.
func (l *Lab) story() *Story {
	s := &Story{Published: published, Present: l.hasPublished()}
	for i := range chapters {
		c := &chapters[i]
		m := l.modelFor(c, false)
		out := StoryChapter{ID: c.id, Number: i + 1, Figures: c.figures(), Model: m, Own: c.own(), Ready: true,
			Shell: c.fill(c.shell, m, "", "0"), Code: c.fill(c.code, m, "", "0")}
		models := []string{m}
		if c.id == "hardened" {
			models, out.Paper = c.networks(), paperRows
		}
		if c.id == "logistic" {
			w, x := train.Example()
			out.Example = &StoryExample{x, w.Weights.Image(1)}
		}
		if c.id == "templates" {
			out.Ready = l.templates() != nil
		}
		if c.live.As != "" {
			for _, m := range models {
				out.Live = append(out.Live, StoryLive{m, Drawing{Class: c.photo, Size: storySide}, c.settings(m)})
			}
			if c.own() {
				m := l.modelFor(c, true)
				out.LiveOwn = &StoryLive{Model: m, Settings: c.settings(m)}
			}
		}
		s.Chapters = append(s.Chapters, out)
	}
	return s
}

// tell does the experiments of a chapter, or returns their results from before.
func (l *Lab) tell(ctx context.Context, id string, q *StoryRequest) (*StoryResult, error) {
	i := slices.IndexFunc(chapters, func(c chapter) bool { return c.id == id })
	if i < 0 {
		return nil, refuse(http.StatusNotFound, "chapter_unknown", "the story has no chapter "+quoted(id), "GET /api/story lists them")
	}
	ctx, cancel := l.during(ctx)
	defer cancel()
	c := &chapters[i]
	if !c.own() {
		q.Picture = ""
	}
	name := q.Model
	if n := c.networks(); name == "" || n != nil {
		name = l.modelFor(c, q.Picture != "")
	}
	var o *borrowed
	hash := ""
	if name != "" {
		var err error
		if o, err = l.borrow(ctx, name); err != nil {
			return nil, err
		}
		defer o.end()
		hash = o.m.Hash
	}
	key := c.id + " " + hash + " " + q.Picture + " " + strconv.FormatUint(q.Seed, 10)
	if r := l.told.get(key); r != nil {
		return r, nil
	}
	if c.id == "templates" && l.templates() == nil {
		t, err := l.learnTemplates()
		if err != nil {
			return nil, err
		}
		return &StoryResult{Chapter: c.id, Task: t.ID, Rows: []report.Row{}, Figures: []StoryDrawing{}}, nil
	}
	var about *Picture
	if q.Picture != "" {
		var err error
		if about, err = l.picture(q.Picture); err != nil {
			return nil, err
		}
	}
	g := l.short
	if c.long {
		g = l.long
	}
	need := int64(storyBytes)
	if about != nil {
		b, err := l.weigh(ctx, l.picturePath(about.ID), about.Name)
		if err != nil {
			return nil, err
		}
		need = b.with(0, storyBytes)
	}
	leave, err := l.room(ctx, need)
	if err != nil {
		return nil, err
	}
	defer leave()
	release, err := g.enter(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer release()
	var own *article.Own
	if about != nil {
		pic, err := l.pixels(about)
		if err != nil {
			return nil, err
		}
		own = &article.Own{Name: about.Name, Pixels: pic.Pixels}
	}
	start := time.Now()
	r := &StoryResult{Chapter: c.id, Model: name, Hash: hash, Exact: name == published, Rows: []report.Row{}, Figures: []StoryDrawing{}}
	for _, id := range c.experiments {
		e, err := l.experiment(ctx, id, o, own, q.Seed)
		if err != nil && o != nil {
			err = o.fault(err)
		}
		if err != nil {
			return nil, runProblem(err)
		}
		r.Rows = append(r.Rows, e.Rows...)
		for _, f := range e.Figures {
			d, err := storyDrawing(f)
			if err != nil {
				return nil, err
			}
			r.Figures = append(r.Figures, *d)
		}
	}
	r.Seconds = time.Since(start).Seconds()
	seed, file := strconv.FormatUint(q.Seed, 10), ""
	if about != nil {
		file = about.Name
	} else if c.photo != "" {
		about = &Picture{Source: dataset.DrawingName(c.photo, q.Seed, storySide)}
	} else {
		about = &Picture{Source: "black:224x224"}
	}
	r.Shell, r.Code = c.fill(c.shell, name, file, seed), c.fill(c.code, name, file, seed)
	if name != "" {
		r.URL = l.bench(c, name, about)
	}
	l.told.put(key, r)
	return r, nil
}

// experiment does one experiment of package article.
func (l *Lab) experiment(
	ctx context.Context, id string, o *borrowed, own *article.Own, seed uint64,
) (*report.Experiment, error) {
	switch id {
	case "logistic":
		return article.Logistic(ctx)
	case "templates":
		w := l.templates()
		if w == nil {
			return nil, refuse(http.StatusConflict, "not_ready", "the linear classifier is gone", "ask again: it will be learnt")
		}
		return article.Templates(ctx, w)
	case "hardened":
		hard, err := l.modelNamed(ctx, store.Embedded+"-hardened")
		if err != nil {
			return nil, err
		}
		defer l.shelf.leave(hard)
		return article.Hardened(ctx, o.m, hard.m, seed, l.o.Threads)
	}
	nb, err := article.NewNotebook(o.m, "", l.o.Threads)
	if err != nil {
		return nil, err
	}
	nb.Own, nb.Seed, nb.Other = own, seed, o.name != published
	return nb.Experiment(ctx, id)
}

// bench returns the address of the workbench with a chapter's picture, network and attack.
func (l *Lab) bench(c *chapter, name string, p *Picture) string {
	q := &RunRequest{Model: name}
	switch s := c.settings(name); {
	case s != nil:
		q.Settings = *s
	case c.id == "step":
		q.Settings = hoodwink.Settings{As: "paper towel", Attack: "fgsm", Loss: "prob", Eps: "1/255", At: "model"}
	case c.id == "steps":
		q.Settings = hoodwink.Settings{As: "paper towel", Loss: "prob", Steps: 10, Step: "0.1/255", Eps: "1/255", At: "model"}
	case c.photo != "" && c.id != "predict":
		q.Settings = hoodwink.Settings{Not: []string{c.photo}, Attack: "fgsm", Loss: "prob", Eps: "1/255"}
	}
	return address(q, p)
}

func (l *Lab) registerStory(api huma.API) {
	tags := []string{"story"}
	huma.Register(api, huma.Operation{OperationID: "story", Method: http.MethodGet, Path: "/api/story", Tags: tags, Summary: "The article's experiments, with what was published"},
		func(context.Context, *struct{}) (*struct{ Body *Story }, error) {
			return &struct{ Body *Story }{l.story()}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "tell-story", Method: http.MethodPost, Path: "/api/story/{chapter}", Tags: tags, Summary: "Do an experiment of the article",
		Description: "The answer has published and measured figures. Linear templates are learnt at first use: the answer then has a task to watch, after which the request is to be made again."},
		func(ctx context.Context, in *struct {
			Chapter string `path:"chapter" maxLength:"40"`
			Body    StoryRequest
		}) (*struct{ Body *StoryResult }, error) {
			r, err := l.tell(ctx, in.Chapter, &in.Body)
			return &struct{ Body *StoryResult }{r}, err
		})
}
