package hoodwink

import "hoodwink/internal/files"

// CheckOutputs finds out before the work whether its results can be written: no output may be one
// of the inputs or another output, by whatever path, and each must be in a folder that is writable.
// Inputs are files or folders, "-" is standard input. Empty names do not count.
func CheckOutputs(inputs []string, outputs ...string) error {
	if err := files.CheckOutputs(inputs, outputs...); err != nil {
		return err
	}
	for _, out := range outputs {
		if out == "" {
			continue
		}
		if err := files.CheckFolder(out); err != nil {
			return err
		}
	}
	return nil
}
