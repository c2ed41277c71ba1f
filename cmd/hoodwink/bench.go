package main

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hoodwink/internal/kernel"
	"hoodwink/model"
	"hoodwink/nn"
	"hoodwink/tensor"
)

// A benchmark is what bench measures; its JSON is a contract. Times are for the whole batch,
// medians over the runs. A gradient is a Forward and a Backward.
type benchmark struct {
	Model          string       `json:"model"`
	Batch          int          `json:"batch"`
	Threads        int          `json:"threads"`
	Runs           int          `json:"runs"`
	Kernel         string       `json:"kernel"`
	ForwardMS      float64      `json:"forward_ms"`
	GradientMS     float64      `json:"gradient_ms"`
	GFLOPSForward  float64      `json:"gflops_forward"`
	GFLOPSGradient float64      `json:"gflops_gradient"`
	PeakGFLOPS     float64      `json:"peak_gflops"`
	ShareForward   float64      `json:"share_forward"` // of the peak, in [0,1]
	ShareGradient  float64      `json:"share_gradient"`
	Layers         []layerBench `json:"layers,omitempty"`
}

// A layerBench is one layer's part, medians over the runs.
type layerBench struct {
	Name       string  `json:"name"`
	Kind       string  `json:"kind"`
	ForwardMS  float64 `json:"forward_ms"`
	BackwardMS float64 `json:"backward_ms"`
	GFLOPS     float64 `json:"gflops"` // of both directions together
	Share      float64 `json:"share"`  // of the gradient's time
}

func (a *app) benchCommand() *cobra.Command {
	var batch, runs int
	var layers bool
	c := &cobra.Command{
		Use:   "bench",
		Short: "measure how fast a model runs on this machine",
		Long: `Run a model forward, and forward and back to its input, and print the median times,
the arithmetic done in a second, and what share that is of what this machine's
multiply-add units can do, which is measured in the same run. Close other programs.`,
		Example: `  hoodwink bench
  hoodwink bench -m squeezenet --batch 8 --threads 2 --layers`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if batch < 1 || runs < 1 {
				return usageError("", "--batch and --runs want at least 1")
			}
			return a.bench(c.Context(), batch, runs, layers)
		},
	}
	f := c.Flags()
	f.IntVar(&batch, "batch", 1, "pictures run together")
	f.IntVar(&runs, "runs", 15, "runs to take the median of")
	f.BoolVar(&layers, "layers", false, "also print a table of the layers")
	return c
}

func (a *app) bench(ctx context.Context, batch, runs int, layers bool) error {
	m, err := a.openModel()
	if err != nil {
		return err
	}
	threads := a.threads
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	b, err := a.measure(ctx, m, batch, runs, threads)
	if err != nil {
		return err
	}
	if !layers {
		b.Layers = nil
	}
	if a.json {
		return a.printJSON(b)
	}
	return a.printBench(b)
}

// measure interleaves the measurement of the peak with the runs of the network, so that both see
// the machine in the same state.
func (a *app) measure(ctx context.Context, m *model.Model, batch, runs, threads int) (*benchmark, error) {
	s, err := m.Network.NewSession(nn.SessionOptions{Batch: batch, Threads: threads})
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range s.Input().Data {
		s.Input().Data[i] = 255 * r.Float32()
	}
	dout := tensor.New(append([]int{batch}, m.Network.OutputShape()...)...)
	for n := range batch {
		dout.Image(n)[0] = 1
	}
	s.Forward()
	s.Backward(dout)
	const peakTime = 20 * time.Millisecond
	var forward, gradient, peak []float64
	var profiles [][]nn.LayerTime
	bar := a.progress("measuring", runs)
	defer bar.stop()
	for range runs {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		peak = append(peak, kernel.Active.Peak(threads, peakTime))
		start := time.Now()
		s.Forward()
		forward = append(forward, milliseconds(time.Since(start)))
		start = time.Now()
		s.Forward()
		s.Backward(dout)
		gradient = append(gradient, milliseconds(time.Since(start)))
		profiles = append(profiles, s.Profile(dout))
		bar.add(1)
	}
	b := &benchmark{Model: m.Name, Batch: batch, Threads: threads, Runs: runs, Kernel: kernel.Active.Name,
		ForwardMS: median(forward), GradientMS: median(gradient), PeakGFLOPS: median(peak) / 1e9}
	b.Layers = layerMedians(profiles, batch)
	var macs float64
	for _, l := range profiles[0] {
		macs += float64(l.MACs) * float64(batch)
	}
	b.GFLOPSForward = 2 * macs / b.ForwardMS / 1e6
	b.GFLOPSGradient = 4 * macs / b.GradientMS / 1e6
	b.ShareForward, b.ShareGradient = b.GFLOPSForward/b.PeakGFLOPS, b.GFLOPSGradient/b.PeakGFLOPS
	return b, nil
}

func layerMedians(profiles [][]nn.LayerTime, batch int) []layerBench {
	var out []layerBench
	total := 0.0
	for i, l := range profiles[0] {
		var forward, backward []float64
		for _, p := range profiles {
			forward = append(forward, milliseconds(p[i].Forward))
			backward = append(backward, milliseconds(p[i].Backward))
		}
		b := layerBench{Name: l.Name, Kind: l.Kind, ForwardMS: median(forward), BackwardMS: median(backward)}
		if both := b.ForwardMS + b.BackwardMS; both > 0 {
			b.GFLOPS = 4 * float64(l.MACs) * float64(batch) / both / 1e6
			total += both
		}
		out = append(out, b)
	}
	for i := range out {
		if total > 0 {
			out[i].Share = (out[i].ForwardMS + out[i].BackwardMS) / total
		}
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

func (a *app) printBench(b *benchmark) error {
	say(a.stdout, "%s, batch %d, %d threads, %s kernels, median of %d runs\n", b.Model, b.Batch, b.Threads, b.Kernel, b.Runs)
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	say(w, "\tms\tpictures/s\tGFLOP/s\tof the peak\t\n")
	for _, r := range []struct {
		name              string
		ms, gflops, share float64
	}{{"forward", b.ForwardMS, b.GFLOPSForward, b.ShareForward}, {"gradient", b.GradientMS, b.GFLOPSGradient, b.ShareGradient}} {
		say(w, "%s\t%.2f\t%.1f\t%.1f\t%.1f %%\t\n", r.name, r.ms, 1000*float64(b.Batch)/r.ms, r.gflops, 100*r.share)
	}
	say(w, "peak\t\t\t%.1f\t\t\n", b.PeakGFLOPS)
	if len(b.Layers) > 0 {
		say(w, "\t\t\t\t\t\nlayer\tkind\tforward ms\tbackward ms\tGFLOP/s\tshare\t\n")
		for _, l := range b.Layers {
			say(w, "%s\t%s\t%.3f\t%.3f\t%.1f\t%.1f %%\t\n", l.Name, l.Kind, l.ForwardMS, l.BackwardMS, l.GFLOPS, 100*l.Share)
		}
	}
	return w.Flush()
}
