package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"hoodwink/tensor"
)

// A header is the dictionary at the start of a file.
type header struct {
	descr   string
	fortran bool
	shape   []int
}

// A kind says how one value is stored.
type kind struct {
	size    int // bytes
	value   func(b []byte) float32
	integer bool
}

// kinds are the types of values that can be read, by the letters behind the byte order.
var kinds = map[string]func(order binary.ByteOrder) kind{
	"f2": func(o binary.ByteOrder) kind {
		return kind{2, func(b []byte) float32 { return half(o.Uint16(b)) }, false}
	},
	"f4": func(o binary.ByteOrder) kind {
		return kind{4, func(b []byte) float32 { return math.Float32frombits(o.Uint32(b)) }, false}
	},
	"f8": func(o binary.ByteOrder) kind {
		return kind{8, func(b []byte) float32 { return float32(math.Float64frombits(o.Uint64(b))) }, false}
	},
	"b1": func(binary.ByteOrder) kind {
		return kind{1, func(b []byte) float32 { return float32(min(b[0], 1)) }, true}
	},
	"u1": func(binary.ByteOrder) kind { return kind{1, func(b []byte) float32 { return float32(b[0]) }, true} },
	"i1": func(binary.ByteOrder) kind {
		return kind{1, func(b []byte) float32 { return float32(int8(b[0])) }, true}
	},
	"u2": func(o binary.ByteOrder) kind {
		return kind{2, func(b []byte) float32 { return float32(o.Uint16(b)) }, true}
	},
	"i2": func(o binary.ByteOrder) kind {
		return kind{2, func(b []byte) float32 { return float32(int16(o.Uint16(b))) }, true}
	},
	"u4": func(o binary.ByteOrder) kind {
		return kind{4, func(b []byte) float32 { return float32(o.Uint32(b)) }, true}
	},
	"i4": func(o binary.ByteOrder) kind {
		return kind{4, func(b []byte) float32 { return float32(int32(o.Uint32(b))) }, true}
	},
	"u8": func(o binary.ByteOrder) kind {
		return kind{8, func(b []byte) float32 { return float32(o.Uint64(b)) }, true}
	},
	"i8": func(o binary.ByteOrder) kind {
		return kind{8, func(b []byte) float32 { return float32(int64(o.Uint64(b))) }, true}
	},
}

// half returns the value of an IEEE 754 number of 16 bits.
func half(v uint16) float32 {
	sign, exponent, fraction := float32(1), int(v>>10&31), float64(v&1023)
	if v>>15 == 1 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * float32(math.Ldexp(fraction, -24))
	case 31:
		if fraction != 0 {
			return float32(math.NaN())
		}
		return sign * float32(math.Inf(1))
	}
	return sign * float32(math.Ldexp(1024+fraction, exponent-25))
}

// kind returns how the values are stored. It refuses integers and booleans unless integers is true.
func (h *header) kind(integers bool) (kind, error) {
	var order binary.ByteOrder = binary.LittleEndian
	letters := h.descr
	if letters != "" && strings.ContainsRune("<>=|", rune(letters[0])) {
		letters = letters[1:]
		if h.descr[0] == '>' {
			order = binary.BigEndian
		}
	}
	if f := kinds[letters]; f != nil {
		if k := f(order); integers || !k.integer {
			return k, nil
		}
	}
	switch {
	case letters != "" && letters[0] == 'O':
		return kind{}, errors.New("npy values of type object: want an array of numbers (those of a list of arrays of different shapes are objects)")
	case letters != "" && (letters[0] == 'U' || letters[0] == 'S'):
		return kind{}, fmt.Errorf("npy values of type %q, which is text: want numbers (numpy.unique with return_inverse=True makes them of names)", clip(h.descr))
	case integers:
		return kind{}, fmt.Errorf("npy values of type %q: want floats of 2, 4 or 8 bytes, integers or booleans", clip(h.descr))
	}
	return kind{}, fmt.Errorf("npy values of type %q: want floats, such as \"<f4\" or \"<f8\"", clip(h.descr))
}

// parseHeader reads a dictionary such as
//
//	{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }
//
// whose three keys are all needed, once each, in any order.
func parseHeader(text string) (*header, error) {
	p := parser{rest: text}
	h := &header{}
	seen := map[string]bool{}
	p.want("{")
	for p.err == nil && !p.take("}") {
		key := p.quoted()
		p.want(":")
		if seen[key] {
			p.fail("key %q twice", clip(key))
		}
		seen[key] = true
		switch key {
		case "descr":
			if p.next("[") {
				p.fail("values are records: want plain \"<f4\" or \"<f8\"")
			}
			h.descr = p.quoted()
		case "fortran_order":
			h.fortran = p.bool()
		case "shape":
			h.shape = p.tuple()
		default:
			p.fail("unknown key %q", clip(key))
		}
		if !p.take(",") && !p.next("}") {
			p.fail("want , or } at %q", clip(p.rest))
		}
	}
	if p.err == nil && strings.Trim(p.rest, " \n") != "" {
		p.fail("more text behind the dictionary")
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if p.err == nil && !seen[key] {
			p.fail("key %q is missing", key)
		}
	}
	return h, p.err
}

// makeHeader returns the start of a file: magic, version 1, and a dictionary padded
// so that the values begin at a multiple of 64 bytes.
func makeHeader(shape []int, n int) (string, error) {
	if size, ok := tensor.CheckedSize(shape, maxValues); !ok || size != n || len(shape) > maxDims {
		return "", fmt.Errorf("%d values do not fill an array of shape %v", n, shape)
	}
	var dims strings.Builder
	for _, d := range shape {
		fmt.Fprintf(&dims, "%d, ", d)
	}
	tuple := strings.TrimSuffix(dims.String(), " ")
	if len(shape) > 1 {
		tuple = strings.TrimSuffix(tuple, ",")
	}
	dict := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", tuple)
	const fixed = len(magic) + 4
	pad := 63 - (fixed+len(dict))%64
	length := len(dict) + pad + 1
	return magic + "\x01\x00" + string([]byte{byte(length), byte(length >> 8)}) + dict + strings.Repeat(" ", pad) + "\n", nil
}

// A parser reads Python literals off the front of rest; after an error it stands still.
type parser struct {
	rest string
	err  error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// clip shortens text for an error message.
func clip(s string) string {
	const most = 120
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// next reports whether the text continues with token, after blanks.
func (p *parser) next(token string) bool {
	p.rest = strings.TrimLeft(p.rest, " \n")
	return p.err == nil && strings.HasPrefix(p.rest, token)
}

func (p *parser) take(token string) bool {
	if !p.next(token) {
		return false
	}
	p.rest = p.rest[len(token):]
	return true
}

func (p *parser) want(token string) {
	if !p.take(token) {
		p.fail("want %s at %q", token, p.rest)
	}
}

func (p *parser) quoted() string {
	for _, q := range []string{"'", `"`} {
		if p.take(q) {
			s, rest, ok := strings.Cut(p.rest, q)
			if !ok {
				p.fail("string without end")
			}
			p.rest = rest
			return s
		}
	}
	p.fail("want a string at %q", clip(p.rest))
	return ""
}

func (p *parser) bool() bool {
	if p.take("True") {
		return true
	}
	p.want("False")
	return false
}

// tuple reads (), (3,), (3, 4) or (3, 4,). Python 2 may write an L behind a dimension.
func (p *parser) tuple() []int {
	dims := []int{}
	p.want("(")
	for p.err == nil && !p.take(")") {
		if len(dims) == maxDims {
			p.fail("more than %d dimensions", maxDims)
			break
		}
		p.next("")
		digits := strings.IndexFunc(p.rest, func(r rune) bool { return r < '0' || r > '9' })
		if digits < 0 {
			digits = len(p.rest)
		}
		d, err := strconv.Atoi(p.rest[:digits])
		if err != nil {
			p.fail("want a dimension at %q", clip(p.rest))
			break
		}
		dims = append(dims, d)
		p.rest = strings.TrimPrefix(p.rest[digits:], "L")
		if !p.take(",") && !p.next(")") {
			p.fail("want , or ) at %q", clip(p.rest))
		}
	}
	return dims
}
