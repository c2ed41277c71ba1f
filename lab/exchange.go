package lab

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	bodyTime   = 30 * time.Second // that the body of a request may take to arrive
	uploadTime = time.Minute      // that of a picture may
	replyTime  = 2 * time.Minute  // that a client may take to fetch an answer
)

// An exchange is a request and its answer, for handlers that read or write themselves.
type exchange struct {
	r     *http.Request
	w     http.ResponseWriter
	cause error // of an answer that says that the server is at fault
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// newExchange puts an exchange into a request's context. From then on a body that does not
// arrive, and an answer that is not fetched, end the connection; a body that is malformed is
// the client's fault.
func newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	c := http.NewResponseController(w)
	c.SetWriteDeadline(time.Time{}) // the connection may have that of an earlier answer
	x := &exchange{w: &reply{ResponseWriter: w}}
	x.r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	if r.Body != nil && r.Body != http.NoBody {
		c.SetReadDeadline(time.Now().Add(bodyTime))
		x.r.Body = body{r.Body} // of the copy: the server looks at its own to know what is left of it
	}
	return x
}

// A body tells apart whose fault it is that it cannot be read.
type body struct{ io.ReadCloser }

func (b body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF && !late(err) {
		err = refuse(http.StatusBadRequest, "bad_request", "the body of the request cannot be read: "+err.Error(), "")
	}
	return n, err
}

// late reports whether a body did not arrive in time.
func late(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// A reply sets the time in which it must be fetched when it begins, which may be long after
// the request.
type reply struct {
	http.ResponseWriter
	begun bool
}

// Unwrap is for http.ResponseController.
func (r *reply) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (r *reply) WriteHeader(status int) {
	r.begin()
	r.ResponseWriter.WriteHeader(status)
}

func (r *reply) Write(b []byte) (int, error) {
	r.begin()
	return r.ResponseWriter.Write(b)
}

func (r *reply) begin() {
	if !r.begun {
		r.begun = true
		http.NewResponseController(r.ResponseWriter).SetWriteDeadline(time.Now().Add(replyTime))
	}
}
