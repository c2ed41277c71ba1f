//go:build !windows

package fetch

import (
	"errors"

	"golang.org/x/sys/unix"
)

// noSpace reports whether err says that a disk or quota is full.
func noSpace(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}
