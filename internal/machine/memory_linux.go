// Package machine says what the machine has.
package machine

import (
	"os"
	"strconv"
	"strings"
)

// Memory returns the bytes of memory that are free for programs on this machine, or what the container has that the
// program is in if that is less. ok is false where the system does not say it.
func Memory() (bytes int64, ok bool) {
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if text, err := os.ReadFile(path); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
				bytes, ok = n, true
			}
		}
	}
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return bytes, ok
	}
	if n, found := available(string(text)); found && (!ok || n < bytes) {
		return n, true
	}
	return bytes, ok
}

// available finds the memory that is free for programs in the text of /proc/meminfo.
func available(text string) (bytes int64, ok bool) {
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "MemAvailable:" && f[2] == "kB" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			return n << 10, err == nil
		}
	}
	return 0, false
}
