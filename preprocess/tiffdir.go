package preprocess

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// A tiffDir is the first page of a TIFF file: its tags, not interpreted yet. Sizes and offsets are
// the file's own claims; nothing is allocated that is longer than the part of the file it is read
// from.
type tiffDir struct {
	data  []byte
	order binary.ByteOrder
	big   bool // BigTIFF: counts and offsets have 64 bits
	tags  map[tiffTag]tiffEntry
}

// A tiffEntry is the value of a tag: count numbers of size bytes each.
type tiffEntry struct {
	kind, size int
	value      []byte
}

type tiffTag uint16

// The tags that affect pixels (TIFF 6.0 and Adobe's supplements).
const (
	tagSubfile      tiffTag = 254
	tagWidth        tiffTag = 256
	tagHeight       tiffTag = 257
	tagBits         tiffTag = 258
	tagCompression  tiffTag = 259
	tagPhotometric  tiffTag = 262
	tagFillOrder    tiffTag = 266
	tagStripOffsets tiffTag = 273
	tagOrientation  tiffTag = 274
	tagSamples      tiffTag = 277
	tagRowsPerStrip tiffTag = 278
	tagStripBytes   tiffTag = 279
	tagPlanar       tiffTag = 284
	tagT4Options    tiffTag = 292
	tagT6Options    tiffTag = 293
	tagPredictor    tiffTag = 317
	tagColorMap     tiffTag = 320
	tagTileWidth    tiffTag = 322
	tagTileHeight   tiffTag = 323
	tagTileOffsets  tiffTag = 324
	tagTileBytes    tiffTag = 325
	tagInkSet       tiffTag = 332
	tagExtraSamples tiffTag = 338
	tagSampleFormat tiffTag = 339
	tagJPEGTables   tiffTag = 347
	tagDNGVersion   tiffTag = 50706
)

// tiffSizes are the sizes in bytes of the types from BYTE to IFD8; 0 means that there is no such
// type.
var tiffSizes = [...]int{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8}

// readTIFFDir reads the first directory of a file.
func readTIFFDir(data []byte) (*tiffDir, error) {
	if len(data) < 8 {
		return nil, io.ErrUnexpectedEOF
	}
	d := &tiffDir{data: data, order: binary.LittleEndian, tags: map[tiffTag]tiffEntry{}}
	if data[0] == 'M' {
		d.order = binary.BigEndian
	}
	at, entry, inline := uint64(d.order.Uint32(data[4:])), 12, 4
	d.big = d.order.Uint16(data[2:]) == 43
	if d.big {
		if len(data) < 16 {
			return nil, io.ErrUnexpectedEOF
		}
		at, entry, inline = d.order.Uint64(data[8:]), 20, 8
	}
	head := 2
	if d.big {
		head = 8
	}
	rest, err := d.slice(at, uint64(head))
	if err != nil {
		return nil, err
	}
	n := uint64(d.order.Uint16(rest))
	if d.big {
		n = d.order.Uint64(rest)
	}
	if n > 1<<16 {
		return nil, errors.New("its directory claims more than 65536 tags")
	}
	list, err := d.slice(at+uint64(head), n*uint64(entry))
	if err != nil {
		return nil, err
	}
	for e := range slices.Chunk(list, entry) {
		tag, kind := tiffTag(d.order.Uint16(e)), int(d.order.Uint16(e[2:]))
		if _, twice := d.tags[tag]; twice || kind >= len(tiffSizes) || tiffSizes[kind] == 0 {
			continue // the first of two counts; a type that does not exist yet belongs to a tag that we do not know
		}
		count, field := uint64(d.order.Uint32(e[4:])), e[8:]
		if d.big {
			count, field = d.order.Uint64(e[4:]), e[12:]
		}
		size := uint64(tiffSizes[kind])
		if count > math.MaxInt32 {
			count = math.MaxInt32 // longer than any file that is read
		}
		value := field[:min(count*size, uint64(inline))]
		if count*size > uint64(inline) {
			from := uint64(d.order.Uint32(field))
			if d.big {
				from = d.order.Uint64(field)
			}
			if value, err = d.slice(from, count*size); err != nil {
				value = nil // matters only if the tag is needed
			}
		}
		d.tags[tag] = tiffEntry{kind, int(size), value}
	}
	return d, nil
}

// slice returns n bytes of the file from an offset.
func (d *tiffDir) slice(from, n uint64) ([]byte, error) {
	if size := uint64(len(d.data)); from > size || n > size-from {
		return nil, io.ErrUnexpectedEOF
	}
	return d.data[from : from+n], nil
}

// ints returns the integers of a tag, or nil if the file does not have it.
func (d *tiffDir) ints(tag tiffTag) ([]uint64, error) {
	e, ok := d.tags[tag]
	if !ok {
		return nil, nil
	}
	if e.value == nil {
		return nil, io.ErrUnexpectedEOF
	}
	v := make([]uint64, 0, len(e.value)/e.size)
	for b := range slices.Chunk(e.value, e.size) {
		switch e.kind {
		case 1, 7: // BYTE, UNDEFINED
			v = append(v, uint64(b[0]))
		case 3: // SHORT
			v = append(v, uint64(d.order.Uint16(b)))
		case 4, 13: // LONG, IFD
			v = append(v, uint64(d.order.Uint32(b)))
		case 16, 18: // LONG8, IFD8
			v = append(v, d.order.Uint64(b))
		default:
			return nil, fmt.Errorf("tag %d is not made of whole numbers (type %d)", tag, e.kind)
		}
	}
	return v, nil
}

// int returns the first number of a tag, or absent if the file does not have it.
func (d *tiffDir) int(tag tiffTag, absent int) (int, error) {
	v, err := d.ints(tag)
	if err != nil || len(v) == 0 {
		return absent, err
	}
	if v[0] > math.MaxInt32 {
		v[0] = math.MaxInt32
	}
	return int(v[0]), nil
}
