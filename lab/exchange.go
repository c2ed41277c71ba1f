package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	bodyTime   = 30 * time.Second // for the body of a request to arrive
	uploadTime = time.Minute      // for that of a picture
	replyTime  = 2 * time.Minute  // for a client to fetch an answer

	maxBody = 64 << 10 // bytes of a body, if it is not a file: what they become in memory is much more
)

// An exchange is a request and its answer, for handlers that read or write themselves.
type exchange struct {
	r     *http.Request
	w     http.ResponseWriter
	cause error // of an answer that blames the server
	most  int64 // bytes of the body
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// newExchange puts an exchange into a request's context. From then on, the connection ends if a
// body does not arrive or an answer is not fetched in time. A malformed body is the client's fault.
func newExchange(w http.ResponseWriter, r *http.Request, replies *roll) *exchange {
	c := http.NewResponseController(w)
	c.SetWriteDeadline(time.Time{}) // the connection may still have the deadline of an earlier answer
	x := &exchange{w: &reply{ResponseWriter: w, who: callerOf(r.Context()), roll: replies}, most: maxBody}
	x.r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	if r.Body != nil && r.Body != http.NoBody {
		c.SetReadDeadline(time.Now().Add(bodyTime))
		x.r.Body = &body{ReadCloser: r.Body, x: x} // in the copy: the server reads the rest of its own
	}
	return x
}

// A body has an end, and says whose fault an error in reading it is.
type body struct {
	io.ReadCloser
	x    *exchange
	read int64
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.read += int64(n); b.read > b.x.most {
		return 0, refuse(http.StatusRequestEntityTooLarge, "too_large", fmt.Sprintf("the body of the request has more than %d bytes", b.x.most), "")
	}
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

// A reply sets, when it begins, the time by which it must be fetched; that may be long after the
// request. A client holds an answer in memory until it has fetched it; one that holds too much is cut
// off.
type reply struct {
	http.ResponseWriter
	who   caller
	roll  *roll
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
	leave, ok := r.roll.take(r.who, len(b))
	if !ok {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	defer leave()
	return r.ResponseWriter.Write(b)
}

func (r *reply) begin() {
	if !r.begun {
		r.begun = true
		http.NewResponseController(r.ResponseWriter).SetWriteDeadline(time.Now().Add(replyTime))
	}
}
