package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"yilian/consult/directory"
	"yilian/consult/flow"
	"yilian/consult/recording"
	"yilian/consult/request"
	"yilian/consult/share"
)

// Subscriber is the part of the bus that the live push needs. A subscription ends with ctx.
type Subscriber interface {
	Subscribe(ctx context.Context, topic string) (<-chan []byte, error)
}

// Config is what the door needs.
type Config struct {
	Store     flow.Store
	Directory *directory.Service
	Requests  *request.Service
	Clinical  ClinicalServices // patients, orders, studies, reads
	KeptAside KeptAside        // of the archive
	Truth     Truth            // of the archive
	LineTests LineTester       // nil: there are no calls
	Exports   Exporter         // of the archive
	Prints    Printer          // of the archive
	Imports   Importer         // of the archive
	Bus       Subscriber
	Log       *slog.Logger
	Origins   []string // further origins whose pages may call, beside the one the page came from
	Proxies   []string // networks (CIDR) of reverse proxies whose X-Forwarded-For and -Proto count
	Demo      bool

	Peers      *directory.Forwarding // peers and rules of forwarding
	Forwarding Forwarding            // the archive's side of it

	Recordings *recording.Service

	Shares    *share.Service
	GivenAway GivenAway // of the archive
}

// API is the door. Serve its Handler, and let Run push until the end.
type API struct {
	cfg     Config
	log     *slog.Logger
	dir     *directory.Service
	req     *request.Service
	huma    huma.API
	mux     *http.ServeMux
	access  map[string]Access // by "METHOD /path"; fixed once New returns
	origins *http.CrossOriginProtection
	proxies proxies
	hub     *hub

	guestCalls, lineCalls, shareLooks, shareCodes *throttle
}

// New builds the door. It reads and writes nothing.
func New(cfg Config) (*API, error) {
	a := &API{
		cfg: cfg, log: cfg.Log, dir: cfg.Directory, req: cfg.Requests, mux: http.NewServeMux(), access: map[string]Access{},
		origins: http.NewCrossOriginProtection(), guestCalls: newThrottle(20, 10), lineCalls: newThrottle(6, 3), shareLooks: newThrottle(60, 60), shareCodes: newThrottle(12, 6),
	}
	for _, o := range cfg.Origins {
		if err := a.origins.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("origin %q: %w", o, err)
		}
	}
	var err error
	if a.proxies, err = parseProxies(cfg.Proxies); err != nil {
		return nil, err
	}
	a.huma = humago.New(a.mux, a.humaConfig())
	a.huma.UseMiddleware(a.admit)
	a.hub = newHub(a)
	a.sessionRoutes()
	a.preferenceRoutes()
	a.lookupRoutes()
	a.requestRoutes()
	a.guestRoutes()
	a.adminRoutes()
	a.conflictRoutes()
	a.reconcileRoutes()
	a.retentionRoutes()
	a.importRoutes()
	a.recordingRoutes()
	a.shareRoutes()
	a.forwardRoutes()
	a.clinicalRoutes()
	a.plainRoutes()
	for _, s := range a.huma.OpenAPI().Components.Schemas.Map() {
		neverNull(s)
	}
	return a, nil
}

func (a *API) humaConfig() huma.Config {
	c := huma.DefaultConfig("Yilian", "1")
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema members
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.Transformers = []huma.Transformer{a.rewrite}
	c.OnAddOperation = []huma.AddOpFunc{describeErrors}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "with X-CSRF-Token on everything but GET"},
		"token":   {Type: "http", Scheme: "bearer"},
	}
	return c
}

// schemaName names a type after its package unless it is one of this door's own: a Person of the directory is not a Person of a request.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if pkg := path.Base(t.PkgPath()); t.Name() != "" && pkg != "api" && pkg != "." && !strings.Contains(t.Name(), "[") {
		return strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	return name
}

// neverNull takes "or null" from the arrays: an empty list is [].
func neverNull(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	neverNull(s.Items)
	for _, p := range s.Properties {
		neverNull(p)
	}
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		neverNull(more)
	}
}

// describeErrors documents Problem as the answer to everything that goes wrong.
func describeErrors(doc *huma.OpenAPI, op *huma.Operation) {
	schema := doc.Components.Schemas.Schema(problemType, true, "Problem")
	for status := range op.Responses {
		if status >= "400" {
			delete(op.Responses, status)
		}
	}
	op.Responses["default"] = &huma.Response{
		Description: "Problem",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
	}
}

// Add registers one operation: route is "METHOD /path", who may call it is part of the registration. Everything a page sends is
// validated against the types before h runs; an error of h is turned into a Problem by the one table.
func Add[I, O any](a *API, who Access, route, summary string, h func(context.Context, *I) (*O, error), more ...func(*huma.Operation)) {
	method, where, _ := strings.Cut(route, " ")
	op := huma.Operation{
		Method: method, Path: where, OperationID: operationID(method, where), Summary: summary, Description: "Access: " + who.String() + ".",
		Tags: []string{strings.SplitN(strings.TrimPrefix(where, "/api/"), "/", 2)[0]}, BodyReadTimeout: 15 * time.Second,
	}
	if !who.public {
		op.Security = []map[string][]string{{"session": {}}, {"token": who.scopes}}
	}
	for _, f := range more {
		f(&op)
	}
	a.classify(route, who)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// classify notes who may call a route. A route without a class lets nobody in, and a test names it.
func (a *API) classify(route string, who Access) { a.access[route] = who }

// operationID: "POST /api/requests/{id}/accept" is "postRequestsIdAccept".
func operationID(method, where string) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(method))
	for _, part := range strings.FieldsFunc(strings.TrimPrefix(where, "/api/"), func(r rune) bool { return strings.ContainsRune("/{}.-", r) }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// Handler serves everything under /api/.
func (a *API) Handler() http.Handler { return a.frame(a.mux) }

// Run carries the live push until ctx ends, then closes every socket and returns.
func (a *API) Run(ctx context.Context) error { return a.hub.run(ctx) }

// OpenAPI answers the document of the API without a server, for the build of the page.
func OpenAPI() ([]byte, error) {
	a, err := New(Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	return a.document()
}

func (a *API) document() ([]byte, error) {
	doc, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode OpenAPI document: %w", err)
	}
	return doc, nil
}

// Body is an answer with a JSON body.
type Body[T any] struct{ Body T }

// List is one page of a list.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next" doc:"Pass as after for the next page; empty at the end"`
}

// Page is the input of a list.
type Page struct {
	After string `query:"after" maxLength:"512"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

// ByID is the input of an operation on one entity.
type ByID struct {
	ID string `path:"id" maxLength:"64"`
}

// answer wraps a value as a body.
func answer[T any](v T, err error) (*Body[T], error) {
	if err != nil {
		return nil, err
	}
	return &Body[T]{v}, nil
}

// answerList wraps a page as a body; the items are never null.
func answerList[T any](items []T, next string, err error) (*Body[List[T]], error) {
	if err != nil {
		return nil, err
	}
	if items == nil {
		items = []T{}
	}
	return &Body[List[T]]{List[T]{items, next}}, nil
}

// Nothing is an answer without a body.
type Nothing struct{}
