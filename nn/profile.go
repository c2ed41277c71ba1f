package nn

import (
	"time"

	"hoodwink/tensor"
)

// A LayerTime is how long one layer of a session took.
type LayerTime struct {
	Row
	Forward, Backward time.Duration
}

// Profile runs Forward and, unless the session is forward only, Backward of dout, and
// returns how long each layer took, in the order of Network.Table. The row's MACs are
// those of one example.
func (s *Session) Profile(dout *tensor.Tensor) []LayerTime {
	times := make([]LayerTime, len(s.ops))
	for i, r := range s.net.Table() {
		times[i].Row = r
	}
	for i := range s.ops {
		start := time.Now()
		s.ops[i].Forward()
		times[i].Forward = time.Since(start)
	}
	s.forwards++
	if s.dout == nil {
		return times
	}
	copy(s.dout.Data, dout.Data)
	for i := len(s.ops) - 1; i >= 0; i-- {
		start := time.Now()
		s.backward(i)
		times[i].Backward = time.Since(start)
	}
	return times
}
