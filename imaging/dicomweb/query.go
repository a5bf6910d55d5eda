package dicomweb

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// searchRequest is a QIDO-RS query string, read.
type searchRequest struct {
	query    imaging.Query
	all      bool                   // includefield=all
	include  map[dicom.Tag]struct{} // includefield, and what was matched
	warnings []string
	limited  bool // the page is smaller than what was asked for
}

// parseSearch reads a query string (PS3.18 8.3.4 and 10.6.1.2). What cannot be matched is left out of the match with a warning,
// as 10.6.1.2.1 asks.
func parseSearch(level imaging.Level, raw string) (searchRequest, error) {
	values, err := parseQuery(raw)
	if err != nil {
		return searchRequest{}, err
	}
	s := searchRequest{query: imaging.Query{Level: level, Limit: 100}, include: map[dicom.Tag]struct{}{}}
	fuzzy := strings.EqualFold(values.Get("fuzzymatching"), "true")
	for _, key := range slices.Sorted(mapKeys(values)) {
		for _, v := range values[key] {
			if err := s.parameter(key, v, fuzzy); err != nil {
				return searchRequest{}, err
			}
		}
	}
	return s, nil
}

func mapKeys(m url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// parseQuery decodes a query string. Clients percent-encode Chinese text as UTF-8 or send it bare; older ones use the bytes of
// GB18030.
func parseQuery(raw string) (url.Values, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, yilian.Errorf(yilian.Invalid, "dicomweb.query", "The query string of the address cannot be read.")
	}
	for _, all := range values {
		for i, v := range all {
			if utf8.ValidString(v) {
				continue
			}
			decoded, err := simplifiedchinese.GB18030.NewDecoder().String(v)
			if err != nil || strings.ContainsRune(decoded, utf8.RuneError) {
				return nil, yilian.Errorf(yilian.Invalid, "dicomweb.query", "The query string of the address is neither UTF-8 nor GB18030.")
			}
			all[i] = decoded
		}
	}
	return values, nil
}

func (s *searchRequest) parameter(key, value string, fuzzy bool) error {
	switch strings.ToLower(key) {
	case "limit":
		return s.limit(value)
	case "offset":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return badParameter("offset", value)
		}
		s.query.Offset = n
		return nil
	case "includefield":
		s.includeFields(value)
		return nil
	case "fuzzymatching", "accept", "charset", "emptyvaluematching", "multiplevaluematching", "orderby":
		return nil
	}
	return s.match(key, value, fuzzy)
}

func (s *searchRequest) limit(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return badParameter("limit", value)
	}
	if n > imaging.MaxPage {
		s.limited = true
	}
	if n > 0 {
		s.query.Limit = min(n, imaging.MaxPage)
	}
	return nil
}

func badParameter(name, value string) error {
	e := yilian.Errorf(yilian.Invalid, "dicomweb.parameter", "%.64q is not a value of the parameter %s.", value, name)
	e.Params = map[string]any{"parameter": name}
	return e
}

func (s *searchRequest) includeFields(value string) {
	for name := range strings.SplitSeq(value, ",") {
		name = strings.TrimSpace(name)
		if strings.EqualFold(name, "all") {
			s.all = true
			continue
		}
		tag, err := attribute(name)
		if err != nil {
			s.warn("the attribute in includefield is not known")
			continue
		}
		s.include[tag] = struct{}{}
	}
}

// attribute reads a tag or keyword; of a path into sequences, its first.
func attribute(name string) (dicom.Tag, error) {
	first, _, _ := strings.Cut(name, ".")
	return dicom.ParseTag(first)
}

func (s *searchRequest) match(key, value string, fuzzy bool) error {
	tag, err := dicom.ParseTag(lastOf(key))
	if err != nil {
		s.warn("a query parameter is not known and was ignored")
		return nil //nolint:nilerr // PS3.18 8.3.4: unknown parameters are ignored
	}
	info, ok := imaging.FieldOf(tag)
	if ok && tag == dicom.Modality && s.query.Level == imaging.StudyLevel {
		info, _ = imaging.FieldModalities.Info() // a common mistake that means ModalitiesInStudy
	}
	if !ok || info.Level > s.query.Level {
		s.warn("a query parameter cannot be matched here and was ignored")
		return nil
	}
	if first, err := attribute(key); err == nil {
		s.include[first] = struct{}{}
	}
	if fuzzy && info.Kind == imaging.NameField && !strings.ContainsAny(value, "*?") && value != "" {
		value = "*" + value + "*"
	}
	m, restricts, err := imaging.ParseMatch(info, value)
	if err != nil || !restricts {
		return err
	}
	s.query.Match = append(s.query.Match, m)
	return nil
}

// lastOf gives the attribute that a path into sequences ends at: "00400275.00400009".
func lastOf(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

func (s *searchRequest) warn(text string) {
	if !slices.Contains(s.warnings, text) {
		s.warnings = append(s.warnings, text)
	}
}

// keeps tells whether an attribute beyond the standard ones was asked for.
func (s *searchRequest) keeps(tag dicom.Tag) bool {
	_, ok := s.include[tag]
	return s.all || ok
}
