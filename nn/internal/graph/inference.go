package graph

import "slices"

// Inference returns the network as it is after training. Layers that are only for training are
// removed, those that behave differently in training are replaced, and scales are folded into the
// weights before them. It returns net itself, folded, if it has no such layer.
func (net *Network) Inference() *Network {
	special := func(n Node) bool { _, ok := n.Layer.(Inferrer); return ok }
	if !slices.ContainsFunc(net.Nodes, special) {
		net.fold()
		return net
	}
	out := &Network{Name: net.Name, Values: slices.Clone(net.Values), Input: net.Input, Output: net.Output, Trained: net}
	instead := make([]int, len(net.Values)) // of a value
	for v := range instead {
		instead[v] = v
	}
	for _, n := range net.Nodes {
		n.In = slices.Clone(n.In)
		for i, v := range n.In {
			n.In[i] = instead[v]
		}
		if l, ok := n.Layer.(Inferrer); ok {
			if n.Layer = l.Inference(); n.Layer == nil {
				instead[n.Out[0]] = n.In[0]
				out.Values[n.Out[0]].Shape = nil
				continue
			}
		}
		out.Nodes = append(out.Nodes, n)
	}
	out.Output = instead[net.Output]
	out.fold()
	return out
}
