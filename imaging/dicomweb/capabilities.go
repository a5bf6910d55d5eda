package dicomweb

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"yilian/imaging"
)

const typeWADL = "application/vnd.sun.wadl+xml"

// The Capabilities Description (PS3.18 8.9 and H) in the Web Application Description Language; JSON says the same. It is made of the
// table of routes, so it cannot tell of what is not there.
type (
	wadl struct {
		XMLName   xml.Name      `xml:"http://wadl.dev.java.net/2009/02 application" json:"-"`
		Resources wadlResources `xml:"resources" json:"resources"`
	}
	wadlResources struct {
		Base     string         `xml:"base,attr" json:"base"`
		Resource []wadlResource `xml:"resource" json:"resource"`
	}
	wadlResource struct {
		Path   string       `xml:"path,attr" json:"path"`
		Param  []wadlParam  `xml:"param,omitempty" json:"param,omitempty"` // of the path
		Method []wadlMethod `xml:"method" json:"method"`
	}
	wadlMethod struct {
		Name     string       `xml:"name,attr" json:"name"`
		ID       string       `xml:"id,attr" json:"id"`
		Request  *wadlMessage `xml:"request,omitempty" json:"request,omitempty"`
		Response wadlMessage  `xml:"response" json:"response"`
	}
	wadlMessage struct {
		Status         string               `xml:"status,attr,omitempty" json:"status,omitempty"`
		Param          []wadlParam          `xml:"param,omitempty" json:"param,omitempty"`
		Representation []wadlRepresentation `xml:"representation,omitempty" json:"representation,omitempty"`
	}
	wadlParam struct {
		Name    string   `xml:"name,attr" json:"name"`
		Style   string   `xml:"style,attr" json:"style"`
		Options []option `xml:"option,omitempty" json:"option,omitempty"`
	}
	option struct {
		Value string `xml:"value,attr" json:"value"`
	}
	wadlRepresentation struct {
		MediaType string `xml:"mediaType,attr" json:"mediaType"`
	}
)

// capabilities answers OPTIONS (PS3.18 8.9.1). What the service can do is no secret, so nobody needs to sign in.
func (h *Handler) capabilities(w http.ResponseWriter, r *http.Request) {
	doc := wadl{Resources: wadlResources{Base: h.base(r), Resource: h.resources(strings.TrimPrefix(r.URL.Path, h.prefix))}}
	if allow := h.allowed(r); len(allow) > 0 {
		w.Header().Set("Allow", strings.Join(append(allow, http.MethodOptions), ", "))
	}
	kind := ""
	for _, m := range acceptable(r) {
		for _, one := range []string{typeWADL, "application/xml", typePlainJSON, typeJSON} {
			if kind == "" && m.matches(one) {
				kind = one
			}
		}
	}
	var body []byte
	var err error
	switch kind {
	case "":
		h.fail(w, r, notAcceptable("Capabilities are given as %s or %s.", typeWADL, typePlainJSON))
		return
	case typePlainJSON, typeJSON:
		body, err = json.Marshal(doc)
	default:
		body, err = xml.Marshal(doc)
		body = append([]byte(xml.Header), body...)
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(body) // nobody is left to be told
}

// resources describes all below a path that names one of ours, or all.
func (h *Handler) resources(path string) []wadlResource {
	var all []wadlResource
	for _, route := range routes {
		at := slices.IndexFunc(all, func(x wadlResource) bool { return x.Path == route.path() })
		if at < 0 {
			all = append(all, wadlResource{Path: route.path(), Param: pathParams(route.path())})
			at = len(all) - 1
		}
		all[at].Method = append(all[at].Method, route.method())
	}
	if only := slices.IndexFunc(all, func(x wadlResource) bool { return path == "/"+x.Path }); only >= 0 {
		return all[only : only+1]
	}
	return all
}

func (r Route) path() string {
	return strings.ReplaceAll(strings.TrimPrefix(r.Pattern, "/"), "...}", "}")
}

func pathParams(path string) (params []wadlParam) {
	for _, part := range strings.Split(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			params = append(params, wadlParam{Name: strings.TrimSuffix(name, "}"), Style: "template"})
		}
	}
	return params
}

// method tells what a route is called, takes and gives.
func (r Route) method() wadlMethod {
	name, takes, gives := r.abilities()
	m := wadlMethod{Name: r.Method, ID: name, Response: wadlMessage{Status: "200", Representation: representations(gives)}}
	request := &wadlMessage{}
	if r.Method == http.MethodGet {
		accept := wadlParam{Name: "Accept", Style: "header"}
		for _, g := range gives {
			accept.Options = append(accept.Options, option{g})
		}
		request.Param = append(request.Param, accept)
	}
	for _, p := range r.queries(name) {
		request.Param = append(request.Param, wadlParam{Name: p, Style: "query"})
	}
	request.Representation = representations(takes)
	m.Request = request
	return m
}

func representations(types []string) (all []wadlRepresentation) {
	for _, t := range types {
		all = append(all, wadlRepresentation{t})
	}
	return all
}

// parts names a type of the parts of a multipart/related.
func partsOf(kind string) string { return typeRelated + `; type="` + kind + `"` }

var (
	objectTypes   = []string{typeJSON, partsOf(typeXML)}
	instanceTypes = []string{partsOf(typeDICOM), typeDICOM, typeZip, partsOf(typeOctets)}
	frameTypes    = []string{partsOf(typeOctets), typeOctets, partsOf("image/jls"), partsOf(typeJPEG), partsOf("image/dicom-rle"), partsOf("image/jp2"), partsOf("image/jphc"), "video/mp4"}
	pictureTypes  = []string{typeJPEG, typePNG, typeGIF, partsOf(typeJPEG), partsOf(typePNG), "video/mp4", "video/mpeg2"}
	storedTypes   = []string{partsOf(typeDICOM), typeDICOM, partsOf(typeJSON), partsOf(typeXML)}
)

// abilities answers the transaction of a route (PS3.18 table 10.1.2-1), and the types that it takes and gives.
func (r Route) abilities() (name string, takes, gives []string) {
	last := r.Pattern[strings.LastIndexByte(r.Pattern, '/')+1:]
	switch {
	case r.Method == http.MethodPost:
		return "StoreInstances", storedTypes, []string{typeJSON, typeXML}
	case r.Method == http.MethodPut:
		return "GiveThumbnail", []string{typeJPEG, typePNG}, []string{typePlainJSON}
	}
	switch last {
	case "studies":
		return "SearchForStudies", nil, objectTypes
	case "series":
		return "SearchForSeries", nil, objectTypes
	case "instances":
		return "SearchForInstances", nil, objectTypes
	case "metadata":
		return "RetrieveMetadata", nil, objectTypes
	case "rendered":
		return "RetrieveRendered", nil, pictureTypes
	case "thumbnail":
		return "RetrieveThumbnail", nil, []string{typeJPEG}
	case "bulkdata", "{path...}":
		return "RetrieveBulkdata", nil, []string{partsOf(typeOctets), typeOctets}
	case "pixeldata":
		return "RetrievePixelData", nil, frameTypes
	case "{frames}":
		return "RetrieveFrames", nil, frameTypes
	case "wado":
		return "RetrieveURI", nil, []string{typeDICOM, typeJPEG, typePNG, typeGIF}
	}
	return "RetrieveInstances", nil, instanceTypes
}

// queries are the parameters of a transaction, those of a search from the table of what can be searched.
func (r Route) queries(name string) (all []string) {
	switch name {
	case "SearchForStudies", "SearchForSeries", "SearchForInstances":
		all = append(all, "limit", "offset", pageParameter, "includefield", "fuzzymatching", "emptyvaluematching", "multiplevaluematching")
		level := map[string]imaging.Level{"SearchForStudies": imaging.StudyLevel, "SearchForSeries": imaging.SeriesLevel, "SearchForInstances": imaging.InstanceLevel}[name]
		for _, f := range imaging.Fields() {
			switch {
			case f.Level > level:
			case f.In != 0:
				all = append(all, f.In.Keyword()+"."+string(f.Field), f.In.String()+"."+f.Tag.String())
			default:
				all = append(all, string(f.Field), f.Tag.String())
			}
		}
	case "RetrieveRendered":
		all = []string{"accept", "annotation", "quality", "viewport", "window", "iccprofile"}
	case "RetrieveURI":
		all = []string{
			"requestType", "studyUID", "seriesUID", "objectUID", "contentType", "transferSyntax", "frameNumber", "annotation", "rows", "columns", "region",
			"windowCenter", "windowWidth", "imageQuality", "iccprofile",
		}
	case "GiveThumbnail", "StoreInstances":
	default:
		all = []string{"accept"}
	}
	return all
}
