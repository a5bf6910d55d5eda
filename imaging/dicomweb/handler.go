// Package dicomweb is the web door to the archive: QIDO-RS, WADO-RS and STOW-RS (PS3.18) as one http.Handler. It turns requests into
// calls of imaging.Archive and answers back into the standard's media types; it keeps nothing and decides nothing about rights.
package dicomweb

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/label"
	"yilian/imaging/pixel"
)

// Config is what a Handler is made of. Archive and Authenticate are needed; the rest has useful zero values.
type Config struct {
	Archive *imaging.Archive
	// Authenticate tells who asks, or answers an Unauthenticated or Forbidden yilian.Error.
	Authenticate func(*http.Request) (yilian.Actor, error)
	Prefix       string   // "/dicom-web"
	PublicURL    string   // scheme and host as browsers see them, "https://images.example"; "": taken from each request
	Origins      []string // web origins that may read with a browser (CORS), exactly as they send them
	MaxBody      int64    // bytes of one STOW-RS request; 16 GiB
	Spool        string   // folder for values that come apart from their headers; "": that of the system
	Fonts        []string // TrueType files for burned-in text; none: a Latin and a Chinese one from where they usually are
	// Prepare is told of a study whose previews were asked for before they were made; it must not wait. May be nil.
	Prepare func(yilian.StudyUID)
	Logger  *slog.Logger
}

// Handler serves DICOMweb below its prefix. It is safe for concurrent use.
type Handler struct {
	archive      *imaging.Archive
	authenticate func(*http.Request) (yilian.Actor, error)
	prefix       string
	public       string
	origins      []string
	maxBody      int64
	spool        string
	prepare      func(yilian.StudyUID)
	fonts        func() (label.Fonts, error) // read when they are needed first
	renderer     *pixel.Renderer
	reached      reached
	log          *slog.Logger
	mux          *http.ServeMux
}

// New makes a Handler.
func New(c Config) (*Handler, error) {
	if c.Archive == nil || c.Authenticate == nil {
		return nil, errors.New("dicomweb: a Handler needs Archive and Authenticate")
	}
	h := &Handler{
		archive: c.Archive, authenticate: c.Authenticate, prefix: strings.TrimRight(c.Prefix, "/"), public: strings.TrimRight(c.PublicURL, "/"),
		origins: c.Origins, maxBody: c.MaxBody, log: c.Logger, mux: http.NewServeMux(),
	}
	if h.prefix == "" {
		h.prefix = "/dicom-web"
	}
	if h.maxBody <= 0 {
		h.maxBody = 16 << 30
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.spool, h.prepare = c.Spool, c.Prepare
	if h.prepare == nil {
		h.prepare = func(yilian.StudyUID) {}
	}
	h.renderer = pixel.NewRenderer(runtime.GOMAXPROCS(0) - 1)
	h.fonts = sync.OnceValues(func() (label.Fonts, error) { return loadFonts(c.Fonts) })
	h.routes()
	return h, nil
}

// Route is one operation of the door.
type Route struct {
	Method  string
	Pattern string // as net/http's ServeMux writes it, with the prefix
	Store   bool   // it changes the archive
	handle  func(*Handler, http.ResponseWriter, *http.Request, yilian.Actor) error
}

// Routes answers all operations, so that a test can ask each for its rights.
func (h *Handler) Routes() []Route {
	all := slices.Clone(routes)
	for i := range all {
		all[i].Pattern = h.prefix + all[i].Pattern
	}
	return all
}

const (
	studyPath    = "/studies/{study}"
	seriesPath   = studyPath + "/series/{series}"
	instancePath = seriesPath + "/instances/{instance}"
)

// routes is the table of PS3.18 10.1.1 and its tables 10.4.1-1 to -5, 10.5.1-1 and 10.6.1-1.
var routes = []Route{
	{"GET", "/studies", false, (*Handler).searchStudies},
	{"GET", "/series", false, (*Handler).searchSeries},
	{"GET", studyPath + "/series", false, (*Handler).searchSeries},
	{"GET", "/instances", false, (*Handler).searchInstances},
	{"GET", studyPath + "/instances", false, (*Handler).searchInstances},
	{"GET", seriesPath + "/instances", false, (*Handler).searchInstances},

	{"GET", studyPath, false, (*Handler).retrieve},
	{"GET", seriesPath, false, (*Handler).retrieve},
	{"GET", instancePath, false, (*Handler).retrieve},
	{"GET", studyPath + "/metadata", false, (*Handler).metadata},
	{"GET", seriesPath + "/metadata", false, (*Handler).metadata},
	{"GET", instancePath + "/metadata", false, (*Handler).metadata},
	{"GET", instancePath + "/frames/{frames}", false, (*Handler).frames},
	{"GET", studyPath + "/pixeldata", false, (*Handler).pixels},
	{"GET", seriesPath + "/pixeldata", false, (*Handler).pixels},
	{"GET", instancePath + "/pixeldata", false, (*Handler).pixels},
	{"GET", studyPath + "/bulkdata", false, (*Handler).bulks},
	{"GET", seriesPath + "/bulkdata", false, (*Handler).bulks},
	{"GET", instancePath + "/bulkdata", false, (*Handler).bulks},
	{"GET", instancePath + "/bulkdata/{path...}", false, (*Handler).bulk},
	{"GET", studyPath + "/rendered", false, (*Handler).rendered},
	{"GET", seriesPath + "/rendered", false, (*Handler).rendered},
	{"GET", instancePath + "/rendered", false, (*Handler).rendered},
	{"GET", instancePath + "/frames/{frames}/rendered", false, (*Handler).rendered},
	{"GET", studyPath + "/thumbnail", false, (*Handler).thumbnail},
	{"GET", seriesPath + "/thumbnail", false, (*Handler).thumbnail},
	{"GET", instancePath + "/thumbnail", false, (*Handler).thumbnail},
	{"GET", instancePath + "/frames/{frames}/thumbnail", false, (*Handler).thumbnail},

	{"GET", seriesPath + "/previews", false, (*Handler).previews}, // ours, not the standard's

	{"GET", "/wado", false, (*Handler).wadoURI},

	{"PUT", instancePath + "/thumbnail", true, (*Handler).giveThumbnail},
	{"PUT", instancePath + "/frames/{frames}/thumbnail", true, (*Handler).giveThumbnail},

	{"POST", "/studies", true, (*Handler).store},
	{"POST", studyPath, true, (*Handler).store},
}

func (h *Handler) routes() {
	for _, r := range routes {
		h.mux.Handle(r.Method+" "+h.prefix+r.Pattern, h.operation(r))
	}
	h.mux.HandleFunc(h.prefix+"/", h.unknown)
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.cors(w, r) {
		return
	}
	h.mux.ServeHTTP(w, r)
}

// operation authenticates, runs an operation and answers its error.
func (h *Handler) operation(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &tracker{ResponseWriter: w}
		actor, err := h.authenticate(r)
		if err == nil {
			err = scoped(actor, route)
		}
		if err == nil {
			err = checkPath(r)
		}
		if err == nil {
			err = route.handle(h, t, r, actor)
		}
		if err == nil || errors.Is(err, errEnough) {
			return
		}
		if r.Context().Err() != nil || t.wrote {
			// Nobody listens, or half of an answer is out: only a broken connection tells that it is not whole.
			h.log.WarnContext(r.Context(), "dicomweb answer broken off", "operation", route.Method+" "+route.Pattern, "error", err)
			panic(http.ErrAbortHandler)
		}
		h.fail(w, r, err)
	})
}

// scoped refuses a program whose token was not made for this.
func scoped(actor yilian.Actor, route Route) error {
	if !actor.Is(yilian.RoleProgram) {
		return nil
	}
	need := "dicomweb:read"
	if route.Store {
		need = "dicomweb:store"
	}
	if slices.Contains(actor.Scopes, need) {
		return nil
	}
	e := yilian.Errorf(yilian.Forbidden, "token.scope", "The access token lacks the scope %s.", need)
	e.Params = map[string]any{"scope": need}
	return e
}

// checkPath refuses what cannot be a UID before anything is looked up.
func checkPath(r *http.Request) error {
	for _, name := range []string{"study", "series", "instance"} {
		if v := r.PathValue(name); v != "" && !imaging.ValidUID(v) {
			return yilian.Errorf(yilian.Invalid, "dicomweb.uid", "The %s in the address is not a UID.", name)
		}
	}
	return nil
}

func pathOf(r *http.Request) imaging.Path {
	return imaging.Path{
		Study: yilian.StudyUID(r.PathValue("study")), Series: yilian.SeriesUID(r.PathValue("series")),
		Instance: yilian.InstanceUID(r.PathValue("instance")),
	}
}

// unknown answers for addresses and methods that have no operation.
func (h *Handler) unknown(w http.ResponseWriter, r *http.Request) {
	allow := h.allowed(r)
	if len(allow) == 0 {
		h.fail(w, r, yilian.Errorf(yilian.NotFound, "dicomweb.address", "There is no DICOMweb resource at this address."))
		return
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	problem(w, http.StatusMethodNotAllowed, yilian.Errorf(yilian.Invalid, "dicomweb.method", "This resource cannot be used with %s.", r.Method))
}

// allowed are the methods that an address can be used with.
func (h *Handler) allowed(r *http.Request) (allow []string) {
	for _, method := range []string{"GET", "HEAD", "POST", "PUT"} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := h.mux.Handler(probe); pattern != h.prefix+"/" {
			allow = append(allow, method)
		}
	}
	return allow
}

// cors answers a preflight itself and tells whether it did.
func (h *Handler) cors(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if len(h.origins) > 0 {
		w.Header().Add("Vary", "Origin")
	}
	allowed := origin != "" && slices.Contains(h.origins, origin)
	if allowed {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Credentials", "true")
		w.Header().Set("Access-Control-Expose-Headers", "Content-Type, Content-Length, ETag, Warning")
	}
	if r.Method != http.MethodOptions {
		return false
	}
	if r.Header.Get("Access-Control-Request-Method") == "" {
		h.capabilities(w, r)
		return true
	}
	if allowed {
		w.Header().Set("Access-Control-Allow-Methods", "GET, POST, PUT")
		w.Header().Set("Access-Control-Allow-Headers", "Accept, Authorization, Content-Type, Range, X-CSRF-Token")
		w.Header().Set("Access-Control-Max-Age", "600")
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

// base is the address of the service as this client sees it.
func (h *Handler) base(r *http.Request) string {
	if h.public != "" {
		return h.public + h.prefix
	}
	scheme := "http"
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	return scheme + "://" + r.Host + h.prefix
}

// tracker remembers whether an answer has begun.
type tracker struct {
	http.ResponseWriter
	wrote bool
}

func (t *tracker) WriteHeader(status int) {
	t.wrote = true
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracker) Write(p []byte) (int, error) {
	t.wrote = true
	return t.ResponseWriter.Write(p)
}

// ReadFrom lets the connection take what stands in a file by itself, if whatever is in between lets it.
func (t *tracker) ReadFrom(r io.Reader) (int64, error) {
	t.wrote = true
	if part, ok := r.(*io.LimitedReader); ok {
		if s, ok := part.R.(*seeker); ok { // of http.ServeContent
			n, err := s.writeTo(t, part.N)
			part.N -= n
			return n, err
		}
	}
	if below, ok := t.ResponseWriter.(io.ReaderFrom); ok {
		return below.ReadFrom(r)
	}
	buffer := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buffer)
	return io.CopyBuffer(struct{ io.Writer }{t.ResponseWriter}, struct{ io.Reader }{r}, *buffer)
}

// Unwrap lets http.ResponseController reach the connection.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }
