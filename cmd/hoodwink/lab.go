package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"hoodwink/lab"
)

// labFlags say how the lab is served.
type labFlags struct {
	port    int
	listen  string
	noOpen  bool
	hosts   []string
	dir     string
	workers int
	memory  byteSize
}

func (a *app) labCommand() *cobra.Command {
	var o labFlags
	c := &cobra.Command{
		Use:   "lab",
		Short: "see it happen, in the browser",
		Long: `Serve the lab, a workbench on which pictures are classified and made to fool a network
while one watches, and open it in the browser. Everything its pages do, a script can do
too: the API is described at /api.

The lab answers this machine only. With --listen it answers others as well, if they know
the token that is printed; give the names they use with --host.`,
		Example: `  hoodwink lab
  hoodwink lab --no-open --port 8080
  hoodwink lab --no-open --listen 0.0.0.0 --host lab.example.org`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.lab(c.Context(), &o) },
	}
	f := c.Flags()
	f.IntVar(&o.port, "port", lab.DefaultPort, "port to answer at (0: any that is free)")
	f.StringVar(&o.listen, "listen", "localhost", "address to answer at; any but this machine's own requires a token")
	f.BoolVar(&o.noOpen, "no-open", false, "do not open the browser")
	f.StringArrayVar(&o.hosts, "host", nil, "name under which the lab may be asked for, besides localhost (repeatable)")
	f.StringVar(&o.dir, "dir", "", "folder of pictures, runs and uploaded models (default: in the user's cache)")
	f.IntVar(&o.workers, "workers", 1, "runs at a time; each uses all threads")
	f.Var(&o.memory, "memory", "memory that the lab may use, as 2GB: what takes more is refused (default 1344MB, or half of what is free if that is less)")
	return c
}

// labAddress is what is printed about a lab that is open.
type labAddress struct {
	URL   string `json:"url"`
	Token string `json:"token,omitempty"`
}

func (a *app) lab(ctx context.Context, o *labFlags) error {
	listener, err := net.Listen("tcp", net.JoinHostPort(o.listen, strconv.Itoa(o.port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return &codedError{err: fmt.Errorf("port %d is taken, perhaps by another lab", o.port), code: exitFailure, hint: "give another one with --port, or --port 0 for any that is free"}
	} else if err != nil {
		return usageError("--listen localhost or 0.0.0.0, and --port 9990", "%w", err)
	}
	defer listener.Close()
	address := labAddress{}
	options := lab.Options{Dir: o.dir, Model: a.modelName, Models: a.modelOptions(), Threads: a.threads, Workers: o.workers, Memory: int64(o.memory), Limits: a.limits(), Version: version,
		Log: slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	at := listener.Addr().(*net.TCPAddr)
	name := "localhost"
	for _, h := range o.hosts {
		options.Hosts = append(options.Hosts, strings.ToLower(h))
		name = h
	}
	if !at.IP.IsLoopback() {
		if address.Token = labToken(); name == "localhost" && !at.IP.IsUnspecified() {
			name = at.IP.String()
		}
		options.Token = address.Token
	}
	l, err := lab.New(options)
	if err != nil {
		return err
	}
	address.URL = fmt.Sprintf("http://%s/", net.JoinHostPort(name, strconv.Itoa(at.Port)))
	if address.Token != "" {
		address.URL += "?token=" + address.Token
	}
	if a.json {
		err = a.printJSONLine(address)
	} else {
		_, err = fmt.Fprintf(a.stdout, "the lab is open at %s (Ctrl-C ends it)\n", address.URL)
	}
	if err == nil && !o.noOpen {
		defer openBrowser(address)()
	}
	if err == nil {
		err = l.Serve(ctx, listener)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("a run could not be ended in time, what it had done is kept: %w", err)
	}
	return err
}

// labToken returns a new token for a lab that others may use.
func labToken() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
