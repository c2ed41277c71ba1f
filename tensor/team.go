package tensor

import "hoodwink/internal/kernel"

// A Team runs the iterations of a loop on several goroutines, including the caller's. Iterations
// run in any order. Each must write only to memory of its own (or of its worker), and must not
// accumulate across iterations; then results do not depend on the number of threads. All teams
// share their helpers, which look out for the next loop for a while before they sleep.
type Team = kernel.Team

// NewTeam returns a team of threads threads; 0 means GOMAXPROCS.
func NewTeam(threads int) *Team { return kernel.NewTeam(threads) }
