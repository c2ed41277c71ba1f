package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"hoodwink"
)

func (a *app) versionCommand() *cobra.Command {
	var licenses bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print the version, or the licences of what is in the program",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			switch {
			case licenses && a.json:
				return a.printJSON(map[string]string{"version": version, "licenses": hoodwink.Notice})
			case licenses:
				fmt.Fprint(a.stdout, hoodwink.Notice)
			case a.json:
				return a.printJSON(map[string]string{"version": version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
			default:
				fmt.Fprintf(a.stdout, "hoodwink %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&licenses, "licenses", false, "who wrote what the program is made of, and under which licences")
	return cmd
}
