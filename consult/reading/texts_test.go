package reading_test

import (
	"regexp"
	"strings"
	"testing"

	"yilian"
	"yilian/consult/patient"
	"yilian/consult/reading"
)

func TestStandardTemplatesAreWhole(t *testing.T) {
	all, err := reading.StandardTemplates()
	if err != nil {
		t.Fatal(err)
	}
	blank := regexp.MustCompile(`\[[^\]]*\]`)
	form := regexp.MustCompile(`^\[(\s*|\?.*|[^|#]+(\|[^|#]+)+|[^|]*#[^|]*)\]$`)
	back := regexp.MustCompile(`\{(\d+)\}`)
	seen := map[string]bool{}
	for _, x := range all {
		name := x.Language + " " + x.ID
		if seen[name] || x.ID == "" || x.BodyPart == "" || len(x.Lines) < 3 || x.Technique == "" || x.Impression == "" {
			t.Errorf("%s stands twice or is not whole", name)
		}
		seen[name] = true
		texts := []string{x.Technique, x.Impression}
		for _, l := range x.Lines {
			if l.Organ == "" || l.Normal == "" {
				t.Errorf("%s has an empty line", name)
			}
			texts = append(texts, l.Normal)
			for _, v := range l.Variants {
				texts = append(texts, v.Text, v.Impression)
				blanks := len(blank.FindAllString(v.Text, -1))
				for _, m := range back.FindAllStringSubmatch(v.Impression, -1) {
					if n := int(m[1][0] - '0'); n < 1 || n > blanks {
						t.Errorf("%s, %s: {%d} of %d blanks", name, v.Name, n, blanks)
					}
				}
			}
		}
		if w := reading.Warnings(reading.Text{Findings: x.Findings(), Impression: x.Impression}, reading.Exam{Sex: x.Sex}); len(w) > 0 {
			t.Errorf("the normal text %s raises %v", name, w)
		}
		for _, text := range texts {
			for _, b := range blank.FindAllString(text, -1) {
				if !form.MatchString(b) {
					t.Errorf("%s: the blank %s", name, b)
				}
			}
			if strings.Count(text, "[") != strings.Count(text, "]") {
				t.Errorf("%s: brackets of %q", name, text)
			}
		}
	}
}

func TestTemplatesFit(t *testing.T) {
	all, err := reading.StandardTemplates()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		q    reading.TemplateQuery
		want string
	}{
		{reading.TemplateQuery{Language: "zh", Modality: "CR", BodyPart: "胸部", Age: 61}, "dr-chest"},
		{reading.TemplateQuery{Language: "zh", Modality: "DX", BodyPart: "CHEST", Age: 9}, "dr-chest-child"},
		{reading.TemplateQuery{Language: "zh", Modality: "DX", BodyPart: "CHEST", Age: -1}, "dr-chest dr-chest-child"},
		{reading.TemplateQuery{Language: "en", Modality: "CT", BodyPart: "BRAIN", Age: 40}, "ct-head"},
		{reading.TemplateQuery{Language: "zh", Modality: "US", BodyPart: "泌尿系", Sex: patient.Female, Age: 40}, "us-urinary-f"},
		{reading.TemplateQuery{Language: "zh", Modality: "US", BodyPart: "泌尿系", Sex: patient.Male, Age: 40}, "us-urinary-m"},
		{reading.TemplateQuery{Language: "zh", Modality: "US", BodyPart: "PELVIS", Sex: patient.Male, Age: 40}, "us-abdomen us-thyroid us-urinary-m us-heart"},
		{reading.TemplateQuery{Language: "zh", Modality: "ECG", BodyPart: "", Age: 70}, "ecg-12"},
		{reading.TemplateQuery{Language: "zh", Modality: "PT", Age: -1}, ""},
	} {
		var got []string
		for _, x := range all.For(c.q) {
			got = append(got, x.ID)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%+v: %s, not %s", c.q, s, c.want)
		}
	}
}

func TestOwnTemplates(t *testing.T) {
	w := newWorld(t)
	admin := actor("guan", county, yilian.RoleAdmin)
	mine := reading.Template{Name: "我的胸片", Modality: "DX", BodyPart: "CHEST", Lines: []reading.Line{{Organ: "肺", Normal: "双肺清晰。"}}, Impression: "正常。"}
	own, err := w.SaveTemplate(w.ctx, w.by(reader), reading.OfPerson, "", mine)
	w.ok(err)
	site := mine
	site.Name = "本院胸片"
	_, err = w.SaveTemplate(w.ctx, w.by(admin), reading.OfInstitution, "", site)
	w.ok(err)
	q := reading.TemplateQuery{Language: "zh", Modality: "DX", BodyPart: "CHEST", Age: 40}
	names := func(who yilian.Actor) string {
		all, err := w.Templates(w.ctx, who, q)
		w.ok(err)
		var out []string
		for _, x := range all {
			out = append(out, string(x.Owner)+":"+x.Name)
		}
		return strings.Join(out, " ")
	}
	if got := names(reader); got != "person:我的胸片 institution:本院胸片 program:胸部正位DR" {
		t.Errorf("the reader is offered %s", got)
	}
	if got := names(second); got != "institution:本院胸片 program:胸部正位DR" {
		t.Errorf("a colleague is offered %s", got)
	}
	if got := names(partner); got != "program:胸部正位DR" {
		t.Errorf("another institution is offered %s", got)
	}
	for _, c := range []struct {
		who   yilian.Actor
		owner reading.Owner
		id    string
		t     reading.Template
		code  string
	}{
		{reader, reading.OfInstitution, "", mine, "forbidden.role"},
		{admin, reading.OfPerson, "", mine, "forbidden.role"},
		{second, reading.OfPerson, own.ID, mine, "template.unknown"},
		{reader, reading.OfProgram, "", mine, "template.owner"},
		{reader, reading.OfPerson, "", reading.Template{Name: " ", Modality: "CT"}, "template.name"},
		{reader, reading.OfPerson, "", reading.Template{Name: "x", Modality: "CT"}, "template.empty"},
		{reader, reading.OfPerson, "", reading.Template{Name: "x", Modality: "CT", MinAge: 14, MaxAge: 14, Impression: "x"}, "template.age"},
	} {
		if _, err := w.SaveTemplate(w.ctx, w.by(c.who), c.owner, c.id, c.t); code(err) != c.code {
			t.Errorf("%s saves for %s: %v, not %s", c.who.Person, c.owner, err, c.code)
		}
	}
	mine.Impression = "未见异常。"
	_, err = w.SaveTemplate(w.ctx, w.saw(reader, own.Version+7), reading.OfPerson, own.ID, mine)
	if yilian.KindOf(err) != yilian.Conflict {
		t.Errorf("an outdated change: %v", err)
	}
	changed, err := w.SaveTemplate(w.ctx, w.saw(reader, own.Version), reading.OfPerson, own.ID, mine)
	w.ok(err)
	if changed.Of.Impression != "未见异常。" || changed.Version != own.Version+1 {
		t.Errorf("changed: %+v", changed)
	}
	w.ok(w.RetireTemplate(w.ctx, w.by(reader), reading.OfPerson, own.ID))
	if got := names(reader); strings.Contains(got, "person:") {
		t.Errorf("after it was retired: %s", got)
	}
	if err := w.RetireTemplate(w.ctx, w.by(reader), reading.OfPerson, own.ID); code(err) != "template.unknown" {
		t.Errorf("retired twice: %v", err)
	}
}

func TestMacros(t *testing.T) {
	w := newWorld(t)
	m, err := w.Macros(w.ctx, reader)
	w.ok(err)
	if m.Version != 0 || m.Items == nil || len(m.Items) != 0 {
		t.Fatalf("at first %+v", m)
	}
	items := []reading.Macro{{Key: "zc", Text: "未见明显异常。"}, {Key: "jy", Text: "建议复查。"}}
	m, err = w.SaveMacros(w.ctx, w.saw(reader, 0), items)
	w.ok(err)
	if again, err := w.SaveMacros(w.ctx, w.saw(reader, 0), items); err != nil || again.Version != m.Version {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	if _, err := w.SaveMacros(w.ctx, w.saw(reader, 0), items[:1]); code(err) != "macros.moved" {
		t.Errorf("an outdated list: %v", err)
	}
	for _, c := range []struct {
		items []reading.Macro
		code  string
	}{
		{[]reading.Macro{{Key: "a b", Text: "x"}}, "macros.entry"},
		{[]reading.Macro{{Key: "a", Text: " "}}, "macros.entry"},
		{[]reading.Macro{{Key: "a", Text: "x"}, {Key: "A", Text: "y"}}, "macros.twice"},
		{make([]reading.Macro, 501), "macros.entry"},
	} {
		if _, err := w.SaveMacros(w.ctx, w.saw(reader, m.Version), c.items); code(err) != c.code {
			t.Errorf("%v, not %s", err, c.code)
		}
	}
	if other, err := w.Macros(w.ctx, second); err != nil || len(other.Items) != 0 {
		t.Errorf("somebody else's: %+v, %v", other, err)
	}
}
