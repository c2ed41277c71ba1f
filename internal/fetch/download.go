package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"hoodwink/internal/files"
)

// validatorSuffix marks the file beside a part file that holds the ETag or the date of the file
// being downloaded, so that two versions are never joined.
const validatorSuffix = ".version"

// maxValidator bounds what the server chooses the content of: it is kept beside the part.
const maxValidator = 200

// Patience of downloads. Tests shorten them.
var (
	patience   = 60 * time.Second // between two looks at what has arrived
	leastSpeed = 1024             // bytes a second
	retryDelay = time.Second      // before the second attempt, doubled before each further one
)

const (
	maxAttempts   = 4        // consecutive attempts that bring next to nothing
	leastProgress = 16 << 10 // bytes that an attempt must bring to be more than nothing
)

var (
	errStalled = errors.New("the server has stopped sending")
	errSlow    = errors.New("the server sends too slowly")
)

// A finalError is one that another attempt would meet too.
type finalError struct{ error }

func (e finalError) Unwrap() error { return e.error }

// download continues the file part until it is f, including its checksum. After an error the part
// stays for the next time, unless its content was wrong.
func download(ctx context.Context, f File, part string, progress func(Progress)) error {
	delay, flowing := retryDelay, false
	for attempt, mended := 1, false; ; attempt++ {
		before := partSize(part)
		err := request(ctx, f, part, progress)
		if err == nil {
			c, errCheck := CheckFile(part, f)
			if errCheck != nil {
				return errCheck
			}
			if c.Same {
				return nil
			}
			os.Remove(part)
			os.Remove(part + validatorSuffix)
			err = fmt.Errorf("%s: the downloaded file is wrong: SHA-256 %s, want %s", f.URL, c.SHA256, f.SHA256)
			if before == 0 || mended {
				return err
			}
			// The beginning is from an earlier attempt, and may have been damaged since then.
			mended, attempt = true, 0
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var final finalError
		if errors.As(err, &final) || !flowing && unreachable(err) {
			return err
		}
		if partSize(part) >= before+leastProgress {
			attempt, delay, flowing = 0, retryDelay, true
		}
		if attempt >= maxAttempts {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(delay):
		}
		delay *= 2
	}
}

// unreachable reports whether no connection could be made: without a network, waiting does not
// help.
func unreachable(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op != "read" && op.Op != "write"
}

// partSize returns the size of the file part; what is not a file of ours has none.
func partSize(part string) int64 {
	info, err := os.Lstat(part)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}

// request asks once for the missing bytes of f and appends them to part.
func request(ctx context.Context, f File, part string, progress func(Progress)) error {
	file, err := files.ReplaceOwn(part, 0o644)
	if err != nil {
		return finalError{err}
	}
	defer file.Close()
	have, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return finalError{err}
	}
	if have > f.Size {
		have = 0
	}
	progress(Progress{File: f.Name, Done: have, Total: f.Size})
	if have == f.Size {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var arrived atomic.Int64
	go watch(ctx, patience, int64(float64(leastSpeed)*patience.Seconds()), &arrived, cancel)
	err = exchange(ctx, f, part, file, have, func(n, done int64) {
		arrived.Add(n)
		progress(Progress{File: f.Name, Done: done, Total: f.Size})
	})
	switch cause := context.Cause(ctx); {
	case err == nil:
		return nil
	case errors.Is(cause, errStalled):
		return fmt.Errorf("%s: %w", f.URL, errStalled)
	case errors.Is(cause, errSlow):
		return finalError{fmt.Errorf("%s: %w: less than %d bytes a second", f.URL, errSlow, leastSpeed)}
	}
	return err
}

// watch ends a request that in a span of time brings less than the least number of bytes.
func watch(
	ctx context.Context, span time.Duration, least int64, arrived *atomic.Int64, end context.CancelCauseFunc,
) {
	tick := time.NewTicker(span)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch n := arrived.Swap(0); {
		case n == 0:
			end(errStalled)
		case n < least:
			end(errSlow)
		}
	}
}

// exchange asks for the bytes from have on and writes them to file. Progress is called with the
// number of bytes that came and of those that are there.
func exchange(
	ctx context.Context, f File, part string, file *os.File, have int64, progress func(n, done int64),
) error {
	resp, err := ask(ctx, f.URL, have, part)
	if err != nil {
		return err // of type *url.Error, which names the address
	}
	defer resp.Body.Close()
	fail := func(err error) error { return fmt.Errorf("%s: %w", f.URL, err) }
	if have, err = continues(resp, f, have); err != nil {
		return fail(err)
	}
	if err := file.Truncate(have); err != nil {
		return finalError{err}
	}
	if _, err := file.Seek(have, io.SeekStart); err != nil {
		return finalError{err}
	}
	if err := keepValidator(part, resp.Header); err != nil {
		return finalError{err}
	}
	if err := receive(file, resp.Body, f, have, progress); err != nil {
		return fail(err)
	}
	if err := file.Close(); err != nil {
		return finalError{err}
	}
	return nil
}

// ask sends the request for the bytes from have on.
func ask(ctx context.Context, url string, have int64, part string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, finalError{err}
	}
	req.Header.Set("User-Agent", "hoodwink")
	req.Header.Set("Accept-Encoding", "identity") // a compressed answer could not be resumed
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
		if v, err := files.ReadOwn(part+validatorSuffix, maxValidator); err == nil && isValidator(string(v)) {
			req.Header.Set("If-Range", string(v))
		}
	}
	return Client.Do(req)
}

// continues returns the offset at which the response's body starts: have if the
// server resumes, 0 if it starts over.
func continues(resp *http.Response, f File, have int64) (int64, error) {
	switch resp.StatusCode {
	case http.StatusOK:
		if n := resp.ContentLength; n >= 0 && n != f.Size {
			return 0, finalError{fmt.Errorf("the server has a file of %d bytes, want %d", n, f.Size)}
		}
		return 0, nil
	case http.StatusPartialContent:
		from, total, ok := contentRange(resp.Header.Get("Content-Range"))
		if !ok || from != have {
			return 0, finalError{fmt.Errorf("asked for the bytes from %d on, the server answers with Content-Range %q", have, resp.Header.Get("Content-Range"))}
		}
		if total >= 0 && total != f.Size {
			return 0, finalError{fmt.Errorf("the server has a file of %d bytes, want %d", total, f.Size)}
		}
		if n := resp.ContentLength; n > f.Size-have {
			return 0, finalError{fmt.Errorf("asked for the last %d bytes, the server announces %d", f.Size-have, n)}
		}
		return have, nil
	}
	err := fmt.Errorf("the server answers %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)) // not in its words
	if resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusRequestTimeout {
		return 0, err
	}
	return 0, finalError{err}
}

// contentRange parses "bytes 5-9/10"; total is -1 for "bytes 5-9/*".
func contentRange(s string) (from, total int64, ok bool) {
	s, ok = strings.CutPrefix(s, "bytes ")
	span, size, ok2 := strings.Cut(s, "/")
	first, _, ok3 := strings.Cut(span, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	total = -1
	if size != "*" {
		var err2 error
		total, err2 = strconv.ParseInt(size, 10, 64)
		err = errors.Join(err, err2)
	}
	return from, total, ok && ok2 && ok3 && err == nil
}

// keepValidator stores what lets a later request name the same content: a strong ETag or else the
// date. One that is longer than any server's has reason to be is not kept.
func keepValidator(part string, h http.Header) error {
	v := h.Get("ETag")
	if strings.HasPrefix(v, "W/") || !isValidator(v) {
		v = h.Get("Last-Modified")
	}
	if !isValidator(v) {
		err := os.Remove(part + validatorSuffix)
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		return err
	}
	f, err := files.ReplaceOwn(part+validatorSuffix, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteString(v)
	return err
}

// isValidator reports whether v can be sent back to a server.
func isValidator(v string) bool {
	odd := func(r rune) bool { return r < ' ' || r > '~' }
	return v != "" && len(v) <= maxValidator && strings.IndexFunc(v, odd) < 0
}

// receive appends body to file, which has done bytes, until f is complete.
func receive(file *os.File, body io.Reader, f File, done int64, progress func(n, done int64)) error {
	buf := make([]byte, 128<<10)
	for {
		n, err := body.Read(buf)
		if done+int64(n) > f.Size {
			return finalError{fmt.Errorf("the server sends more than the %d bytes the file should have", f.Size)}
		}
		if n > 0 {
			if _, werr := file.Write(buf[:n]); werr != nil {
				return finalError{werr}
			}
			done += int64(n)
			progress(int64(n), done)
		}
		if err == io.EOF && done < f.Size {
			err = io.ErrUnexpectedEOF
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the download broke off after %d of %d bytes: %w", done, f.Size, err)
		}
	}
}
