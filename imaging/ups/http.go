package ups

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/gorilla/websocket"

	"yilian"
)

// Door serves UPS-RS (PS3.18 11) below a prefix such as "/dicom-web". It is safe for concurrent use.
type Door struct {
	Service      *Service
	Authenticate func(*http.Request) (yilian.Actor, error)
	Prefix       string
	PublicURL    string // "": taken from each request
	Origins      []string
	Logger       *slog.Logger
}

// Route is one operation of the door.
type Route struct {
	Method, Pattern string // with the prefix
	Write           bool   // it changes workitems, not only subscriptions
	handle          func(*Door, http.ResponseWriter, *http.Request, yilian.Actor) error
}

// routes is PS3.18 Table 11.1.1-1, and the event channel of 8.10.
var routes = []Route{
	{"POST", "/workitems", true, (*Door).create},
	{"GET", "/workitems", false, (*Door).search},
	{"GET", "/workitems/{workitem}", false, (*Door).retrieve},
	{"POST", "/workitems/{workitem}", true, (*Door).update},
	{"PUT", "/workitems/{workitem}/state", true, (*Door).state},
	{"POST", "/workitems/{workitem}/cancelrequest", true, (*Door).cancel},
	{"POST", "/workitems/{workitem}/subscribers/{ae}", false, (*Door).subscribe},
	{"DELETE", "/workitems/{workitem}/subscribers/{ae}", false, (*Door).unsubscribe},
	{"POST", "/workitems/{workitem}/subscribers/{ae}/suspend", false, (*Door).suspend},
	{"GET", "/subscribers/{ae}", false, (*Door).channel},
}

func (r Route) scope() string {
	if r.Write {
		return ScopeWrite
	}
	return ScopeRead
}

// Routes answers all operations, so that a test can ask each for its rights.
func (d *Door) Routes() []Route {
	all := make([]Route, len(routes))
	for i, r := range routes {
		r.Pattern = d.Prefix + r.Pattern
		all[i] = r
	}
	return all
}

// Handler makes the http.Handler of the door.
func (d *Door) Handler() http.Handler {
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.HandleFunc(route.Method+" "+d.Prefix+route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			actor, err := d.Authenticate(r)
			if err == nil {
				err = may(actor, route.scope()) // before anything of the request is judged
			}
			if err == nil {
				err = route.handle(d, w, r, actor)
			}
			if err != nil {
				d.fail(w, r, err)
			}
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		d.fail(w, r, yilian.Errorf(yilian.NotFound, "ups.address", "There is no UPS-RS resource at this address."))
	})
	return mux
}

func (d *Door) create(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	a, err := body(w, r)
	if err != nil {
		return err
	}
	uid := r.URL.Query().Get("workitem")
	if raw := r.URL.RawQuery; uid == "" && raw != "" && !strings.Contains(raw, "=") {
		uid = raw // POST /workitems?{uid}, as PS3.18 11.4 writes it
	}
	i, err := d.Service.Create(r.Context(), actor, uid, a)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Location", d.base(r)+"/workitems/"+i.UID)
	w.Header().Set("Location", d.base(r)+"/workitems/"+i.UID)
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (d *Door) retrieve(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	if err := acceptsJSON(r); err != nil {
		return err
	}
	i, err := d.Service.Get(r.Context(), actor, r.PathValue("workitem"))
	if err != nil {
		return err
	}
	w.Header().Set("ETag", `"`+strconv.FormatInt(i.Version, 10)+`"`)
	return answer(w, http.StatusOK, i.public())
}

func (d *Door) search(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	if err := acceptsJSON(r); err != nil {
		return err
	}
	q, err := ParseQuery(r.URL.Query())
	if err != nil {
		return err
	}
	found, more, err := d.Service.Search(r.Context(), actor, q)
	if err != nil {
		return err
	}
	if more {
		w.Header().Add("Warning", `299 yilian "There are additional results that can be requested"`)
	}
	if len(found) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	all := make([]Attributes, len(found))
	for k := range found {
		all[k] = found[k].public()
	}
	return answer(w, http.StatusOK, all)
}

func (d *Door) update(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	a, err := body(w, r)
	if err != nil {
		return err
	}
	transaction := r.URL.Query().Get("transaction-uid")
	if raw := r.URL.RawQuery; transaction == "" && raw != "" && !strings.Contains(raw, "=") {
		transaction = raw
	}
	if inside := a.first(tagTransaction); inside != "" {
		transaction = inside
	}
	delete(a, tagTransaction)
	if _, err := d.Service.Update(r.Context(), actor, r.PathValue("workitem"), transaction, a); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (d *Door) state(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	a, err := body(w, r)
	if err != nil {
		return err
	}
	to := State(a.first(tagState))
	done, err := d.Service.ChangeState(r.Context(), actor, r.PathValue("workitem"), a.first(tagTransaction), to)
	if err != nil {
		return err
	}
	if done {
		w.Header().Add("Warning", `299 yilian "The UPS is already in the requested state of `+string(to)+`."`)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (d *Door) cancel(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	why := Attributes{}
	if r.ContentLength != 0 {
		var err error
		if why, err = body(w, r); err != nil {
			return err
		}
	}
	requester := why.first(tagRequester)
	done, err := d.Service.RequestCancel(r.Context(), actor, r.PathValue("workitem"), requester, why)
	if err != nil {
		return err
	}
	if done {
		w.Header().Add("Warning", `299 yilian "The UPS is already in the requested state of CANCELED."`)
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (d *Door) subscribe(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	s := Subscription{AE: r.PathValue("ae"), Workitem: r.PathValue("workitem")}
	for name, values := range r.URL.Query() {
		switch name {
		case "deletionlock":
			s.Lock = strings.EqualFold(values[0], "true")
		case "filter":
			for _, v := range values {
				s.Filter = append(s.Filter, strings.Split(v, ",")...)
			}
		}
	}
	if err := d.Service.Subscribe(r.Context(), actor, s); err != nil {
		return err
	}
	base := d.base(r)
	w.Header().Set("Content-Location", "ws"+strings.TrimPrefix(base, "http")+"/subscribers/"+s.AE)
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (d *Door) unsubscribe(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	return d.Service.Unsubscribe(r.Context(), actor, r.PathValue("ae"), r.PathValue("workitem"))
}

func (d *Door) suspend(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	return d.Service.Suspend(r.Context(), actor, r.PathValue("ae"), r.PathValue("workitem"))
}

// body reads one workitem's attributes.
func body(w http.ResponseWriter, r *http.Request) (Attributes, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/dicom+json" && kind != "application/json" {
		return nil, &httpError{http.StatusUnsupportedMediaType, yilian.Errorf(yilian.Invalid, "ups.media", "A workitem is sent as application/dicom+json.")}
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWorkitem))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return nil, yilian.Errorf(yilian.TooLarge, "ups.large", "A workitem may have at most 1 MiB.")
		}
		return nil, invalid("ups.body", "The body did not arrive.")
	}
	return parse(raw)
}

func acceptsJSON(r *http.Request) error {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if q := r.URL.Query().Get("accept"); q != "" {
		accept = q
	}
	if accept == "" || strings.Contains(accept, "*/*") || strings.Contains(accept, "application/*") || strings.Contains(accept, "json") {
		return nil
	}
	return &httpError{http.StatusNotAcceptable, yilian.Errorf(yilian.Invalid, "ups.media", "Workitems are answered as application/dicom+json.")}
}

func answer(w http.ResponseWriter, status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/dicom+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
	return nil
}

// httpError is an error with a status of its own.
type httpError struct {
	status int
	err    *yilian.Error
}

func (e *httpError) Error() string { return e.err.Error() }
func (e *httpError) Unwrap() error { return e.err }

var statuses = map[yilian.Kind]int{
	yilian.Invalid: http.StatusBadRequest, yilian.Unauthenticated: http.StatusUnauthorized, yilian.Forbidden: http.StatusForbidden,
	yilian.NotFound: http.StatusNotFound, yilian.Conflict: http.StatusConflict, yilian.TooLarge: http.StatusRequestEntityTooLarge,
	yilian.TooMany: http.StatusTooManyRequests, yilian.Unavailable: http.StatusServiceUnavailable,
}

// fail answers an error as RFC 9457 describes it, with the Warning that PS3.18 11 names.
func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) {
	var shown *yilian.Error
	if !errors.As(err, &shown) || shown.Kind == yilian.Internal {
		d.Logger.ErrorContext(r.Context(), "worklist request failed", "method", r.Method, "error", err)
		shown = yilian.Errorf(yilian.Internal, "internal", "Something went wrong in the service. Please try again.")
	}
	status, ok := statuses[shown.Kind]
	if own, has := errors.AsType[*httpError](err); has {
		status, ok = own.status, true
	}
	if !ok {
		status = http.StatusInternalServerError
	}
	raw, err := json.Marshal(struct {
		Status int            `json:"status"`
		Code   string         `json:"code"`
		Title  string         `json:"title"`
		Detail string         `json:"detail"`
		Params map[string]any `json:"params,omitempty"`
	}{status, shown.Code, http.StatusText(status), shown.Text, shown.Params})
	if err != nil {
		raw = []byte(`{"status":500,"code":"internal","title":"Internal Server Error"}`)
	}
	if strings.HasPrefix(shown.Code, "ups.") {
		w.Header().Add("Warning", `299 yilian "`+strings.ReplaceAll(shown.Text, `"`, `'`)+`"`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

func (d *Door) base(r *http.Request) string {
	if d.PublicURL != "" {
		return strings.TrimRight(d.PublicURL, "/") + d.Prefix
	}
	scheme := "http"
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	return scheme + "://" + r.Host + d.Prefix
}

func (d *Door) upgrader() websocket.Upgrader {
	return websocket.Upgrader{
		HandshakeTimeout: handshake,
		CheckOrigin: func(r *http.Request) bool {
			origin := r.Header.Get("Origin")
			if origin == "" {
				return true // programs send none
			}
			for _, allowed := range d.Origins {
				if origin == allowed {
					return true
				}
			}
			_, host, _ := strings.Cut(origin, "://")
			return strings.EqualFold(host, r.Host)
		},
	}
}
