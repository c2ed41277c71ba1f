package lab

import (
	"mime"

	"github.com/danielgtaylor/huma/v2"
)

// A fileReply is bytes of some type.
type fileReply struct {
	Type        string `header:"Content-Type"`
	Cache       string `header:"Cache-Control"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
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
