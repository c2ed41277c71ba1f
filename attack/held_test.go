package attack

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"
)

// TestParked: an attack whose pixels leave memory before every step, once or several times, has the
// same result and is observed the same, bit for bit. Meanwhile it holds nothing.
func TestParked(t *testing.T) {
	eachProblem(t, func(t *testing.T, a LoopAttack, p *Problem, m *net) {
		seen := func(to *[]float32) func(Step) {
			return func(s Step) {
				*to = append(append(append(*to, s.Pixels...), s.Grad...), s.Logits...)
			}
		}
		var plain, parked []float32
		p.Observe = seen(&plain)
		want := run(t, a, p)
		m.forwards, m.backwards = 0, 0
		p.Observe = seen(&parked)
		calls := 0
		p.Between = func(h *LoopHeld) error {
			calls++
			for range 1 + calls%2 {
				var file bytes.Buffer
				bytes := h.Bytes()
				if err := h.Park(&file); err != nil {
					t.Fatal(err)
				}
				if h.Bytes() != 0 || p.X.Data != nil || int64(file.Len()) != bytes {
					t.Fatalf("parked, it holds %d bytes; %d of %d were written", h.Bytes(), file.Len(), bytes)
				}
				clear(m.dx.Data) // the model's own memory may go, too
				if err := h.Return(&file); err != nil {
					t.Fatal(err)
				}
			}
			return nil
		}
		got := run(t, a, p)
		if !slices.Equal(got.X.Data, want.X.Data) || calls == 0 || calls != m.forwards {
			t.Errorf("another result after %d calls before %d forwards", calls, m.forwards)
		}
		same := func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }
		if !slices.EqualFunc(plain, parked, same) {
			t.Error("the steps are others")
		}
	})
}

// TestParkFails: where pixels cannot be written they stay, and where they cannot be read again the
// attack ends with that error.
func TestParkFails(t *testing.T) {
	m := random(5, 4, 5)
	p := &Problem{Model: m, X: noise(m, 256, 1), Norm: Linf, Eps: 0.12, Levels: 256}
	p.Criteria = leave(m, p.X)
	full := errors.New("the disk is full")
	p.Between = func(h *LoopHeld) error {
		before := h.Bytes()
		if err := h.Park(failing{full}); !errors.Is(err, full) || h.Bytes() != before {
			t.Errorf("%v, and %d of %d bytes are held", err, h.Bytes(), before)
		}
		return nil
	}
	run(t, PGD{}, p)
	p.Between = func(h *LoopHeld) error {
		if err := h.Park(&bytes.Buffer{}); err != nil {
			return err
		}
		return h.Return(&bytes.Buffer{})
	}
	if r, err := (PGD{}).Run(t.Context(), p); err == nil || r != nil {
		t.Errorf("%v, %v", r, err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
