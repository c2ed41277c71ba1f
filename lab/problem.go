package lab

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"hoodwink"
	"hoodwink/attack"
	"hoodwink/internal/advice"
	"hoodwink/internal/wording"
	"hoodwink/model/store"
	"hoodwink/preprocess"
)

// A Problem is the answer to a request that cannot be served (RFC 9457).
type Problem struct {
	Status  int    `json:"status" doc:"HTTP status"`
	Title   string `json:"title" doc:"the status in words"`
	Detail  string `json:"detail" doc:"what is wrong, in a sentence"`
	Code    string `json:"code" doc:"a stable word for it, which pages translate"`
	Hint    string `json:"hint,omitempty" doc:"what to do about it"`
	Setting string `json:"setting,omitempty" doc:"which setting of a run is wrong"`

	Parameter string `json:"parameter,omitempty" doc:"which parameter of the attack, if that setting is set"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// refuse returns the error of a request that cannot be served.
func refuse(status int, code, detail, hint string) error {
	return &Problem{Status: status, Title: http.StatusText(status), Detail: withoutPaths(detail), Code: code, Hint: withoutPaths(hint)}
}

// folders matches what looks like a path of the server: two or more parts from the root on, all but
// the last of which may contain spaces.
var folders = regexp.MustCompile(`(^|[\s"'(=\[,:])((?:[A-Za-z]:)?[/\\](?:[^/\\\s"':;,()](?:[^/\\\n"':;,()]*[^/\\\s"':;,()])?[/\\])+)([^/\\\s"':;,()]*)`)

// withoutPaths shortens every path to its last part: users of the lab need not know where things
// are on the server. The rest of a text, which may be of other people's files, is made fit to show.
func withoutPaths(s string) string {
	s = wording.Printable(s)
	return folders.ReplaceAllStringFunc(s, func(path string) string {
		part := folders.FindStringSubmatch(path)
		if strings.HasPrefix(part[2], "/api/") {
			return path
		}
		return part[1] + part[3]
	})
}

func quoted(s string) string { return strconv.Quote(clipped(s, 80)) }

// clipped returns the first characters of a text.
func clipped(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// ended returns the problem of a request whose client has gone, nil if it has not.
func ended(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return refuse(http.StatusServiceUnavailable, "gone", "the request ended before there was an answer", "")
	}
	return nil
}

// modelProblem says why a model could not be opened.
func modelProblem(name string, err error) error {
	var missing *store.MissingError
	var known *Problem
	switch {
	case errors.As(err, &known):
		return known
	case ended(err) != nil:
		return ended(err)
	case sentProblem(name, err) != nil:
		return sentProblem(name, err)
	case errors.As(err, &missing):
		return refuse(http.StatusConflict, "model_missing", "the model "+quoted(name)+" is known but not installed", "POST /api/models/"+name+"/pull fetches it")
	}
	return refuse(http.StatusUnprocessableEntity, "model_unusable", "the model "+quoted(name)+" cannot be opened: "+err.Error(), advice.Of(err))
}

// settingProblem says which setting of a run is wrong.
func settingProblem(err error) error {
	var s *hoodwink.SettingError
	if !errors.As(err, &s) {
		return runProblem(err)
	}
	p := refuse(http.StatusUnprocessableEntity, "setting_wrong", err.Error(), advice.Of(err)).(*Problem)
	p.Setting = s.Setting
	var parameter *attack.ParameterError
	if s.Setting == "set" && errors.As(err, &parameter) {
		p.Parameter = parameter.Parameter
	}
	return p
}

// pictureProblem says why a picture could not be read.
func pictureProblem(err error) error {
	var bad *preprocess.Error
	if !errors.As(err, &bad) {
		return runProblem(err)
	}
	return refuse(http.StatusUnprocessableEntity, "picture_unreadable", err.Error(), advice.Of(err))
}

// runProblem is for everything that can go wrong between a picture and a model.
func runProblem(err error) error {
	var known *Problem
	switch {
	case errors.As(err, &known):
		return known
	case ended(err) != nil:
		return ended(err)
	}
	return refuse(http.StatusUnprocessableEntity, "failed", err.Error(), advice.Of(err))
}
