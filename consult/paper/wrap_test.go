package paper

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"yilian/internal/foreign"
)

func testSheet(t testing.TB) *sheet {
	t.Helper()
	p, err := New("", time.UTC)
	if errors.Is(err, ErrNoFont) {
		foreign.Missing(t, "a Chinese font")
	}
	if err != nil {
		t.Fatal(err)
	}
	return p.begin("t", "f", time.Now(), func(*sheet) {})
}

var body = style{bodySize, false, ink}

func TestLineBreaks(t *testing.T) {
	s := testSheet(t)
	text := strings.Repeat("右肺下叶见实变影，边界模糊（CT值约-120～35 HU），", 20)
	lines := s.lines(text, 100, body)
	if len(lines) < 5 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, l := range lines {
		first, _ := utf8.DecodeRuneInString(l)
		last, _ := utf8.DecodeLastRuneInString(l)
		if i > 0 && strings.ContainsRune("，。、；：？！）】》", first) {
			t.Errorf("line %d begins with %c", i, first)
		}
		if i < len(lines)-1 && strings.ContainsRune("（【《", last) {
			t.Errorf("line %d ends in %c", i, last)
		}
		if w := s.width(l, body); w > 100+body.size*point*1.1 {
			t.Errorf("line %d is %.1f mm wide", i, w)
		}
	}
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// FuzzLines: whatever the text, breaking it loses nothing, ends, and setting it does not panic.
func FuzzLines(f *testing.F) {
	for _, s := range []string{"", "a", "右肺下叶", "（）", "，，，，", "a b  c\n\nd", strings.Repeat("W", 300), "😀𠮷野家", "\x00\xff", "（" + strings.Repeat("x", 200), "“…”——·"} {
		f.Add(s, uint8(50))
	}
	s := testSheet(f)
	s.newPage()
	f.Fuzz(func(t *testing.T, text string, mm uint8) {
		if len(text) > 2000 || !utf8.ValidString(text) {
			return
		}
		width := 10 + float64(mm)
		got := strings.Join(s.lines(text, width, body), "")
		if squeeze(got) != squeeze(strings.ReplaceAll(text, "\r", "")) {
			t.Errorf("%q became %q", text, got)
		}
		s.text(10, 10, text, style{10, true, ink})
	})
}

// TestStrangeCharacters: what no font has is printed as a square; nothing fails.
func TestStrangeCharacters(t *testing.T) {
	s := testSheet(t)
	var out bytes.Buffer
	err := s.press.Report(&out, Report{
		Institution: "云岭县人民医院", Patient: Patient{Name: "𠮷田😀\x01 مەمەت"}, Findings: "😀" + strings.Repeat("𠮷", 300) + "\u202e\u200b\ufffd", Impression: "\t\v\x7f",
	})
	if err != nil || !bytes.HasPrefix(out.Bytes(), []byte("%PDF")) {
		t.Fatal(err)
	}
}

func TestLongReportIsQuick(t *testing.T) {
	s := testSheet(t)
	var out bytes.Buffer
	start := time.Now()
	if err := s.press.Report(&out, Report{Findings: strings.Repeat("双肺纹理清晰，", 2900), Impression: "正常。"}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("20000 characters took %v", took)
	}
}
