package kernel

import (
	"sync"
	"sync/atomic"
	"time"
)

// Peak measures how many floating-point operations a second (a multiply-add is two) the
// multiply-add instructions of the kernels can do on the given number of threads at once,
// for about the given time, by a loop that touches registers only.
func (m *Set) Peak(threads int, d time.Duration) float64 {
	const rounds = 1000
	var wg sync.WaitGroup
	speed := make([]float64, threads)
	for t := range threads {
		wg.Go(func() {
			done, start := 0, time.Now()
			for done == 0 || time.Since(start) < d {
				m.rounds(rounds)
				done += rounds
			}
			speed[t] = float64(done) * float64(m.flops) / time.Since(start).Seconds()
		})
	}
	wg.Wait()
	var sum float64
	for _, s := range speed {
		sum += s
	}
	return sum
}

// peakGeneric runs n rounds of 4 multiply-adds, as the plain Go kernels do them.
func peakGeneric(n int) {
	var a, b, c, d float32
	for range n {
		a, b, c, d = fma(a, a, a), fma(b, b, b), fma(c, c, c), fma(d, d, d)
	}
	peakSink.Store(a+b+c+d == 0)
}

// peakSink takes the result of peakGeneric, so that the compiler does not drop it.
var peakSink atomic.Bool
