package lab

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// pages serves the embedded files, and nothing else: no folders, no way out of them.
type pages map[string]*page // by address

type page struct {
	kind, tag   string
	plain, gzip []byte
}

// names are the addresses of pages.
var names = map[string]string{"/": "index.html", "/story": "story.html", "/models": "models.html", "/api": "api.html"}

func newPages() pages {
	p := pages{}
	err := fs.WalkDir(web, "web", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := web.ReadFile(file)
		if err != nil {
			return err
		}
		var packed bytes.Buffer
		z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		z.Write(data)
		z.Close()
		sum := sha256.Sum256(data)
		p[strings.TrimPrefix(file, "web")] = &page{mime.TypeByExtension(path.Ext(file)), `"` + hex.EncodeToString(sum[:12]) + `"`, data, packed.Bytes()}
		return nil
	})
	if err != nil {
		panic(err) // they are in the binary
	}
	for address, file := range names {
		if f, ok := p["/"+file]; ok {
			p[address] = f
			delete(p, "/"+file)
		}
	}
	return p
}

// ServeHTTP implements http.Handler.
func (p pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := p[r.URL.Path]
	switch {
	case !ok:
		http.Error(w, "there is no such page", http.StatusNotFound)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "pages can only be read", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", f.tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip
	}
	if r.Method == http.MethodGet {
		w.Write(body)
	}
}
