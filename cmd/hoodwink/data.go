package main

import (
	"context"
	"errors"
	"os"

	"hoodwink/dataset"
)

// maxDataUsage is the help of the flag --max-data.
const maxDataUsage = "memory that the data may take, as 4GB: what takes more is refused (default 2GB)"

// openData opens data to train on or to take pictures from. MNIST is downloaded if it is nowhere.
func (a *app) openData(ctx context.Context, data string, o dataset.OpenOptions) (*dataset.Parts, error) {
	o.Root, o.Limits = os.Getenv("HOODWINK_DATA"), a.limits()
	parts, err := dataset.Open(data, o)
	var missing *dataset.MissingError
	if !errors.As(err, &missing) || missing.Name != "mnist" {
		return parts, err
	}
	dir, err := a.fetchMNIST(ctx, o.Root)
	if err != nil {
		return nil, err
	}
	a.note("MNIST is now in %s", dir)
	return dataset.Open(data, o)
}
