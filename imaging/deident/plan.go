package deident

import (
	"fmt"
	"strings"

	"yilian/imaging/dicom"
)

// Scan is how an object is to be read for Plan: to its end, since attributes stand behind the pixels too.
var Scan = dicom.Options{MaxValue: 128 << 10, MaxHeader: 64 << 20}

// Plan is what is done to one object.
type Plan struct {
	Changes []dicom.Change // of the data set
	Meta    []dicom.Change // of the file meta information
	Rows    []Row          // what a person may look over

	starts []int64 // of codestreams, in the stream that was scanned
}

// Row shows one attribute before and after.
type Row struct {
	Path    string
	Tag     dicom.Tag
	Keyword string // "" for private and unknown attributes
	Action  Action
	Before  string
	After   string
}

// Plan decides about every element of an object. looked tells that a person found nothing that identifies in its pixels or document.
func (p *Profile) Plan(o *dicom.Object, looked bool) (*Plan, error) {
	d := o.Dataset
	if d == nil {
		return nil, fmt.Errorf("deident: no data set was read")
	}
	w := &walk{Profile: p, names: identityOf(d), patient: p.Pseudonym(d), days: p.days(d.UID(dicom.StudyInstanceUID)), marks: p.marks(looked && o.Layout.Tag != 0), plan: &Plan{}}
	w.looked = looked
	w.level(d, "")
	w.plan.Changes = append(w.plan.Changes, w.marks...)
	w.plan.Meta, w.plan.starts = meta(o.Meta), commented(o)
	return w.plan, nil
}

// meta empties the file meta information of who wrote, sent and received (PS3.10 7.1). The class and instance follow the data set.
func meta(d *dicom.Dataset) (changes []dicom.Change) {
	if d == nil {
		return nil
	}
	for i := range d.Elements {
		switch e := &d.Elements[i]; e.Tag {
		case dicom.ImplementationClassUID:
			changes = append(changes, dicom.Change{Path: e.Tag.String(), Values: []string{dicom.ImplementationUID}})
		case dicom.ImplementationVersionName:
			changes = append(changes, dicom.Change{Path: e.Tag.String(), Values: []string{dicom.ImplementationVersion}})
		default:
			if e.Tag > dicom.ImplementationVersionName {
				changes = append(changes, dicom.Change{Path: e.Tag.String(), Op: dicom.Delete})
			}
		}
	}
	return changes
}

// Header is the data set of an object as it becomes, without its bulk.
func (p *Plan) Header(d *dicom.Dataset) error { return d.Apply(p.Changes...) }

// walk goes through one data set.
type walk struct {
	*Profile
	names   *identity
	patient string
	days    int
	looked  bool // by a person
	marks   []dicom.Change
	plan    *Plan
}

func (w *walk) level(d *dicom.Dataset, prefix string) {
	stays := w.private(d, w.names)
	for i := range d.Elements {
		e := &d.Elements[i]
		if e.Tag.Element() == 0 || stays[e.Tag] || prefix == "" && w.marked(e.Tag) {
			continue
		}
		path := prefix + e.Tag.String()
		action := w.action(e)
		if e.Tag == documentBytes && w.looked {
			action = Keep // somebody read the document and chose it
		}
		if action == Recurse {
			for k, item := range e.Items {
				w.level(item, fmt.Sprintf("%s/%d/", path, k))
			}
			continue
		}
		if c, ok := w.change(d, e, action); ok {
			c.Path = path
			w.plan.Changes = append(w.plan.Changes, c)
			w.show(d, e, action, c)
		}
	}
}

// marked tells whether an attribute of the outermost level is set anyway.
func (w *walk) marked(t dicom.Tag) bool {
	for _, m := range w.marks {
		if m.Path == t.String() {
			return true
		}
	}
	return false
}

// change makes one element what the action says; false when it is so already.
func (w *walk) change(d *dicom.Dataset, e *dicom.Element, action Action) (c dicom.Change, changes bool) {
	empty := len(e.Value) == 0 && len(e.Items) == 0 && !e.IsBulk()
	switch {
	case action == Keep:
		return c, false
	case action == Remove:
		return dicom.Change{Op: dicom.Delete}, true
	case e.Tag == dicom.PatientName || e.Tag == dicom.PatientID:
		c = dicom.Change{Values: []string{w.patient}}
	case empty:
		return c, false
	case action == Empty:
		c = dicom.Change{}
	case action == NewUID:
		c.Values = each(d.ValuesOf(e), w.UID)
	case action == Shift:
		c.Values = each(d.ValuesOf(e), func(v string) string { return shifted(e.VR, v, w.days) })
	case action == Clean:
		return w.cleaned(d, e)
	case e.VR == dicom.SQ: // a code
		item := dicom.New("")
		item.SetString(dicom.CodeValue, "REMOVED")
		item.SetString(dicom.CodingSchemeDesignator, "99YILIAN")
		item.SetString(dicom.CodeMeaning, "Removed")
		c.Items = []*dicom.Dataset{item}
	default:
		c = stand(e.VR)
	}
	c.Op, c.VR = dicom.Replace, e.VR
	if action == Shift && len(c.Values) == 0 || action == NewUID && e.VR != dicom.UI {
		c = stand(e.VR)
		c.Op = dicom.Replace
	}
	return c, true
}

// cleaned keeps a text without what identifies. A value that is nothing but that is a dummy.
func (w *walk) cleaned(d *dicom.Dataset, e *dicom.Element) (dicom.Change, bool) {
	if e.IsBulk() {
		return dicom.Change{Op: dicom.Delete}, true
	}
	values := d.ValuesOf(e)
	described := table[e.Tag].options&(cleanText|cleanPatient) != 0
	after := each(values, func(v string) string {
		v = w.names.without(v)
		if described && e.VR.IsText() {
			v = anonymous(v)
		}
		return v
	})
	if strings.Join(values, `\`) == strings.Join(after, `\`) {
		return dicom.Change{}, false
	}
	if strings.Trim(strings.Join(after, ""), ` \`) == "" {
		c := stand(e.VR)
		c.Op = dicom.Replace
		return c, true
	}
	return dicom.Change{Op: dicom.Replace, VR: e.VR, Values: after}, true
}

func each(values []string, do func(string) string) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, do(v))
	}
	if strings.Join(out, "") == "" {
		return nil
	}
	return out
}

// Rows that are shown, and how much of a value.
const (
	maxRows  = 400
	maxShown = 80
)

func (w *walk) show(d *dicom.Dataset, e *dicom.Element, action Action, c dicom.Change) {
	if len(w.plan.Rows) >= maxRows {
		return
	}
	r := Row{Path: c.Path, Tag: e.Tag, Keyword: e.Tag.Keyword(), Action: action, After: clip(strings.Join(c.Values, `\`))}
	if len(e.Items) == 0 && !e.VR.IsBinary() {
		r.Before = clip(strings.Join(d.ValuesOf(e), `\`))
	}
	w.plan.Rows = append(w.plan.Rows, r)
}

func clip(s string) string {
	if runes := []rune(s); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return s
}
