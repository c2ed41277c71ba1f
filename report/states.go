package report

// The states of a picture among many that were to fool a network.
const (
	AlreadyWrong = "already wrong" // it met the goal before anything was changed
	Resisted     = "resisted"      // it did not fool, within the limit and the steps
	Unreadable   = "unreadable"    // nothing was attacked: the file or the network's answer could not be used
)

// States lists the states of pictures, in the order in which they are counted for people: the middle
// one is Fooled.
var States = []string{AlreadyWrong, Fooled, Resisted, Unreadable}
