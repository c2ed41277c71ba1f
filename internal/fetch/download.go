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
	"time"
)

// validatorSuffix marks the file beside a part file that holds the ETag or the date of the file
// being downloaded, so that two versions are never joined.
const validatorSuffix = ".version"

// Patience of downloads. Tests shorten them.
var (
	stallTimeout = 60 * time.Second // without a byte arriving
	retryDelay   = time.Second      // before the second attempt, doubled before each further one
)

// maxAttempts bounds the consecutive attempts that bring no byte.
const maxAttempts = 4

// errStalled ends a request whose server sends nothing any more.
var errStalled = errors.New("the server has stopped sending")

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
		if partSize(part) > before {
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

func partSize(part string) int64 {
	info, err := os.Stat(part)
	if err != nil {
		return 0
	}
	return info.Size()
}

// request asks once for the missing bytes of f and appends them to part.
func request(ctx context.Context, f File, part string, progress func(Progress)) error {
	file, err := os.OpenFile(part, os.O_CREATE|os.O_RDWR, 0o644)
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
	watch := time.AfterFunc(stallTimeout, func() { cancel(errStalled) })
	defer watch.Stop()
	resp, err := ask(ctx, f.URL, have, part)
	if err != nil {
		if context.Cause(ctx) == errStalled {
			return fmt.Errorf("%s: %w", f.URL, errStalled)
		}
		return err // of type *url.Error, which names the address
	}
	defer resp.Body.Close()
	if have, err = continues(resp, f, have); err != nil {
		return fmt.Errorf("%s: %w", f.URL, err)
	}
	if have < partSize(part) {
		if err := file.Truncate(have); err != nil {
			return finalError{err}
		}
	}
	if _, err := file.Seek(have, io.SeekStart); err != nil {
		return finalError{err}
	}
	if err := keepValidator(part, resp.Header); err != nil {
		return finalError{err}
	}
	err = receive(file, resp.Body, f, have, func(done int64) {
		watch.Reset(stallTimeout)
		progress(Progress{File: f.Name, Done: done, Total: f.Size})
	})
	if err == nil {
		err = file.Close()
	}
	if context.Cause(ctx) == errStalled {
		err = errStalled
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.URL, err)
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
		if v, err := os.ReadFile(part + validatorSuffix); err == nil && len(v) > 0 {
			req.Header.Set("If-Range", string(v))
		}
	}
	return http.DefaultClient.Do(req)
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
		return have, nil
	}
	err := fmt.Errorf("the server answers %s", resp.Status)
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
// date.
func keepValidator(part string, h http.Header) error {
	v := h.Get("ETag")
	if v == "" || strings.HasPrefix(v, "W/") {
		v = h.Get("Last-Modified")
	}
	if v == "" {
		err := os.Remove(part + validatorSuffix)
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		return err
	}
	return os.WriteFile(part+validatorSuffix, []byte(v), 0o644)
}

// receive appends body to file, which has done bytes, until f is complete.
func receive(file *os.File, body io.Reader, f File, done int64, progress func(done int64)) error {
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
			progress(done)
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
