package api

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"yilian"
)

// statuses is the one table from kinds of error to HTTP.
var statuses = map[yilian.Kind]int{
	yilian.Internal:        http.StatusInternalServerError,
	yilian.Invalid:         http.StatusUnprocessableEntity,
	yilian.Unauthenticated: http.StatusUnauthorized,
	yilian.Forbidden:       http.StatusForbidden,
	yilian.NotFound:        http.StatusNotFound,
	yilian.Conflict:        http.StatusConflict,
	yilian.TooLarge:        http.StatusRequestEntityTooLarge,
	yilian.TooMany:         http.StatusTooManyRequests,
	yilian.Unavailable:     http.StatusServiceUnavailable,
}

// Problem is an error as a page gets it (RFC 9457), with a stable code that the page translates.
type Problem struct {
	Status  int            `json:"status"`
	Code    string         `json:"code" doc:"Stable and dotted; the key of the translation"`
	Title   string         `json:"title"`
	Detail  string         `json:"detail" doc:"English, for a person"`
	Params  map[string]any `json:"params,omitempty" doc:"Values for the translated text: winner, state, limit"`
	Current any            `json:"current,omitempty" doc:"With 409: the entity as it is now"`
	Fields  []FieldError   `json:"fields,omitempty" doc:"With 422: what is wrong where"`
	Request string         `json:"request,omitempty" doc:"Identifier of the HTTP request, for the log"`
}

// FieldError is one thing that is wrong with the input.
type FieldError struct {
	Location string `json:"location" example:"body.summary"`
	Message  string `json:"message"`
}

func (p *Problem) Error() string  { return p.Code + ": " + p.Detail }
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes JSON problem+json.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problem turns an error of a service into what the page may see. What is no *yilian.Error is internal: it is logged here, once,
// and its text stays here.
func (a *API) problem(ctx context.Context, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	req := RequestID(ctx)
	e, ok := errors.AsType[*yilian.Error](err)
	if !ok || e.Kind == yilian.Internal {
		if ctx.Err() == nil {
			a.log.ErrorContext(ctx, "internal error", "request", req, "err", err)
		}
		return &Problem{
			Status: http.StatusInternalServerError, Code: "internal", Title: http.StatusText(http.StatusInternalServerError),
			Detail: "Something went wrong here. It has been logged.", Request: req,
		}
	}
	if e.Kind == yilian.Unavailable {
		a.log.WarnContext(ctx, "unavailable", "request", req, "err", err)
	}
	current, hidden := a.present(ctx, e.Current)
	if hidden && overtaken[e.Code] {
		// The version or state of what is none of the caller's business: for them it does not exist.
		return &Problem{Status: http.StatusNotFound, Code: "unknown", Title: http.StatusText(http.StatusNotFound), Detail: "There is no such thing for you.", Request: req}
	}
	status := statuses[e.Kind]
	return &Problem{
		Status: status, Code: e.Code, Title: http.StatusText(status), Detail: e.Text, Params: maps.Clone(e.Params),
		Current: current, Request: req,
	}
}

// overtaken are the conflicts about the very entity that was addressed.
var overtaken = map[string]bool{"stale": true, "state": true, "request.taken": true}

// rewrite turns the errors that the HTTP layer makes itself (validation, body too large, wrong media type) into Problems.
func (a *API) rewrite(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	code, known := httpCodes[m.Status]
	if !known {
		code = "http"
	}
	p := &Problem{Status: m.Status, Code: code, Title: m.Title, Detail: m.Detail, Request: RequestID(ctx.Context())}
	if p.Status == http.StatusInternalServerError {
		a.log.Error("internal error of the HTTP layer", "request", p.Request, "op", ctx.Operation().OperationID, "err", m.Detail)
		p.Detail = "Something went wrong here. It has been logged."
		return p, nil
	}
	for _, e := range m.Errors {
		p.Fields = append(p.Fields, FieldError{e.Location, e.Message})
	}
	return p, nil
}

var httpCodes = map[int]string{
	http.StatusBadRequest: "input.malformed", http.StatusUnprocessableEntity: "input.invalid", http.StatusRequestEntityTooLarge: "input.tooLarge",
	http.StatusUnsupportedMediaType: "input.mediaType", http.StatusRequestTimeout: "input.slow", http.StatusNotAcceptable: "accept",
	http.StatusInternalServerError: "internal",
}

func errNoRoute() error {
	return yilian.Errorf(yilian.NotFound, "route.unknown", "There is nothing here.")
}
