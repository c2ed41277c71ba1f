package lab

import (
	"fmt"
	"net/http"
	"runtime/debug"
)

// safely calls do outside of a request, where a panic would end the program: it becomes an error
// and is logged.
func (l *Lab) safely(what string, do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			l.log.Error("a panic", "in", what, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			err = refuse(http.StatusInternalServerError, "failed", "something went wrong on the server; its log says more", "")
		}
	}()
	return do()
}

// spawn calls do in a goroutine that Close waits for, unless the lab is closing.
func (l *Lab) spawn(do func()) error {
	l.closing.Lock()
	defer l.closing.Unlock()
	if l.closed {
		return closingProblem()
	}
	l.working.Go(do)
	return nil
}

// isClosing reports whether nothing may begin any more.
func (l *Lab) isClosing() bool {
	l.closing.Lock()
	defer l.closing.Unlock()
	return l.closed
}

func closingProblem() error {
	return refuse(http.StatusServiceUnavailable, "closing", "the lab is being closed", "start it again")
}
