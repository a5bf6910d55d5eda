package paper

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Report is an imaging or ECG report as printed. Texts are Chinese where they are shown to a reader.
type Report struct {
	ID      string // document identifier
	Version int    // of the document
	Hash    string // hex, of the signed content

	Institution string // which issues the report
	Site        string // where the exam was made
	Orderer     string // who ordered it, and where
	OrderedAt   string // institution of the orderer
	Department  string
	Patient     Patient
	Accession   string
	Modality    string // CT, DR …
	BodyPart    string
	Exam        string
	Priority    string // 急诊, 加急, 普通
	Clinical    string // 临床诊断 / 病史
	ExamAt      time.Time

	Technique  string
	Findings   string
	Impression string
	Addenda    []Addendum
	Signatures []Signed

	Preliminary bool   // one signature, given out in an emergency
	Recalled    string // why a correction is being written; "": it is not
	Corrected   bool   // it replaces an earlier version
	Critical    string // the critical finding, if one was flagged
	CriticalAt  string // who read it back and when, if anybody has
}

// Addendum is what was added to a report after its release.
type Addendum struct {
	Text       string
	Signatures []Signed
}

// The marks and statements that the rules ask for.
const (
	preliminaryMark = "急诊报告，以正式报告为准"
	reportStatement = "本报告由诊断机构依据检查机构上传的影像出具，检查机构对检查过程与影像质量负责，诊断机构对诊断意见负责，双方按远程医疗合作协议共同承担责任。" +
		"本报告供临床医师结合病情参考，涂改无效。"
	opinionStatement = "本意见由受邀方依据邀请方提供的病历资料及远程会诊情况出具，供邀请方参考；邀请方结合患者实际情况决定诊疗方案并承担相应责任。"
)

// Report sets a report and writes it as PDF.
func (p *Press) Report(w io.Writer, r Report) error {
	kind := r.Modality + "检查诊断报告"
	s := p.begin(kind+" "+r.Accession, foot(r.ID, r.Version, r.Hash), latest(r.Signatures), func(s *sheet) {
		s.small(r.Institution+"　"+kind, strings.Join([]string{r.Patient.Name, r.Patient.Sex, r.Patient.Age, "检查号 " + r.Accession}, "　"))
	})
	s.newPage()
	s.title(r.Institution, kind, "检查机构："+r.Site, "检查号："+r.Accession)
	s.strip([]cell{
		{label: "姓名", value: r.Patient.Name},
		{label: "性别", value: r.Patient.Sex},
		{label: "年龄", value: r.Patient.Age},
		{label: "证件尾号", value: orDash(r.Patient.IDTail)},
		{label: "患者编号", value: orDash(r.Patient.Number)},
		{label: "检查类型", value: r.Modality},
		{label: "检查部位", value: orDash(r.BodyPart)},
		{label: "优先级", value: r.Priority},
		{label: "检查项目", value: r.Exam, span: 2},
		{label: "检查时间", value: s.clock(r.ExamAt), span: 2},
		{label: "申请机构", value: r.OrderedAt, span: 2},
		{label: "申请科室", value: orDash(r.Department)},
		{label: "申请医师", value: r.Orderer},
		{label: "临床资料", value: orDash(r.Clinical), span: 4},
	})
	if r.Recalled != "" {
		s.banner("本报告已被召回，更正报告出具前请勿据此诊疗", "原因："+r.Recalled)
	}
	if r.Preliminary {
		s.banner(preliminaryMark, "")
	}
	if r.Critical != "" {
		s.banner("危急值", joined(r.Critical, r.CriticalAt))
	}
	if r.Corrected {
		s.banner("更正报告", "本报告替代此前出具的版本，原版本仅存档备查。")
	}
	body := style{bodySize, false, ink}
	s.section("检查方法", r.Technique, body)
	s.section("检查所见", r.Findings, body)
	s.section("诊断意见", r.Impression, style{bodySize + 0.5, true, ink})
	for i, a := range r.Addenda {
		s.section(fmt.Sprintf("补充报告（%d）", i+1), a.Text+"\n"+signedLine(s, a.Signatures), body)
	}
	s.signatures(r.Signatures, reportStatement)
	return s.write(w)
}

// Opinion is a consult opinion as printed.
type Opinion struct {
	ID      string
	Version int
	Hash    string

	Number      string // of the request
	Kind        string // 抢救, 急会诊, 协诊
	Specialty   string
	Inviting    string // institution that asked
	Invited     string // institution of the specialist
	Requester   string
	RequestedAt time.Time
	ConsultedAt time.Time // begin of the call; zero: none was held
	Patient     Patient

	Summary   string // 病情摘要
	Purpose   string
	Findings  string
	Diagnosis string
	Advice    string
	Referral  bool   // a referral is recommended
	Amended   string // why this version replaces another; "": it does not
	Withdrawn bool
	Adoption  string // what the inviting side decided, if it has

	Participants string // who took part in the call, guests with what they are
	Signatures   []Signed
}

// Opinion sets a consult opinion and writes it as PDF.
func (p *Press) Opinion(w io.Writer, o Opinion) error {
	const kind = "远程会诊意见书"
	s := p.begin(kind+" "+o.Number, foot(o.ID, o.Version, o.Hash), latest(o.Signatures), func(s *sheet) {
		s.small(o.Invited+"　"+kind, strings.Join([]string{o.Patient.Name, o.Patient.Sex, o.Patient.Age, "会诊编号 " + o.Number}, "　"))
	})
	s.newPage()
	s.title(o.Invited, kind, "邀请机构："+o.Inviting, "会诊编号："+o.Number)
	s.strip([]cell{
		{label: "姓名", value: o.Patient.Name},
		{label: "性别", value: o.Patient.Sex},
		{label: "年龄", value: o.Patient.Age},
		{label: "证件尾号", value: orDash(o.Patient.IDTail)},
		{label: "会诊类别", value: o.Kind},
		{label: "会诊专科", value: o.Specialty},
		{label: "申请医师", value: o.Requester, span: 2},
		{label: "申请时间", value: s.clock(o.RequestedAt), span: 2},
		{label: "会诊时间", value: orDash(s.clock(o.ConsultedAt)), span: 2},
	})
	if o.Withdrawn {
		s.banner("本意见已撤回，请勿据此诊疗", "")
	}
	if o.Amended != "" {
		s.banner("修订意见", "本版本替代此前出具的版本。修订原因："+o.Amended)
	}
	body := style{bodySize, false, ink}
	s.section("病情摘要", o.Summary, body)
	s.section("会诊目的", o.Purpose, body)
	s.section("会诊所见", o.Findings, body)
	s.section("会诊诊断", o.Diagnosis, style{bodySize + 0.5, true, ink})
	advice := o.Advice
	if o.Referral {
		advice = strings.TrimSpace(advice + "\n建议转诊至上级医院进一步诊治。")
	}
	s.section("处理建议", advice, body)
	s.section("参加人员", o.Participants, body)
	s.section("邀请方意见", o.Adoption, body)
	s.signatures(o.Signatures, opinionStatement)
	return s.write(w)
}

// foot is the line that names the document on each page.
func foot(id string, version int, hash string) string {
	if len(hash) > 16 {
		hash = hash[:16]
	}
	return fmt.Sprintf("文档编号 %s　版本 %d　校验码 %s", id, version, hash)
}

func latest(all []Signed) (at time.Time) {
	for _, s := range all {
		if s.At.After(at) {
			at = s.At
		}
	}
	return at.UTC()
}

func signedLine(s *sheet, all []Signed) string {
	parts := make([]string, len(all))
	for i, sig := range all {
		parts[i] = sig.Role + "：" + sig.Name + " " + s.clock(sig.At)
	}
	return strings.Join(parts, "　")
}

func joined(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n")
}

func orDash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "—"
	}
	return s
}
