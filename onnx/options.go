package onnx

import (
	"fmt"

	"hoodwink/internal/wording"
)

// Options answer what a file may leave open. What they leave zero is found out from the graph, and
// noted in Model.Notes if it is an assumption.
type Options struct {
	Output  string // name of the output with the scores; "" to choose one of several
	Classes int    // number of classes; 0 if unknown

	// Pictures says that the network is for pictures: whatever the shape of the graph's input, the
	// network's is then (channels, height, width) or (height, width, channels). Otherwise it is
	// that of the graph.
	Pictures bool

	// The size of pictures, for inputs whose own shape does not say it: those of a dynamic size,
	// and those that have a picture's values in one row. 0 means unknown.
	Height, Width, Channels int

	// ChannelsLast says that the channels of a pixel are adjacent, if the input's shape does not
	// tell; ChannelsFirst that they are not.
	ChannelsLast, ChannelsFirst bool
}

// A Question is a field of Options that a file needs to be understood.
type Question string

const (
	AsksOutput Question = "output" // Options.Output
	AsksSize   Question = "size"   // Options.Height and Width
	AsksColour Question = "colour" // Options.Channels, Height and Width
	AsksLayout Question = "layout" // Options.ChannelsLast or ChannelsFirst
)

// note adds a sentence to the model's notes.
func (m *Model) note(format string, args ...any) {
	m.Notes = append(m.Notes, wording.Printable(fmt.Sprintf(format, args...)))
}
