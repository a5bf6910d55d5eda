package reading

import (
	"bytes"
	_ "embed" // the standard texts
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yilian/consult/order"
)

//go:embed templates.json
var standardTexts []byte

// Template is a normal text to start a report from. The placeholders are none: what is typed is what is signed.
type Template struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Modality   string `json:"modality"`
	BodyPart   string `json:"bodyPart"` // DICOM's term (PS3.16 Annex L), such as CHEST
	Sex        string `json:"sex,omitempty"`
	Technique  string `json:"technique"`
	Findings   string `json:"findings"`
	Impression string `json:"impression"`
}

// Templates are the normal texts known to an installation.
type Templates []Template

// StandardTemplates are the ones that come with the program.
func StandardTemplates() (Templates, error) {
	var out Templates
	d := json.NewDecoder(bytes.NewReader(standardTexts))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("standard templates: %w", err)
	}
	return out, nil
}

// For answers the templates of a modality and body part, the closest first: an empty argument asks for all. A template of the
// modality but another part is left out unless none fits.
func (t Templates) For(modality, bodyPart string) Templates {
	if modality == "" && bodyPart == "" {
		return t
	}
	byModality := t.filter(func(x Template) bool { return modality == "" || order.SameModality(x.Modality, modality) })
	exact := byModality.filter(func(x Template) bool { return samePart(x.BodyPart, bodyPart) })
	if len(exact) > 0 {
		return exact
	}
	return byModality
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
	"胸": "CHEST", "胸部": "CHEST", "肺": "CHEST", "THORAX": "CHEST", "头": "HEAD", "头颅": "HEAD", "颅脑": "HEAD", "脑": "HEAD", "BRAIN": "HEAD", "SKULL": "HEAD",
	"腹": "ABDOMEN", "腹部": "ABDOMEN", "上腹部": "ABDOMEN", "肝胆胰脾": "ABDOMEN", "LIVER": "ABDOMEN", "盆腔": "PELVIS", "骨盆": "PELVIS",
	"膝": "KNEE", "膝关节": "KNEE", "腰椎": "LSPINE", "L SPINE": "LSPINE", "SPINE": "LSPINE", "颈椎": "CSPINE", "心脏": "HEART", "心": "HEART", "心电": "HEART",
	"甲状腺": "THYROID", "妇科": "PELVIS", "子宫附件": "PELVIS", "泌尿系": "URINARYTRACT", "肾": "URINARYTRACT",
}

// PartName is the Chinese name of a body part, as it is printed.
func PartName(part string) string {
	names := map[string]string{
		"CHEST": "胸部", "HEAD": "颅脑", "ABDOMEN": "腹部", "PELVIS": "盆腔", "KNEE": "膝关节", "LSPINE": "腰椎", "CSPINE": "颈椎", "HEART": "心脏", "THYROID": "甲状腺",
		"URINARYTRACT": "泌尿系",
	}
	if name, ok := names[foldPart(part)]; ok {
		return name
	}
	return part
}
