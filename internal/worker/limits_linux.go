package worker

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// itself is the path of this program, even if its file has been replaced.
func itself() (string, error) { return "/proc/self/exe", nil }

// restrict sets the limits that the system keeps.
func restrict(memory int64) error {
	// What is mapped and written to; of this, a Go program has some at its start, and far more with
	// the race detector.
	var size, resident, shared, text, library, data int64
	if f, err := os.Open("/proc/self/statm"); err == nil {
		fmt.Fscan(f, &size, &resident, &shared, &text, &library, &data)
		f.Close()
	}
	if err := limit(unix.RLIMIT_DATA, uint64(data*int64(os.Getpagesize())+memory)); err != nil {
		return err
	}
	return restrictFiles()
}
