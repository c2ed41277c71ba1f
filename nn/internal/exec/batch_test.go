package exec

import (
	"testing"

	"hoodwink/internal/kernel"
)

// TestDealt: of any number of examples, and of any number of the first of them, each session has as many as the
// others or one more, and never more than there is room for; no thread is without while another has two.
func TestDealt(t *testing.T) {
	const size, threads = 5, 3
	for _, sessions := range []int{3, 6, 9} {
		b := &batch{size: size, dealt: true, team: kernel.NewTeam(threads), each: make([]*Session, sessions)}
		counts := make([]int, sessions)
		b.ahead = func(_, i int) { counts[i] = b.rowsOf(i) }
		b.back = b.ahead
		check := func(n int) {
			t.Helper()
			sum, least, most := 0, size, 0
			for i, c := range counts {
				sum += c
				if i < b.used {
					least, most = min(least, c), max(most, c)
				}
			}
			if sum != n || most > size || most-least > 1 || n >= threads && b.used%threads != 0 {
				t.Errorf("%d examples in %d sessions: %v", n, sessions, counts)
			}
		}
		for n := 1; n <= size*sessions; n++ {
			for first := 1; first <= n; first++ {
				clear(counts)
				b.forward(n)
				check(n)
				clear(counts)
				b.backward(first)
				check(first)
			}
		}
	}
}
