// Package lab is the web laboratory. It serves, to a browser on the same machine, pages on which
// pictures are classified and attacked while one watches, and the same as a JSON API.
//
//	l, err := lab.New(lab.Options{})
//	listener, err := net.Listen("tcp", "localhost:9990")
//	err = l.Serve(ctx, listener)
//
// Everything a page does goes through the API under /api/, whose description in OpenAPI 3.1 is
// served at /api/openapi.json.
package lab

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hoodwink/attack"
	"hoodwink/attacks"
	"hoodwink/internal/wording"
	"hoodwink/internal/worker"
	"hoodwink/model/store"
	"hoodwink/preprocess"
)

// DefaultPort is the port of the lab, and was that of the article's notebook.
const DefaultPort = 9990

// Options say what a Lab may use.
type Options struct {
	Dir     string          // folder of pictures, runs and uploaded models; "" means hoodwink/lab in the user's cache
	Model   string          // model to start with; "" means GoogLeNet if it is present, otherwise the embedded one
	Models  store.Options   // where to look for models
	Attacks attack.Registry // what can be asked for; nil means attacks.All
	Threads int             // of one run; 0 means all. Results do not depend on it
	Workers int             // number of runs at a time; 0 means 1
	Memory  int64           // bytes that the process may use; 0 means 1344 MB, or half of what is free if that is less
	Grace   time.Duration   // time after which a run that nobody watches is cancelled; 0 means 15 seconds
	Limits  preprocess.Limits
	Quotas  Quotas
	Version string       // of the program, for the record
	Log     *slog.Logger // nil means none

	Hosts []string // host names of the lab, besides loopback addresses
	Token string   // secret that a client must know, if not ""
}

// A Lab holds the state behind the pages. Its methods may be called by several goroutines.
type Lab struct {
	o       Options
	log     *slog.Logger
	handler http.Handler
	shelf   *shelf
	pool    *worker.Pool
	lock    *os.File // of the folder
	secret  []byte   // of the folder: what names are sealed with

	// Whoever needs memory for a picture takes it first, and then a place at another gate; only runs
	// take their turn first. Nobody else waits at one gate while holding a place of another one.
	memory  *gate // bytes, of the pictures and networks at work
	short   *gate // predictions, gradients, decoding
	compute *gate // runs
	long    *gate // long chapters of the story
	sent    *gate // requests that need a network that was sent

	pictures *roll // bodies that are being received
	networks *roll
	streams  *roll // of events
	replies  *roll // bytes of answers in memory that are being fetched

	runs  runs
	tasks tasks
	told  told

	tidying      sync.Mutex // locked before all others
	pictureBytes int64      // bytes of the pictures on disk

	patience time.Duration   // of Serve, with runs that are to end
	ctx      context.Context // ends with the lab
	stop     context.CancelFunc
	closing  sync.Mutex
	closed   bool           // nothing may begin any more
	working  sync.WaitGroup // goroutines of runs and tasks
}

const (
	openModels = 1 << 30     // bytes of weights and predictors that stay in memory without being used
	keepModels = time.Minute // for which they stay
)

// New opens the lab's folder, which it makes if necessary, and finds earlier runs.
func New(o Options) (*Lab, error) {
	if o.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		o.Dir = filepath.Join(cache, "hoodwink", "lab")
	}
	if o.Workers <= 0 {
		o.Workers = 1
	}
	if o.Grace <= 0 {
		o.Grace = 15 * time.Second
	}
	if o.Attacks == nil {
		o.Attacks = attacks.All
	}
	o.Quotas = o.Quotas.withDefaults()
	var err error
	if o.Memory, err = memoryOf(o.Memory); err != nil {
		return nil, err
	}
	limitMemory(o.Memory)
	lock, err := openFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	requests := bounds{64, 128, 256}
	l := &Lab{o: o, log: o.Log, lock: lock, memory: newGate(jobs(o.Memory), requests), short: newGate(2, requests),
		compute: newGate(int64(o.Workers), bounds{}), long: newGate(1, bounds{8, 16, 32}), sent: newGate(1, bounds{8, 16, 32}),
		pictures: newRoll(bounds{16, 24, 32}), networks: newRoll(bounds{2, 6, 8}), streams: newRoll(bounds{16, 48, 96}),
		replies: newRoll(bounds{64 << 20, 128 << 20, 256 << 20})}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	if l.secret, err = secretOf(o.Dir); err != nil {
		lock.Close()
		return nil, &FolderError{err, folderAdvice}
	}
	l.memory.sweep = collect
	l.patience = closingTime
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.pool = l.newPool()
	l.shelf = &shelf{open: l.opening(l.openModel), limit: openModels, keep: keepModels}
	l.reload()
	l.countPictures()
	l.tidy()
	l.handler = l.routes()
	return l, nil
}

// Handler serves the pages and the API.
func (l *Lab) Handler() http.Handler { return l.handler }

// Close ends all runs, each with the best picture so far, writes everything to disk, and returns
// when that is done or ctx ends; then it has written what the runs have done up to there, and a
// later lab finds them interrupted. Nothing begins any more.
func (l *Lab) Close(ctx context.Context) error {
	l.closing.Lock()
	l.closed = true
	l.closing.Unlock()
	l.stop()
	defer l.pool.Close()
	done := make(chan struct{})
	go func() { l.working.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		for _, r := range l.runs.list() {
			if err := r.journal(); err != nil {
				l.log.Warn("a run could not be written down", "run", r.about.ID, "error", err)
			}
		}
		return ctx.Err()
	}
	if err := l.lock.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}

// during returns a context that also ends with the lab.
func (l *Lab) during(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(l.ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

//go:embed web
var web embed.FS

// routes returns the handler of everything that is served.
func (l *Lab) routes() http.Handler {
	mux := http.NewServeMux()
	api := humago.New(mux, apiConfig(l.o.Version))
	api.UseMiddleware(answersAs)
	l.register(api)
	mux.HandleFunc(elsewhere, func(w http.ResponseWriter, r *http.Request) { writeProblem(w, astray(mux, w, r)) })
	pages := newPages()
	mux.Handle("/api", pages)
	mux.Handle("/", pages)
	return l.guard(mux)
}

func apiConfig(version string) huma.Config {
	c := huma.DefaultConfig("hoodwink lab", cmp.Or(version, "unreleased"))
	c.OpenAPIPath = "/api/openapi"
	c.DocsPath = "" // its page would load from elsewhere
	c.SchemasPath = ""
	c.CreateHooks = nil
	describeProblems(&c)
	shown := huma.DefaultJSONFormat
	shown.Marshal = func(w io.Writer, v any) error {
		var b bytes.Buffer
		err := huma.DefaultJSONFormat.Marshal(&b, v)
		if err == nil {
			_, err = w.Write(wording.JSON(b.Bytes()))
		}
		return err
	}
	c.Formats = map[string]huma.Format{"application/json": shown, "json": shown}
	return c
}

// elsewhere is the pattern of the addresses under /api/ that belong to no operation.
const elsewhere = "/api/"

// astray returns the problem of a request to an operation that does not exist. The address may be
// right and the method wrong; then the header Allow says so.
func astray(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut} {
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != elsewhere {
			allowed = append(allowed, method)
		}
	}
	const hint = "GET /api/openapi.json says what there is"
	if allowed == nil {
		return refuse(http.StatusNotFound, "not_found", "there is nothing at "+quoted(r.URL.Path), hint)
	}
	list := strings.Join(allowed, ", ")
	w.Header().Set("Allow", list)
	return refuse(http.StatusMethodNotAllowed, "wrong_method", "there is no "+quoted(r.Method)+" at "+quoted(r.URL.Path)+", only "+list, hint)
}

// register adds every operation of the API.
func (l *Lab) register(api huma.API) {
	l.registerInfo(api)
	l.registerPictures(api)
	l.registerDrawings(api)
	l.registerPredict(api)
	l.registerRuns(api)
	l.registerModels(api)
	l.registerAttacks(api)
	l.registerStory(api)
	allow(api, l.o.Attacks)
}
