package worker

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// itself is the path of this program.
func itself() (string, error) { return os.Executable() }

// restrict puts this process into a job of its own, which limits its memory and lets it have no
// children. The job lasts as long as the process.
func restrict(memory int64) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			LimitFlags:         windows.JOB_OBJECT_LIMIT_PROCESS_MEMORY | windows.JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
			ActiveProcessLimit: 1,
		},
		ProcessMemoryLimit: uintptr(memory),
	}
	class := uint32(windows.JobObjectExtendedLimitInformation)
	if _, err := windows.SetInformationJobObject(job, class, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info))); err != nil {
		return err
	}
	return windows.AssignProcessToJobObject(job, windows.CurrentProcess())
}
