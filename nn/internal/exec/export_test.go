package exec

import "hoodwink/nn/internal/graph"

// Forms returns how many units of a network pack pictures, unpack them, and work on plain
// tensors.
func Forms(net *graph.Network, batch int) (packing, unpacking, onPlain int, err error) {
	shapes, err := net.BatchShapes(batch)
	if err != nil {
		return 0, 0, 0, err
	}
	count := map[form]int{}
	for _, u := range lower(net, shapes, false).units {
		count[u.form]++
	}
	return count[toBlocks], count[toPlain], count[plain], nil
}
