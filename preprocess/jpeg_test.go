package preprocess

import (
	"bytes"
	"hash/crc32"
	"math"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"
)

// A jpegMaker writes JPEG files of given coefficients, in every order that the format knows. Its Huffman tables
// give every symbol a code of 9 bits, which is the symbol.
type jpegMaker struct {
	out           bytes.Buffer
	width, height int
	sampling      [][2]int
	coefs         [][][64]int // of every component: its blocks, row by row, in whole units
	restart       int
	frame         byte // SOF0, SOF1 or SOF2
	acc           uint64
	n             int
}

// newJPEG makes random coefficients: few and small ones, as in a picture.
func newJPEG(width, height int, sampling ...[2]int) *jpegMaker {
	m := &jpegMaker{width: width, height: height, sampling: sampling, frame: markSOF0}
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range sampling {
		w, h := m.blocks(i)
		c := make([][64]int, w*h)
		for b := range c {
			c[b][0] = rng.IntN(600) - 300
			for range rng.IntN(20) {
				c[b][1+rng.IntN(63)] = rng.IntN(41) - 20
			}
		}
		m.coefs = append(m.coefs, c)
	}
	return m
}

func (m *jpegMaker) max() (h, v int) {
	for _, s := range m.sampling {
		h, v = max(h, s[0]), max(v, s[1])
	}
	return h, v
}

// blocks returns the blocks of a component in whole units.
func (m *jpegMaker) blocks(i int) (w, h int) {
	mh, mv := m.max()
	return ceilDiv(m.width, 8*mh) * m.sampling[i][0], ceilDiv(m.height, 8*mv) * m.sampling[i][1]
}

func (m *jpegMaker) segment(marker byte, body ...byte) {
	m.out.Write([]byte{0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)})
	m.out.Write(body)
}

func (m *jpegMaker) put(v, n int) {
	m.acc, m.n = m.acc<<n|uint64(v)&(1<<n-1), m.n+n
	for m.n >= 8 {
		b := byte(m.acc >> (m.n - 8))
		m.out.WriteByte(b)
		if b == 0xff {
			m.out.WriteByte(0)
		}
		m.n -= 8
	}
}

func (m *jpegMaker) flush() {
	if m.n > 0 {
		m.put(0x7f, 8-m.n)
	}
	m.acc, m.n = 0, 0
}

// number puts the bits of a number after a symbol has told how many.
func (m *jpegMaker) number(v, size int) {
	if v < 0 {
		v += 1<<size - 1
	}
	m.put(v, size)
}

func size(v int) int { return bits.Len(uint(max(v, -v))) }

// begin writes all up to the first scan.
func (m *jpegMaker) begin() {
	m.out.WriteString("\xff\xd8")
	m.segment(markDQT, append([]byte{0}, bytes.Repeat([]byte{3}, 64)...)...)
	frame := []byte{8, byte(m.height >> 8), byte(m.height), byte(m.width >> 8), byte(m.width), byte(len(m.sampling))}
	for i, s := range m.sampling {
		frame = append(frame, byte(i+1), byte(s[0]<<4|s[1]), 0)
	}
	m.segment(m.frame, frame...)
	for class := range byte(2) {
		n := []int{16, 255}[class] // means have no other symbols
		table := append([]byte{class << 4}, 0, 0, 0, 0, 0, 0, 0, 0, byte(n), 0, 0, 0, 0, 0, 0, 0)
		for s := range n {
			table = append(table, byte(s))
		}
		m.segment(markDHT, table...)
	}
	if m.restart > 0 {
		m.segment(markDRI, byte(m.restart>>8), byte(m.restart))
	}
}

// scan writes one scan of the given components: coefficients first..last, from bit high-1 (all, if 0) to bit low.
func (m *jpegMaker) scan(first, last, high, low int, comps ...int) {
	body := []byte{byte(len(comps))}
	for _, c := range comps {
		body = append(body, byte(c+1), 0)
	}
	m.segment(markSOS, append(body, byte(first), byte(last), byte(high<<4|low))...)
	mh, mv := m.max()
	across, down := ceilDiv(m.width, 8*mh), ceilDiv(m.height, 8*mv)
	if len(comps) == 1 {
		s := m.sampling[comps[0]]
		across, down = ceilDiv(ceilDiv(m.width*s[0], mh), 8), ceilDiv(ceilDiv(m.height*s[1], mv), 8)
	}
	mean, run, units := map[int]int{}, 0, 0
	endRun := func() {
		if run > 0 {
			n := bits.Len(uint(run)) - 1
			m.put(n<<4, 9)
			m.put(run-1<<n, n)
			run = 0
		}
	}
	for y := range down {
		for x := range across {
			if m.restart > 0 && units > 0 && units%m.restart == 0 {
				endRun()
				m.flush()
				m.out.Write([]byte{0xff, markRST0 + byte(units/m.restart-1)%8})
				mean = map[int]int{}
			}
			units++
			for _, c := range comps {
				h, v := m.sampling[c][0], m.sampling[c][1]
				stride, _ := m.blocks(c)
				if len(comps) == 1 {
					h, v = 1, 1
				}
				for b := range h * v {
					block := &m.coefs[c][(y*v+b/h)*stride+x*h+b%h]
					k := first
					if k == 0 && high > 0 {
						m.put(block[0]>>low&1, 1)
						k = 1
					} else if k == 0 {
						now := block[0] >> low
						m.put(size(now-mean[c]), 9)
						m.number(now-mean[c], size(now-mean[c]))
						mean[c] = now
						k = 1
					}
					if k > last {
						continue
					}
					if high > 0 {
						m.refine(block, k, last, low)
						continue
					}
					zeros := 0
					for ; k <= last; k++ {
						v := block[k] / (1 << low)
						if v == 0 {
							zeros++
							continue
						}
						endRun()
						for ; zeros > 15; zeros -= 16 {
							m.put(0xf0, 9)
						}
						m.put(zeros<<4|size(v), 9)
						m.number(v, size(v))
						zeros = 0
					}
					if zeros > 0 {
						if run++; m.frame != markSOF2 || run == 1<<14 {
							endRun()
						}
					}
				}
			}
		}
	}
	endRun()
	m.flush()
}

// refine writes one more bit of the coefficients of a band.
func (m *jpegMaker) refine(block *[64]int, first, last, low int) {
	end := 0 // of the coefficients that begin with this bit
	for k := first; k <= last; k++ {
		if size(block[k]) == low+1 {
			end = k
		}
	}
	var late []int // bits of coefficients that have begun before
	zeros := 0
	emit := func(symbol int) {
		m.put(symbol, 9)
	}
	corrections := func() {
		for _, b := range late {
			m.put(b, 1)
		}
		late = nil
	}
	for k := first; k <= last; k++ {
		v := max(block[k], -block[k]) >> low
		if v == 0 {
			zeros++
			continue
		}
		for ; zeros > 15 && k <= end; zeros -= 16 {
			emit(0xf0)
			corrections()
		}
		if v > 1 {
			late = append(late, v&1)
			continue
		}
		emit(zeros<<4 | 1)
		sign := 1
		if block[k] < 0 {
			sign = 0
		}
		m.put(sign, 1)
		corrections()
		zeros = 0
	}
	if zeros > 0 || len(late) > 0 {
		emit(0)
		corrections()
	}
}

func (m *jpegMaker) end() []byte {
	m.out.WriteString("\xff\xd9")
	return m.out.Bytes()
}

// orders are ways to write the same coefficients.
var orders = map[string]func(m *jpegMaker){
	"interleaved": func(m *jpegMaker) {
		m.begin()
		m.scan(0, 63, 0, 0, m.all()...)
	},
	"apart": func(m *jpegMaker) {
		m.begin()
		for _, c := range m.all() {
			m.scan(0, 63, 0, 0, c)
		}
	},
	"progressive": func(m *jpegMaker) {
		m.frame = markSOF2
		m.begin()
		m.scan(0, 0, 0, 1, m.all()...)
		for _, c := range m.all() {
			m.scan(1, 5, 0, 2, c)
			m.scan(6, 63, 0, 2, c)
			m.scan(1, 63, 2, 1, c)
		}
		m.scan(0, 0, 1, 0, m.all()...)
		for _, c := range m.all() {
			m.scan(1, 63, 1, 0, c)
		}
	},
}

func (m *jpegMaker) all() []int {
	var all []int
	for i := range m.sampling {
		all = append(all, i)
	}
	return all
}

// TestJPEGOrders: every sampling, in every order of scans and with restart markers after every number of units,
// gives the pixels that libjpeg-turbo 3.2 (Pillow 13.0) gives, of which the sums are below.
func TestJPEGOrders(t *testing.T) {
	for _, c := range []struct {
		sampling [][2]int
		sum      uint32
	}{
		{[][2]int{{1, 1}}, 0xefd87b26},
		{[][2]int{{2, 2}}, 0xefd87b26},
		{[][2]int{{1, 1}, {1, 1}, {1, 1}}, 0x3f13421c},
		{[][2]int{{2, 1}, {1, 1}, {1, 1}}, 0x99df4b4c},
		{[][2]int{{1, 2}, {1, 1}, {1, 1}}, 0x48e18f9c},
		{[][2]int{{2, 2}, {1, 1}, {1, 1}}, 0xa8239040},
		{[][2]int{{4, 1}, {1, 1}, {1, 1}}, 0xacfe571},
		{[][2]int{{3, 1}, {1, 1}, {1, 1}}, 0xea630504},
		{[][2]int{{1, 3}, {1, 3}, {1, 1}}, 0xcf6c2705},
		{[][2]int{{2, 2}, {2, 1}, {1, 2}}, 0xd658a2a9},
		{[][2]int{{1, 1}, {2, 2}, {2, 1}}, 0x98f5cb15},
		{[][2]int{{4, 2}, {1, 1}, {1, 1}}, 0x7ffa0f69},
	} {
		for name, write := range orders {
			for _, restart := range []int{0, 1, 2, 7} {
				m := newJPEG(45, 35, c.sampling...)
				m.restart = restart
				write(m)
				file := m.end()
				p, err := Decode(bytes.NewReader(file), "made", Limits{})
				if err != nil {
					t.Errorf("%v, %s, restart %d: %v", c.sampling, name, restart, err)
					continue
				}
				h, w := p.Size()
				rgb := make([]byte, 3*h*w)
				for i := range h * w {
					for k := range 3 {
						rgb[3*i+k] = Level(p.Pixels.Data[k*h*w+i])
					}
				}
				if got := crc32.ChecksumIEEE(rgb); got != c.sum {
					t.Errorf("%v, %s, restart %d: sum %#x, want %#x", c.sampling, name, restart, got, c.sum)
				}
			}
		}
	}
}

// TestJPEGRefused: what is in order but not decoded is named.
func TestJPEGRefused(t *testing.T) {
	file := func(change func(frame []byte)) []byte {
		m := newJPEG(8, 8, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1})
		orders["interleaved"](m)
		b := m.end()
		change(b[bytes.Index(b, []byte{0xff, markSOF0}):])
		return b
	}
	const hint = "convert it"
	for kind, want := range map[byte]string{0xc3: "lossless coding", 0xc5: "hierarchical coding", 0xc9: "arithmetic coding", 0xca: "progressive arithmetic coding", 0xf7: "JPEG-LS"} {
		fails(t, file(func(f []byte) { f[1] = kind }), Limits{}, "is a JPEG of a kind that is not supported: "+want, hint)
	}
	fails(t, file(func(f []byte) { f[4] = 12 }), Limits{}, "is a JPEG of a kind that is not supported: samples of 12 bits", hint)
	fails(t, file(func(f []byte) { f[11], f[14] = 0x21, 0x31 }), Limits{}, "is a JPEG of a kind that is not supported: sampling factors 2 x 1 beside 3 x 1", hint)
	m := newJPEG(8, 8, [2]int{1, 1})
	m.frame = markSOF2
	m.begin()
	m.scan(0, 0, 0, 0, 0)
	fails(t, m.end(), Limits{}, "is a JPEG of a kind that is not supported: progressive coding that ends before full detail", hint)
}

// TestJPEGHostile: memory is taken in proportion to the file.
func TestJPEGHostile(t *testing.T) {
	for _, frame := range []byte{markSOF0, markSOF2} {
		m := newJPEG(8, 8, [2]int{1, 1}, [2]int{1, 1}, [2]int{1, 1})
		m.frame = frame
		m.begin()
		last := 63
		if frame == markSOF2 {
			last = 0
		}
		m.scan(0, last, 0, 0, 0, 1, 2)
		b := m.end()
		copy(b[bytes.Index(b, []byte{0xff, frame})+5:], "\x1b\x58\x1b\x58") // 7000 x 7000
		var err error
		if n := allocated(func() { _, err = Decode(bytes.NewReader(b), "x", Limits{}) }); n > 1<<20 || err == nil || !strings.Contains(err.Error(), "truncated") {
			t.Errorf("frame %#x: %d bytes were allocated for a file of %d: %v", frame, n, len(b), err)
		}
	}
}

// TestInverseDCT compares with the definition.
func TestInverseDCT(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var quant [64]uint16
	for i := range quant {
		quant[i] = uint16(1 + i%5)
	}
	for trial := range 100 {
		var coefs [64]int16
		for range trial % 20 {
			coefs[rng.IntN(64)] = int16(rng.IntN(101) - 50)
		}
		var got [64]uint8
		inverseDCT(got[:], 8, &coefs, &quant)
		for y := range 8 {
			for x := range 8 {
				sum := 0.0
				for v := range 8 {
					for u := range 8 {
						c := float64(coefs[8*v+u]) * float64(quant[8*v+u]) / 4
						if u == 0 {
							c /= math.Sqrt2
						}
						if v == 0 {
							c /= math.Sqrt2
						}
						sum += c * math.Cos(float64(2*x+1)*float64(u)*math.Pi/16) * math.Cos(float64(2*y+1)*float64(v)*math.Pi/16)
					}
				}
				want := min(max(sum+128, 0), 255)
				if !(math.Abs(float64(got[8*y+x])-want) <= 0.6) {
					t.Fatalf("trial %d, sample (%d,%d) is %d, want %.2f", trial, x, y, got[8*y+x], want)
				}
			}
		}
	}
}

func FuzzJPEG(f *testing.F) {
	for _, write := range orders {
		for _, restart := range []int{0, 2} {
			m := newJPEG(20, 18, [2]int{2, 2}, [2]int{1, 1}, [2]int{1, 2})
			m.restart = restart
			write(m)
			f.Add(m.end())
		}
	}
	f.Fuzz(fuzzOf("jpeg"))
}
