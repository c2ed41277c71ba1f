package lab

import (
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// A fileReply is bytes of some type.
type fileReply struct {
	Type        string `header:"Content-Type"`
	Cache       string `header:"Cache-Control"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// sendFile answers with a file of the lab's folder, without reading it into memory: readers may be
// slow and many. Of the reply everything but its body is used.
func sendFile(path string, reply fileReply) (*huma.StreamResponse, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer f.Close()
		r, w := humago.Unwrap(ctx)
		for name, value := range map[string]string{
			"Content-Type": reply.Type, "Cache-Control": reply.Cache, "Content-Disposition": reply.Disposition,
		} {
			if value != "" {
				w.Header().Set(name, value)
			}
		}
		http.ServeContent(w, r, "", time.Time{}, f)
	}}, nil
}

// What a browser may keep: an address that contains the hash of the content, or the number of a
// step, always gives the same.
const (
	forever = "private, max-age=31536000, immutable"
	never   = "no-store"
)

// binary describes a reply of bytes.
func binary(types ...string) map[string]*huma.Response {
	content := map[string]*huma.MediaType{}
	for _, t := range types {
		content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	return map[string]*huma.Response{"200": {Description: "the file", Content: content}}
}

// attachment makes a browser save a reply under a name.
func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
