package kernel

import (
	"sync"
	"time"
)

// Peak measures how many floating-point operations a second (a multiply-add is two)
// the kernel's instructions can do on the given number of threads at once, for about
// the given time: by a loop that touches registers only, or, for a kernel without one,
// by a tile that stays in the nearest cache.
func (m *Micro) Peak(threads int, d time.Duration) float64 {
	round, flops := m.rounds, m.flops
	if round == nil {
		const k = 256
		a, b := make([]float32, m.MR*k), make([]float32, m.NR*k)
		flops = 2 * m.MR * m.NR * k
		round = func(n int) {
			c := make([]float32, m.MR*m.NR)
			for range n {
				m.Tile(k, a, b, c, m.NR, false)
			}
		}
	}
	const rounds = 1000
	var wg sync.WaitGroup
	speed := make([]float64, threads)
	for t := range threads {
		wg.Go(func() {
			done, start := 0, time.Now()
			for done == 0 || time.Since(start) < d {
				round(rounds)
				done += rounds
			}
			speed[t] = float64(done) * float64(flops) / time.Since(start).Seconds()
		})
	}
	wg.Wait()
	var sum float64
	for _, s := range speed {
		sum += s
	}
	return sum
}
