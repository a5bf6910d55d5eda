package api

import "net/http"

// plainRoutes registers what is no JSON operation: the document itself, and the live push.
func (a *API) plainRoutes() {
	a.handle(Public(), "GET /api/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		doc, err := a.document()
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if _, err := w.Write(doc); err != nil {
			a.log.Debug("document not sent", "err", err)
		}
	})
	a.handle(SignedIn().AndKiosk(), "GET /api/live", a.live)
	a.mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) { a.refuse(w, r, errNoRoute()) })
}

// handle registers a route beside the operations; it is classified in the same table.
func (a *API) handle(who Access, route string, h http.HandlerFunc) {
	a.classify(route, who)
	a.mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
		c, err := a.enter(r, route)
		if err != nil {
			a.refuse(w, r, err)
			return
		}
		h(w, r.WithContext(withCall(r.Context(), c)))
	})
}
