package preprocess

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A tiffPage is what a directory says about pixels. Everything that we would decode to other pixels
// than the writer meant has been refused.
type tiffPage struct {
	*tiffDir
	width, height           int
	bits, samples           int // of a pixel
	photometric             int
	compression, predictor  int
	planar, reversed        bool // one plane for each sample; bits of a byte from the lowest on
	alpha                   int  // meaning of the first sample after the colours: one of the alpha constants
	blockWidth, blockHeight int  // of a strip or tile
	tiled                   bool
	offsets, counts         []uint64 // of the blocks, plane by plane; counts may be nil
	jpegTables              []byte
	palette                 []uint64
}

// Photometric interpretations: the meaning of a pixel's samples.
const (
	whiteIsZero, blackIsZero, rgbSamples, paletteIndex = 0, 1, 2, 3
	cmykInks, ycbcrSamples                             = 5, 6
)

// Meaning of a sample after the colours (tag ExtraSamples).
const (
	alphaNone         = 0 // unspecified, and ignored
	alphaAssociated   = 1 // opacity that the colours have been multiplied by
	alphaUnassociated = 2
)

// The compressions that are decoded.
const (
	tiffRaw, tiffFax3, tiffFax4, tiffLZW, tiffJPEG = 1, 3, 4, 5, 7
	tiffDeflate, tiffOldDeflate, tiffPackBits      = 8, 32946, 32773
)

var photometrics = map[int]string{
	4: "transparency mask", 8: "CIE L*a*b* colours", 9: "ICC L*a*b* colours", 10: "ITU L*a*b* colours",
	32803: "a camera's colour filter array (raw)", 32844: "LogL luminance", 32845: "LogLuv colours",
	34892: "linear raw data of a camera", 51177: "a depth map",
}

var compressions = map[int]string{
	2: "CCITT modified Huffman (RLE)", 6: "old-style JPEG", 9: "JBIG", 10: "JBIG", 32766: "NeXT", 32771: "CCITT RLE, word aligned",
	32809: "ThunderScan", 32908: "PixarFilm", 32909: "PixarLog", 33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000", 33007: "JPEG (Olympus)", 34661: "JBIG",
	34676: "SGI LogLuv", 34677: "SGI LogLuv 24", 34712: "JPEG 2000", 34713: "Nikon NEF", 34887: "LERC",
	34892: "lossy JPEG of a DNG", 34925: "LZMA", 34933: "PNG", 50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}

// refused is the error for a valid file of a kind that is not decoded. It names the kind.
type refused string

func (r refused) Error() string { return string(r) }

func refusef(format string, a ...any) error { return refused(fmt.Sprintf(format, a...)) }

// readTIFFPage reads and checks the first page of a file.
func readTIFFPage(data []byte) (*tiffPage, error) {
	d, err := readTIFFDir(data)
	if err != nil {
		return nil, err
	}
	p := &tiffPage{tiffDir: d}
	var subfile, planar, fill, tileWidth, tileHeight, rows, inkSet, t4, t6, absent int
	for _, f := range []struct {
		to     *int
		tag    tiffTag
		absent int
	}{
		{&subfile, tagSubfile, 0}, {&p.width, tagWidth, 0}, {&p.height, tagHeight, 0}, {&p.compression, tagCompression, tiffRaw},
		{&p.photometric, tagPhotometric, whiteIsZero}, {&fill, tagFillOrder, 1}, {&p.samples, tagSamples, 0}, {&rows, tagRowsPerStrip, 0},
		{&planar, tagPlanar, 1}, {&t4, tagT4Options, 0}, {&t6, tagT6Options, 0}, {&p.predictor, tagPredictor, 1},
		{&tileWidth, tagTileWidth, 0}, {&tileHeight, tagTileHeight, 0}, {&inkSet, tagInkSet, 1}, {&absent, tagDNGVersion, -1},
	} {
		if *f.to, err = d.int(f.tag, f.absent); err != nil {
			return nil, err
		}
	}
	switch {
	case absent != -1, bytes.HasPrefix(data[8:], []byte("CR\x02")):
		return nil, refused("a camera's raw file")
	case subfile&1 != 0:
		return nil, refused("its first page is a reduced copy (thumbnail) of another page, as in a camera's raw file")
	case subfile&4 != 0:
		return nil, refused("its first page is a transparency mask of another page")
	}
	if p.width < 1 || p.height < 1 {
		return p, nil // the check of the size reports it
	}
	if name, bad := compressions[p.compression]; bad {
		return nil, refusef("compression %d, %s", p.compression, name)
	}
	if !slices.Contains([]int{tiffRaw, tiffFax3, tiffFax4, tiffLZW, tiffJPEG, tiffDeflate, tiffOldDeflate, tiffPackBits}, p.compression) {
		return nil, refusef("compression %d", p.compression)
	}
	if err := p.readSamples(inkSet); err != nil {
		return nil, err
	}
	if fill != 1 && fill != 2 || planar != 1 && planar != 2 {
		return nil, fmt.Errorf("FillOrder %d and PlanarConfiguration %d are not both 1 or 2", fill, planar)
	}
	p.planar, p.reversed = planar == 2 && p.samples > 1, fill == 2
	if p.planar && p.photometric == ycbcrSamples {
		return nil, refused("YCbCr colours in separate planes (PlanarConfiguration 2)")
	}
	if p.compression == tiffFax3 || p.compression == tiffFax4 {
		switch {
		case p.bits != 1 || p.samples != 1:
			return nil, refusef("fax compression of %d samples of %d bits", p.samples, p.bits)
		case p.compression == tiffFax3 && t4&1 != 0:
			return nil, refused("two-dimensional CCITT Group 3 (T4Options)")
		case t4&2 != 0 || t6&2 != 0:
			return nil, refused("CCITT with parts that are not compressed (T4Options or T6Options)")
		}
	}
	if p.compression == tiffLZW || p.compression == tiffDeflate || p.compression == tiffOldDeflate {
		switch {
		case p.predictor == 3:
			return nil, refused("Predictor 3 (floating point)")
		case p.predictor > 3:
			return nil, refusef("Predictor %d", p.predictor)
		case p.predictor == 2 && p.bits < 8:
			return nil, refusef("Predictor 2 with samples of %d bits", p.bits)
		}
	} else {
		p.predictor = 1 // other compressions have none
	}
	return p, p.readBlocks(tileWidth, tileHeight, rows)
}

// readSamples checks the meaning of a pixel's samples.
func (p *tiffPage) readSamples(inkSet int) error {
	bits, err := p.ints(tagBits)
	if err != nil {
		return err
	}
	if len(bits) == 0 {
		bits = []uint64{1}
	}
	if p.samples == 0 {
		p.samples = len(bits)
	}
	formats, err := p.ints(tagSampleFormat)
	if err != nil {
		return err
	}
	for _, f := range formats {
		switch f {
		case 1, 4: // integers; "undefined" is read as integers
		case 2:
			return refused("signed samples (SampleFormat 2)")
		case 3:
			return refusef("floating-point samples of %d bits (SampleFormat 3)", bits[0])
		default:
			return refusef("SampleFormat %d", f)
		}
	}
	for _, b := range bits {
		if b != bits[0] {
			return refusef("samples of different size (BitsPerSample %v)", bits)
		}
	}
	if p.samples < 1 || p.samples > 8 {
		return refusef("%d samples a pixel", p.samples)
	}
	p.bits = int(min(bits[0], 1<<16))
	if !slices.Contains([]int{1, 2, 4, 8, 16}, p.bits) {
		return refusef("samples of %d bits", p.bits)
	}
	if name, bad := photometrics[p.photometric]; bad {
		return refusef("PhotometricInterpretation %d, %s", p.photometric, name)
	}
	colours, ok := map[int]int{whiteIsZero: 1, blackIsZero: 1, rgbSamples: 3, paletteIndex: 1, cmykInks: 4, ycbcrSamples: 3}[p.photometric]
	switch {
	case !ok:
		return refusef("PhotometricInterpretation %d", p.photometric)
	case p.photometric == cmykInks && inkSet != 1:
		return refusef("inks that are not CMYK (InkSet %d)", inkSet)
	case p.photometric == ycbcrSamples && p.compression != tiffJPEG:
		return refused("YCbCr colours that are not compressed as JPEG")
	case p.compression == tiffJPEG && p.bits != 8:
		return refusef("JPEG compression of samples of %d bits", p.bits)
	case p.photometric == cmykInks && p.bits < 8, p.photometric == paletteIndex && p.bits > 8:
		return refusef("PhotometricInterpretation %d with samples of %d bits", p.photometric, p.bits)
	case p.samples < colours:
		return fmt.Errorf("%d samples a pixel for PhotometricInterpretation %d", p.samples, p.photometric)
	}
	extra, err := p.ints(tagExtraSamples)
	if err != nil {
		return err
	}
	if p.samples > colours {
		p.alpha = alphaNone
		if len(extra) > 0 {
			p.alpha = int(min(extra[0], 3))
		} else if p.samples == colours+1 && p.photometric != cmykInks {
			p.alpha = alphaUnassociated // some writers leave out the tag; a fourth colour is opacity
		}
		if p.alpha != alphaNone && (p.photometric == cmykInks || p.photometric == paletteIndex || p.photometric == ycbcrSamples) {
			return refusef("an alpha channel with PhotometricInterpretation %d", p.photometric)
		}
		if p.alpha == 3 {
			p.alpha = alphaNone
		}
	}
	if p.photometric == paletteIndex {
		if p.palette, err = p.ints(tagColorMap); err != nil {
			return err
		}
		if len(p.palette) != 3<<p.bits {
			return fmt.Errorf("a ColorMap of %d numbers for samples of %d bits", len(p.palette), p.bits)
		}
	}
	return nil
}

// readBlocks finds the strips or tiles. Their number follows from the size, and all of them must be
// present.
func (p *tiffPage) readBlocks(tileWidth, tileHeight, rows int) (err error) {
	from, sizes := tagStripOffsets, tagStripBytes
	p.blockWidth, p.blockHeight = p.width, p.height
	if rows > 0 && rows < p.height {
		p.blockHeight = rows
	}
	if tileWidth != 0 || tileHeight != 0 {
		p.tiled, p.blockWidth, p.blockHeight = true, tileWidth, tileHeight
		if _, ok := p.tags[tagTileOffsets]; ok {
			from, sizes = tagTileOffsets, tagTileBytes
		}
		// A small picture in a huge tile would make a few bytes of file take much memory.
		if tileWidth < 1 || tileHeight < 1 || tileWidth > max(p.width+15, 1024) || tileHeight > max(p.height+15, 1024) {
			return fmt.Errorf("tiles of %d x %d in a picture of %d x %d", tileWidth, tileHeight, p.width, p.height)
		}
	}
	if p.offsets, err = p.ints(from); err != nil {
		return err
	}
	if p.counts, err = p.ints(sizes); err != nil {
		return err
	}
	across, down := p.blocks()
	n := across * down
	if p.planar {
		n *= p.samples
	}
	if len(p.offsets) < n || len(p.counts) < n && (p.counts != nil || n > 1) {
		return fmt.Errorf("%d strips or tiles where %d are needed", min(len(p.offsets), len(p.counts)), n)
	}
	var sum uint64
	for _, c := range p.counts {
		sum += min(c, uint64(len(p.data)))
	}
	if sum > 16*uint64(len(p.data)) { // identical ones may share their place, but not all of a large file
		return errors.New("strips or tiles that lie over each other")
	}
	if e := p.tags[tagJPEGTables]; p.compression == tiffJPEG {
		p.jpegTables = e.value
	}
	return nil
}

// blocks returns how many strips or tiles there are in a row and in a column.
func (p *tiffPage) blocks() (across, down int) {
	return (p.width + p.blockWidth - 1) / p.blockWidth, (p.height + p.blockHeight - 1) / p.blockHeight
}

// block returns the bytes of block i as the file has them.
func (p *tiffPage) block(i int) ([]byte, error) {
	from := p.offsets[i]
	if p.counts == nil { // an old writer's only strip
		if from > uint64(len(p.data)) {
			return nil, io.ErrUnexpectedEOF
		}
		return p.data[from:], nil
	}
	return p.slice(from, p.counts[i])
}

// memory bounds what decoding allocates: the canvas, and block by block what is made of it.
func (p *tiffPage) memory() int64 {
	const pixel, place, read = 8, 8, 2 // bytes of a pixel on the canvas, and of a place; how often these are read
	across, down := p.blocks()
	blocks := int64(across) * int64(down)
	if p.planar {
		blocks *= int64(p.samples)
	}
	stored := int64(len(p.data))
	if p.counts != nil {
		stored = 0
		for _, c := range p.counts {
			stored += int64(min(c, uint64(len(p.data))))
		}
	}
	block := int64(p.rowBytes())*int64(p.blockHeight) + 1024
	n := pixel*int64(p.width)*int64(p.height) + read*place*int64(len(p.offsets)+len(p.counts))
	switch p.compression {
	case tiffRaw:
	case tiffDeflate, tiffOldDeflate, tiffPackBits:
		n += blocks * block
	case tiffJPEG: // components of a byte or, with coefficients, of three, in units of up to 32 x 32
		unit := int64(p.blockWidth+32) * int64(p.blockHeight+32)
		n += stored + blocks*(int64(len(p.jpegTables))+block+3*int64(p.samples)*unit)
	default:
		n += 4 * blocks * block // in a buffer that grows
	}
	if p.reversed {
		n += stored
	}
	return n
}

// tiffConfig returns the size, and refuses all that decodeTIFF would refuse.
func tiffConfig(data []byte) (extent, error) {
	p, err := readTIFFPage(data)
	if err != nil {
		return extent{}, err
	}
	s := extent{width: p.width, height: p.height}
	if s.width < 1 || s.height < 1 {
		return s, nil // the check of the size reports it
	}
	s.samples = p.memory()
	return s, nil
}

// hintFor says how to convert what is refused.
func hintFor(kind string) string {
	if strings.Contains(kind, "raw") {
		return develop
	}
	return "convert it to an 8-bit RGB PNG, for example: magick in.file -colorspace sRGB -depth 8 PNG24:out.png"
}
