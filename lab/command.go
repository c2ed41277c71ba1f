package lab

import (
	"net/url"
	"strconv"
	"strings"

	"hoodwink"
)

// command returns the command lines that do the same as a run. Comments say where to get files that
// no command makes. They name no folder of the server.
func (l *Lab) command(r *Run) string {
	var lines []string
	name := local(r.Picture.Name)
	if d := strings.Split(r.Picture.Source, ":"); len(d) == 4 { // draw:CLASS:SEED:SIZE
		lines = append(lines, hoodwink.CommandLine("draw", d[1], "--size", d[3], "--seed", d[2], "-o", name))
	} else if r.Picture.Source != "" {
		lines = append(lines, download(name, r.Picture))
	}
	args := append([]string{"fool", name, "-m", r.Request.Model}, r.Request.Args()...)
	if r.Mask != nil {
		mask := local(r.Mask.Name)
		if mask == name {
			mask = local("mask-" + r.Mask.Name)
		}
		args = append(args, "--mask", mask)
		lines = append(lines, download(mask, r.Mask))
	}
	if where := l.whereabouts(r.Request.Model); where != "" {
		lines = append(lines, where)
	}
	if l.o.Limits.MaxPixels > 0 {
		args = append(args, "--max-pixels", strconv.Itoa(l.o.Limits.MaxPixels))
	}
	return strings.Join(append(lines, hoodwink.CommandLine(args...)), "\n")
}

// whereabouts says where a model is that the command line may not find by itself.
func (l *Lab) whereabouts(name string) string {
	for _, m := range l.models() {
		switch {
		case m.Name != name:
		case m.Kind == "uploaded":
			return "# " + name + " was sent to the lab: add --models and the folder models in that of the lab"
		case m.Kind != "built in" && l.o.Models.Dir != "":
			return "# the lab looks for " + name + " in the folder that it was given with --models: give it here too"
		}
	}
	return ""
}

// download says where a picture can be had.
func download(name string, p *Picture) string {
	return "# " + name + " is at /api/pictures/" + p.ID + "/file"
}

// local returns the name of a file for a command in the file's folder.
func local(name string) string {
	if strings.HasPrefix(name, "-") {
		return "./" + name
	}
	return name
}

// address returns the address of the workbench with the settings of a run.
func address(q *RunRequest, p *Picture) string {
	v := url.Values{"picture": {p.ID}, "model": {q.Model}}
	if p.Source != "" {
		v.Set("picture", p.Source)
	}
	if q.Mask != "" {
		v.Set("mask", q.Mask)
	}
	args := q.Args()
	for i := 0; i < len(args); i += 2 {
		v.Add(strings.TrimPrefix(args[i], "--"), args[i+1])
	}
	return "/?" + v.Encode()
}
