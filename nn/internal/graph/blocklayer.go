package graph

import (
	"hoodwink/internal/kernel"
	"hoodwink/nn/internal/blocks"
	"hoodwink/tensor"
)

// A BlockLayer is a layer that can work on blocked pictures.
type BlockLayer interface {
	Layer

	// OnBlocks returns what the layer can do on blocked inputs of these shapes; false if it
	// has no kernels for them.
	OnBlocks(in [][]int) (Skills, bool)

	// BindBlocks is Bind for blocked pictures, for shapes that OnBlocks has agreed to.
	BindBlocks(b *BlockBinding) BlockOp
}

// Skills say what a layer can do on blocked pictures of the shapes given to OnBlocks.
type Skills struct {
	Reads     Reads // as Layer.Reads, for blocked pictures
	Rectifies bool  // it can rectify its output, and so replace a rectifier behind it
	Adds      bool  // it can add a second input, of the output's shape, to its output
	Begins    bool  // packing plain pictures for it pays
	Narrow    bool  // it takes pixels without spare lanes, and can compute their gradient on plain tensors

	Margin, GradMargin [4]int // the margins that it needs around the input, and around the output's gradient
}

// A Joiner is a layer whose blocked output may be its inputs, one after the other. Once they are
// written there, nothing is left to do.
type Joiner interface {
	// Joins reports whether that is possible for blocked inputs of these shapes.
	Joins(in [][]int) bool
}

// A Rectifier is a layer that may be max(x, 0), which layers with Skills.Rectifies can do.
type Rectifier interface{ IsRectifier() bool }

// A Summer is a layer that may be the plain sum of its inputs, which layers with Skills.Adds can
// do.
type Summer interface{ IsSum() bool }

// A BlockBinding is what a layer gets to work with on blocked pictures.
type BlockBinding struct {
	In, Out []*kernel.Blocks // activations
	// their gradients; nil in a forward-only session; DIn[i] is nil, too, where Narrow[i] is not
	DIn, DOut []*kernel.Blocks
	Narrow    []*tensor.Tensor // plain gradients of narrow inputs
	Masks     []*kernel.Blocks // where not nil: DIn[i] becomes 0 where Masks[i] is not positive
	ReLU      bool             // rectify the output
	Workspace
}

// A BlockOp is a layer bound to blocked pictures. What it computes for a part depends on that part
// alone, so the parts may be computed in any order.
type BlockOp struct {
	Forward  func(worker int, p blocks.Part) // computes a part of the output
	Ahead    blocks.Grain
	Backward []func(worker int, p blocks.Part, add bool) // computes a part of an input's gradient, or adds to it
	Back     []blocks.Grain

	Prepare func() // or nil: runs before the first part of the output
	Reduce  func() // or nil: runs before the first part of an input's gradient

	// The gradients of the parameters, where they are wanted: tasks that may run at once as soon as
	// the output's gradient is complete, and a function that runs after them.
	GradTasks int
	Grad      func(worker, i int)
	Gradient  func()
}

// PassOn sets the way back to input i of a sum: the gradient of the output.
func (b *BlockBinding) PassOn(i int, op *BlockOp) {
	dx, dy, mask := b.DIn[i], b.DOut[0], b.Masks[i]
	op.Back = append(op.Back, blocks.Grain{Blocks: 1, Cost: float64(dx.W * blocks.Lanes)})
	op.Backward = append(op.Backward, func(_ int, p blocks.Part, add bool) {
		blocks.EachRow(dx, p, func(at, n, k, h int) {
			out, row := dx.Data[at:at+dx.W*blocks.Lanes], blocks.Row(dy, n, k, h)
			if add {
				kernel.Add(out, row)
			} else {
				copy(out, row)
			}
		})
		if mask != nil {
			blocks.Mask(dx, mask, p)
		}
	})
}
