package preprocess

// The inverse cosine transform of libjpeg's jidctint.c ("islow"), after Loeffler, Ligtenberg and Moschytz,
// "Practical Fast 1-D DCT Algorithms with 11 Multiplications", ICASSP 1989: constants of 13 fractional bits, of
// which the columns' pass keeps 2.
const (
	dctBits, dctKept = 13, 2

	c0298, c0390, c0541, c0765, c0899, c1175 = 2446, 3196, 4433, 6270, 7373, 9633
	c1501, c1847, c1961, c2053, c2562, c3072 = 12299, 15137, 16069, 16819, 20995, 25172
)

// inverseDCT writes the 8 x 8 samples of a block to dst. coefs are its coefficients, row by row.
func inverseDCT(dst []uint8, stride int, coefs *[64]int16, quant *[64]uint16) {
	var w [64]int32
	for x := range 8 {
		var in, out [8]int32
		rest := int32(0)
		for y := range 8 {
			in[y] = int32(coefs[8*y+x]) * int32(quant[8*y+x])
			if y > 0 {
				rest |= in[y]
			}
		}
		if rest == 0 {
			for y := range 8 {
				w[8*y+x] = in[0] << dctKept
			}
			continue
		}
		inverseDCT8(&out, &in)
		for y, v := range out {
			w[8*y+x] = (v + 1<<(dctBits-dctKept-1)) >> (dctBits - dctKept)
		}
	}
	for y := range 8 {
		var out [8]int32
		inverseDCT8(&out, (*[8]int32)(w[8*y:]))
		row := dst[y*stride:][:8]
		for x, v := range out {
			row[x] = clip8((v+1<<(dctBits+dctKept+2))>>(dctBits+dctKept+3) + 128)
		}
	}
}

// inverseDCT8 transforms eight numbers. Results are 2^13 times too large.
func inverseDCT8(out, in *[8]int32) {
	z1 := (in[2] + in[6]) * c0541
	even2, even3 := z1-in[6]*c1847, z1+in[2]*c0765
	even0, even1 := (in[0]+in[4])<<dctBits, (in[0]-in[4])<<dctBits
	a0, a3, a1, a2 := even0+even3, even0-even3, even1+even2, even1-even2

	t0, t1, t2, t3 := in[7], in[5], in[3], in[1]
	z5 := (t0 + t2 + t1 + t3) * c1175
	z1, z2 := -(t0+t3)*c0899, -(t1+t2)*c2562
	z3, z4 := z5-(t0+t2)*c1961, z5-(t1+t3)*c0390
	t0 = t0*c0298 + z1 + z3
	t1 = t1*c2053 + z2 + z4
	t2 = t2*c3072 + z2 + z3
	t3 = t3*c1501 + z1 + z4

	out[0], out[7] = a0+t3, a0-t3
	out[1], out[6] = a1+t2, a1-t2
	out[2], out[5] = a2+t1, a2-t1
	out[3], out[4] = a3+t0, a3-t0
}
