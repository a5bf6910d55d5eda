package dicomweb

import (
	"bytes"
	"encoding/json"
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
	options  imaging.MatchOptions
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
	s.options = imaging.MatchOptions{
		Fuzzy: truth(values, "fuzzymatching"), Empty: truth(values, "emptyvaluematching"), Multiple: truth(values, "multiplevaluematching"),
	}
	for _, key := range slices.Sorted(mapKeys(values)) {
		for _, v := range values[key] {
			if err := s.parameter(key, v, values[key]); err != nil {
				return searchRequest{}, err
			}
		}
	}
	return s, nil
}

// truth reads a parameter that is true or false, whatever the case of its name.
func truth(values url.Values, name string) bool {
	for key, v := range values {
		if strings.EqualFold(key, name) && len(v) > 0 && strings.EqualFold(v[0], "true") {
			return true
		}
	}
	return false
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

// alternatives answers a value, and what else its bytes may mean: a few Chinese words in GB18030 are letters in UTF-8 as well. They
// are taken for Chinese, too, if every such run is made of characters of GB 2312 and stands apart from Latin letters.
func alternatives(v string) []string {
	for i := 0; i < len(v); i++ {
		switch b := v[i]; {
		case b < 0x80 && (b|0x20 < 'a' || b|0x20 > 'z'):
			continue
		case b < 0x80, b < 0xB0, b > 0xDF, i+1 == len(v), v[i+1] < 0xA1:
			return []string{v}
		}
		i++
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().String(v)
	if err != nil || decoded == v {
		return []string{v}
	}
	return []string{v, decoded}
}

func (s *searchRequest) parameter(key, value string, all []string) error {
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
	case pageParameter:
		s.query.After = value
		return nil
	case "includefield":
		s.includeFields(value)
		return nil
	case "fuzzymatching", "emptyvaluematching", "multiplevaluematching", "accept", "charset":
		return nil
	}
	return s.match(key, value, all)
}

// pageParameter is ours: it names where the next page begins, see the Link header of the answer.
const pageParameter = "after"

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

func (s *searchRequest) match(key, value string, all []string) error {
	info, ok := s.field(key)
	if !ok {
		return nil
	}
	if info.Kind == imaging.UIDField && len(all) > 1 {
		value = strings.Join(all, ",") // the parameter may be given again and again
	}
	var found []imaging.Match
	for _, v := range alternatives(value) {
		m, restricts, err := s.options.Parse(info, v)
		if err != nil {
			return err
		}
		if restricts {
			found = append(found, m)
		}
	}
	if len(found) == 2 && found[1].Op != imaging.Fuzzy {
		found[0].Values = append(found[0].Values, found[1].Values...)
	}
	if len(found) > 0 {
		s.query.Match = append(s.query.Match, found[0])
	}
	return nil
}

// field finds what a key stands for: a keyword or tag, or a path into a sequence. What cannot be matched here is ignored with a
// warning (PS3.18 8.3.4).
func (s *searchRequest) field(key string) (info imaging.FieldInfo, ok bool) {
	sequence, name, nested := strings.Cut(key, ".")
	if !nested {
		sequence, name = "", key
	}
	tag, err := dicom.ParseTag(name)
	outer := tag
	if err == nil && nested {
		outer, err = dicom.ParseTag(sequence)
	}
	if err != nil {
		s.warn("a query parameter is not known and was ignored")
		return info, false
	}
	info, ok = imaging.FieldOf(tag)
	if ok && tag == dicom.Modality && s.query.Level == imaging.StudyLevel {
		info, _ = imaging.FieldModalities.Info() // a common mistake that means ModalitiesInStudy
	}
	if !ok || info.Level > s.query.Level || nested && info.In != outer {
		s.warn("a query parameter cannot be matched here and was ignored")
		return info, false
	}
	if info.In != 0 {
		outer = info.In
	}
	s.include[outer] = struct{}{}
	return info, true
}

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

// wants tells whether a stored object may hold an attribute that was asked for, or one of some more, without reading it as JSON.
func (s *searchRequest) wants(stored json.RawMessage, more ...dicom.Tag) bool {
	holds := func(tag dicom.Tag) bool { return bytes.Contains(stored, []byte(`"`+tag.String()+`":`)) }
	if s.all || slices.ContainsFunc(more, holds) {
		return true
	}
	for tag := range s.include {
		if holds(tag) {
			return true
		}
	}
	return false
}
