package lab

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// codes are the words for what the router and the schemas refuse.
var codes = map[int]string{
	http.StatusBadRequest: "bad_request", http.StatusNotFound: "not_found", http.StatusUnprocessableEntity: "invalid",
	http.StatusRequestEntityTooLarge: "too_large", http.StatusUnsupportedMediaType: "wrong_type", http.StatusRequestTimeout: "too_slow",
	http.StatusMethodNotAllowed: "wrong_method",
}

// describeProblems makes the description of an API say that its errors are Problems. inTheirWords
// and answersAs turn them into Problems. All three apply to one API, so that other APIs in the same
// process keep their own errors.
func describeProblems(c *huma.Config) {
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	c.Transformers = append(c.Transformers, inTheirWords)
}

// inTheirWords is the transformer that turns huma's own errors into Problems. Errors of the server
// itself go to its log only.
func inTheirWords(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := problemOf(m)
	if c, ok := ctx.(*problemContext); ok {
		c.status = p.Status
	}
	if x := exchangeOf(ctx.Context()); x != nil && p.Status == http.StatusInternalServerError {
		x.cause = causeOf(m)
	}
	return p, nil
}

// mostSaid is the number of characters that are said of one mistake, and after which no other is
// said: a request may be wrong in thousands of places.
const mostSaid = 400

// problemOf returns the Problem inside one of huma's errors, or else describes the error in our
// words.
func problemOf(m *huma.ErrorModel) *Problem {
	detail := m.Detail
	for _, e := range m.Errors {
		if e == nil {
			continue
		}
		if p, ok := e.Value.(*Problem); ok {
			return p
		}
		if len(detail) < mostSaid {
			detail += "; " + clipped(inOurWords(e), mostSaid)
		}
	}
	code, ok := codes[m.Status]
	if !ok {
		code = "refused"
	}
	if m.Status >= 500 {
		code, detail = "internal", "something went wrong on the server; its log says more"
	}
	return refuse(m.Status, code, detail, "").(*Problem)
}

// inOurWords says what huma says of a field, and for two of its errors says it in other words: a field that is a
// text or a number (orNumbers) would be said to match none of two schemas, and one that there is not would be shown
// with all that is around it.
func inOurWords(e *huma.ErrorDetail) string {
	switch {
	case strings.HasPrefix(e.Message, "expected value to match exactly one schema"):
		return fmt.Sprintf("expected a text that is not empty, or a number (%s: %v)", e.Location, e.Value)
	case e.Message == "unexpected property":
		return fmt.Sprintf("there is no such field (%s)", e.Location)
	}
	return e.Error()
}

func causeOf(m *huma.ErrorModel) error {
	var causes []error
	for _, e := range m.Errors {
		if e != nil {
			causes = append(causes, e)
		}
	}
	if len(causes) == 0 {
		return errors.New(m.Detail)
	}
	return errors.Join(causes...)
}

// ErrorDetail implements huma.ErrorDetailer: a Problem stays whole inside huma's errors.
func (p *Problem) ErrorDetail() *huma.ErrorDetail {
	return &huma.ErrorDetail{Message: p.Detail, Value: p}
}

type inner = huma.Context // an embedded field Context would hide the method Context

// A problemContext answers with the status of the Problem, whatever status huma chose.
type problemContext struct {
	inner
	status int // 0 if it is not a Problem
}

// answersAs is the middleware that wraps every context in one.
func answersAs(ctx huma.Context, next func(huma.Context)) { next(&problemContext{inner: ctx}) }

// Unwrap is for humago.Unwrap.
func (c *problemContext) Unwrap() huma.Context { return c.inner }

// SetStatus implements huma.Context.
func (c *problemContext) SetStatus(code int) {
	if c.status != 0 {
		code = c.status
	}
	c.inner.SetStatus(code)
}
