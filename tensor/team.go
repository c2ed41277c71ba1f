package tensor

import "hoodwink/internal/kernel"

// A Team runs the iterations of a loop on several goroutines, the caller's included. Iterations
// run in any order, each must write to memory of its own (or its worker's), and none may add
// to what another writes: then results do not depend on the number of threads. All teams share
// their helpers, which look out for the next loop for a while before they sleep.
type Team = kernel.Team

// NewTeam returns a team of so many threads; 0 means GOMAXPROCS.
func NewTeam(threads int) *Team { return kernel.NewTeam(threads) }
