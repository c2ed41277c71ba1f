package graph

// A Worker is a layer that needs memory besides its inputs, its outputs and their gradients.
type Worker interface {
	// Work returns how much of it the layer takes for inputs of the given shapes, which OutShapes
	// has accepted, so that memory can be known before a session takes any.
	Work(in [][]int, u Use) Work
}

// A Use says how a session uses a layer.
type Use struct {
	Threads  int
	Backward bool // there is a way back
	Blocked  bool // on blocked pictures, by BindBlocks
	Narrow   bool // the input is narrow, so the way back leads to a plain gradient
}

// Work is the memory that a layer works with besides tensors.
type Work struct {
	Scratch int   // floats for every thread: the most that Bind asks Workspace.Scratch for
	Tables  int64 // bytes that the bound layer holds, and that Bind takes meanwhile, at most
	Packed  int64 // bytes of what Workspace.Once keeps for all sessions, at most
}
