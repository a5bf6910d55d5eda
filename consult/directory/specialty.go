package directory

import "slices"

// Specialty is one entry of the coded list. Official is its number in 《医疗机构诊疗科目名录》.
type Specialty struct {
	Code     string `json:"code"`
	Official string `json:"official"`
	Name     string `json:"name"`
	NameEn   string `json:"nameEn"`
}

// Specialties answers the coded list in the order in which it is offered.
func Specialties() []Specialty {
	return []Specialty{
		{"emergency", "20", "急诊医学科", "Emergency medicine"},
		{"general", "02", "全科医疗科", "General practice"},
		{"internal", "03", "内科", "Internal medicine"},
		{"respiratory", "03.01", "呼吸内科", "Respiratory medicine"},
		{"gastroenterology", "03.02", "消化内科", "Gastroenterology"},
		{"neurology", "03.03", "神经内科", "Neurology"},
		{"cardiology", "03.04", "心血管内科", "Cardiology"},
		{"haematology", "03.05", "血液内科", "Haematology"},
		{"nephrology", "03.06", "肾病学", "Nephrology"},
		{"endocrinology", "03.07", "内分泌科", "Endocrinology"},
		{"surgery", "04.01", "普通外科", "General surgery"},
		{"neurosurgery", "04.02", "神经外科", "Neurosurgery"},
		{"orthopaedics", "04.03", "骨科", "Orthopaedics"},
		{"urology", "04.04", "泌尿外科", "Urology"},
		{"thoracic", "04.05", "胸外科", "Thoracic surgery"},
		{"obstetrics", "05", "妇产科", "Obstetrics and gynaecology"},
		{"paediatrics", "07", "儿科", "Paediatrics"},
		{"ophthalmology", "10", "眼科", "Ophthalmology"},
		{"ent", "11", "耳鼻咽喉科", "Ear, nose and throat"},
		{"stomatology", "12", "口腔科", "Stomatology"},
		{"dermatology", "13", "皮肤科", "Dermatology"},
		{"psychiatry", "15", "精神科", "Psychiatry"},
		{"infectious", "16", "传染科", "Infectious diseases"},
		{"oncology", "19", "肿瘤科", "Oncology"},
		{"rehabilitation", "21", "康复医学科", "Rehabilitation"},
		{"anaesthesiology", "26", "麻醉科", "Anaesthesiology"},
		{"pain", "27", "疼痛科", "Pain medicine"},
		{"icu", "28", "重症医学科", "Intensive care"},
		{"radiology", "32", "医学影像科", "Medical imaging"},
		{"ultrasound", "32.05", "超声诊断专业", "Ultrasound diagnosis"},
		{"ecg", "32.06", "心电诊断专业", "ECG diagnosis"},
		{"tcm", "50", "中医科", "Traditional Chinese medicine"},
	}
}

// KnownSpecialty tells whether code is in the list.
func KnownSpecialty(code string) bool {
	return slices.ContainsFunc(Specialties(), func(s Specialty) bool { return s.Code == code })
}

// fallbacks name, for a specialty without anybody on duty, those that can help meanwhile, nearest first.
var fallbacks = map[string][]string{
	"cardiology": {"internal", "emergency", "icu"}, "respiratory": {"internal", "icu", "emergency"},
	"neurology": {"internal", "emergency", "neurosurgery"}, "gastroenterology": {"internal", "surgery", "emergency"},
	"haematology": {"internal", "emergency"}, "nephrology": {"internal", "emergency"}, "endocrinology": {"internal", "general"},
	"internal": {"emergency", "general"}, "general": {"internal", "emergency"}, "emergency": {"icu", "internal"}, "icu": {"emergency", "anaesthesiology"},
	"surgery": {"emergency"}, "neurosurgery": {"neurology", "surgery", "emergency"}, "orthopaedics": {"surgery", "emergency"},
	"urology": {"surgery", "emergency"}, "thoracic": {"surgery", "emergency"}, "obstetrics": {"emergency", "surgery"},
	"paediatrics": {"emergency", "internal"}, "infectious": {"internal", "emergency"}, "oncology": {"internal"},
	"anaesthesiology": {"icu", "emergency"}, "pain": {"anaesthesiology", "rehabilitation"}, "radiology": {"emergency"},
}

// Fallbacks answers the specialties to ask when nobody of code is on duty, nearest first.
func Fallbacks(code string) []string {
	if f, ok := fallbacks[code]; ok {
		return f
	}
	return []string{"emergency"}
}
