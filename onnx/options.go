package onnx

import "fmt"

// Options say what a file may leave open. What they leave zero is found out from the
// graph, and said in Model.Notes where it is an assumption.
type Options struct {
	Output  string // name of the output with the scores; "" to choose it where there are several
	Classes int    // number of classes; 0 if it is not known

	// Pictures says that the network is for pictures: whatever shape the graph's input has,
	// the network's is then (channels, height, width) or (height, width, channels).
	// Otherwise it is the graph's.
	Pictures bool

	// Of pictures, for inputs whose own shape does not say it: those of a dynamic size,
	// and those that have a picture's values in one row. 0 means not known.
	Height, Width, Channels int

	// ChannelsLast says that a pixel's channels are beside each other, where the input's
	// shape does not tell; ChannelsFirst that they are not.
	ChannelsLast, ChannelsFirst bool
}

// What an Error asks for: a field of Options without which the file is not understood.
type Question string

const (
	AsksOutput Question = "output" // Options.Output
	AsksSize   Question = "size"   // Options.Height and Width
	AsksColour Question = "colour" // Options.Channels, Height and Width
	AsksLayout Question = "layout" // Options.ChannelsLast or ChannelsFirst
)

// note adds a sentence to the model's notes.
func (m *Model) note(format string, args ...any) {
	m.Notes = append(m.Notes, printable(fmt.Sprintf(format, args...)))
}
