package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"hoodwink/lab"
)

func (a *app) labCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "lab",
		Short:   "see it happen, in the browser",
		Example: `  hoodwink lab`,
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.lab(c.Context()) },
	}
	return c
}

func (a *app) lab(ctx context.Context) error {
	l, err := lab.New(lab.Options{Model: a.modelName, Models: a.modelOptions(), Threads: a.threads, Limits: a.limits(), Version: version})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("localhost", strconv.Itoa(lab.DefaultPort)))
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "the lab is open at http://localhost:%d\n", lab.DefaultPort)
	server := &http.Server{Handler: l.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		closing, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		server.Shutdown(closing)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return l.Close(context.Background())
}
