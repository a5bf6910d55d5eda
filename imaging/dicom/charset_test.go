package dicom

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yilian"
)

// TestCharsetTerms reads bytes in every defined term of PS3.3 C.12.1.1.2, with and without code extensions.
func TestCharsetTerms(t *testing.T) {
	cases := []struct{ terms, bytes, want string }{
		{"", "Adams^John", "Adams^John"},
		{"ISO_IR 6", "Adams^John", "Adams^John"},
		{"ISO_IR 100", "Buc^J\xe9r\xf4me", "Buc^Jérôme"},
		{"ISO_IR 101", "W\xb3a\xb6ciwy", "Właściwy"},
		{"ISO_IR 109", "\xb1\xe6en", "ħĉen"},
		{"ISO_IR 110", "B\xbbr\xdei\xf2\xb9", "BģrŪiōš"},
		{"ISO_IR 144", "\xbb\xee\xdace\xdc\xd1yp\xd3", "Люкceмбypг"},
		{"ISO_IR 127", "\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1", "قباني^لنزار"},
		{"ISO_IR 126", "\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2", "Διονυσιος"},
		{"ISO_IR 138", "\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4", "שרון^דבורה"},
		{"ISO_IR 148", "\xc7avu\xfeo\xf0lu", "Çavuşoğlu"},
		{"ISO_IR 203", "\xbcuvre \xa4", "Œuvre €"},
		{"ISO_IR 13", "\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "ﾔﾏﾀﾞ^ﾀﾛｳ"},
		{"ISO_IR 166", "\xca\xc1\xaa\xd2\xc2", "สมชาย"},
		{"ISO_IR 192", "Wang^XiaoDong=王^小东", "Wang^XiaoDong=王^小东"},
		{"GB18030", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东"},
		{"GB18030", "\x82\x35\x90\x37", "龴"},
		{"GBK", "\xb3\xc2^\xe9F", "陈^镕"},
		{`\ISO 2022 IR 87`, "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B", "Yamada^Tarou=山田^太郎=やまだ^たろう"},
		{`ISO 2022 IR 13\ISO 2022 IR 87`, "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"},
		{`\ISO 2022 IR 159`, "\x1b$(D0!\x1b(B", "丂"},
		{`\ISO 2022 IR 149`, "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf", "Hong^Gildong=洪^吉洞=홍^길동"},
		{`\ISO 2022 IR 58`, "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=", "Zhang^XiaoDong=张^小东="},
		{`\ISO 2022 IR 58`, "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\xd0\xa1\xb6\xab", "Zhang^XiaoDong=张^小东"},
		{`ISO 2022 IR 100\ISO 2022 IR 126`, "J\xe9r\xf4me \x1b-F\xc4\xe9\xef", "Jérôme Διο"},
		{`ISO 2022 IR 6\ISO 2022 IR 101`, "\x1b-BW\xb3a", "Wła"},
		{`ISO 2022 IR 6\ISO 2022 IR 144`, "\x1b-L\xbb\xee\xda", "Люк"},
		{`\ISO 2022 IR 166`, "\x1b-T\xca\xc1", "สม"},
		// What is written otherwise than the standard has it.
		{"GB2312", "\xd5\xc5^\xc8\xfd", "张^三"},
		{"gb18030", "\xd5\xc5", "张"},
		{"ISO-IR 100", "\xe9", "é"},
		{"ISO IR 192", "张", "张"},
		{"iso_ir192", "张", "张"},
		{"UTF-8", "张", "张"},
		{"nonsense", "ab", "ab"},
		// Damaged text stays readable around the damage.
		{"ISO_IR 192", "ab\xffcd", "ab\uFFFDcd"},
		{"GB18030", "ab\xd5", "ab\uFFFD"},
		{`\ISO 2022 IR 58`, "ab\x1b$)A\xd5", "ab\uFFFD"},
		{`\ISO 2022 IR 58`, "ab\x1b", "ab"},
		{`\ISO 2022 IR 58`, "a\x1b(Zb", "a(Zb"},
	}
	for _, c := range cases {
		var terms []string
		if c.terms != "" {
			terms = strings.Split(c.terms, `\`)
		}
		if got := newCharset(terms).decode(PN, []byte(c.bytes)); got != c.want {
			t.Errorf("%q: %q decodes as %q, want %q", c.terms, c.bytes, got, c.want)
		}
	}
}

// TestBackslashInCharacters: 5C may be the second byte of a character (PS3.5 6.1.2.3).
func TestBackslashInCharacters(t *testing.T) {
	for _, c := range []struct {
		terms, bytes string
		want         []string
	}{
		{"GB18030", "\x81\x5c\\ab\\\x8b\x5c", []string{"乗", "ab", "媆"}},
		{`\ISO 2022 IR 87`, "\x1b$B!\\\x1b(B\\ab", []string{decodeJIS("!\\"), "ab"}},
		{"ISO_IR 192", "张\\三", []string{"张", "三"}},
	} {
		d := New(c.terms)
		d.Put(Element{Tag: OtherPatientNames, VR: PN, Value: []byte(c.bytes)})
		if got := d.Strings(OtherPatientNames); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.terms, got, c.want)
		}
	}
	d := New("GB18030")
	d.Put(Element{Tag: PatientComments, VR: LT, Value: []byte("a\\b\x81\x5c ")})
	if got := d.String(PatientComments); got != `a\b乗` {
		t.Errorf("a text is cut at its backslash: %q", got)
	}
}

func decodeJIS(two string) string { return decodeWith(codeSetOf("87"), []byte(two)) }

func TestEncodeCharset(t *testing.T) {
	cases := []struct{ terms, text, want string }{
		{"GB18030", "张^三 龴", "\xd5\xc5^\xc8\xfd \x82\x35\x90\x37"},
		{"ISO_IR 192", "张", "张"},
		{"ISO_IR 100", "Jérôme", "J\xe9r\xf4me"},
		{`\ISO 2022 IR 58`, "Zhang^XiaoDong=张^小东", "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab"},
		{`\ISO 2022 IR 58`, "1张2三\r\n小", "1\x1b$)A\xd5\xc52\xc8\xfd\r\n\x1b$)A\xd0\xa1"},
		{`\ISO 2022 IR 149`, "Hong=洪^吉洞", "Hong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"},
		{`\ISO 2022 IR 87`, "Yamada=山田^太郎", "Yamada=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"},
	}
	for _, c := range cases {
		cs := newCharset(strings.Split(c.terms, `\`))
		got, err := cs.encode(PN, c.text)
		if err != nil || string(got) != c.want {
			t.Errorf("%q: %q encodes as %q (error %v), want %q", c.terms, c.text, got, err, c.want)
		}
		if back := cs.decode(PN, got); back != c.text {
			t.Errorf("%q: %q comes back as %q", c.terms, c.text, back)
		}
	}
	for _, c := range []struct{ terms, text string }{{"GBK", "😀"}, {"ISO_IR 100", "张"}, {`\ISO 2022 IR 58`, "龴"}, {"ISO_IR 6", "é"}, {"ISO_IR 192", "\xff"}} {
		if b, err := newCharset(strings.Split(c.terms, `\`)).encode(PN, c.text); yilian.KindOf(err) != yilian.Invalid {
			t.Errorf("%q in %q: %q, %v", c.text, c.terms, b, err)
		}
	}
}

// TestGuess: the bytes decide when they cannot be, or plainly are not, what is declared.
func TestGuess(t *testing.T) {
	cases := []struct{ name, terms, text, guess, want string }{
		{"GBK under nothing", "", "\xd5\xc5^\xc8\xfd", "GB18030", "张^三"},
		{"GBK under Latin-1", "ISO_IR 100", "\xd5\xc5^\xc8\xfd", "GB18030", "张^三"},
		{"UTF-8 under nothing", "", "张^三", "ISO_IR 192", "张^三"},
		{"UTF-8 under Latin-1", "ISO_IR 100", "张^三", "ISO_IR 192", "张^三"},
		{"GBK under UTF-8", "ISO_IR 192", "\xd5\xc5^\xc8\xfd", "GB18030", "张^三"},
		{"UTF-8 under GB18030", "GB18030", "张三丰", "ISO_IR 192", "张三丰"},
		{"GBK under ISO 2022 IR 58 without escapes", `\ISO 2022 IR 58`, "\xd5\xc5^\xe9F\xc8\xfd", "GB18030", "张^镕三"},
		{"UTF-8 under ISO 2022 IR 58 without escapes", `\ISO 2022 IR 58`, "张^三", "ISO_IR 192", "张^三"},
		{"GBK under the term GB2312 is no lie", "GB2312", "\xd5\xc5^\xe9F", "", "张^镕"},
		{"UTF-8 under the term GB2312", "GB2312", "张三丰", "ISO_IR 192", "张三丰"},
		{"an unknown term", "CHINESE", "\xd5\xc5^\xc8\xfd", "GB18030", "张^三"},
		{"Latin-1 under nothing", "", "Buc^J\xe9r\xf4me", "ISO_IR 100", "Buc^Jérôme"},
		{"Latin-1 stands", "ISO_IR 100", "Buc^J\xe9r\xf4me", "", "Buc^Jérôme"},
		{"two accents together stand", "ISO_IR 100", "M\xfc\xdfig^\xc5ke", "", "Müßig^Åke"},
		{"Greek stands", "ISO_IR 126", "\xc4\xe9\xef\xed\xf5\xf3\xe9\xef", "", "Διονυσιο"},
		{"GB18030 stands", "GB18030", "\xd5\xc5^\xc8\xfd", "", "张^三"},
		{"an escape sequence is no lie", "ISO_IR 100", "\x1b$)A\xd5\xc5", "", "张"},
	}
	for _, c := range cases {
		r := &raw{}
		if c.terms != "" {
			r.element(SpecificCharacterSet, "CS", c.terms)
		}
		r.element(PatientName, "PN", c.text)
		r.head(ContentSequence, "SQ", undefined).item(undefined).element(TextValue, "UT", c.text).endItem().endSequence()
		d, err := Parse(r.b, explicit)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if _, guess := d.Charset(); guess != c.guess || d.String(PatientName) != c.want || d.First(ContentSequence).String(TextValue) != c.want {
			t.Errorf("%s: guess %q, name %q, want %q, %q", c.name, guess, d.String(PatientName), c.guess, c.want)
		}
		if string(d.Get(PatientName).Value) != c.text {
			t.Errorf("%s: the bytes were changed", c.name)
		}
	}
}

// TestKnownSender: what is known of the sender settles what the bytes alone leave open, and nothing that they say plainly.
func TestKnownSender(t *testing.T) {
	for _, c := range []struct{ name, known, terms, text, guess, want string }{
		{"two bytes could be an accent and a letter", "GB18030", "ISO_IR 100", "\xe9F", "GB18030", "镕"},
		{"one character under nothing", "GB18030", "", "\xe9\x46", "GB18030", "镕"},
		{"the bytes are no GB18030", "GB18030", "", "\xff\xfe", "ISO_IR 100", "ÿþ"},
		{"a declaration that fits stands", "GB18030", "ISO_IR 192", "张^三", "", "张^三"},
		{"a declaration that does not fit", "GB18030", "ISO_IR 192", "\xd5\xc5^\xc8\xfd", "GB18030", "张^三"},
		{"Latin-1 is known", "ISO_IR 100", "", "\xd5\xc5", "ISO_IR 100", "ÕÅ"},
		{"plain text", "GB18030", "", "Zhang^San", "", "Zhang^San"},
		{"Greek stands", "GB18030", "ISO_IR 126", "\xc4\xe9\xef\xed\xf5\xf3\xe9\xef", "", "Διονυσιο"},
	} {
		r := &raw{}
		if c.terms != "" {
			r.element(SpecificCharacterSet, "CS", c.terms)
		}
		r.element(PatientName, "PN", c.text)
		o, err := Scan(strings.NewReader(string(r.b)), explicit, Options{Charset: c.known})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if _, guess := o.Dataset.Charset(); guess != c.guess || o.Dataset.String(PatientName) != c.want {
			t.Errorf("%s: guess %q, name %q, want %q, %q", c.name, guess, o.Dataset.String(PatientName), c.guess, c.want)
		}
	}
}

func TestCharsetOfItems(t *testing.T) {
	r := (&raw{}).element(SpecificCharacterSet, "CS", "GB18030 ").element(PatientName, "PN", "\xd5\xc5")
	r.head(ContentSequence, "SQ", undefined)
	r.item(undefined).element(SpecificCharacterSet, "CS", "ISO_IR 192").element(TextValue, "UT", "张").endItem()
	r.item(undefined).element(TextValue, "UT", "\xd5\xc5").endItem()
	r.item(undefined).element(SpecificCharacterSet, "CS", "").element(TextValue, "UT", "\xd5\xc5").endItem().endSequence()
	d, err := Parse(r.b, explicit)
	if err != nil {
		t.Fatal(err)
	}
	for i, item := range d.Sequence(ContentSequence) {
		if got := item.String(TextValue); got != "张" {
			t.Errorf("item %d: %q", i, got)
		}
	}
	if declared, _ := d.Sequence(ContentSequence)[0].Charset(); !slices.Equal(declared, []string{"ISO_IR 192"}) {
		t.Errorf("declared in the item: %q", declared)
	}
}

// TestTruth reads the Chinese texts of files made for it, honest and lying.
func TestTruth(t *testing.T) {
	dir := corpus(t)
	b, err := os.ReadFile(filepath.Join(dir, "TRUTH.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]any
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name, truth := range all {
		text := func(key string) string { s, _ := truth[key].(string); return s }
		obj, err := scanPath(filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p := text("patient"); p != "" && obj.Dataset.String(PatientName) != p {
			t.Errorf("%s: name %q, want %q", name, obj.Dataset.String(PatientName), p)
		}
		for key, tag := range map[string]Tag{"PatientName": PatientName, "InstitutionName": InstitutionName, "StudyDescription": StudyDescription, "PatientComments": PatientComments} {
			if want := text(key); want != "" {
				checked++
				if got := obj.Dataset.String(tag); got != want {
					t.Errorf("%s: %s %q, want %q", name, key, got, want)
				}
			}
		}
	}
	if checked < 24 {
		t.Errorf("only %d texts checked", checked)
	}
}
