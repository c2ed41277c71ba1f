package files

import (
	"os"

	"golang.org/x/sys/windows"
)

// asItIs makes OpenFile open a link itself.
const asItIs = windows.FILE_FLAG_OPEN_REPARSE_POINT

// isLink is for systems where opening a link as it is fails.
func isLink(error) bool { return false }

// names returns the number of names that a file has.
func names(f *os.File, _ os.FileInfo) uint64 {
	var d windows.ByHandleFileInformation
	if windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &d) != nil {
		return 1
	}
	return uint64(d.NumberOfLinks)
}
