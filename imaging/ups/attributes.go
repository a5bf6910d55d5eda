package ups

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"yilian"
	"yilian/imaging/dicom"
)

// Attributes are the outermost level of a workitem in the DICOM JSON model (PS3.18 F.2): "00741000" → {"vr":"CS","Value":["SCHEDULED"]}.
type Attributes map[string]json.RawMessage

// The attributes that the service itself reads or writes.
const (
	tagClass        = "00080016"
	tagInstance     = "00080018"
	tagModified     = "00404010" // Scheduled Procedure Step Modification DateTime
	tagStart        = "00404005" // Scheduled Procedure Step Start DateTime
	tagReadiness    = "00404041" // Input Readiness State
	tagState        = "00741000" // Procedure Step State
	tagProgress     = "00741002" // Procedure Step Progress Information Sequence
	tagPriority     = "00741200"
	tagWorklist     = "00741202" // Worklist Label
	tagLabel        = "00741204" // Procedure Step Label
	tagPerformed    = "00741216" // UPS Performed Procedure Sequence
	tagTransaction  = "00081195"
	tagCanceledAt   = "00404052" // Procedure Step Cancellation DateTime
	tagCancelReason = "00741238" // Reason for Cancellation
	tagContactURI   = "0074100A"
	tagContactName  = "0074100C"
	tagStopReason   = "0074100E" // Procedure Step Discontinuation Reason Code Sequence
	tagRequester    = "00741236" // Requesting AE
	tagPerformStart = "00404050"
	tagPerformEnd   = "00404051"
	tagStation      = "00404028" // Performed Station Name Code Sequence
	tagWorkitemCode = "00404019" // Performed Workitem Code Sequence
	tagStationNames = "00404025" // Scheduled Station Name Code Sequence
)

// needed at creation with a value (type 1 of PS3.4 Table CC.2.5-3), with the values that are allowed where there is a list.
var needed = map[string][]string{
	tagPriority:  {"HIGH", "MEDIUM", "LOW"},
	tagLabel:     nil,
	tagWorklist:  nil,
	tagStart:     nil,
	tagReadiness: {"INCOMPLETE", "UNAVAILABLE", "READY"},
	tagState:     {string(Scheduled)},
}

// fixed may not be changed by an update: they have actions of their own, or are the service's.
var fixed = []string{tagClass, tagInstance, tagState, tagTransaction}

// maxWorkitem bounds one workitem, in bytes of DICOM JSON.
const maxWorkitem = 1 << 20

// parse reads one workitem from a body: an object, or an array of one, as clients send both.
func parse(body []byte) (Attributes, error) {
	body = []byte(strings.TrimSpace(string(body)))
	if len(body) > 0 && body[0] == '[' {
		var all []json.RawMessage
		if err := json.Unmarshal(body, &all); err != nil || len(all) != 1 {
			return nil, invalid("ups.body", "The body must hold exactly one workitem.")
		}
		body = all[0]
	}
	if _, err := dicom.ParseJSON(body, nil); err != nil {
		return nil, invalid("ups.body", "The body is not a DICOM JSON object: %v", err)
	}
	var a Attributes
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, invalid("ups.body", "The body is not a DICOM JSON object.")
	}
	out := make(Attributes, len(a))
	for tag, v := range a {
		out[strings.ToUpper(tag)] = v
	}
	return out, nil
}

func invalid(code, format string, args ...any) error {
	return yilian.Errorf(yilian.Invalid, code, format, args...)
}

// first answers the first value of an attribute as text, or "".
func (a Attributes) first(tag string) string {
	var e struct{ Value []any }
	if json.Unmarshal(a[tag], &e) != nil || len(e.Value) == 0 {
		return ""
	}
	s, _ := e.Value[0].(string)
	return s
}

// items answers the items of a sequence.
func (a Attributes) items(tag string) []Attributes {
	var e struct{ Value []Attributes }
	if json.Unmarshal(a[tag], &e) != nil {
		return nil
	}
	return e.Value
}

func (a Attributes) set(tag, vr string, values ...any) {
	e := map[string]any{"vr": vr}
	if len(values) > 0 {
		e["Value"] = values
	}
	raw, err := json.Marshal(e)
	if err == nil { // strings and maps of them always encode
		a[tag] = raw
	}
}

// checkNew tells what a workitem lacks that is to be created.
func (a Attributes) checkNew() error {
	for tag, allowed := range needed {
		v := a.first(tag)
		if v == "" || allowed != nil && !slices.Contains(allowed, v) {
			return invalid("ups.attribute", "The workitem needs (%s,%s) with an allowed value.", tag[:4], tag[4:])
		}
	}
	if a.first(tagTransaction) != "" {
		return invalid("ups.attribute", "A new workitem has no Transaction UID: it is made by who claims it.")
	}
	return nil
}

// merge takes over what an update sets.
func (a Attributes) merge(change Attributes) error {
	for tag := range change {
		if slices.Contains(fixed, tag) {
			return invalid("ups.attribute", "(%s,%s) cannot be changed by an update.", tag[:4], tag[4:])
		}
	}
	for tag, v := range change {
		a[tag] = v
	}
	return nil
}

// complete tells whether the attributes that a final state needs are there (PS3.4 Table CC.2.5-3, columns "final state").
func (a Attributes) complete(s State) bool {
	if s == Canceled {
		progress := a.items(tagProgress)
		return len(progress) > 0 && progress[0].first(tagCanceledAt) != ""
	}
	performed := a.items(tagPerformed)
	if len(performed) == 0 {
		return false
	}
	p := performed[0]
	return p.first(tagPerformStart) != "" && p.first(tagPerformEnd) != "" && len(p.items(tagStation)) > 0 && len(p.items(tagWorkitemCode)) > 0
}

// canceled notes when and why a workitem was canceled that nobody had claimed.
func (a Attributes) canceled(at time.Time, why Attributes) {
	progress := Attributes{}
	if old := a.items(tagProgress); len(old) > 0 {
		progress = old[0]
	}
	progress.set(tagCanceledAt, "DT", stamp(at))
	for _, tag := range []string{tagCancelReason, tagStopReason} {
		if v, ok := why[tag]; ok {
			progress[tag] = v
		}
	}
	a.set(tagProgress, "SQ", progress)
}

// stamp writes a moment as DT (PS3.5 6.2) in UTC.
func stamp(t time.Time) string { return t.UTC().Format("20060102150405.000000") + "+0000" }
