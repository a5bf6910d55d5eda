package dicomweb

import (
	"encoding/json"
	"errors"
	"net/http"

	"yilian"
)

// status is the table from kinds of error to HTTP (PS3.18 8.5).
func status(k yilian.Kind) int {
	switch k {
	case yilian.Invalid:
		return http.StatusBadRequest
	case yilian.Unauthenticated:
		return http.StatusUnauthorized
	case yilian.Forbidden:
		return http.StatusForbidden
	case yilian.NotFound:
		return http.StatusNotFound
	case yilian.Conflict:
		return http.StatusConflict
	case yilian.TooLarge:
		return http.StatusRequestEntityTooLarge
	case yilian.TooMany:
		return http.StatusTooManyRequests
	case yilian.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// httpError is an error with a status of its own.
type httpError struct {
	status int
	err    *yilian.Error
}

func (e *httpError) Error() string { return e.err.Error() }
func (e *httpError) Unwrap() error { return e.err }

func notAcceptable(format string, args ...any) error {
	return &httpError{http.StatusNotAcceptable, yilian.Errorf(yilian.Invalid, "dicomweb.not-acceptable", format, args...)}
}

// fail answers an error. What is not meant for people is logged and told as an internal error.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	var shown *yilian.Error
	if !errors.As(err, &shown) || shown.Kind == yilian.Internal {
		h.log.ErrorContext(r.Context(), "dicomweb request failed", "method", r.Method, "error", err)
		shown = yilian.Errorf(yilian.Internal, "internal", "Something went wrong in the service. Please try again.")
	}
	code := status(shown.Kind)
	if own, ok := errors.AsType[*httpError](err); ok {
		code = own.status
	}
	switch code {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="yilian"`)
	case http.StatusServiceUnavailable:
		h.log.WarnContext(r.Context(), "dicomweb request could not be served now", "method", r.Method, "error", err)
		w.Header().Set("Retry-After", "5")
	}
	problem(w, code, shown)
}

// problem writes an error as RFC 9457 describes it, as the rest of the service does.
func problem(w http.ResponseWriter, code int, e *yilian.Error) {
	body, err := json.Marshal(struct {
		Status int            `json:"status"`
		Code   string         `json:"code"`
		Title  string         `json:"title"`
		Detail string         `json:"detail"`
		Params map[string]any `json:"params,omitempty"`
	}{code, e.Code, http.StatusText(code), e.Text, e.Params})
	if err != nil {
		code, body = http.StatusInternalServerError, []byte(`{"status":500,"code":"internal","title":"Internal Server Error"}`)
	}
	head := w.Header()
	head.Del("ETag")
	head.Del("Content-Encoding")
	head.Set("Content-Type", "application/problem+json")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = w.Write(body)
}
