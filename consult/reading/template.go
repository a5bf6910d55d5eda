package reading

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"yilian"
	"yilian/consult/order"
	"yilian/consult/patient"
)

//go:embed templates/*.json
var standardTexts embed.FS

// Languages are those that the program's own templates are written in, the first one by default.
var Languages = []string{"zh", "en"}

// Template is a report to start from. Its texts may hold blanks, which the writer fills: [left|right] is a choice, [# mm] a
// number with its unit, [ ] and [?hint] are words. A variant's impression may repeat what was filled in: {1} is its first blank.
type Template struct {
	ID         string      `json:"id,omitempty"`
	Name       string      `json:"name" maxLength:"80"`
	Language   string      `json:"language,omitempty" enum:"zh,en"`
	Modality   string      `json:"modality" maxLength:"16"`
	BodyPart   string      `json:"bodyPart" maxLength:"64" doc:"DICOM's term (PS3.16 Annex L), such as CHEST"`
	Sex        patient.Sex `json:"sex,omitempty" doc:"Only for this sex; empty: for all"`
	MinAge     int         `json:"minAge,omitempty" minimum:"0" maximum:"150" doc:"Years; from this age on"`
	MaxAge     int         `json:"maxAge,omitempty" minimum:"0" maximum:"150" doc:"Years; below this age. 0: no limit"`
	Technique  string      `json:"technique" maxLength:"4000"`
	Lines      []Line      `json:"lines" maxItems:"60" doc:"The findings, organ by organ"`
	Impression string      `json:"impression" maxLength:"4000" doc:"When everything is normal"`
}

// Line is what the findings say of one organ.
type Line struct {
	Organ    string    `json:"organ" maxLength:"40"`
	Normal   string    `json:"normal" maxLength:"2000"`
	Variants []Variant `json:"variants,omitempty" maxItems:"40"`
}

// Variant is an abnormal text for an organ, and the sentence it offers for the impression.
type Variant struct {
	Name       string `json:"name" maxLength:"40"`
	Text       string `json:"text" maxLength:"2000"`
	Impression string `json:"impression,omitempty" maxLength:"1000"`
}

// Findings is the normal text of all lines together.
func (t Template) Findings() string {
	lines := make([]string, len(t.Lines))
	for i, l := range t.Lines {
		lines[i] = l.Normal
	}
	return strings.Join(lines, "\n")
}

// maxTemplate bounds a template, in bytes of JSON.
const maxTemplate = 64 << 10

// check refuses a template that could not be found, or says nothing.
func (t Template) check() error {
	bad := func(code, text string) error { return yilian.Errorf(yilian.Invalid, code, "%s", text) }
	switch {
	case strings.TrimSpace(t.Name) == "" || utf8.RuneCountInString(t.Name) > 80:
		return bad("template.name", "A template needs a name of at most 80 characters.")
	case strings.TrimSpace(t.Modality) == "":
		return bad("template.modality", "A template needs a modality.")
	case t.MaxAge > 0 && t.MaxAge <= t.MinAge:
		return bad("template.age", "The ages of a template exclude everybody.")
	case t.Findings() == "" && t.Impression == "":
		return bad("template.empty", "A template needs findings or an impression.")
	}
	if doc, err := json.Marshal(t); err != nil || len(doc) > maxTemplate {
		return yilian.Errorf(yilian.TooLarge, "template.large", "A template may take 64 KB.")
	}
	return nil
}

// Templates are texts to start reports from.
type Templates []Template

// StandardTemplates are the ones that come with the program.
func StandardTemplates() (out Templates, err error) {
	for _, language := range Languages {
		doc, err := standardTexts.ReadFile("templates/" + language + ".json")
		if err != nil {
			return nil, fmt.Errorf("standard templates: %w", err)
		}
		var some Templates
		d := json.NewDecoder(bytes.NewReader(doc))
		d.DisallowUnknownFields()
		if err := d.Decode(&some); err != nil {
			return nil, fmt.Errorf("standard templates in %s: %w", language, err)
		}
		for _, t := range some {
			t.Language = language
			out = append(out, t)
		}
	}
	return out, nil
}

// TemplateQuery says what a template is wanted for. What is empty asks for all.
type TemplateQuery struct {
	Language string
	Modality string
	BodyPart string
	Sex      patient.Sex
	Age      int // years; negative: unknown
}

// For answers the templates that fit, in the order they have. One of the modality but another part is left out unless none fits.
func (t Templates) For(q TemplateQuery) Templates {
	fitting := t.filter(q.fits)
	if q.BodyPart == "" {
		return fitting
	}
	if exact := fitting.filter(func(x Template) bool { return samePart(x.BodyPart, q.BodyPart) }); len(exact) > 0 {
		return exact
	}
	return fitting
}

func (q TemplateQuery) fits(t Template) bool {
	known := q.Sex == patient.Male || q.Sex == patient.Female
	return (q.Language == "" || t.Language == "" || t.Language == q.Language) &&
		(q.Modality == "" || order.SameModality(t.Modality, q.Modality)) &&
		(t.Sex == "" || !known || t.Sex == q.Sex) &&
		(q.Age < 0 || q.Age >= t.MinAge && (t.MaxAge == 0 || q.Age < t.MaxAge))
}

func (t Templates) filter(keep func(Template) bool) Templates {
	return slices.DeleteFunc(slices.Clone(t), func(x Template) bool { return !keep(x) })
}

// samePart compares body parts; ordering doctors write Chinese, devices write DICOM's terms.
func samePart(a, b string) bool {
	return b == "" || foldPart(a) == foldPart(b)
}

func foldPart(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if term, ok := parts[s]; ok {
		return term
	}
	return s
}

// parts maps what people write to the terms of PS3.16 Annex L.
var parts = map[string]string{
	"胸": "CHEST", "胸部": "CHEST", "肺": "CHEST", "THORAX": "CHEST", "LUNG": "CHEST",
	"头": "HEAD", "头颅": "HEAD", "颅脑": "HEAD", "脑": "HEAD", "BRAIN": "HEAD", "SKULL": "HEAD",
	"腹": "ABDOMEN", "腹部": "ABDOMEN", "上腹部": "ABDOMEN", "肝胆胰脾": "ABDOMEN", "LIVER": "ABDOMEN",
	"盆腔": "PELVIS", "骨盆": "PELVIS", "髋": "PELVIS", "髋关节": "PELVIS", "HIP": "PELVIS", "妇科": "PELVIS", "子宫附件": "PELVIS",
	"膝": "KNEE", "膝关节": "KNEE", "腰椎": "LSPINE", "L SPINE": "LSPINE", "SPINE": "LSPINE", "颈椎": "CSPINE", "C SPINE": "CSPINE",
	"心脏": "HEART", "心": "HEART", "心电": "HEART", "甲状腺": "THYROID", "乳腺": "BREAST",
	"泌尿系": "URINARYTRACT", "肾": "URINARYTRACT", "KIDNEY": "URINARYTRACT",
}

// PartName is the Chinese name of a body part, as it is printed.
func PartName(part string) string {
	names := map[string]string{
		"CHEST": "胸部", "HEAD": "颅脑", "ABDOMEN": "腹部", "PELVIS": "盆腔", "KNEE": "膝关节", "LSPINE": "腰椎", "CSPINE": "颈椎", "HEART": "心脏", "THYROID": "甲状腺",
		"URINARYTRACT": "泌尿系", "BREAST": "乳腺",
	}
	if name, ok := names[foldPart(part)]; ok {
		return name
	}
	return part
}
