package worker

import (
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/metrics"
	"syscall"
	"time"
)

const (
	maxStack   = 64 << 20 // bytes of a goroutine's stack
	maxOpen    = 64       // files
	maxWritten = 1 << 20  // bytes of a file: a child writes contracts only
	maxClasses = 1 << 16
	maxWork    = 1 << 35 // multiply-adds, and values moved, of one picture

	watchPause = 20 * time.Millisecond
)

// noMemory is what the watchdog says; Go's own words are in outOf.
const noMemory = "worker: out of memory"

// confine limits this process, before it reads anything. Signals that a terminal or a service
// manager sends to all processes of a lab are for the parent: it ends its runs in order.
func confine(memory int64) {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	debug.SetMaxStack(maxStack)
	debug.SetMemoryLimit(memory / 8 * 7) // the collector tries harder before the end comes
	if err := restrict(memory); err != nil {
		fmt.Fprintln(os.Stderr, "worker: the limits cannot be set:", err)
		os.Exit(1)
	}
	go watch(memory)
}

// watch ends the process when Go has taken more memory from the system than is allowed. It is all
// there is where the system has no such limit, and slower than one.
func watch(memory int64) {
	taken := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(watchPause) {
		metrics.Read(taken)
		if n := int64(taken[0].Value.Uint64() - taken[1].Value.Uint64()); n > memory {
			fmt.Fprintf(os.Stderr, "%s: %d bytes, the limit is %d\n", noMemory, n, memory)
			os.Exit(1)
		}
	}
}
