// Package lab is the web laboratory: it serves, to a browser on the same machine, pages on
// which pictures are classified and made to fool a network while one watches, and the
// same as a JSON API.
//
//	l, err := lab.New(lab.Options{})
//	defer l.Close(ctx)
//	err = http.ListenAndServe("localhost:9990", l.Handler())
//
// Everything a page does goes through the API under /api/, whose description in OpenAPI 3.1
// is served at /api/openapi.json.
package lab

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"hoodwink/model"
	"hoodwink/preprocess"
)

// DefaultPort is where the lab is found, as the article's notebook was.
const DefaultPort = 9990

// Options say what a Lab may use.
type Options struct {
	Dir     string        // folder of pictures, runs and uploaded models; "" means hoodwink/lab in the user's cache
	Model   string        // model to start with; "" means GoogLeNet where it is present, else the embedded one
	Models  model.Options // where models are looked for
	Threads int           // of one run; 0 means all. Results do not depend on it
	Limits  preprocess.Limits
	Version string // of the program, for the record
}

// A Lab holds the state behind the pages. Its methods may be called by several goroutines.
type Lab struct {
	o       Options
	handler http.Handler
}

// New opens the lab's folder, which is made if need be.
func New(o Options) (*Lab, error) {
	if o.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		o.Dir = filepath.Join(cache, "hoodwink", "lab")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	l := &Lab{o: o}
	l.handler = l.routes()
	return l, nil
}

// Handler serves the pages and the API.
func (l *Lab) Handler() http.Handler { return l.handler }

// Close ends what runs, or keeps a record of it, and releases the folder.
func (l *Lab) Close(context.Context) error { return nil }

//go:embed web
var web embed.FS

// routes builds the whole of what is served.
func (l *Lab) routes() http.Handler {
	pages, err := fs.Sub(web, "web")
	if err != nil {
		panic(err) // a constant name
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(pages))
	l.register(humago.New(mux, apiConfig(l.o.Version)))
	return mux
}

func apiConfig(version string) huma.Config {
	c := huma.DefaultConfig("hoodwink lab", version)
	c.OpenAPIPath = "/api/openapi"
	c.DocsPath = "" // it would load from elsewhere
	c.SchemasPath = ""
	c.CreateHooks = nil
	return c
}

// register adds every operation of the API.
func (l *Lab) register(api huma.API) {
	l.registerInfo(api)
}
