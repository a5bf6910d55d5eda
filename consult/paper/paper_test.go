package paper_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yilian/consult/paper"
	"yilian/internal/foreign"
)

var signedAt = time.Date(2026, 3, 14, 1, 15, 42, 0, time.UTC)

func sample() paper.Report {
	return paper.Report{
		ID: "mf2xq7k3h5n4tbd6vzplarwsqe", Version: 2, Hash: strings.Repeat("9c3fa1", 11)[:64],
		Institution: "云岭县人民医院", Site: "清溪镇卫生院", Orderer: "田晓禾", OrderedAt: "清溪镇卫生院", Department: "全科",
		Patient:   paper.Patient{Name: "阿迪力·买买提", Sex: "男", Age: "64岁", Number: "00000127", IDTail: "002X"},
		Accession: "2603140007", Modality: "CT", BodyPart: "胸部", Exam: "胸部CT平扫", Priority: "急诊", ExamAt: signedAt.Add(-40 * time.Minute),
		Clinical:  "咳嗽、咳痰3天，发热1天（最高38.9℃），活动后气促；既往慢性阻塞性肺疾病10余年，SpO₂ 91%。",
		Technique: "胸部CT平扫，层厚5 mm，肺窗（WW 1500 / WL -600）及纵隔窗（WW 350 / WL 40）观察。",
		Findings: "胸廓对称，双侧胸壁软组织未见异常。右肺下叶后基底段见大小约3.2 cm×2.6 cm片状实变影，边界模糊，内见“空气支气管征”，周围见磨玻璃影（CT值约-120～35 HU）。双肺上叶见多发低密度无肺纹理区，直径≤1.5 cm。\n" +
			"气管、主支气管及各叶、段支气管开口通畅。纵隔居中，4R区淋巴结短径约0.9 cm。心影大小、形态正常，冠状动脉见条状钙化。右侧胸腔见少量积液，深约1.1 cm。所示骨质未见破坏及骨折征象。",
		Impression: "1. 右肺下叶后基底段实变影，考虑感染性病变，建议抗炎治疗后4～6周复查。\n2. 双肺上叶肺气肿。\n3. 右侧胸腔少量积液。\n4. 冠状动脉钙化。",
		Signatures: []paper.Signed{{Role: "报告医师", Name: "林知远", At: signedAt}, {Role: "审核医师", Name: "乔伯安", At: signedAt.Add(17 * time.Minute)}},
	}
}

func press(t *testing.T) *paper.Press {
	t.Helper()
	p, err := paper.New("", time.FixedZone("CST", 8*3600))
	if errors.Is(err, paper.ErrNoFont) {
		foreign.Missing(t, "a Chinese font")
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// text reads a PDF back with a foreign program.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		foreign.Missing(t, "pdftotext")
	}
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// contains compares without white space, of which pdftotext puts in as much as it likes.
func contains(got, want string) bool {
	return strings.Contains(strings.Join(strings.Fields(got), ""), strings.Join(strings.Fields(want), ""))
}

// keep stores a PDF where a person can look at it, if asked to.
func keep(t *testing.T, name string, pdf []byte) {
	t.Helper()
	dir := os.Getenv("YILIAN_ARTEFACTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name), pdf, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReport(t *testing.T) {
	p := press(t)
	var pdf bytes.Buffer
	if err := p.Report(&pdf, sample()); err != nil {
		t.Fatal(err)
	}
	keep(t, "report.pdf", pdf.Bytes())
	got := text(t, pdf.Bytes())
	for _, want := range []string{
		"云岭县人民医院", "CT检查诊断报告", "阿迪力·买买提", "2603140007", "清溪镇卫生院", "报告医师", "林知远", "2026-03-14 09:15", "审核医师", "乔伯安", "2026-03-14 09:32",
		"第 1 页 / 共 1 页", "mf2xq7k3h5n4tbd6vzplarwsqe", "版本 2", "9c3fa19c3fa19c3f", "SpO₂", "≤1.5 cm", "共同承担责任",
	} {
		if !contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	var again bytes.Buffer
	if err := p.Report(&again, sample()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pdf.Bytes(), again.Bytes()) {
		t.Error("the same report printed twice gives different bytes")
	}
}

func TestEmergencyReportOverPages(t *testing.T) {
	r := sample()
	r.Preliminary, r.Critical, r.Recalled = true, "右侧张力性气胸，肺组织压缩约80%", "左右侧书写有误"
	r.CriticalAt = "已于 2026-03-14 09:18 由 田晓禾 复述确认"
	r.Findings = strings.Repeat(r.Findings+"\n", 8)
	r.Addenda = []paper.Addendum{{Text: "补充薄层重建：右肺下叶支气管通畅。", Signatures: r.Signatures}}
	var pdf bytes.Buffer
	if err := press(t).Report(&pdf, r); err != nil {
		t.Fatal(err)
	}
	keep(t, "report-emergency.pdf", pdf.Bytes())
	got := text(t, pdf.Bytes())
	for _, want := range []string{"急诊报告，以正式报告为准", "危急值", "张力性气胸", "召回", "补充报告（1）", "第 3 页 / 共 3 页"} {
		if !contains(got, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if n := strings.Count(got, "检查号"); n < 3 {
		t.Errorf("the pages after the first do not say whose they are (%d)", n)
	}
}

func TestOpinion(t *testing.T) {
	var pdf bytes.Buffer
	err := press(t).Opinion(&pdf, paper.Opinion{
		ID: "q7k3h5n4tbd6vzplarwsqemf2x", Version: 1, Hash: strings.Repeat("ab12", 16), Number: "HZ20260314-0012", Kind: "急会诊", Specialty: "神经内科",
		Inviting: "清溪镇卫生院", Invited: "云岭县人民医院", Requester: "田晓禾", RequestedAt: signedAt, ConsultedAt: signedAt.Add(2 * time.Minute),
		Patient: paper.Patient{Name: "周桂兰", Sex: "女", Age: "71岁", IDTail: "4428"},
		Summary: "突发言语不清、右侧肢体无力1小时。", Purpose: "是否溶栓。", Findings: "NIHSS 9分，右侧肢体肌力3级。", Diagnosis: "急性缺血性脑卒中（左侧大脑中动脉供血区可能）。",
		Advice: "1. 立即行头颅CT排除出血。\n2. 排除禁忌后静脉溶栓。", Referral: true, Participants: "周砚　田晓禾　周敏（家属）",
		Signatures: []paper.Signed{{Role: "会诊专家", Name: "周砚", At: signedAt.Add(20 * time.Minute)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "opinion.pdf", pdf.Bytes())
	got := text(t, pdf.Bytes())
	for _, want := range []string{"远程会诊意见书", "HZ20260314-0012", "周桂兰", "神经内科", "建议转诊", "周敏（家属）", "会诊专家", "2026-03-14 09:35"} {
		if !contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestNoFont(t *testing.T) {
	if _, err := paper.New(filepath.Join(t.TempDir(), "none.ttf"), nil); err == nil {
		t.Error("a font that is not there was accepted")
	}
	bad := filepath.Join(t.TempDir(), "bad.ttf")
	if err := os.WriteFile(bad, []byte("\x00\x01\x00\x00\xff\xffcmap"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := paper.New(bad, nil); err == nil {
		t.Error("a broken font was accepted")
	}
	if !strings.Contains(paper.ErrNoFont.Error(), "fonts-droid-fallback") {
		t.Error("the error does not name the package")
	}
}
