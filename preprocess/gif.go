package preprocess

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"io"
	"slices"
)

// wholeGIF returns a GIF file whose screen contains its first frame. Some files have a frame that
// exceeds the screen, and readers enlarge the screen. A first frame without any colour table is
// refused, because then each reader decides what its numbers mean.
func wholeGIF(data []byte) ([]byte, error) {
	const screen, tableBit = 13, 0x80
	if len(data) < screen {
		return nil, io.ErrUnexpectedEOF
	}
	table := func(flags byte) int {
		if flags&tableBit == 0 {
			return 0
		}
		return 3 << (1 + flags&7)
	}
	at := screen + table(data[10])
	for at+1 < len(data) {
		switch data[at] {
		case 0x21: // an extension: sub-blocks up to an empty one
			for at += 2; at < len(data) && data[at] != 0; at += 1 + int(data[at]) {
			}
			at++
		case 0x2c: // the first frame
			if at+10 > len(data) {
				return data, nil
			}
			f := data[at:]
			if data[10]&tableBit == 0 && f[9]&tableBit == 0 {
				return nil, refused("no colour table")
			}
			for i := range 2 {
				need := int(binary.LittleEndian.Uint16(f[1+2*i:])) + int(binary.LittleEndian.Uint16(f[5+2*i:]))
				if need > int(binary.LittleEndian.Uint16(data[6+2*i:])) && need <= 0xffff {
					data = slices.Clone(data)
					binary.LittleEndian.PutUint16(data[6+2*i:], uint16(need))
				}
			}
			return data, nil
		default:
			return data, nil // the decoder reports everything else
		}
	}
	return data, nil
}

func gifConfig(data []byte) (extent, error) {
	data, err := wholeGIF(data)
	if err != nil {
		return extent{}, err
	}
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	const pixel = 2 // an index, and another one if the rows are interlaced
	s := extentOf(c, pixel)
	s.samples += int64(len(data)) // perhaps copied
	return s, err
}

func decodeGIF(data []byte) (image.Image, error) {
	data, err := wholeGIF(data)
	if err != nil {
		return nil, err
	}
	return gif.Decode(bytes.NewReader(data))
}
