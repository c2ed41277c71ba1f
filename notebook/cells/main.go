// Cells runs the cells of a notebook in Go. It reads one JSON object a line, {"code": "..."},
// and answers each with events, one a line, of which the last has "done": true.
//
// It must be started in a module, whose packages and requirements are what cells can import.
// The kernel in ../kernels/hoodwink-go starts it.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"hoodwink/internal/atomicfile"
)

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cells:", err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	// An interrupt goes to all processes; it is meant for the cell's program.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	dir, remove, err := atomicfile.Folder(os.TempDir())
	if err != nil {
		return err
	}
	defer remove()
	r := &runner{dir: dir}
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var q struct {
			Code string `json:"code"`
		}
		if err := requests.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var lost error
		r.run(q.Code, func(e Event) {
			if err := answers.Encode(e); err != nil && lost == nil {
				lost = err
			}
		})
		if lost != nil {
			return lost
		}
	}
}
