package preprocess

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/adler32"

	"hoodwink/tensor"
)

// largePicture is how many pixels a picture has that is encoded here rather than by image/png: there,
// one of 12 million took seven seconds, on one thread.
const largePicture = 1 << 20

// packBytes is how many bytes of pixels are compressed by themselves: the loss is one part in a
// thousand, and the parts may be done at once. They are cut by shape alone, so that the file does not
// depend on the number of threads.
const packBytes = 1 << 20

// A packing encodes the pixels of a large picture as PNG has them: each row filtered, then all of it
// compressed (PNG specification, third edition, 9 and 10), at flate's fastest level.
type packing struct {
	x                       []float32
	channels, height, width int
	rows                    int            // in a part
	parts                   []bytes.Buffer // compressed
	sums                    []uint32       // Adler's, of the filtered rows of each part
}

// appendPacked appends a picture's pixels to b as the chunks IDAT.
func appendPacked(b *bytes.Buffer, x []float32, channels, height, width int) {
	p := &packing{x: x, channels: channels, height: height, width: width, rows: min(height, 1+packBytes/(channels*width))}
	n := (height + p.rows - 1) / p.rows
	p.parts, p.sums = make([]bytes.Buffer, n), make([]uint32, n)
	tensor.NewTeam(0).For(n, p.pack)
	sum := uint32(1)
	for i := range p.parts {
		sum = joinAdler(sum, p.sums[i], p.end(i)-i*p.rows, 1+channels*width)
		if i == n-1 {
			p.parts[i].Write(binary.BigEndian.AppendUint32(nil, sum))
		}
		appendChunk(b, "IDAT", p.parts[i].Bytes())
		p.parts[i] = bytes.Buffer{}
	}
}

// end returns the row after the last one of a part.
func (p *packing) end(part int) int { return min((part+1)*p.rows, p.height) }

// pack filters and compresses the rows of a part.
func (p *packing) pack(_, part int) {
	out, sum := &p.parts[part], adler32.New()
	if part == 0 {
		out.Write([]byte{0x78, 0x01}) // deflate with a window of 32 KiB, fastest
	}
	z, err := flate.NewWriter(out, flate.BestSpeed)
	if err != nil {
		panic(err) // of a wrong level
	}
	size := p.channels * p.width
	above, row, line, best := make([]byte, size), make([]byte, size), make([]byte, 1+size), make([]byte, 1+size)
	if y := part * p.rows; y > 0 {
		p.levels(above, y-1)
	}
	for y := part * p.rows; y < p.end(part); y++ {
		p.levels(row, y)
		least := -1
		for kind := range 5 {
			if cost := filterRow(line, row, above, p.channels, kind); least < 0 || cost < least {
				least, line, best = cost, best, line
			}
		}
		z.Write(best) // to memory
		sum.Write(best)
		above, row = row, above
	}
	if part < len(p.parts)-1 {
		z.Flush()
	} else {
		z.Close()
	}
	p.sums[part] = sum.Sum32()
}

// levels rounds row y, pixel by pixel.
func (p *packing) levels(dst []byte, y int) {
	for c := range p.channels {
		for x, v := range p.x[(c*p.height+y)*p.width:][:p.width] {
			dst[x*p.channels+c] = Level(v)
		}
	}
}

// filterRow writes the kind of filter (none, sub, up, average, Paeth) and the row filtered with it to
// dst, and returns the sum of the magnitudes: the filter with the least usually compresses best.
func filterRow(dst, row, above []byte, channels, kind int) (cost int) {
	dst[0] = byte(kind)
	n := len(row)
	out, above := dst[1:][:n], above[:n]
	first := min(channels, n) // before these there is no pixel
	left, corner := row[:n-first], above[:n-first]
	switch kind {
	case 0:
		copy(out, row)
	case 1:
		copy(out, row[:first])
		for i, v := range left {
			out[first+i] = row[first+i] - v
		}
	case 2:
		for i, v := range row {
			out[i] = v - above[i]
		}
	case 3:
		for i := range first {
			out[i] = row[i] - above[i]/2
		}
		for i, v := range left {
			out[first+i] = row[first+i] - byte((int(v)+int(above[first+i]))/2)
		}
	case 4:
		for i := range first {
			out[i] = row[i] - above[i]
		}
		for i, v := range left {
			out[first+i] = row[first+i] - byte(paeth(int(v), int(above[first+i]), int(corner[i])))
		}
	}
	for _, v := range out {
		cost += magnitude(int(int8(v)))
	}
	return cost
}

// paeth returns which of three neighbours is nearest to left + up - corner.
func paeth(left, up, corner int) int {
	a, b, c := magnitude(up-corner), magnitude(left-corner), magnitude(left+up-2*corner)
	switch {
	case a <= b && a <= c:
		return left
	case b <= c:
		return up
	}
	return corner
}

func magnitude(v int) int { return max(v, -v) }

// joinAdler returns Adler's sum of two texts, of which the second has rows x size bytes, from those of
// each.
func joinAdler(first, second uint32, rows, size int) uint32 {
	const mod = 65521
	a1, b1, a2, b2 := uint64(first&0xffff), uint64(first>>16), uint64(second&0xffff), uint64(second>>16)
	n := uint64(rows*size) % mod
	return uint32((a1+a2+mod-1)%mod | (b1+b2+n*(a1+mod-1))%mod<<16)
}
