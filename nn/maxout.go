package nn

import "fmt"

// Maxout appends layers that compute the largest of several linear pieces for every unit or
// channel (Goodfellow, Warde-Farley, Mirza, Courville, Bengio 2013, "Maxout Networks",
// arXiv:1302.4389): from (N, pieces*J, ...), in which piece p of unit j is channel p*J+j, to
// (N, J, ...). The layers are name/pieces and name, the value between them name/pieces.
func (b *Builder) Maxout(name string, pieces int, in, out string) {
	if pieces < 1 {
		b.g.Fail(fmt.Errorf("maxout %q has %d pieces: want at least 1", name, pieces))
		return
	}
	split := name + "/pieces"
	b.Add(split, &Reshape{Dims: []int{pieces, -1}, Axis: 1, NumAxes: 1}, []string{in}, []string{split})
	b.Add(name, &Reduce{Op: ReduceMax, Axes: []int{1}}, []string{split}, []string{out})
}
