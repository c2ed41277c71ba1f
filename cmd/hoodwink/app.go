package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hoodwink/attacks"
	"hoodwink/internal/kernel"
	"hoodwink/internal/machine"
	"hoodwink/internal/wording"
	"hoodwink/model"
	"hoodwink/model/store"
	"hoodwink/preprocess"
)

// version is set by the release build (-ldflags "-X main.version=...").
var version = "0.1.0-dev"

// An app is one run of the program: its streams and the flags all commands share.
type app struct {
	ctx            context.Context // done at the first Ctrl-C
	stdin          io.Reader
	stdout, stderr io.Writer // what is written there passes wording.NewWriter
	terminal       io.Writer // standard error itself, for progress bars
	screen         bool      // standard output is a terminal

	modelName string
	modelsDir string
	threads   int
	json      bool
	quiet     bool
	maxPixels int
}

// command builds the command tree.
func (a *app) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "hoodwink",
		Short: "make image classifiers see things",
		Long: `hoodwink loads a pretrained image classifier, follows the gradient back to the
pixels of a picture, and writes a picture that looks the same and fools it.`,
		Example: `  hoodwink demo                                  everything at once, without any download
  hoodwink predict cat.jpg                       what is it?
  hoodwink fool panda.jpg --as vulture           make it something else
  hoodwink fool panda.jpg --not panda            make it anything else
  hoodwink gradient panda.jpg --class vulture    which pixels matter
  hoodwink find castle ~/Photos                  search photos without tags
  hoodwink train --data mnist --out digits       a network of your own`,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError("see 'hoodwink --help'", "hoodwink has no command %q", args[0])
			}
			return c.Help()
		},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	f := root.PersistentFlags()
	f.StringVarP(&a.modelName, "model", "m", "", "model: a registered name, a folder or an .onnx file (default googlenet, else the embedded sketchbook)")
	f.StringVar(&a.modelsDir, "models", "", "folder of models (default $HOODWINK_MODELS, then the user cache)")
	f.IntVar(&a.threads, "threads", 0, "threads to use; the result does not depend on it (0: all)")
	f.BoolVar(&a.json, "json", false, "print JSON on standard output")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no progress on standard error")
	f.IntVar(&a.maxPixels, "max-pixels", 0, "refuse pictures with more pixels (0: 50 million)")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if a.threads < 0 || a.threads > maxThreads {
			return usageError("", "--threads %d: want 0 to %d", a.threads, maxThreads)
		}
		if a.maxPixels < 0 {
			return usageError("", "--max-pixels %d: want at least 0", a.maxPixels)
		}
		if _, err := kernel.Choose(os.Getenv("HOODWINK_CPU")); err != nil {
			return usageError("unset HOODWINK_CPU to use the fastest", "HOODWINK_CPU: %w", err)
		}
		return nil
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError("see '"+c.CommandPath()+" --help'", "%w", err)
	})
	root.AddCommand(a.predictCommand(), a.gradientCommand(), a.foolCommand(), a.demoCommand(), a.drawCommand(), a.findCommand(),
		a.modelsCommand(), a.attacksCommand(attacks.All), a.trainCommand(), a.linearCommand(), a.reproduceCommand(), a.labCommand(), a.benchCommand(), a.selftestCommand(attacks.All), a.versionCommand())
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		// Without a function, cobra's own command prints help for shells that it does not know, and ends with 0.
		if c.Name() == "completion" {
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
		wrapArgs(c)
	}
	return root
}

// maxThreads bounds what --threads may ask for.
const maxThreads = 1024

// wrapArgs turns cobra's errors about arguments into usage errors.
func wrapArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError("usage: "+c.UseLine(), "%w", err)
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
}

// limits returns the limits of the pictures to read.
func (a *app) limits() preprocess.Limits { return preprocess.Limits{MaxPixels: a.maxPixels} }

// modelOptions says where models are. A model at work may take as much memory as is free: one that
// takes more is refused with a sentence, instead of the program being ended by the system.
func (a *app) modelOptions() store.Options {
	free, _ := machine.Memory()
	return store.Options{Dir: a.modelsDir, Context: a.ctx, Memory: free}
}

// openModel opens the model named by --model. Without a name it is GoogLeNet if that is present,
// otherwise the embedded network. It says on stderr which one it took, and what was assumed about
// the model.
func (a *app) openModel() (*model.Model, error) {
	if a.modelName != "" {
		m, err := store.Open(a.modelName, a.modelOptions())
		if err == nil {
			for _, n := range m.Notes {
				a.note("%s", n)
			}
		}
		return m, err
	}
	m, err := store.Open("googlenet", a.modelOptions())
	var missing *store.MissingError
	if errors.As(err, &missing) {
		a.note("GoogLeNet is not here ('hoodwink models pull googlenet' fetches it); using the embedded network '%s', which knows drawings only", store.Embedded)
		return store.Open(store.Embedded, a.modelOptions())
	}
	return m, err
}

// note prints one line for people on standard error.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		say(a.stderr, "hoodwink: %s\n", fmt.Sprintf(format, args...))
	}
}

// interactive reports whether standard error is a terminal that can show progress.
func (a *app) interactive() bool {
	return !a.quiet && isTerminal(a.terminal)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// printJSONLine writes one value as a line of JSON.
func (a *app) printJSONLine(v any) error { return printLine(a.stdout, v) }

func printLine(w io.Writer, v any) error {
	return printIndented(w, v, "")
}

// printJSON writes one value as indented JSON.
func (a *app) printJSON(v any) error { return printIndented(a.stdout, v, "  ") }

// printIndented writes JSON in which what must not be shown is escaped, so that it is still there.
func printIndented(w io.Writer, v any, indent string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", indent)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(wording.JSON(b.Bytes()))
	return err
}

// say prints with a format. Of texts and errors among the arguments every one is a single line of
// what may be shown, whoever made it; lines begin and end only where the format says so.
func say(w io.Writer, format string, args ...any) {
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			args[i] = wording.Printable(v)
		case error:
			args[i] = wording.Printable(v.Error())
		}
	}
	fmt.Fprintf(w, format, args...)
}

// stem is a file's name without folder and extension, for names of output files.
func stem(path string) string {
	base := filepath.Base(path)
	if s := strings.Trim(strings.TrimSuffix(base, filepath.Ext(base)), "-."); s != "" {
		return s
	}
	return "picture"
}
