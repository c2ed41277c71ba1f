// Package worker runs networks that strangers sent in processes of their own.
//
// Go ends the whole program when memory is exhausted or a stack overflows, and nothing in the
// program can prevent that. So whatever reads, builds, checks or runs a stranger's network is a child
// process of the same binary with limits on memory, stack, files and, by its parent's clock, time.
// The boundary is the network: the child has a real model.Model, the parent one whose network has a
// single layer, which sends its input to the child and receives the output, and on the way back the
// gradients. Everything else stays in the parent: preprocessing, attacks, curves. The results
// have the same bits as in one process.
//
//	pool := worker.NewPool(worker.Options{Children: 2, Memory: 1 << 30})
//	m, err := pool.Open(ctx, folder, "theirs")
//	loan := m.Borrow(ctx, 0)
//	defer loan.Return()
//	p, err := loan.Model.Predictor(0) // as with any model
//	logits, err := p.Pixels(x)
//	if cause := loan.Err(); cause != nil { ... } // the child has ended; logits were NaN
//
// A child is trusted no more than the file that it read: its messages are bounded, and its
// description of the network is checked.
package worker

import (
	"os"
	"strconv"
	"sync/atomic"
)

// variable is the environment variable that makes a process a child. Its value is the limit of its
// memory in bytes.
const variable = "HOODWINK_WORKER"

// ready says that this program becomes a child if it is started as one.
var ready atomic.Bool

// Main does the work of a child and does not return, if this process was started as one. The main
// function of a program that uses a Pool calls it first; a test calls it in TestMain.
func Main() {
	memory, err := strconv.ParseInt(os.Getenv(variable), 10, 64)
	if err != nil {
		ready.Store(true)
		return
	}
	in, out := os.Stdin, os.Stdout
	os.Stdin, os.Stdout = nil, os.Stderr // what is printed by mistake is no answer
	confine(memory)
	serve(in, out, (*child).answer)
	os.Exit(0)
}

// A Failure is what a child says of a network that cannot be used.
type Failure struct {
	Large  bool   `json:"large,omitempty"` // it would take too much memory
	Text   string `json:"text"`
	Advice string `json:"advice,omitempty"`
}

// Error implements error.
func (f *Failure) Error() string { return f.Text }

// Hint says what to do about it.
func (f *Failure) Hint() string { return f.Advice }

// An EndedError says why a child ended before it answered.
type EndedError struct{ Why string }

// Error implements error.
func (e *EndedError) Error() string { return "the network's process ended: " + e.Why }

// Hint says what to do about it.
func (e *EndedError) Hint() string {
	return "the network may be too large, or made to do harm; its owner can register it with 'hoodwink models add' on the server's machine"
}
