package preprocess

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// FuzzOrientation: EXIF of any kind of picture, on its own, gives one of the eight orientations.
func FuzzOrientation(f *testing.F) {
	directory := []byte{'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0}
	segment := append([]byte("Exif\x00\x00"), directory...)
	jpeg := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(segment)+2))
	jpeg = append(append(jpeg, segment...), 0xff, 0xd9)
	chunk := append([]byte("EXIF"), binary.LittleEndian.AppendUint32(nil, uint32(len(directory)))...)
	webp := append([]byte("RIFF\x2e\x00\x00\x00WEBP"), append(chunk, directory...)...)
	png := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x1aeXIf"), directory...)
	for kind, data := range map[string][]byte{"tiff": directory, "jpeg": jpeg, "webp": webp, "png": png, "gif": nil} {
		f.Add(kind, data)
	}
	if got := orientation(jpeg, "jpeg"); got != 6 {
		f.Fatalf("the first seed has orientation %d, want 6", got)
	}
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		before := bytes.Clone(data)
		if o := orientation(data, kind); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
		if !bytes.Equal(data, before) {
			t.Error("the file was changed")
		}
	})
}
