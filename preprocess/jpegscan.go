package preprocess

import (
	"errors"
	"io"
)

// zigzag gives, for each coefficient in the order of the file, its place in a block, row by row.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// A jpegScan is one pass over blocks of some components.
type jpegScan struct {
	*jpegDecoder
	bits        jpegBits
	planes      []*jpegPlane
	dc, ac      [4]*jpegHuffman
	first, last int    // coefficients, in the order of the file
	high, low   uint   // successive approximation: the bit before this scan's bit, and this scan's bit
	mean        [4]int // of the last block of each component
	ended       int    // number of following blocks whose band is empty
}

// scan reads one scan (T.81, B.2.3).
func (d *jpegDecoder) scan(body []byte) error {
	if len(body) < 6 || len(body) != 4+2*int(body[0]) || body[0] > 4 {
		return errors.New("a scan header of a wrong length")
	}
	s := &jpegScan{jpegDecoder: d, bits: jpegBits{data: d.data, pos: d.pos}, last: 63}
	end := body[1+2*int(body[0]):]
	if d.progressive {
		s.first, s.last, s.high, s.low = int(end[0]), int(end[1]), uint(end[2]>>4), uint(end[2]&15)
		if s.first > s.last || s.last > 63 || s.first == 0 && s.last != 0 || s.first > 0 && body[0] != 1 || s.low > 13 || s.high != 0 && s.high != s.low+1 {
			return errors.New("a scan of a wrong part of the coefficients")
		}
	}
	blocks := 0
	for i := range int(body[0]) {
		id, tables := body[1+2*i], body[2+2*i]
		var plane *jpegPlane
		for _, p := range d.img.planes {
			if p.id == id {
				plane = p
			}
		}
		for _, p := range s.planes {
			if p == plane {
				plane = nil
			}
		}
		if plane == nil || tables>>4 > 3 || tables&15 > 3 {
			return errors.New("a scan of an unknown component or table")
		}
		s.planes = append(s.planes, plane)
		s.dc[i], s.ac[i] = d.huff[0][tables>>4], d.huff[1][tables&15]
		if s.first == 0 && s.high == 0 && s.dc[i] == nil || s.last > 0 && s.ac[i] == nil {
			return errors.New("a scan without its Huffman table")
		}
		blocks += plane.h * plane.v
	}
	if len(s.planes) > 1 && blocks > 10 {
		return errors.New("a scan of more than ten blocks a unit")
	}
	for _, p := range s.planes {
		if err := s.begin(p); err != nil {
			return err
		}
	}
	err := s.units()
	d.pos = s.bits.pos
	return err
}

// begin prepares a component for a scan: its memory and the quantisation table of its first scan.
func (s *jpegScan) begin(p *jpegPlane) error {
	if p.quant == nil {
		if s.first != 0 || s.high != 0 {
			return errors.New("a progressive picture that does not begin with the means")
		}
		// A block takes at least a bit, so that memory is in proportion to the file.
		if ceilDiv(p.width, 8)*ceilDiv(p.height, 8) > 8*(len(s.data)-s.pos) {
			return io.ErrUnexpectedEOF
		}
		if p.quant = s.quant[p.table]; p.quant == nil {
			return errors.New("a component without its quantisation table")
		}
		n := s.blocks(p)
		p.pix = make([]uint8, 64*n)
		if s.progressive {
			p.coefs = make([][64]int16, n)
		}
	}
	for i := s.first; i <= s.last; i++ {
		p.precision[i] = int8(s.low)
	}
	return nil
}

// units works through the units of a scan: single blocks of one component, or, interleaved, some of
// each.
func (s *jpegScan) units() error {
	across, down := s.mcusX, s.mcusY
	single := len(s.planes) == 1
	if single {
		across, down = ceilDiv(s.planes[0].width, 8), ceilDiv(s.planes[0].height, 8)
	}
	left, next := s.restart, byte(markRST0)
	for y := range down {
		for x := range across {
			if s.restart > 0 && left == 0 {
				if err := s.bits.restart(next); err != nil {
					return err
				}
				left, next = s.restart, markRST0+(next+1)&7
				s.mean, s.ended = [4]int{}, 0
			}
			left--
			for i, p := range s.planes {
				h, v := p.h, p.v
				if single {
					h, v = 1, 1
				}
				for b := range h * v {
					if err := s.block(i, p, x*h+b%h, y*v+b/h); err != nil {
						return err
					}
				}
			}
			if s.bits.overrun() {
				return io.ErrUnexpectedEOF
			}
		}
	}
	return nil
}

// block reads one block of component i, or the part of it that belongs to the scan.
func (s *jpegScan) block(i int, p *jpegPlane, x, y int) error {
	if !s.progressive {
		var b [64]int16
		if err := s.means(i, &b); err != nil {
			return err
		}
		if err := s.band(s.ac[i], &b, 1, 63); err != nil {
			return err
		}
		inverseDCT(p.pix[8*(y*p.stride+x):], p.stride, &b, p.quant)
		return nil
	}
	b := &p.coefs[y*(p.stride/8)+x]
	switch {
	case s.first == 0 && s.high == 0:
		return s.means(i, b)
	case s.first == 0:
		b[0] |= int16(s.bits.read(1)) << s.low
		return nil
	case s.high == 0:
		return s.band(s.ac[i], b, s.first, s.last)
	}
	return s.refine(s.ac[i], b)
}

// means reads a block's first coefficient, as the difference from that of the block before.
func (s *jpegScan) means(i int, b *[64]int16) error {
	n, err := s.bits.symbol(s.dc[i])
	if err != nil {
		return err
	}
	if n > 15 {
		return errors.New("a mean of more than 15 bits")
	}
	s.mean[i] += s.bits.signed(uint(n))
	b[0] = int16(s.mean[i] << s.low)
	return nil
}

// band reads the coefficients from k to last for the first time (T.81, F.2.2.2 and G.1.2.2).
func (s *jpegScan) band(t *jpegHuffman, b *[64]int16, k, last int) error {
	if s.ended > 0 {
		s.ended--
		return nil
	}
	for ; k <= last; k++ {
		rs, err := s.bits.symbol(t)
		if err != nil {
			return err
		}
		run, size := int(rs>>4), uint(rs&15)
		if size == 0 {
			if run == 15 {
				k += 15
				continue
			}
			if s.progressive {
				s.ended = 1<<run + int(s.bits.read(uint(run))) - 1
			}
			return nil
		}
		if k += run; k > last {
			return errors.New("more coefficients than a block has")
		}
		b[zigzag[k]] = int16(s.bits.signed(size) << s.low)
	}
	return nil
}

// refine reads one more bit of the coefficients of a band (T.81, G.1.2.3).
func (s *jpegScan) refine(t *jpegHuffman, b *[64]int16) error {
	one, k := int16(1)<<s.low, s.first
	more := func(c *int16) { // of a coefficient that is not zero
		if s.bits.read(1) == 1 && *c&one == 0 {
			if *c > 0 {
				*c += one
			} else {
				*c -= one
			}
		}
	}
	for ; s.ended == 0 && k <= s.last; k++ {
		rs, err := s.bits.symbol(t)
		if err != nil {
			return err
		}
		run, size, value := int(rs>>4), rs&15, int16(0)
		switch {
		case size > 1:
			return errors.New("a coefficient that is refined by more than one bit")
		case size == 1:
			if value = -one; s.bits.read(1) == 1 {
				value = one
			}
		case run < 15:
			s.ended = 1<<run + int(s.bits.read(uint(run)))
		}
		if s.ended > 0 {
			break
		}
		for ; k <= s.last; k++ { // until run zeros have been skipped
			if c := &b[zigzag[k]]; *c != 0 {
				more(c)
			} else if run--; run < 0 {
				break
			}
		}
		if value != 0 {
			if k > s.last {
				return errors.New("more coefficients than a block has")
			}
			b[zigzag[k]] = value
		}
	}
	if s.ended > 0 {
		for ; k <= s.last; k++ {
			if c := &b[zigzag[k]]; *c != 0 {
				more(c)
			}
		}
		s.ended--
	}
	return nil
}
