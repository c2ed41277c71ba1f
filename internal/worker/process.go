package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A process is a child as its parent sees it.
type process struct {
	wire
	cmd    *exec.Cmd
	pipes  [2]*os.File   // the parent's ends
	said   *head         // on standard error
	ended  chan struct{} // closed when the process is gone
	memory int64
	log    func(said string)

	mu    sync.Mutex
	cause error // for which it was killed

	network string      // what it has opened; "" if it must not be used again
	timer   *time.Timer // ends it when it has been idle for long
}

// passed are the variables of the environment that a child gets: where names of classes may be, and
// which kernels are meant. No token is among them.
var passed = []string{"HOODWINK_MODELS", "HOODWINK_CPU", "HOME", "XDG_CACHE_HOME", "LocalAppData", "SystemRoot"}

// start starts a child and waits until it has confined itself.
func start(ctx context.Context, o *Options) (*process, error) {
	if !ready.Load() {
		return nil, errNotReady
	}
	path, err := itself()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: exec.Command(path), said: &head{}, ended: make(chan struct{}), memory: o.Memory, log: o.Log}
	p.cmd.Args = []string{"hoodwink worker"}
	p.cmd.Env = []string{variable + "=" + strconv.FormatInt(o.Memory, 10)}
	for _, name := range passed {
		if v, ok := os.LookupEnv(name); ok {
			p.cmd.Env = append(p.cmd.Env, name+"="+v)
		}
	}
	theirs, err := p.connect()
	if err != nil {
		return nil, err
	}
	p.cmd.Stderr, p.cmd.WaitDelay = p.said, time.Second
	err = p.cmd.Start()
	for _, f := range theirs {
		f.Close()
	}
	if err != nil {
		p.disconnect()
		return nil, err
	}
	go func() {
		p.cmd.Wait()
		close(p.ended)
	}()
	greeting, err := p.call(ctx, o.Start, 64, func() error { return nil }, hello)
	if err == nil && string(greeting) != version {
		err = &EndedError{"it is of another version than the lab, whose file was replaced: start the lab again"}
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// connect makes the pipes, and returns the child's ends.
func (p *process) connect() (theirs [2]*os.File, err error) {
	if theirs[0], p.pipes[0], err = os.Pipe(); err != nil {
		return theirs, err
	}
	if p.pipes[1], theirs[1], err = os.Pipe(); err != nil {
		theirs[0].Close()
		p.pipes[0].Close()
		return theirs, err
	}
	p.cmd.Stdin, p.cmd.Stdout = theirs[0], theirs[1]
	p.wire = wire{w: p.pipes[0], r: p.pipes[1]}
	return theirs, nil
}

func (p *process) disconnect() {
	for _, f := range p.pipes {
		f.Close()
	}
}

// kill ends the process. The first cause counts.
func (p *process) kill(cause error) {
	p.mu.Lock()
	if p.cause == nil {
		p.cause = cause
	}
	p.mu.Unlock()
	p.cmd.Process.Kill()
}

// close ends the process and waits until it is gone.
func (p *process) close() {
	p.kill(context.Canceled)
	<-p.ended
	p.disconnect()
}

// gone reports whether the process has ended, or is about to.
func (p *process) gone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.ended:
		return true
	default:
		return p.cause != nil
	}
}

// call sends a request and returns the body of its answer, of at most most bytes, which the next
// call overwrites. An error that is no Failure means the end of the process, which comes at the
// latest when ctx ends or the time is over.
func (p *process) call(
	ctx context.Context, limit time.Duration, most int, send func() error, want kind,
) ([]byte, error) {
	defer context.AfterFunc(ctx, func() { p.kill(ctx.Err()) })()
	tooLong := func() { p.kill(&EndedError{fmt.Sprintf("it took longer than %v", limit)}) }
	defer time.AfterFunc(limit, tooLong).Stop()
	begun := time.Now()
	err := send()
	var k kind
	var body []byte
	if err == nil {
		k, body, err = p.receive(most)
	}
	switch {
	case err == nil && time.Since(begun) > limit: // an answer that overtakes the timer on a busy machine
		tooLong()
	case err == nil && k == want:
		return body, nil
	case err == nil && k == failure:
		said := &Failure{}
		if json.Unmarshal(body, said) == nil && len(said.Text) <= maxSaid && len(said.Advice) <= maxSaid {
			return nil, said
		}
		err = errGarbled
	case err == nil:
		err = errGarbled
	}
	if errors.Is(err, errGarbled) {
		return nil, p.garbled(err)
	}
	return nil, p.why()
}

// garbled ends a process that does not answer as a child does, and returns what is to be said.
func (p *process) garbled(err error) error {
	p.log(err.Error())
	p.kill(&EndedError{"what it answered was not understood"})
	return p.why()
}

// maxSaid bounds the words of a Failure.
const maxSaid = 64 << 10

// ask is call for JSON in both directions.
func (p *process) ask(ctx context.Context, limit time.Duration, k kind, request, reply any) error {
	body, err := p.call(ctx, limit, maxText, func() error { return p.sendJSON(k, request) }, answer)
	if err == nil {
		if err = json.Unmarshal(body, reply); err != nil {
			return p.garbled(err)
		}
	}
	return err
}

// why waits for the end of the process and says what led to it.
func (p *process) why() error {
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second): // it has closed its output and goes on
		p.kill(&EndedError{"it answers no more"})
		<-p.ended
	}
	said := p.said.String()
	if said != "" {
		p.log(said)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cause == nil {
		p.cause = &EndedError{p.last(said)}
	}
	return p.cause
}

// last says in words why the process ended by itself: what it said first led to the rest.
func (p *process) last(said string) string {
	first := func(words ...string) int {
		at := len(said)
		for _, w := range words {
			if i := strings.Index(said, w); i >= 0 {
				at = min(at, i)
			}
		}
		return at
	}
	memory := first(noMemory, "out of memory", "cannot allocate memory", "failed to allocate", "create new OS thread", "pthread_create failed")
	stack := first("stack overflow", "stack exceeds")
	switch {
	case said == "":
		return "something killed it, perhaps for want of memory"
	case memory < stack:
		return fmt.Sprintf("it took more memory than %d MB", p.memory>>20)
	case stack < memory:
		return fmt.Sprintf("it took more stack than %d MB", maxStack>>20)
	}
	return "it crashed"
}

// A head keeps the beginning of what is written to it.
type head struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (h *head) Write(b []byte) (int, error) {
	const most = 8 << 10
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text = append(h.text, b[:min(len(b), most-len(h.text))]...)
	return len(b), nil
}

func (h *head) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return string(h.text)
}
