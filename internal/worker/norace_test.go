//go:build !race

package worker

// raced says that the race detector is on, which takes several times as much memory as the program.
const raced = false
