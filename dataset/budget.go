package dataset

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// DefaultMaxBytes bounds the memory of a data set: 2 GB. [OpenOptions] may say otherwise.
const DefaultMaxBytes = 2 << 30

// perPicture is the memory of a picture besides its values: its label, and its places in the part
// that it belongs to and in the order of an epoch.
const perPicture = 32

// A TooLargeError says that a data set would take more memory than it may.
type TooLargeError struct {
	Count int     // of the pictures or labels that are too many
	Each  float64 // bytes that each of them takes
	Bytes float64 // memory of the data set with them
	Limit int64
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%d times %.0f bytes: the data set would take %s of memory, more than the limit of %s",
		e.Count, e.Each, bytesText(e.Bytes), bytesText(float64(e.Limit)))
}

// Hint tells how to raise the limit.
func (e *TooLargeError) Hint() string {
	return "use fewer or smaller pictures, or raise the limit with --max-data (in Go: OpenOptions.MaxBytes) if the file is what you think it is"
}

// bytesText writes a number of bytes as "1.5 GB", rounded.
func bytesText(n float64) string {
	units := []string{"bytes", "KB", "MB", "GB", "TB", "PB"}
	for n >= 1024 && len(units) > 1 {
		n, units = n/1024, units[1:]
	}
	return strings.TrimSuffix(strconv.FormatFloat(n, 'f', 1, 64), ".0") + " " + units[0]
}

// A budget is the memory that a data set may take: all its parts together.
type budget struct {
	limit int64
	used  float64 // counts to 2^53 exactly and has no overflow
}

// newBudget returns a budget of limit bytes, or of DefaultMaxBytes if it is 0.
func newBudget(limit int64) *budget {
	if limit == 0 {
		limit = DefaultMaxBytes
	}
	return &budget{limit: limit}
}

// Fits returns a *[TooLargeError] if n pictures of each bytes take more than limit, which is
// DefaultMaxBytes if it is 0.
func Fits(n int, each float64, limit int64) error { return newBudget(limit).room(n, each) }

// room returns an error unless there is room for n things of each bytes.
func (b *budget) room(n int, each float64) error {
	if all := b.used + float64(n)*each; all > float64(b.limit) {
		return &TooLargeError{Count: n, Each: each, Bytes: all, Limit: b.limit}
	}
	return nil
}

// take takes the memory of n things of each bytes, if there is room for them.
func (b *budget) take(n int, each float64) error {
	if err := b.room(n, each); err != nil {
		return err
	}
	b.used += float64(n) * each
	return nil
}

// grow returns data with room for more of the most values that a header promises. Its room is an
// eighth of most, or of that again and so on, and grows with the values that are there. So a promise
// costs at most eight times what is kept of it, and copying an eighth of most.
func grow[T any](data []T, more, most int) []T {
	if cap(data)-len(data) >= more {
		return data
	}
	room := most
	for room/8 >= max(len(data)+more, 1<<16) {
		room = (room + 7) / 8
	}
	out := make([]T, len(data), room)
	copy(out, data)
	return out
}

// readBytes reads n bytes, fewer if the input ends before.
func readBytes(in io.Reader, n int) ([]byte, error) {
	var data []byte
	for len(data) < n {
		data = grow(data, 1, n)
		k, err := in.Read(data[len(data):cap(data)])
		data = data[:len(data)+k]
		if err == io.EOF {
			break
		}
		if err != nil {
			return data, err
		}
	}
	return data, nil
}
