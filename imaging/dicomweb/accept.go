package dicomweb

import (
	"cmp"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Media types of PS3.18 8.7.
const (
	typeDICOM     = "application/dicom"
	typeJSON      = "application/dicom+json"
	typePlainJSON = "application/json"
	typeXML       = "application/dicom+xml"
	typeOctets    = "application/octet-stream"
	typeRelated   = "multipart/related"
	typeJPEG      = "image/jpeg"
	typePNG       = "image/png"
	typeGIF       = "image/gif"
	typeZip       = "application/zip"
)

// mediaRange is one entry of an Accept header. For multipart/related, kind is the type of the parts.
type mediaRange struct {
	multipart bool
	kind      string // "application/dicom", "image/*", "*/*"
	syntax    string // transfer-syntax parameter; "*" is any, "" none given
	q         float64
}

// acceptable reads the Accept headers and the accept query parameter (PS3.18 8.3.3.1), best first. Nothing at all accepts everything.
func acceptable(r *http.Request) []mediaRange {
	values := r.Header.Values("Accept")
	if q := r.URL.Query()["accept"]; len(q) > 0 {
		values = q
	}
	var all []mediaRange
	for _, v := range values {
		for _, one := range splitQuoted(v) {
			if m, ok := parseRange(one); ok {
				all = append(all, m)
			}
		}
	}
	if strings.Join(values, "") == "" {
		return []mediaRange{{kind: "*/*", q: 1}}
	}
	slices.SortStableFunc(all, func(a, b mediaRange) int { return cmp.Compare(b.q, a.q) })
	return all
}

func parseRange(s string) (mediaRange, bool) {
	s = strings.TrimSpace(s)
	kind, params, err := mime.ParseMediaType(s)
	if err != nil && kind == "" {
		// Clients in the field leave the inner type unquoted: type=application/dicom.
		if kind, params = looseRange(s); kind == "" {
			return mediaRange{}, false
		}
	}
	m := mediaRange{kind: kind, syntax: params["transfer-syntax"], q: 1}
	if q, ok := params["q"]; ok {
		if m.q, err = strconv.ParseFloat(q, 64); err != nil || m.q < 0 || m.q > 1 {
			return mediaRange{}, false
		}
	}
	if kind == typeRelated {
		m.multipart, m.kind = true, strings.ToLower(cmp.Or(params["type"], "*/*"))
	}
	return m, m.q > 0
}

// looseRange reads a media range whose parameters need not be quoted.
func looseRange(s string) (kind string, params map[string]string) {
	parts := strings.Split(s, ";")
	params = map[string]string{}
	for _, p := range parts[1:] {
		k, v, ok := strings.Cut(p, "=")
		if !ok {
			return "", nil
		}
		params[strings.ToLower(strings.TrimSpace(k))] = strings.Trim(strings.TrimSpace(v), `"`)
	}
	return strings.ToLower(strings.TrimSpace(parts[0])), params
}

// splitQuoted splits at commas outside of quotation marks.
func splitQuoted(s string) []string {
	var parts []string
	quoted, from := false, 0
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

// matches tells whether the range admits a type; a multipart range admits parts of the type.
func (m mediaRange) matches(kind string) bool {
	if m.kind == "*/*" || m.kind == kind {
		return true
	}
	family, ok := strings.CutSuffix(m.kind, "/*")
	return ok && strings.HasPrefix(kind, family+"/")
}

// acceptMetadata chooses between JSON, which is the default (PS3.18 8.7.3.2), and XML.
func acceptMetadata(r *http.Request) (string, error) {
	for _, m := range acceptable(r) {
		switch {
		case !m.multipart && m.matches(typeJSON):
			return typeJSON, nil
		case !m.multipart && m.matches(typePlainJSON):
			return typePlainJSON, nil
		case m.kind == typeXML:
			return typeXML, nil
		}
	}
	return "", notAcceptable("This resource is given as %s, or as multipart/related of parts of %s.", typeJSON, typeXML)
}

// acceptsGzip tells whether the client can read gzip (RFC 9110 12.5.3).
func acceptsGzip(r *http.Request) bool {
	any := false
	for one := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		coding, params, _ := strings.Cut(one, ";")
		_, weight, _ := strings.Cut(params, "q=")
		q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
		wanted := err != nil || q > 0
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			return wanted
		case "*":
			any = wanted
		}
	}
	return any
}
