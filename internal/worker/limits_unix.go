//go:build !windows

package worker

import "golang.org/x/sys/unix"

// limit sets a limit for good.
func limit(resource int, most uint64) error {
	return unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most})
}

// restrictFiles limits open files and what is written to them, and forbids core dumps.
func restrictFiles() error {
	for resource, most := range map[int]uint64{unix.RLIMIT_NOFILE: maxOpen, unix.RLIMIT_FSIZE: maxWritten, unix.RLIMIT_CORE: 0} {
		if err := limit(resource, most); err != nil {
			return err
		}
	}
	return nil
}
