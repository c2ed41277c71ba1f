package preprocess

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/bep/imagemeta"
	"golang.org/x/image/riff"

	"hoodwink/tensor"
)

// orientation returns the EXIF orientation 1..8 of a file. It returns 1 if there is none, or none
// that can be read: damaged metadata does not make a picture unreadable.
func orientation(data []byte, kind string) int {
	switch kind { // EXIF is a TIFF file without a picture
	case "tiff":
		return tiffOrientation(data)
	case "png":
		return tiffOrientation(pngEXIF(data))
	case "webp":
		return tiffOrientation(webpEXIF(data))
	case "jpeg":
		return jpegOrientation(data)
	}
	return 1
}

func jpegOrientation(data []byte) int {
	found := 1
	wanted := func(t imagemeta.TagInfo) bool { return t.Tag == "Orientation" && t.Namespace == "IFD0" }
	_, err := guard(func() (imagemeta.DecodeResult, error) {
		return imagemeta.Decode(imagemeta.Options{
			R: bytes.NewReader(data), ImageFormat: imagemeta.JPEG, Sources: imagemeta.EXIF,
			ShouldHandleTag: wanted,
			HandleTag: func(t imagemeta.TagInfo) error {
				if v, ok := t.Value.(uint16); ok && wanted(t) {
					found = int(v)
				}
				return nil
			},
		})
	})
	if err != nil || found < 1 || found > 8 {
		return 1
	}
	return found
}

// tiffOrientation returns the orientation that the first directory of a TIFF file names, or 1.
func tiffOrientation(data []byte) int {
	d, err := readTIFFDir(data)
	if err != nil {
		return 1
	}
	if o, err := d.int(tagOrientation, 1); err == nil && o >= 1 && o <= 8 {
		return o
	}
	return 1
}

// pngEXIF returns the EXIF chunk of a PNG, or nil. imagemeta cannot be used here: it makes room for as
// many bytes as a chunk claims.
func pngEXIF(data []byte) []byte {
	const head, sum = 8, 4
	for data = data[min(len(pngMagic), len(data)):]; len(data) >= head; {
		n := uint64(binary.BigEndian.Uint32(data))
		kind, body := string(data[4:head]), data[head:]
		if n+sum > uint64(len(body)) || kind == "IEND" {
			return nil
		}
		if kind == "eXIf" {
			return body[:n]
		}
		data = body[n+sum:]
	}
	return nil
}

// webpEXIF returns the EXIF chunk of a WebP, or nil. imagemeta cannot be used here: it fails after
// a chunk of odd length.
func webpEXIF(data []byte) []byte {
	_, r, err := riff.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	for {
		id, size, chunk, err := r.Next()
		if err != nil {
			return nil
		}
		if id == (riff.FourCC{'E', 'X', 'I', 'F'}) {
			exif, err := io.ReadAll(io.LimitReader(chunk, int64(size)))
			if err != nil {
				return nil
			}
			return bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
		}
	}
}

// upright undoes an EXIF orientation: it returns x (1,3,h,w) mirrored and rotated, with height and
// width exchanged from orientation 5 on.
func upright(x *tensor.Tensor, orientation int) *tensor.Tensor {
	if orientation == 1 {
		return x
	}
	h, w := x.Shape[2], x.Shape[3]
	oh, ow := h, w
	if orientation >= 5 {
		oh, ow = w, h
	}
	// A pixel of the result at (i,j) is the pixel of x at start + i*down + j*right.
	var start, down, right int
	switch orientation {
	case 2: // mirrored left to right
		start, down, right = w-1, w, -1
	case 3: // upside down
		start, down, right = h*w-1, -w, -1
	case 4: // mirrored top to bottom
		start, down, right = (h-1)*w, -w, 1
	case 5: // mirrored at the main diagonal
		start, down, right = 0, 1, w
	case 6: // to be rotated clockwise
		start, down, right = (h-1)*w, 1, -w
	case 7: // mirrored at the other diagonal
		start, down, right = h*w-1, -1, -w
	case 8: // to be rotated counter-clockwise
		start, down, right = w-1, -1, w
	}
	out := tensor.New(1, 3, oh, ow)
	for c := range 3 {
		from, to := x.Data[c*h*w:(c+1)*h*w], out.Data[c*h*w:(c+1)*h*w]
		for i := range oh {
			for j := range ow {
				to[i*ow+j] = from[start+i*down+j*right]
			}
		}
	}
	return out
}
