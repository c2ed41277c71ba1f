package dataset

// An ink is an RGB colour, each part in [0,1].
type ink struct{ r, g, b float64 }

// rgb returns the colour 0xRRGGBB.
func rgb(v uint32) ink {
	return ink{float64(v>>16&255) / 255, float64(v>>8&255) / 255, float64(v&255) / 255}
}

// mix returns the colour at share t of the way from c to d.
func (c ink) mix(d ink, t float64) ink {
	return ink{c.r + float64((d.r-c.r)*t), c.g + float64((d.g-c.g)*t), c.b + float64((d.b-c.b)*t)}
}

// dark mixes in a share t of near-black, bright one of near-white.
func (c ink) dark(t float64) ink   { return c.mix(ink{0.09, 0.065, 0.1}, t) }
func (c ink) bright(t float64) ink { return c.mix(ink{1, 0.985, 0.95}, t) }

// tinted returns c with a small random change, so that no two drawings share a colour.
func (p *pen) tinted(c ink, by float64) ink {
	v := p.between(-by, by)
	part := func(x float64) float64 { return min(max(x+v+p.between(-by, by)*0.5, 0), 1) }
	return ink{part(c.r), part(c.g), part(c.b)}
}

// pick returns one of the inks.
func (p *pen) pick(inks ...ink) ink { return inks[p.rng.IntN(len(inks))] }

// dyes are the colours of man-made things and of walls: muted paints that go together.
var dyes = []ink{
	rgb(0xc8553d), rgb(0xe08e45), rgb(0xe9b44c), rgb(0xd9c48f), rgb(0x8a9a5b), rgb(0x5e8c61), rgb(0x3f7d77), rgb(0x6ba3a0),
	rgb(0x6f9bc0), rgb(0x3d6390), rgb(0x7c6ba3), rgb(0xa4668c), rgb(0xd08c9a), rgb(0xb5504f), rgb(0x8c6a4f), rgb(0xa9a39a),
}

// dye returns a colour for a man-made thing.
func (p *pen) dye() ink { return p.tinted(p.pick(dyes...), 0.05) }

// pastel returns a light variant of one of the dyes.
func (p *pen) pastel() ink { return p.dye().bright(p.between(0.3, 0.72)) }
