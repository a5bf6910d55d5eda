package structured

import (
	"slices"
	"strings"

	"yilian/imaging/dicom"
)

// KeyObjects writes the pictures that matter as a selection (TID 2010); ok is false if there are none.
func (s Set) KeyObjects() (o Object, ok bool, err error) {
	keys := slices.DeleteFunc(slices.Clone(s.Keys), func(k Key) bool { return k.Picture.Instance == "" })
	if len(keys) == 0 {
		return Object{}, false, nil
	}
	d := s.begin(keyObjects, KeyObjectSelection)
	s.document(d, ofInterest, templateKeys)
	var refs []Reference
	var why []string
	c := content{d}
	var images []*dicom.Dataset
	for _, k := range keys {
		refs = append(refs, k.Picture.Reference)
		images = append(images, c.image(contains, k.Picture))
		if text := strings.TrimSpace(k.Text); text != "" && !slices.Contains(why, text) {
			why = append(why, text)
		}
	}
	d.SetSequence(evidenceSequence, hierarchy(d, refs)...)
	inside := append([]*dicom.Dataset{s.language(c)}, s.observer(c)...)
	if len(why) > 0 {
		inside = append(inside, c.text(contains, keyDescription, strings.Join(why, "\n")))
	}
	d.SetSequence(dicom.ContentSequence, append(inside, images...)...)
	o, err = s.finish(d)
	return o, err == nil, err
}

// words are what stands beside a mark: its numbers, or its text.
func (m Mark) words() string {
	var out []string
	if label := strings.TrimSpace(m.Label); label != "" {
		out = append(out, label)
	}
	for _, f := range m.Figures {
		if f.Kind == "min" || f.Kind == "max" {
			continue
		}
		gap := " "
		if f.Unit == "" || f.Unit == "°" {
			gap = ""
		}
		out = append(out, dicom.FormatDS(f.Value)+gap+f.Unit)
	}
	return strings.Join(out, "\n")
}
