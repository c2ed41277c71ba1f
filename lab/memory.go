package lab

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"

	"hoodwink/internal/machine"
	"hoodwink/nn"
	"hoodwink/preprocess"
)

// Every job takes from the lab's memory what it will hold before it decodes anything, so that any
// number of requests fit. The bytes of a pixel say what a job holds of it besides decoding.
const (
	pixelBytes    = 3 * 4              // three float32
	gradientBytes = 2 * pixelBytes     // the model's gradient, and that of the loss
	readBytes     = 2*pixelBytes + 4   // of each that the model reads, beside the attack's: question, gradient; mask
	wholeBytes    = 4*pixelBytes + 4*2 // of each pixel: original, latest step and its gradient, result; mask, a picture
	jobBytes      = 32 << 20           // of any job: views, records, pages
	drawingBytes  = 64 << 20           // of a drawing of the largest size
	storyBytes    = 256 << 20          // of an experiment: networks at work, figures

	defaultMemory = 1344 << 20
	leastMemory   = 512 << 20
	ownMemory     = 160 << 20 // of the program itself and the models that are open
	forRequests   = 256 << 20 // that runs leave to requests, which are short

	muchMemory = 64 << 20 // what is worth a collection
)

// memoryOf returns how much memory a lab may use: as asked for, or the default, or half of the
// machine's if that is less.
func memoryOf(asked int64) (int64, error) {
	if asked != 0 && asked < leastMemory {
		return 0, fmt.Errorf("a lab with %d MB of memory: want at least %d MB", asked>>20, leastMemory>>20)
	}
	if asked != 0 {
		return asked, nil
	}
	n := int64(defaultMemory)
	if free, ok := machine.Memory(); ok {
		n = max(leastMemory, min(n, free/2))
	}
	return n, nil
}

// limitMemory has the garbage collector keep the process within its memory, unless the user has set
// GOMEMLIMIT.
func limitMemory(n int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(n)
	}
}

// collect frees what a job has left behind before others get its memory. Left to itself, the collector
// begins only when the next job has allocated, and the process has had both at the same time.
func collect(bytes int64) {
	if bytes >= muchMemory {
		runtime.GC()
	}
}

// jobs is the size of the gate of memory: what the program itself does not need.
func jobs(memory int64) int64 { return memory - ownMemory }

// room waits for memory for a request. The returned function gives it back.
func (l *Lab) room(ctx context.Context, bytes int64) (leave func(), err error) {
	switch l.memory.outlook(bytes) {
	case fitsNever:
		return nil, l.tooMuch(bytes, jobs(l.o.Memory), "make the picture smaller")
	case fitsLater:
		return nil, refuse(http.StatusServiceUnavailable, "memory_taken", fmt.Sprintf("this takes %d MB of memory, which a run has taken", bytes>>20),
			"try again when the run has ended, or pause it; a smaller picture takes less")
	}
	return l.memory.enter(ctx, bytes)
}

// job waits for memory and then for a place among the short jobs.
func (l *Lab) job(ctx context.Context, bytes int64) (release func(), err error) {
	leave, err := l.room(ctx, bytes)
	if err != nil {
		return nil, err
	}
	done, err := l.short.enter(ctx, 1)
	if err != nil {
		leave()
		return nil, err
	}
	return func() { done(); leave() }, nil
}

// tooMuch is the problem of a job that takes more memory than there is.
func (l *Lab) tooMuch(bytes, most int64, hint string) error {
	return refuse(http.StatusRequestEntityTooLarge, "memory_exceeded", fmt.Sprintf("this would take %d MB of memory, more than the %d MB that there are for it", bytes>>20, most>>20),
		hint+", or have the lab started with more --memory")
}

// mostOfRun is the memory that a run may take.
func (l *Lab) mostOfRun() int64 { return jobs(l.o.Memory) - forRequests }

// A burden is what a picture weighs: the bytes that decoding takes, and its pixels.
type burden struct{ decoding, pixels int64 }

// with returns the memory of a job that holds some bytes for each pixel besides the picture itself,
// and more whatever the picture.
func (b burden) with(each, more int64) int64 {
	return jobBytes + max(b.decoding, (pixelBytes+each)*b.pixels) + more
}

// weigh reads the header of a picture.
func (l *Lab) weigh(ctx context.Context, path, name string) (b burden, err error) {
	leave, err := l.short.enter(ctx, 1)
	if err != nil {
		return b, err
	}
	defer leave()
	f, err := openPicture(path)
	if err != nil {
		return b, err
	}
	defer f.Close()
	h, err := preprocess.ReadHeader(f, name, l.o.Limits)
	if err != nil {
		return b, pictureProblem(err)
	}
	return burden{h.Memory, int64(h.Width) * int64(h.Height)}, nil
}

// weighRun returns the memory of a run that attacks some pixels: while it decodes its pictures, or
// while it attacks.
func (l *Lab) weighRun(
	ctx context.Context, picture, mask *Picture, height, width int, o *opened, room int,
) (int64, error) {
	attacking, err := weighAttack(o.m.Spec, height, width, room)
	if err != nil {
		return 0, runProblem(err)
	}
	var decoding int64
	for _, p := range []*Picture{picture, mask} {
		if p == nil {
			continue
		}
		b, err := l.weigh(ctx, l.picturePath(p.ID), p.Name)
		if err != nil {
			return 0, err
		}
		decoding += b.decoding
	}
	session, err := sessionBytes(o, false)
	if err != nil {
		return 0, runProblem(err)
	}
	n := jobBytes + max(decoding, attacking) + session
	if most := l.mostOfRun(); n > most {
		return 0, l.tooMuch(n, most, "attack it at the network's size (at: model), make the picture smaller, or take another attack")
	}
	return n, nil
}

// weighAttack returns what an attack that has room for a number of pictures holds: all of the picture, and
// more of the pixels that the model reads.
func weighAttack(spec preprocess.Spec, height, width, room int) (int64, error) {
	p, err := spec.BindPixels(1, height, width, preprocess.Pixels{Read: true})
	if err != nil {
		return 0, err
	}
	h, w := p.Reads().Size()
	return wholeBytes*int64(height)*int64(width) + (readBytes+pixelBytes*int64(room))*int64(h)*int64(w), nil
}

// sessionBytes returns what a model at work takes in this process.
func sessionBytes(o *opened, forwardOnly bool) (int64, error) {
	if o.sent != nil {
		return 0, nil
	}
	m, err := o.m.Network.Memory(nn.SessionOptions{ForwardOnly: forwardOnly})
	return m.Total(), err
}
