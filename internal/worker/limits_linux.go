package worker

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// itself is the path of this program, even if its file has been replaced.
func itself() (string, error) { return "/proc/self/exe", nil }

// program is room for the pages of the program's file, which are memory but not data.
const program = 48 << 20

// restrict sets the limits that the system keeps. Memory is limited as data: what is mapped to be
// written to. Of that, a program with the race detector has more at its start than any limit, and
// then some more for every byte; there the watchdog comes first.
func restrict(memory int64) error {
	var size, resident, shared, text, library, data int64
	if f, err := os.Open("/proc/self/statm"); err == nil {
		fmt.Fscan(f, &size, &resident, &shared, &text, &library, &data)
		f.Close()
	}
	most := memory - program
	if had := data * int64(os.Getpagesize()); had > most {
		most = had + 8*memory
	}
	if err := limit(unix.RLIMIT_DATA, uint64(most)); err != nil {
		return err
	}
	return restrictFiles()
}
