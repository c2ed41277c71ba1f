package nn

// A Mixer is a layer that may treat axis 0 as more than a batch of examples.
type Mixer interface{ Mixes(in [][]int) bool }

// Mixes reports whether some layer, given one example, does not keep axis 0 for the
// batch. Such a network is run example by example.
func (net *Network) Mixes() bool {
	for _, n := range net.nodes {
		if m, ok := n.layer.(Mixer); ok && m.Mixes(net.shapes(n.in)) {
			return true
		}
	}
	return false
}
