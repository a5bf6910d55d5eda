package paper

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
)

// Press sets documents. It is safe for concurrent use.
type Press struct {
	faces []face
	loc   *time.Location
}

// New finds the fonts; font is a Chinese TrueType file, "" looks for the usual ones. Times are printed in loc (nil: the
// machine's). Without a Chinese font the error is ErrNoFont.
func New(font string, loc *time.Location) (*Press, error) {
	faces, err := loadFaces(font)
	if err != nil {
		return nil, err
	}
	if loc == nil {
		loc = time.Local
	}
	return &Press{faces, loc}, nil
}

// The page, in millimetres; sizes of type are in points.
const (
	pageWidth   = 210.0
	pageHeight  = 297.0
	marginSide  = 18.0
	marginTop   = 14.0
	footerTop   = pageHeight - 17
	textBottom  = footerTop - 4
	textWidth   = pageWidth - 2*marginSide
	point       = 25.4 / 72
	bodySize    = 11.0
	bodyLeading = 6.6
)

type colour struct{ r, g, b int }

var (
	ink   = colour{20, 20, 20}
	grey  = colour{105, 105, 105}
	rule  = colour{60, 60, 60}
	faint = colour{190, 190, 190}
	alarm = colour{176, 18, 18}
	wash  = colour{253, 242, 242}
)

// style is how a piece of text looks.
type style struct {
	size float64
	bold bool
	col  colour
}

// sheet is one document while it is set. y is where the next thing goes.
type sheet struct {
	pdf   *fpdf.Fpdf
	press *Press
	cp    func(string) string // UTF-8 to Windows-1252
	y     float64
	head  func() // repeated on each page after the first
	foot  string
	pages int
}

// begin starts a document whose dates in the file are at, so that the same content gives the same bytes.
func (p *Press) begin(title, foot string, at time.Time, head func(*sheet)) *sheet {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCompression(true)
	f.SetCatalogSort(true)
	f.SetCreationDate(at)
	f.SetModificationDate(at)
	f.SetTitle(title, true)
	f.SetProducer("Yilian", true)
	f.SetAutoPageBreak(false, 0)
	f.AliasNbPages("")
	for _, face := range p.faces {
		if face.data != nil {
			f.AddUTF8FontFromBytes(face.family, "", face.data)
		}
	}
	s := &sheet{pdf: f, press: p, cp: f.UnicodeTranslatorFromDescriptor("cp1252"), foot: foot}
	s.head = func() { head(s) }
	return s
}

// write finishes the document.
func (s *sheet) write(w io.Writer) error {
	for n := 1; n <= s.pages; n++ {
		s.pdf.SetPage(n)
		s.footer(n)
	}
	if err := s.pdf.Output(w); err != nil {
		return fmt.Errorf("write a PDF: %w", err)
	}
	return nil
}

func (s *sheet) newPage() {
	s.pdf.AddPage()
	s.pages++
	s.y = marginTop
	if s.pages > 1 {
		s.head()
	}
}

// need starts a new page unless h millimetres are left on this one.
func (s *sheet) need(h float64) {
	if s.pages == 0 || s.y+h > textBottom {
		s.newPage()
	}
}

func (s *sheet) footer(n int) {
	s.line(marginSide, footerTop, pageWidth-marginSide, footerTop, faint, 0.2)
	st := style{8, false, grey}
	s.text(marginSide, footerTop+4.6, s.foot, st)
	right := fmt.Sprintf("第 %d 页 / 共 %d 页", n, s.pages)
	s.text(pageWidth-marginSide-s.width(right, st), footerTop+4.6, right, st)
}

// run is a piece of text in one face.
type run struct {
	face int
	text string
}

// missing is set for a character that no font here has, as type-setters do.
const missing = '〓'

// runs cuts text where the face changes. Control and formatting characters are left out.
func (s *sheet) runs(text string) (out []run) {
	for _, r := range text {
		if unicode.Is(unicode.C, r) {
			continue
		}
		i, ok := s.faceOf(r)
		if !ok {
			r = missing
			i, _ = s.faceOf(r)
		}
		if n := len(out); n > 0 && out[n-1].face == i {
			out[n-1].text += string(r)
			continue
		}
		out = append(out, run{i, string(r)})
	}
	return out
}

// faceOf answers the face for a character. Those outside of the Basic Multilingual Plane have none: the PDF library cannot set
// them.
func (s *sheet) faceOf(r rune) (i int, ok bool) {
	if r > 0xFFFF {
		return 0, false
	}
	i = slices.IndexFunc(s.press.faces, func(f face) bool { return f.family == "cjk" && wide(r) && f.chars.has(r) })
	if i < 0 {
		i = slices.IndexFunc(s.press.faces, func(f face) bool { return f.chars.has(r) })
	}
	return max(i, 0), i >= 0
}

// wide characters are set in the Chinese face even if a Latin one has them: punctuation must have its full square.
func wide(r rune) bool {
	return r >= 0x2E80 || strings.ContainsRune("“”‘’—…·", r)
}

func (s *sheet) font(i int, size float64) {
	s.pdf.SetFont(s.press.faces[i].family, "", size)
}

// width is the width of a text in one line, in millimetres.
func (s *sheet) width(text string, st style) (w float64) {
	for _, r := range s.runs(text) {
		s.font(r.face, st.size)
		w += s.pdf.GetStringWidth(s.encode(r))
	}
	return w
}

func (s *sheet) encode(r run) string {
	if s.press.faces[r.face].data == nil {
		return s.cp(r.text)
	}
	return r.text
}

// text sets one line with its baseline at y.
func (s *sheet) text(x, y float64, text string, st style) {
	s.pdf.SetTextColor(st.col.r, st.col.g, st.col.b)
	if st.bold { // the Chinese font has one weight: a stroke around it makes the other
		s.pdf.SetDrawColor(st.col.r, st.col.g, st.col.b)
		s.pdf.SetLineWidth(st.size * point * 0.025)
		s.pdf.SetTextRenderingMode(2)
		defer s.pdf.SetTextRenderingMode(0)
	}
	for _, r := range s.runs(text) {
		s.font(r.face, st.size)
		t := s.encode(r)
		s.pdf.Text(x, y, t)
		x += s.pdf.GetStringWidth(t)
	}
}

func (s *sheet) centre(y float64, text string, st style) {
	s.text((pageWidth-s.width(text, st))/2, y, text, st)
}

func (s *sheet) line(x1, y1, x2, y2 float64, c colour, w float64) {
	s.pdf.SetDrawColor(c.r, c.g, c.b)
	s.pdf.SetLineWidth(w)
	s.pdf.Line(x1, y1, x2, y2)
}

// lines breaks a text into lines of at most width millimetres, by the Chinese rules: anywhere between ideographs, between words
// of Latin letters and digits, never before closing or after opening punctuation.
func (s *sheet) lines(text string, width float64, st style) (out []string) {
	for para := range strings.SplitSeq(strings.ReplaceAll(text, "\r", ""), "\n") {
		out = append(out, s.wrap(strings.TrimRightFunc(para, unicode.IsSpace), width, st)...)
	}
	return out
}

func (s *sheet) wrap(para string, width float64, st style) (out []string) {
	line, w := "", 0.0
	for _, piece := range pieces(para) {
		pw := s.width(piece, st)
		if line != "" && w+pw > width && !hangs(piece) {
			out = append(out, line)
			line, w = "", 0
			piece = strings.TrimLeft(piece, " ")
			pw = s.width(piece, st)
		}
		if pw > width { // one word that is wider than the column
			parts := s.cut(piece, width, st)
			out = append(out, parts[:len(parts)-1]...)
			piece = parts[len(parts)-1]
			pw = s.width(piece, st)
		}
		line, w = line+piece, w+pw
	}
	return append(out, line)
}

// cut divides a word into parts that fit; a character that is wider than the column is a part of its own.
func (s *sheet) cut(word string, width float64, st style) (parts []string) {
	from, w := 0, 0.0
	for i, r := range word {
		rw := s.width(string(r), st)
		if i > from && w+rw > width {
			parts = append(parts, word[from:i])
			from, w = i, 0
		}
		w += rw
	}
	return append(parts, word[from:])
}

const (
	closing = "，。、；：？！）】》」』”’%℃·,.;:?!)]}>"
	opening = "（【《「『“‘([{<"
)

// hangs: a single closing mark may stand a little outside rather than at the beginning of a line.
func hangs(piece string) bool {
	return strings.ContainsAny(piece, closing) && len([]rune(piece)) == 1
}

// pieces cuts a text into what must stay together.
func pieces(text string) (out []string) {
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	glue := false // the last piece ends in an opening mark
	for _, r := range text {
		switch {
		case strings.ContainsRune(closing, r) && word.Len() == 0 && len(out) > 0:
			out[len(out)-1] += string(r)
		case r >= 0x2E80 || strings.ContainsRune("“‘—…", r):
			flush()
			if glue {
				out[len(out)-1] += string(r)
			} else {
				out = append(out, string(r))
			}
			glue = strings.ContainsRune(opening, r)
			continue
		case r == ' ':
			flush()
			out = append(out, " ")
		default:
			if glue && word.Len() == 0 {
				word.WriteString(out[len(out)-1])
				out = out[:len(out)-1]
			}
			word.WriteRune(r)
		}
		glue = false
	}
	flush()
	return out
}

// paragraph sets a text over as many lines and pages as it takes.
func (s *sheet) paragraph(text string, x, width, leading float64, st style) {
	for _, l := range s.lines(text, width, st) {
		s.need(leading)
		s.y += leading
		s.text(x, s.y-leading*0.26, l, st)
	}
}

func (s *sheet) clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return s.press.Clock(t)
}

// Clock writes a moment as documents do: to the minute, in the time zone of the press.
func (p *Press) Clock(t time.Time) string { return t.In(p.loc).Format("2006-01-02 15:04") }
