package lab

import (
	"os"
	"slices"
	"sync"
)

// frameSide is the largest side of the pictures that are kept of steps.
const frameSide = 640

// maxFrameBytes bounds the file of a run's frames.
const maxFrameBytes = 96 << 20

// frames are what a run's steps look like, in a file of records of one size: the colours of
// the picture, then those of the gradient. When the file is full every second record goes
// and from then on only every second step is kept.
type frames struct {
	mu     sync.RWMutex
	file   *os.File
	size   int   // of a record
	steps  []int // that are kept, in order
	stride int
}

func openFrames(path string, record int, steps []int) (*frames, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return &frames{file: f, size: record, steps: steps, stride: 1}, nil
}

// add keeps a step, unless it is one of those that are left out; a step that came before is
// replaced. It reports whether the step is kept.
func (f *frames) add(step int, record []uint8) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if step%f.stride != 0 {
		return false, nil
	}
	at := len(f.steps)
	if at > 0 && f.steps[at-1] == step {
		at--
	} else {
		f.steps = append(f.steps, step)
	}
	if _, err := f.file.WriteAt(record, int64(at)*int64(f.size)); err != nil {
		f.steps = f.steps[:at]
		return false, err
	}
	if len(f.steps)*f.size > maxFrameBytes {
		return true, f.thin()
	}
	return true, nil
}

// thin drops every second record.
func (f *frames) thin() error {
	record := make([]uint8, f.size)
	kept := f.steps[:0]
	f.stride *= 2
	for i, step := range slices.Clone(f.steps) {
		if step%f.stride != 0 {
			continue
		}
		if _, err := f.file.ReadAt(record, int64(i)*int64(f.size)); err != nil {
			return err
		}
		if _, err := f.file.WriteAt(record, int64(len(kept))*int64(f.size)); err != nil {
			return err
		}
		kept = append(kept, step)
	}
	f.steps = kept
	return f.file.Truncate(int64(len(kept)) * int64(f.size))
}

// read returns the record of a step, nil if it is not kept.
func (f *frames) read(step int) ([]uint8, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	at, ok := slices.BinarySearch(f.steps, step)
	if !ok {
		return nil, nil
	}
	record := make([]uint8, f.size)
	_, err := f.file.ReadAt(record, int64(at)*int64(f.size))
	return record, err
}

// kept returns the steps that can be read.
func (f *frames) kept() []int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return append([]int{}, f.steps...)
}

func (f *frames) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.file.Close()
}
