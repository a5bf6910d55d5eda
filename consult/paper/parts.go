package paper

import (
	"strings"
	"time"
)

// Patient is who a document is about, as printed.
type Patient struct {
	Name   string
	Sex    string // 男, 女 …
	Age    string
	Number string // the patient's number with the institution
	IDTail string // last four characters of the ID number
}

// Signed is one signature as printed.
type Signed struct {
	Role string // 报告医师, 审核医师, 会诊专家
	Name string
	At   time.Time
}

// cell is one label with its value in the patient strip. Span is how many of the four columns it takes (0: one).
type cell struct {
	label, value string
	span         int
}

const (
	stripColumns = 4
	stripLeading = 6.6
	labelSize    = 9.5
	valueSize    = 10.5
)

// strip sets the table of who, what, where and when between two rules.
func (s *sheet) strip(cells []cell) {
	s.line(marginSide, s.y, pageWidth-marginSide, s.y, rule, 0.5)
	s.y += 1.2
	column := 0
	col := textWidth / stripColumns
	rowHeight := stripLeading
	for _, c := range cells {
		span := max(c.span, 1)
		if column+span > stripColumns {
			s.y, column, rowHeight = s.y+rowHeight, 0, stripLeading
		}
		used := s.pair(marginSide+float64(column)*col, col*float64(span), c)
		rowHeight = max(rowHeight, used)
		column += span
	}
	s.y += rowHeight + 1
	s.line(marginSide, s.y, pageWidth-marginSide, s.y, rule, 0.5)
	s.y += 3
}

// pair sets a label and its value at s.y and answers the height it takes.
func (s *sheet) pair(x, width float64, c cell) float64 {
	label := style{labelSize, false, grey}
	value := style{valueSize, false, ink}
	base := s.y + stripLeading*0.72
	s.text(x, base, c.label+"：", label)
	lw := s.width(c.label+"：", label)
	if c.span < stripColumns {
		s.text(x+lw, base, s.fit(c.value, width-lw-1, value), value)
		return stripLeading
	}
	lines := s.lines(c.value, width-lw, value)
	if len(lines) > 3 {
		lines = append(lines[:2], s.fit(lines[2]+"……", width-lw, value))
	}
	for i, l := range lines {
		s.text(x+lw, base+float64(i)*5.4, l, value)
	}
	return stripLeading + float64(len(lines)-1)*5.4
}

// fit shortens a text that is too wide for its place.
func (s *sheet) fit(text string, width float64, st style) string {
	if s.width(text, st) <= width {
		return text
	}
	runes := []rune(text)
	for len(runes) > 1 && s.width(string(runes)+"…", st) > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// section sets a heading with its text. An empty text sets nothing.
func (s *sheet) section(title, text string, st style) {
	if strings.TrimSpace(text) == "" {
		return
	}
	s.need(8 + 2*bodyLeading)
	s.y += 7
	s.pdf.SetFillColor(rule.r, rule.g, rule.b)
	s.pdf.Rect(marginSide, s.y-4.2, 1.2, 4.8, "F")
	s.text(marginSide+3, s.y-0.3, title, style{12, true, ink})
	s.y += 1.6
	s.paragraph(indent(text), marginSide+3, textWidth-3, bodyLeading, st)
	s.y += 2.2
}

// indent begins each paragraph two squares in, as Chinese text does, except numbered ones.
func indent(text string) string {
	paras := strings.Split(strings.TrimSpace(text), "\n")
	for i, p := range paras {
		p = strings.TrimSpace(p)
		if p != "" && !strings.ContainsAny(p[:1], "0123456789") {
			p = "　　" + p
		}
		paras[i] = p
	}
	return strings.Join(paras, "\n")
}

// banner sets a framed warning in red.
func (s *sheet) banner(title, text string) {
	st := style{10.5, false, alarm}
	lines := s.lines(text, textWidth-8, st)
	if text == "" {
		lines = nil
	}
	h := 8 + 5.6*float64(len(lines))
	s.need(h + 2)
	s.pdf.SetFillColor(wash.r, wash.g, wash.b)
	s.pdf.SetDrawColor(alarm.r, alarm.g, alarm.b)
	s.pdf.SetLineWidth(0.4)
	s.pdf.Rect(marginSide, s.y, textWidth, h, "FD")
	s.text(marginSide+4, s.y+5.5, title, style{12, true, alarm})
	for i, l := range lines {
		s.text(marginSide+4, s.y+11.4+5.6*float64(i), l, st)
	}
	s.y += h + 2
}

// signatures sets who signed and when, at the right, kept together; at the bottom of the page if there is room.
func (s *sheet) signatures(all []Signed, statement string) {
	note := style{8.5, false, grey}
	notes := s.lines(statement, textWidth, note)
	h := float64(len(all))*7.4 + float64(len(notes))*4.4 + 6
	s.need(h)
	s.y = max(s.y+4, textBottom-h)
	s.line(marginSide, s.y, pageWidth-marginSide, s.y, rule, 0.3)
	s.y += 1.5
	for _, sig := range all {
		s.y += 7.4
		s.text(marginSide+46, s.y-2, sig.Role+"：", style{labelSize + 0.5, false, grey})
		s.text(marginSide+68, s.y-2, sig.Name, style{12, false, ink})
		s.line(marginSide+67, s.y-0.6, marginSide+104, s.y-0.6, faint, 0.2)
		s.text(marginSide+110, s.y-2, "签名时间：", style{labelSize + 0.5, false, grey})
		s.text(marginSide+129, s.y-2, s.clock(sig.At), style{11, false, ink})
	}
	s.y += 2.5
	for _, l := range notes {
		s.y += 4.4
		s.text(marginSide, s.y-1, l, note)
	}
}

// small sets the head of the pages after the first: whose document this is.
func (s *sheet) small(left, right string) {
	st := style{9, false, grey}
	s.text(marginSide, s.y+3, left, st)
	s.text(pageWidth-marginSide-s.width(right, st), s.y+3, right, st)
	s.line(marginSide, s.y+5, pageWidth-marginSide, s.y+5, faint, 0.2)
	s.y += 9
}

// title sets the institution and the kind of document.
func (s *sheet) title(institution, kind, left, right string) {
	s.y += 8
	s.centre(s.y, institution, style{20, true, ink})
	s.y += 8.6
	s.centre(s.y, kind, style{15, false, ink})
	s.y += 6.4
	st := style{labelSize, false, grey}
	s.text(marginSide, s.y, left, st)
	s.text(pageWidth-marginSide-s.width(right, st), s.y, right, st)
	s.y += 2
}
