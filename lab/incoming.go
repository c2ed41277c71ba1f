package lab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// incomingDir is where the bodies of requests are until it is known what they are.
const incomingDir = "incoming"

// An incoming file is one that a client has sent.
type incoming struct {
	path  string
	sum   string // SHA-256, in hex
	bytes int64
}

// receive writes the body of a request into a file as it arrives: large ones are never in
// memory, and few are on their way at a time. The file is the caller's to remove.
func (l *Lab) receive(ctx context.Context, g *gate, most int64, patience time.Duration) (*incoming, error) {
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the file has more than %d bytes", most), "send a smaller one")
	x := exchangeOf(ctx)
	if x.r.ContentLength > most {
		return nil, tooLarge
	}
	release, err := g.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	c := http.NewResponseController(x.w)
	c.SetReadDeadline(time.Now().Add(patience))
	defer c.SetReadDeadline(time.Time{})
	f, err := os.CreateTemp(filepath.Join(l.o.Dir, incomingDir), "")
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	in := &incoming{path: f.Name()}
	in.bytes, err = io.Copy(io.MultiWriter(f, sum), io.LimitReader(x.r.Body, most+1))
	if e := f.Close(); err == nil {
		err = e
	}
	in.sum = hex.EncodeToString(sum.Sum(nil))
	var bad *Problem
	switch {
	case err == nil && in.bytes <= most:
		return in, nil
	case err == nil:
		err = tooLarge
	case late(err):
		err = refuse(http.StatusRequestTimeout, "too_slow", "the file did not arrive in time", "try again")
	case errors.As(err, &bad):
		err = bad
	}
	os.Remove(f.Name())
	return nil, err
}

// octets describes a body that is received.
func octets() *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
}
