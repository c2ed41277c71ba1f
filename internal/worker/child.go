package worker

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"hoodwink/internal/advice"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/nn"
	"hoodwink/preprocess"
	"hoodwink/tensor"
)

// An Addition is a network that a child is to register and check. Paths are absolute.
type Addition struct {
	Name    string          `json:"name"`
	Network string          `json:"network"` // its file
	Folder  string          `json:"folder"`  // models folder to write the contract to
	Labels  string          `json:"labels"`
	Output  string          `json:"output"`
	Spec    preprocess.Spec `json:"spec"`
	Memory  int64           `json:"memory"` // bytes that the network may take at work, by its estimate
	Threads int             `json:"threads"`
}

// An Added is what became of an Addition.
type Added struct {
	Description model.Description `json:"description"`
	OK          bool              `json:"ok"` // no finding is an error
	Findings    []model.Finding   `json:"findings"`
}

// An opening names a model to be opened.
type opening struct {
	Folder  string `json:"folder"` // models folder
	Name    string `json:"name"`
	Threads int    `json:"threads"`
}

// A child is what the process of a network knows. It answers one request at a time.
type child struct {
	wire
	m       *model.Model
	threads int

	// The only session: the latest kind that was asked for.
	session *nn.Session
	batch   int
	only    bool // forward only
	dout    *tensor.Tensor
}

// serve answers requests until there are no more: then the parent has ended, in whatever way, and
// so does the child, whatever it is doing.
func serve(in io.Reader, out io.Writer, answer func(*child, kind, []byte) error) {
	type request struct {
		kind kind
		body []byte
	}
	requests := make(chan request)
	go func() {
		w := wire{r: in}
		for {
			k, body, err := w.receive(maxBody)
			if err != nil {
				os.Exit(0)
			}
			requests <- request{k, body} // the parent sends the next one after the answer
		}
	}()
	c := &child{wire: wire{w: out}}
	if c.send(hello, []byte(version), nil) != nil {
		return
	}
	for q := range requests {
		if answer(c, q.kind, q.body) != nil {
			return
		}
	}
}

// answer serves a request.
func (c *child) answer(k kind, body []byte) (err error) {
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(os.Stderr, "a panic: %v\n%s", v, debug.Stack())
			c.session = nil
			err = c.sendJSON(failure, Failure{Text: "something went wrong with this network; the lab's log says more"})
		}
	}()
	var reply any
	var values []float32
	switch k {
	case add:
		reply, err = c.add(body)
	case open:
		reply, err = c.open(body)
	case forward:
		values, err = c.forward(body)
	case backward:
		values, err = c.backward(body)
	default:
		return errGarbled
	}
	var own *Failure
	switch {
	case errors.As(err, &own):
		return c.sendJSON(failure, own)
	case errors.As(err, new(*nn.MemoryError)):
		return c.sendJSON(failure, Failure{Large: true, Text: err.Error(), Advice: advice.Of(err)})
	case err != nil:
		return c.sendJSON(failure, Failure{Text: err.Error(), Advice: advice.Of(err)})
	case values != nil:
		return c.send(answer, nil, values)
	}
	return c.sendJSON(answer, reply)
}

// add registers a network and checks it.
func (c *child) add(body []byte) (*Added, error) {
	var q Addition
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, err
	}
	m, err := store.Add(store.Addition{Name: q.Name, Folder: q.Network, Labels: q.Labels, Output: q.Output, Spec: q.Spec, Accept: q.accept},
		store.Options{Dir: q.Folder, Threads: q.Threads, Memory: q.Memory})
	if err != nil {
		return nil, err
	}
	u, err := m.Check(context.Background(), model.CheckOptions{})
	if err != nil {
		return nil, err
	}
	return &Added{m.Describe(), u.OK, u.Findings}, nil
}

// accept refuses a network that is too large, before it runs.
func (q *Addition) accept(net *nn.Network) error {
	const here = "register it with 'hoodwink models add' on the server's machine instead"
	large := func(format string, args ...any) error {
		return &Failure{Large: true, Text: fmt.Sprintf("the model %q ", q.Name) + fmt.Sprintf(format, args...), Advice: here}
	}
	switch n, err := memory(net); {
	case err != nil:
		return err
	case n > q.Memory:
		return large("would take %d MB of memory at work, more than the limit of %d MB", n>>20, q.Memory>>20)
	}
	if n := tensor.Size(net.OutputShape()); n > maxClasses {
		return large("has %d classes, more than the limit of %d", n, maxClasses)
	}
	if n := net.Work(); n > maxWork {
		return large("would take %d million operations for a picture, more than the limit of %d million", n/1e6, maxWork/1_000_000)
	}
	if n := tensor.Size(net.InputShape()); n > maxValues {
		return large("takes pictures of %d values, more than the limit of %d", n, maxValues)
	}
	return nil
}

// memory returns the bytes that a network takes at work: its weights as they came, and a session.
func memory(net *nn.Network) (int64, error) {
	m, err := net.Memory(nn.SessionOptions{})
	return 4*net.Params() + m.Total(), err
}

// open opens a registered model.
func (c *child) open(body []byte) (*model.Description, error) {
	var q opening
	err := json.Unmarshal(body, &q)
	if err == nil {
		c.threads = q.Threads
		c.m, err = store.Open(q.Name, store.Options{Dir: q.Folder, Threads: q.Threads})
	}
	if err != nil {
		return nil, err
	}
	d := c.m.Describe()
	return &d, nil
}

// forward runs the network on a batch.
func (c *child) forward(body []byte) ([]float32, error) {
	if c.m == nil || len(body) < passHead {
		return nil, errGarbled
	}
	batch, only := int(binary.LittleEndian.Uint32(body)), body[4] != 0
	if c.session == nil || c.batch != batch || c.only != only {
		if c.session != nil {
			c.session, c.dout = nil, nil
			runtime.GC() // before the next one takes as much
		}
		s, err := c.m.Network.NewSession(nn.SessionOptions{Batch: batch, Threads: c.threads, ForwardOnly: only})
		if err != nil {
			return nil, err
		}
		c.session, c.batch, c.only = s, batch, only
	}
	if !decode(c.session.Input().Data, body[passHead:]) {
		return nil, errGarbled
	}
	out := c.session.Forward()
	if c.dout == nil {
		c.dout = tensor.New(out.Shape...)
	}
	return out.Data, nil
}

// backward differentiates at the latest forward.
func (c *child) backward(body []byte) ([]float32, error) {
	if c.session == nil || c.only || !decode(c.dout.Data, body) {
		return nil, errGarbled
	}
	return c.session.Backward(c.dout).Data, nil
}
