package lab

import (
	"os"
	"slices"
	"sync"
)

// A run with the default number of steps keeps all of them, whatever the picture: 102 records of
// two square pictures fit into maxFrameBytes.
const (
	frameSide     = 448       // largest side of the pictures of steps that are kept
	maxFrameBytes = 128 << 20 // size of the file of a run's frames
)

// frames are the pictures of a run's steps, in a file of records of one size: the colours of the
// picture, then those of the gradient. When the file is full, every second record is deleted, and
// from then on only every second step is kept.
type frames struct {
	mu     sync.RWMutex
	path   string
	file   *os.File // while steps are added; readers of an ended run open it again
	size   int      // of a record
	most   int      // largest size of the file
	steps  []int    // the kept ones, in order
	stride int
}

func newFrames(path string, record int, steps []int) *frames {
	return &frames{path: path, size: record, most: maxFrameBytes, steps: steps, stride: 1}
}

// begin creates the file.
func (f *frames) begin() (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.file, err = os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	return err
}

// end closes the file: no more steps are added.
func (f *frames) end() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// add keeps a step, unless it is one of those that are left out; a record of the same step is
// replaced. It reports whether the step is kept, and whether others were deleted for it.
func (f *frames) add(step int, record []uint8) (kept, thinned bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if step%f.stride != 0 {
		return false, false, nil
	}
	at := len(f.steps)
	if at > 0 && f.steps[at-1] == step {
		at--
	} else {
		f.steps = append(f.steps, step)
	}
	if _, err := f.file.WriteAt(record, int64(at)*int64(f.size)); err != nil {
		f.steps = f.steps[:at]
		return false, false, err
	}
	if len(f.steps)*f.size <= f.most {
		return true, false, nil
	}
	if err := f.thin(); err != nil {
		return false, true, err
	}
	return step%f.stride == 0, true, nil
}

// thin deletes every second record.
func (f *frames) thin() error {
	record := make([]uint8, f.size)
	all := f.steps
	f.steps = nil
	f.stride *= 2
	for i, step := range all {
		if step%f.stride != 0 {
			continue
		}
		if _, err := f.file.ReadAt(record, int64(i)*int64(f.size)); err != nil {
			return err
		}
		if _, err := f.file.WriteAt(record, int64(len(f.steps))*int64(f.size)); err != nil {
			return err
		}
		f.steps = append(f.steps, step)
	}
	return f.file.Truncate(int64(len(f.steps)) * int64(f.size))
}

// read returns the record of a step, nil if it is not kept.
func (f *frames) read(step int) ([]uint8, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	at, ok := slices.BinarySearch(f.steps, step)
	if !ok {
		return nil, nil
	}
	file := f.file
	if file == nil {
		var err error
		if file, err = os.Open(f.path); err != nil {
			return nil, err
		}
		defer file.Close()
	}
	record := make([]uint8, f.size)
	_, err := file.ReadAt(record, int64(at)*int64(f.size))
	return record, err
}

// kept returns the steps that can be read.
func (f *frames) kept() []int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return append([]int{}, f.steps...)
}
