//go:build !windows

package files

import "syscall"

// noWait makes OpenFile not wait for the other end of a pipe.
const noWait = syscall.O_NONBLOCK
