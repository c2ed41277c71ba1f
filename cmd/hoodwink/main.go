// Command hoodwink makes image classifiers see things: it classifies pictures,
// follows the gradient back to their pixels, and writes pictures that fool.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"hoodwink/internal/advice"
	"hoodwink/internal/wording"
	"hoodwink/lab"
)

// Exit codes; README lists them.
const (
	exitOK          = 0
	exitFailure     = 1 // a file, model or device could not be used
	exitUsage       = 2 // the command line is wrong
	exitNotFooled   = 3 // the attack ended without success
	exitMismatch    = 4 // a figure that must match does not, or a model or this machine failed its check
	exitInterrupted = 130
)

// A codedError carries its own exit code and hint.
type codedError struct {
	err  error
	code int
	hint string
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

// Hint returns the error's own hint, else that of its cause.
func (e *codedError) Hint() string { return advice.Or(e.hint, e.err) }

func usageError(hint, format string, args ...any) error {
	return &codedError{err: fmt.Errorf(format, args...), code: exitUsage, hint: hint}
}

// quietError ends the program with an exit code after everything has been said.
type quietError int

func (e quietError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	lab.Child()
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the program apart from its process: testscript calls it too.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, hangUp := withHangUp(ctx)
	defer hangUp()
	go func() {
		<-ctx.Done()
		stop() // a second Ctrl-C ends the program at once
	}()
	out := &checkedWriter{w: wording.NewWriter(stdout)}
	a := &app{ctx: ctx, stdin: stdin, stdout: out, stderr: wording.NewWriter(stderr), terminal: stderr, screen: isTerminal(stdout)}
	cmd := a.command()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	if out.err != nil && (err == nil || errors.As(err, new(quietError))) {
		err = fmt.Errorf("standard output: %w", out.err)
	}
	a.json = a.json || asksForJSON(args)
	return a.report(err)
}

// withHangUp returns a context that also ends when the terminal goes away, unless the process was
// started to outlive it, as by nohup. Further signals of this kind are ignored: terminals and shells
// each send one, and what is being ended must not be cut short. Systems without SIGHUP never send
// it.
func withHangUp(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	if signal.Ignored(syscall.SIGHUP) {
		return ctx, cancel
	}
	gone := make(chan os.Signal, 1)
	signal.Notify(gone, syscall.SIGHUP)
	go func() {
		select {
		case <-gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(gone); cancel() }
}

// asksForJSON reports whether --json is among the arguments: after a wrong flag, the others are not
// parsed.
func asksForJSON(args []string) bool {
	for _, arg := range args {
		if arg == "--" {
			return false
		}
		name, value, given := strings.Cut(arg, "=")
		if on, err := strconv.ParseBool(value); name == "--json" && (!given || err == nil && on) {
			return true
		}
	}
	return false
}

// A checkedWriter remembers its first error, so that output that could not be printed does not
// count as printed.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// failure is the form of an error under --json: on one line of standard error, so that standard
// output has only results.
type failure struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

// report prints an error with its hint and returns the exit code.
func (a *app) report(err error) int {
	if err == nil {
		return exitOK
	}
	var quiet quietError
	if errors.As(err, &quiet) {
		return int(quiet)
	}
	a.complain(failure{err.Error(), advice.Of(err)})
	var coded *codedError
	switch {
	case errors.As(err, &coded):
		return coded.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailure
}

// complain prints an error for people, or as JSON.
func (a *app) complain(f failure) {
	if a.json {
		printLine(a.stderr, f)
		return
	}
	say(a.stderr, "hoodwink: error: %s\n", f.Error)
	if f.Hint != "" {
		say(a.stderr, "hoodwink: hint: %s\n", f.Hint)
	}
}
