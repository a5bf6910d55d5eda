package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"yilian"
	"yilian/consult/flow"
	"yilian/consult/order"
	"yilian/consult/patient"
	"yilian/consult/request"
	"yilian/imaging/dimse"
	"yilian/imaging/phantom"
)

// demoPatient is a fictional patient: the names are the proverbial 张三 and 李四.
type demoPatient struct {
	name, dicom, birth string
	sex                patient.Sex
	phone              string // who has one is known again at their second visit
}

func (p demoPatient) details() patient.Details {
	return patient.Details{Name: p.name, Sex: p.sex, Birth: p.birth, Phone: p.phone}
}

// demoStudy is one exam: ordered at a township and made by its simulated device.
type demoStudy struct {
	site, modality, part, exam, clinical string
	priority                             order.Priority
	kind                                 phantom.Kind
	charset                              string
	finding                              bool
	unordered                            bool // the device's own patient, for the unmatched list
	name                                 demoPatient
	ago                                  time.Duration // made so long before now
	heartRate                            float64       // of an ECG; 0: the usual one
}

type demoCase struct {
	kind      request.Kind
	specialty string
	text      string
}

var (
	demoPatients = []demoPatient{
		{"张三", "Zhang^San=张^三", "1965-03-08", patient.Male, ""},
		{"李四", "Li^Si=李^四", "1982-11-20", patient.Female, ""},
		{"王五", "Wang^Wu=王^五", "1954-07-15", patient.Male, "0000-5550733"},
		{"赵六", "Zhao^Liu=赵^六", "1990-01-02", patient.Female, ""},
		{"钱七", "Qian^Qi=钱^七", "1971-09-30", patient.Male, ""},
		{"孙八", "Sun^Ba=孙^八", "2016-05-05", patient.Male, ""},
		{"周九", "Zhou^Jiu=周^九", "1948-12-12", patient.Female, ""},
		{"吴十", "Wu^Shi=吴^十", "1977-04-18", patient.Male, ""},
	}
	demoStudies = []demoStudy{
		{"qingxi", "CT", "CHEST", "胸部平扫", "咳嗽咳痰 2 周，发热 1 天", order.Urgent, phantom.ChestCT, "GB18030", true, false, demoPatients[0], 0, 0},
		{"qingxi", "DX", "CHEST", "胸部正位", "入职体检", order.Routine, phantom.ChestDX, "GB18030", false, false, demoPatients[3], 0, 0},
		{"shiqiao", "CT", "HEAD", "头颅平扫", "突发头痛、呕吐 1 小时", order.Stat, phantom.HeadCT, "ISO_IR 192", true, false, demoPatients[1], 0, 0},
		{"baiyang", "ECG", "", "常规心电图", "晨起胸闷，自行缓解", order.Routine, phantom.ECG, "ISO_IR 192", false, false, demoPatients[2], 3 * time.Hour, 58},
		{"baiyang", "ECG", "", "十二导联心电图", "胸痛 40 分钟", order.Stat, phantom.ECG, "ISO_IR 192", true, false, demoPatients[2], 0, 0},
		{"hewan", "US", "HEART", "心脏超声", "活动后气促", order.Routine, phantom.Ultrasound, "GB18030", false, false, demoPatients[6], 0, 0},
		{"nanping", "MR", "HEAD", "颅脑平扫", "反复头晕 1 月", order.Routine, phantom.BrainMR, "ISO_IR 192", true, false, demoPatients[4], 0, 0},
		{"nanping", "MG", "BREAST", "乳腺筛查", "两癌筛查", order.Routine, phantom.Mammogram, "GB18030", true, false, demoPatients[6], 0, 0},
		{"songgang", "DX", "CHEST", "胸部正位", "", order.Routine, phantom.ChestCR, "GB18030", false, true, demoPatients[7], 0, 0},
	}
	demoCases = []demoCase{
		{"rescue", "cardiology", "持续胸痛 40 分钟，大汗，心电图下壁导联 ST 段抬高，请指导抢救。"},
		{"urgent", "neurology", "突发头痛呕吐 1 小时，血压 190/110，头颅 CT 已上传，请会诊。"},
		{"urgent", "paediatrics", "患儿高热 39.8℃ 伴抽搐一次，现意识清，请指导处理。"},
		{"assist", "cardiology", "高血压患者调药后仍头晕，血压波动，请协助调整方案。"},
		{"assist", "neurology", "反复头晕 1 个月，颅脑 MR 已做，请协助诊断。"},
		{"urgent", "emergency", "有机磷农药接触史，流涎、瞳孔缩小，请指导用药。"},
	}
)

// devices are the simulated machines of the townships.
type devices struct {
	*service
	county *county
	addr   string // of the archive's DICOM door
	log    *slog.Logger
}

// perform orders an exam and lets the site's device make and send it; images 0 is as many as usual.
func (d *devices) perform(ctx context.Context, p demoStudy, images int) error {
	o, err := d.place(ctx, p)
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	o.Images = images
	dir, err := os.MkdirTemp("", "yilian-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	for obj, err := range phantom.Study(p.kind, o) {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.dcm", obj.Number)), obj.File, 0o600); err != nil {
			return err
		}
	}
	return d.send(ctx, dir, deviceAE(p.site, p.modality))
}

// place registers the patient and the order, and answers what the device will write into its images.
func (d *devices) place(ctx context.Context, p demoStudy) (phantom.Options, error) {
	doctor, err := d.doctor(p.site)
	if err != nil {
		return phantom.Options{}, err
	}
	site := d.county.sites[p.site]
	birth, err := time.Parse(time.DateOnly, p.name.birth)
	if err != nil {
		return phantom.Options{}, err
	}
	options := phantom.Options{
		Seed: uint64(time.Now().UnixNano()), Charset: p.charset, Name: p.name.dicom, Sex: dicomSex(p.name.sex), BirthDate: birth, //nolint:gosec // a seed
		Institution: site.Name, Station: deviceAE(p.site, p.modality), Referring: doctor.Name, Time: time.Now().Add(-p.ago), Finding: p.finding, HeartRate: p.heartRate,
		StudyUID: newUID(),
	}
	if p.unordered {
		options.PatientID, options.Issuer = "LOCAL-0001", ""
		return options, nil
	}
	pat, err := d.patients.Register(ctx, flow.By(doctor), p.name.details())
	if err != nil {
		return phantom.Options{}, err
	}
	o, err := d.orders.Place(ctx, flow.By(doctor), order.New{
		Patient: yilian.PatientID(pat.ID), Modality: p.modality, BodyPart: p.part, Exam: p.exam, Priority: p.priority, Clinical: p.clinical,
		Device: deviceAE(p.site, p.modality),
	})
	if err != nil {
		return phantom.Options{}, err
	}
	issuer := site.ID
	options.PatientID, options.Issuer = pat.NumberOf(issuer), issuer
	options.Accession, options.AccessionIssuer = o.Accession, o.Issuer
	return options, nil
}

// send pushes a folder over one association, as the device would.
func (d *devices) send(ctx context.Context, dir, calling string) error {
	found, _, err := findInstances([]string{dir})
	if err != nil {
		return err
	}
	p := &pusher{addr: d.addr, options: dimse.Options{Calling: calling, Called: d.settings.AE}, jobs: 1, retries: 5, log: d.log}
	var bad error
	err = p.push(ctx, found, func(r sendResult) {
		if r.err != nil || !r.answer.Status.OK() {
			bad = fmt.Errorf("%s: %s", calling, r.verdict())
		}
	})
	if err != nil {
		return err
	}
	return bad
}

func dicomSex(s patient.Sex) string {
	switch s {
	case patient.Male:
		return "M"
	case patient.Female:
		return "F"
	}
	return "O"
}

func upper(s string) string { return strings.ToUpper(s) }

func rolesText(roles []yilian.Role) string {
	names := map[yilian.Role]string{
		yilian.RoleRequester: "申请医师 requester", yilian.RoleSpecialist: "会诊专家 specialist", yilian.RoleRadiologist: "诊断医师 radiologist",
		yilian.RoleReviewer: "审核医师 reviewer", yilian.RoleTechnologist: "技师 technologist", yilian.RoleCoordinator: "值班室 duty room",
		yilian.RoleHead: "科主任 head", yilian.RoleAdmin: "系统管理 administrator", yilian.RoleAuditor: "安全审计 auditor",
	}
	var out []string
	for _, r := range roles {
		out = append(out, names[r])
	}
	return strings.Join(out, "、")
}
