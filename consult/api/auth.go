package api

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"yilian"
	"yilian/consult/directory"
	"yilian/consult/flow"
)

const cookieName = "yilian"

var problemType = reflect.TypeFor[Problem]()

// frame is around everything: request ID, headers, the client's address.
func (a *API) frame(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := call{id: flow.NewID(), client: directory.Client{Address: a.proxies.address(r), Agent: clip(r.UserAgent(), 256)}, secure: a.proxies.secure(r)}
		h := w.Header()
		h.Set("X-Request-ID", c.id)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		r = r.WithContext(withCall(r.Context(), c))
		r.Body = http.MaxBytesReader(w, r.Body, largestUpload) // the last bound; operations have their own, smaller ones
		if r.ContentLength > largestUpload {
			a.refuse(w, r, yilian.Errorf(yilian.TooLarge, "input.tooLarge", "This is larger than anything that is taken here."))
			return
		}
		defer a.recovered(w, r)
		defer a.sweep(r)
		next.ServeHTTP(w, r)
	})
}

// sweep removes what an upload left in temporary files: the server does that for the request that it made, not for this copy.
func (a *API) sweep(r *http.Request) {
	if r.MultipartForm == nil {
		return
	}
	if err := r.MultipartForm.RemoveAll(); err != nil {
		a.log.Error("temporary files of an upload not removed", "err", err)
	}
}

// recovered turns a panic of a handler into an internal error of this one request, logged with its stack.
func (a *API) recovered(w http.ResponseWriter, r *http.Request) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p) // the way to break a connection off
	default:
		a.refuse(w, r, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// admit lets a call through to its operation if the table says so. It is deny by default: a route nobody classified is closed.
func (a *API) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	op := ctx.Operation()
	c, err := a.enter(r, op.Method+" "+op.Path)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	next(huma.WithContext(ctx, withCall(ctx.Context(), c)))
}

// enter authenticates and authorises one HTTP request on a route.
func (a *API) enter(r *http.Request, route string) (call, error) {
	c := callOf(r.Context())
	who := a.access[route]
	if unsafeMethod(r.Method) {
		if err := a.origins.Check(r); err != nil {
			return c, yilian.Errorf(yilian.Forbidden, "auth.origin", "This request comes from another site.")
		}
	}
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		c.key = r.Method + " " + r.URL.Path + " " + clip(key, 200)
	}
	if who.public {
		return c, nil
	}
	c, err := a.identify(r, c)
	if err != nil {
		return c, err
	}
	if !who.Allows(c.actor) {
		return c, yilian.Errorf(yilian.Forbidden, "forbidden.role", "Your role here may not do this.")
	}
	return c, nil
}

func unsafeMethod(m string) bool { return !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, m) }

// identify finds out who calls: by bearer token, or by the cookie, which an unsafe request must accompany by its CSRF token.
func (a *API) identify(r *http.Request, c call) (call, error) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		actor, err := a.dir.Program(r.Context(), token, c.client)
		c.actor = actor
		return c, err
	}
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return c, yilian.Errorf(yilian.Unauthenticated, "auth.required", "Please sign in.")
	}
	id, err := a.dir.Who(r.Context(), cookie.Value)
	if err != nil {
		return c, err
	}
	csrf := r.Header.Get("X-CSRF-Token")
	if unsafeMethod(r.Method) && subtle.ConstantTimeCompare([]byte(csrf), []byte(id.Session.CSRF)) != 1 {
		return c, yilian.Errorf(yilian.Forbidden, "auth.csrf", "The page is out of date. Please reload it.")
	}
	c.identity, c.actor = id, id.Actor()
	c.actor.Address = c.client.Address
	if err := a.dir.Alive(r.Context(), c.actor); err != nil {
		a.log.Warn("sign of life not noted", "err", err)
	}
	return c, nil
}

// Authenticate answers who sends a request to another door (DICOMweb, calls), by the same rules: cookie with CSRF token, or
// bearer token. What they may do there is for that door to decide by roles and scopes.
func (a *API) Authenticate(r *http.Request) (yilian.Actor, error) {
	c := call{client: directory.Client{Address: a.proxies.address(r), Agent: clip(r.UserAgent(), 256)}}
	if unsafeMethod(r.Method) {
		if err := a.origins.Check(r); err != nil {
			return yilian.Actor{}, yilian.Errorf(yilian.Forbidden, "auth.origin", "This request comes from another site.")
		}
	}
	c, err := a.identify(r, c)
	if err != nil {
		return yilian.Actor{}, err
	}
	return c.actor, nil
}

// refuse writes a problem outside of an operation.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := a.problem(r.Context(), err)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	if err := huma.DefaultJSONFormat.Marshal(w, p); err != nil {
		a.log.Debug("problem not written", "err", err)
	}
}

// cookie makes the session cookie; an empty token takes it away.
func (c call) cookie(token string) string {
	k := http.Cookie{Name: cookieName, Value: token, Path: "/", HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteStrictMode}
	if token == "" {
		k.MaxAge = -1
	} else if c.identity.Session.Kiosk != "" {
		k.Expires = c.identity.Session.Expires // a wall screen survives its own reboot
	}
	return k.String()
}

// proxies are the reverse proxies whose word about the client counts.
type proxies []netip.Prefix

func parseProxies(texts []string) (proxies, error) {
	var ps proxies
	for _, t := range texts {
		p, err := netip.ParsePrefix(t)
		if err != nil {
			return nil, fmt.Errorf("proxy network %q: %w", t, err)
		}
		ps = append(ps, p)
	}
	return ps, nil
}

func (ps proxies) trusts(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(ps, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) })
}

// address answers the client's address: the last one in X-Forwarded-For that is not a proxy of ours, if the peer is one.
func (ps proxies) address(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		peer = r.RemoteAddr
	}
	if !ps.trusts(peer) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop = strings.TrimSpace(hop)
		if _, err := netip.ParseAddr(hop); err != nil {
			break
		}
		peer = hop
		if !ps.trusts(hop) {
			break
		}
	}
	return peer
}

func (ps proxies) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	peer, _, _ := net.SplitHostPort(r.RemoteAddr)
	return ps.trusts(peer) && r.Header.Get("X-Forwarded-Proto") == "https"
}

// present turns the entity in a Conflict into what this caller may see of it; what is not known here is left out. hidden tells that
// the caller may not see the entity at all.
func (a *API) present(ctx context.Context, current any) (view any, hidden bool) {
	if current == nil {
		return nil, false
	}
	view, err := a.presentEntity(ctx, current)
	switch yilian.KindOf(err) {
	case yilian.NotFound, yilian.Forbidden:
		return nil, true
	}
	if err != nil {
		a.log.WarnContext(ctx, "what is now could not be shown", "request", RequestID(ctx), "err", err)
		return nil, false
	}
	return view, false
}
