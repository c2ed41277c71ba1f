package worker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// A kind says what a frame is: a message between parent and child, which is its kind, the length of
// what follows as 32 bits, little-endian, and that.
type kind byte

const (
	hello    kind = 'h' // child: I am confined; with its version
	add      kind = 'a' // parent: register and check a network (Addition); the answer is an Added
	open     kind = 'o' // parent: open a network (opening); the answer is a model.Description
	forward  kind = 'f' // parent: batch, whether no backward follows, the input; the answer is the output
	backward kind = 'b' // parent: the output's gradient at the latest forward; the answer is the input's
	answer   kind = 'A'
	failure  kind = 'F' // child, instead of an answer: a Failure
)

// version is that of the messages, in case the program's file was replaced under a running parent.
const version = "hoodwink worker 1"

// Limits of the body of a frame.
const (
	maxText   = 4 << 20       // JSON
	maxValues = 1 << 23       // of one picture's input: 1672 x 1672 in colour
	maxFloats = 4 * maxValues // bytes of a tensor
	passHead  = 5             // bytes before the input of a forward
	maxBody   = passHead + maxFloats
)

// errGarbled is the error of a message that cannot be one.
var errGarbled = errors.New("a message of another kind or size")

// A wire reads and writes frames. Its buffers are used again, so that passes allocate nothing.
type wire struct {
	r        io.Reader
	w        io.Writer
	in, out  []byte
	incoming [5]byte
}

// send writes a frame: a head of bytes and then floats.
func (w *wire) send(k kind, head []byte, floats []float32) error {
	n := len(head) + 4*len(floats)
	if n > maxBody {
		return fmt.Errorf("a message of %d bytes, at most %d are sent", n, maxBody)
	}
	w.out = append(w.out[:0], byte(k))
	w.out = binary.LittleEndian.AppendUint32(w.out, uint32(n))
	w.out = append(w.out, head...)
	for _, v := range floats {
		w.out = binary.LittleEndian.AppendUint32(w.out, math.Float32bits(v))
	}
	_, err := w.w.Write(w.out)
	return err
}

// sendJSON writes a frame that holds a value as JSON.
func (w *wire) sendJSON(k kind, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(text) > maxText {
		return fmt.Errorf("a message of %d bytes, at most %d are sent", len(text), maxText)
	}
	return w.send(k, text, nil)
}

// receive reads a frame of at most most bytes. The body is overwritten by the next one. It grows as
// bytes arrive: a length alone takes no memory.
func (w *wire) receive(most int) (k kind, body []byte, err error) {
	if _, err := io.ReadFull(w.r, w.incoming[:]); err != nil {
		return 0, nil, err
	}
	k = kind(w.incoming[0])
	n := binary.LittleEndian.Uint32(w.incoming[1:])
	if k == failure {
		most = max(most, maxText)
	}
	if uint64(n) > uint64(most) {
		return k, nil, fmt.Errorf("%w: %d bytes, at most %d are read", errGarbled, n, most)
	}
	const piece = 1 << 20
	w.in = w.in[:0]
	for left := int(n); left > 0; {
		at, step := len(w.in), min(left, piece)
		w.in = slices.Grow(w.in, step)[:at+step]
		if _, err := io.ReadFull(w.r, w.in[at:]); err != nil {
			return k, nil, err
		}
		left -= step
	}
	return k, w.in, nil
}

// decode reads as many numbers as dst has. It reports whether the body has exactly these.
func decode(dst []float32, body []byte) bool {
	if len(body) != 4*len(dst) {
		return false
	}
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(body[4*i:]))
	}
	return true
}
