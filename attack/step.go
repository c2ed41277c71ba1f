package attack

// A Step is what an observer gets about one candidate of one example.
type Step struct {
	Image   int       // number of the example among those of the run, from 0
	Restart int       // number of starting points finished before
	Step    int       // gradient steps taken so far, over all restarts; 0 is the first starting point
	Pixels  []float32 // the pixels (C,H,W) that were classified
	Grad    []float32 // the latest gradient of Loss (C,H,W): it was followed, or was zero; nil before the first step
	Logits  []float32 // the logits (K) of Pixels
	// what the attack climbs, see [Loss]; its value is higher the nearer the goal
	Loss float64
	Met  bool // the goal is met by these pixels
	File bool // these pixels are on the lattice of a file
}
