package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"hoodwink/model"
	"hoodwink/model/store"
)

func (a *app) modelsExportCommand() *cobra.Command {
	var output string
	var o model.ExportOptions
	c := &cobra.Command{
		Use:   "export NAME",
		Short: "write a model as ONNX, for hoodwink and any other program",
		Long: `Write the network of a model, given by its name, its folder or its .onnx file, as an
ONNX file of opset 17, with its contract hoodwink.yaml and the names of its classes
beside it: the folder is a model that --model takes. Scales that were folded into
weights stay there; a softmax at the end is left out, so that the results are logits.

The file is read back and its logits are compared with the model's.`,
		Example: `  hoodwink models export googlenet -o exported/googlenet.onnx
  hoodwink models export sketchbook -o small/sketch.onnx --half
  hoodwink predict --model exported photo.jpg`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if output == "" {
				return usageError("name the file to write, e.g. -o model.onnx", "no -o was given")
			}
			return a.modelsExport(args[0], output, o)
		},
	}
	f := c.Flags()
	f.StringVarP(&output, "output", "o", "", "the .onnx file to write; its folder becomes the model's")
	f.BoolVar(&o.Half, "half", false, "weights in half precision: half the size, rounded")
	f.BoolVar(&o.Force, "force", false, "replace files that are there")
	return c
}

func (a *app) modelsExport(name, output string, o model.ExportOptions) error {
	m, err := store.Open(name, a.modelOptions())
	if err != nil {
		return err
	}
	for _, n := range m.Notes {
		a.note("%s", n)
	}
	e, err := m.Export(output, o)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(e)
	}
	say(a.stdout, "%s is in %s (%.1f MB, %d layers), its contract in %s\n", e.Model, e.File, float64(e.Bytes)/1e6, e.Layers, filepath.Base(e.Contract))
	say(a.stdout, "read back, the logits of %d pictures differ by %.2g at most, the largest being %.1f\n", e.Pictures, e.MaxDiff, e.MaxLogit)
	return nil
}
