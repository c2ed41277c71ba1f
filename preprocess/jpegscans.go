package preprocess

// maxScans bounds the passes of a progressive JPEG. Encoders make about ten. A pass that
// changes nothing costs a few bytes of file but a visit to every block of the picture,
// so that a file within all other limits could keep the decoder busy for hours.
const maxScans = 200

// jpegScans counts the scans of a JPEG up to its end marker.
func jpegScans(data []byte) int {
	const (
		stuffed, restart0, restart7 = 0x00, 0xd0, 0xd7
		start, end, scan, fill      = 0xd8, 0xd9, 0xda, 0xff
	)
	scans := 0
	for i := 0; i+1 < len(data); {
		marker := data[i+1]
		switch {
		case data[i] != 0xff, marker == fill:
			i++ // compressed data, or padding before a marker
		case marker == end:
			return scans
		case marker == stuffed, marker >= restart0 && marker <= restart7, marker == start:
			i += 2
		case i+3 >= len(data):
			return scans
		default:
			if marker == scan {
				scans++
			}
			i += 2 + max(2, int(data[i+2])<<8|int(data[i+3]))
		}
	}
	return scans
}
