package graph

// fold merges every layer that scales channels into the Folder before it, if nothing else reads the
// value between them: y = s(Wx+b)+t is (sW)x + (sb+t). Then batch normalisation at inference costs
// nothing.
func (net *Network) fold() {
	consumers := net.Consumers()
	kept := net.Nodes[:0:0]
	place := map[int]int{} // value -> index in kept of its producer
	for _, n := range net.Nodes {
		if s, ok := n.Layer.(Scaler); ok {
			v := n.In[0]
			if p, made := place[v]; made && len(consumers[v]) == 1 && v != net.Output {
				if l, ok := kept[p].Layer.(Folder); ok {
					scale, shift := s.ChannelScale()
					kept[p].Layer = l.Fold(scale, shift, net.Values[n.Out[0]].Shape[1])
					kept[p].Out = n.Out
					net.Values[v].Shape = nil
					place[n.Out[0]] = p
					continue
				}
			}
		}
		for _, v := range n.Out {
			place[v] = len(kept)
		}
		kept = append(kept, n)
	}
	net.Nodes = kept
}
