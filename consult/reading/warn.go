package reading

import (
	"regexp"
	"slices"
	"strings"

	"yilian/consult/patient"
)

// Text is what a report says. Findings is 影像所见, Impression 诊断意见, Technique 检查方法.
type Text struct {
	Technique  string `json:"technique,omitempty"`
	Findings   string `json:"findings"`
	Impression string `json:"impression"`
	Positive   bool   `json:"positive,omitempty"` // 阳性
}

// Empty tells whether nothing has been written.
func (t Text) Empty() bool { return t.Technique == "" && t.Findings == "" && t.Impression == "" }

// Exam is what a report is about, as far as its text can contradict it.
type Exam struct {
	Sex    patient.Sex
	Exam   string // the ordered exam's text, such as 左膝关节正侧位
	Images string // the side the images name: L, R or empty
}

// Warning is a doubt about a text that its writer should look at. Most stop nobody; those of stopping must be confirmed.
type Warning struct {
	Code string `json:"code"` // report.side, report.sex, report.critical …
	Word string `json:"word"` // what raised it
}

// Warnings reads a report for contradictions of side and sex and for words that call for a critical-finding alarm. It looks for
// words, not for meaning: clauses that deny (未见, 无 …) raise no critical word.
func Warnings(t Text, exam Exam) []Warning {
	var out []Warning
	ordered := sideOf(exam.Exam)
	if ordered == none && exam.Images != "" {
		ordered = map[string]side{"L": left, "R": right}[exam.Images]
	}
	if exam.Images != "" && ordered != none && ordered != both && ordered != map[string]side{"L": left, "R": right}[exam.Images] {
		out = append(out, Warning{"report.sideImages", exam.Images})
	}
	found, concluded := sideOf(t.Findings), sideOf(t.Impression)
	if contradicts(ordered, concluded) {
		out = append(out, Warning{"report.sideOrder", concluded.wordIn(t.Impression)})
	} else if contradicts(found, concluded) {
		out = append(out, Warning{"report.side", concluded.wordIn(t.Impression)})
	}
	all := t.Findings + "\n" + t.Impression
	if words := wrongSex[exam.Sex]; words != nil {
		if w := words.FindString(all); w != "" {
			out = append(out, Warning{"report.sex", w})
		}
	}
	for _, w := range criticalWords {
		if asserts(all, w) {
			out = append(out, Warning{"report.critical", w})
		}
	}
	if !t.Empty() && strings.TrimSpace(t.Impression) == "" {
		out = append(out, Warning{"report.noImpression", ""})
	}
	return out
}

type side uint8

const (
	none side = 0
	left side = 1 << iota
	right
	both = left | right
)

var (
	bothWords = regexp.MustCompile(`双|两侧|两肺|两下肢|左右|(?i:\b(?:both|bilateral(?:ly)?)\b)`)
	sideWords = map[side]*regexp.Regexp{left: regexp.MustCompile(`左|(?i:\bleft\b)`), right: regexp.MustCompile(`右|(?i:\bright\b)`)}
)

func sideOf(s string) (out side) {
	if bothWords.MatchString(s) {
		return both
	}
	for side, words := range sideWords {
		if words.MatchString(s) {
			out |= side
		}
	}
	return out
}

// wordIn is how a text names the side.
func (s side) wordIn(text string) string { return sideWords[s].FindString(text) }

// contradicts tells whether b names exactly the side that a does not name.
func contradicts(a, b side) bool {
	return a != none && a != both && b != none && b != both && a != b
}

// wrongSex are organs that a patient of that sex does not have. The page marks the same words (web/app/src/features/reading/checks.words.ts).
var wrongSex = map[patient.Sex]*regexp.Regexp{
	patient.Male:   regexp.MustCompile(`子宫|卵巢|附件区|阴道|宫颈|宫腔|内膜厚|(?i:\b(?:uter(?:us|ine)|ovar(?:y|ies|ian)|adnexa\w*|vagina\w*))`),
	patient.Female: regexp.MustCompile(`前列腺|精囊|睾丸|阴囊|附睾|(?i:\b(?:prostat\w+|seminal vesicle\w*|testi(?:s|cle)\w*|scrot\w+))`),
}

// criticalWords name findings that stand on the usual lists of critical values for imaging and ECG (危急值).
var criticalWords = []string{
	"张力性气胸", "气胸", "主动脉夹层", "肺动脉栓塞", "肺栓塞", "脑出血", "蛛网膜下腔出血", "硬膜外血肿", "硬膜下血肿", "脑疝", "急性脑梗死",
	"大面积脑梗死", "消化道穿孔", "膈下游离气体", "肠梗阻", "异位妊娠", "肝破裂", "脾破裂", "心包填塞", "ST段抬高", "急性心肌梗死", "心室颤动",
	"室性心动过速", "三度房室传导阻滞",
}

// denials turn a finding into its absence when they stand before it in its clause.
var denials = []string{"未见", "无", "未及", "排除", "除外", "不考虑", "未显示", "未发现"}

func asserts(text, word string) bool {
	for clause := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("。；;\n", r) }) {
		before, _, ok := strings.Cut(clause, word)
		if !ok {
			continue
		}
		if !slices.ContainsFunc(denials, func(d string) bool { return strings.Contains(before, d) }) {
			return true
		}
	}
	return false
}
