package exec

import (
	"slices"
	"testing"
)

// TestShare: each thread's part of a level has the same part of every list.
func TestShare(t *testing.T) {
	l := level{}
	l.addTasks(0, 4, func(_, _ int) {})
	l.addTasks(1, 5, func(_, _ int) {})
	levels := []level{l, {}}
	share(levels, 2)
	var got []int
	for _, task := range levels[0].tasks {
		got = append(got, 10*task.jobs[0].node+task.part.N)
	}
	if want := []int{0, 1, 10, 11, 2, 3, 12, 13, 14}; !slices.Equal(got, want) {
		t.Errorf("the tasks are %v, want %v", got, want)
	}
}
