//go:build !linux && !windows

package worker

import "os"

// itself is the path of this program.
func itself() (string, error) { return os.Executable() }

// restrict sets the limits that the system keeps. Here none on memory works: the watchdog is alone.
func restrict(int64) error { return restrictFiles() }
