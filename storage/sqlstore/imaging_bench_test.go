package sqlstore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/storage/sqlstore"
)

// BenchmarkFindStudies measures searches on archives of growing size; the times must not grow with them. It prints the median and the
// 99th percentile, the processor's time of one search, and how many studies its page has.
//
//	YILIAN_BENCH_STUDIES=1000,1000000 YILIAN_BENCH_DB=/tmp/bench go test ./storage/sqlstore -run '^$' -bench FindStudies -benchtime 300x
//
// The database of a million studies takes some minutes to make and 2 GB; it is made in the folder YILIAN_BENCH_DB and used again.
func BenchmarkFindStudies(b *testing.B) {
	for _, size := range benchSizes(b) {
		db := filled(b, size)
		for _, c := range []struct {
			name, field, text string
			offset            int
		}{
			{"accession", "AccessionNumber", fmt.Sprint("A", size/2), 0},
			{"patient", "PatientID", fmt.Sprint("P", size/10), 0},
			{"day", "StudyDate", "20240615", 0},
			{"name prefix", "PatientName", "欧阳*", 0},
			{"name prefix of two", "PatientName", "张建*", 0},
			{"name inside", "PatientName", "*建国*", 0},
			{"whole name", "PatientName", "张建国", 0},
			{"rare name prefix", "PatientName", "欧阳海*", 0},
			{"no such name", "PatientName", "司马*", 0},
			{"fuzzy", "PatientName", "~jianguo zhang", 0},
			{"first page", "", "", 0},
			{"deep page", "", "", min(100_000, size/2)},
			{"deep page of a modality", "ModalitiesInStudy", "CT", min(100_000, size/10)},
			{"deep page of a year", "StudyDate", "2024", min(100_000, size/20)},
		} {
			q := imaging.Query{Limit: 50, Offset: c.offset}
			if c.field != "" {
				info, _ := imaging.Field(c.field).Info()
				text, fuzzy := strings.CutPrefix(c.text, "~")
				m, _, err := imaging.MatchOptions{Fuzzy: fuzzy}.Parse(info, text)
				if err != nil {
					b.Fatal(err)
				}
				q.Match = []imaging.Match{m}
			}
			for _, scope := range benchScopes(size) {
				q.Offset = c.offset * scope.sees / 15
				b.Run(fmt.Sprintf("%s/by=%s/studies=%d", c.name, scope.name, size), func(b *testing.B) { search(b, db.Imaging(), scope.Scope, q) })
			}
		}
	}
}

type benchScope struct {
	name string
	imaging.Scope
	sees int // fifteenths of all studies
}

// benchScopes are those of the service itself, of an institution, of one that reads for others and got studies shared, of one that
// reads for so many that their lists are not walked one by one.
func benchScopes(size int) []benchScope {
	var shared []yilian.StudyUID
	for i := range 20 {
		shared = append(shared, yilian.StudyUID(fmt.Sprint("1.2.826.0.1.3680043.10.997.", i*(size-1)/19)))
	}
	institutions := func(n int) (all []yilian.InstitutionID) {
		for i := range n {
			all = append(all, yilian.InstitutionID(fmt.Sprint("i", i+1)))
		}
		return all
	}
	return []benchScope{
		{"all", imaging.Scope{All: true}, 15},
		{"one", imaging.Scope{Institutions: institutions(1)}, 1},
		{"six", imaging.Scope{Institutions: institutions(6), Studies: shared}, 6},
		{"fourteen", imaging.Scope{Institutions: institutions(14), Studies: shared}, 14},
	}
}

func search(b *testing.B, x imaging.Index, scope imaging.Scope, q imaging.Query) {
	var took []time.Duration
	found := 0
	cpu := processTime(b)
	for b.Loop() {
		begin := time.Now()
		page, err := x.Find(b.Context(), scope, q)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
		found = len(page.Studies)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64((processTime(b)-cpu).Microseconds())/1000/float64(len(took)), "cpu-ms")
	b.ReportMetric(float64(found), "found")
	b.ReportMetric(0, "ns/op")
}

// processTime is what the process has spent on processors: it says more than the clock where others use them too.
func processTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchSizes(b *testing.B) []int {
	var sizes []int
	for s := range strings.FieldsFuncSeq(os.Getenv("YILIAN_BENCH_STUDIES"), func(r rune) bool { return r == ',' }) {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		sizes = append(sizes, n)
	}
	if len(sizes) == 0 {
		sizes = []int{1_000, 20_000}
	}
	return sizes
}

// filled opens an index of so many studies of twelve years and fifteen institutions.
func filled(b *testing.B, size int) *sqlstore.DB {
	dir := os.Getenv("YILIAN_BENCH_DB")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("studies-%d.db", size))
	_, err := os.Stat(path + ".done")
	if err != nil {
		_ = os.Remove(path) // of a run that was broken off
	}
	db, openErr := sqlstore.Open(b.Context(), sqlstore.Options{Path: path})
	if openErr != nil {
		b.Fatal(openErr)
	}
	b.Cleanup(func() { _ = db.Close() })
	if err == nil {
		return db
	}
	if err := sqlstore.FillImaging(b.Context(), db, func(i int) (imaging.Study, imaging.Series) { return countyStudy(i, size) }, 0, size); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path+".done", nil, 0o600); err != nil {
		b.Fatal(err)
	}
	return db
}

// countyStudy makes the study of number i: patients come again, names are as frequent as they are.
func countyStudy(i, size int) (imaging.Study, imaging.Series) {
	patient := int(uint64(i)*0x9E3779B97F4A7C15>>33) % max(size/3, 1)
	surname, given := surnames[patient%len(surnames)], patient/len(surnames)
	first, second := givens[given%len(givens)], givens[given/len(givens)%len(givens)]
	day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(float64(i) / float64(size) * 12 * 365 * 24 * float64(time.Hour)))
	uid := fmt.Sprint("1.2.826.0.1.3680043.10.997.", i)
	modality := []string{"CT", "DX", "US", "MR", "ECG", "CT", "DX"}[i%7]
	attributes := fmt.Appendf(nil, `{"00080020":{"vr":"DA","Value":["%s"]},"00080050":{"vr":"SH","Value":["A%d"]},"00100020":{"vr":"LO","Value":["P%d"]},"0020000D":{"vr":"UI","Value":["%s"]}}`,
		day.Format("20060102"), i, patient, uid)
	return imaging.Study{
			UID: yilian.StudyUID(uid), Institution: yilian.InstitutionID(fmt.Sprint("i", i%15)), PatientID: fmt.Sprint("P", patient), PatientIssuer: "county", Accession: fmt.Sprint("A", i),
			PatientName: dicom.ParsePersonName(fmt.Sprintf("%s^%s%s=%s^%s%s", surname[1], first[1], second[1], surname[0], first[0], second[0])),
			Sex:         []string{"M", "F"}[patient%2], BirthDate: fmt.Sprintf("19%02d0305", patient%100), Description: "胸部平扫", Date: day.Format("20060102"), Time: day.Format("150405"),
			Modalities: []string{modality}, SeriesCount: 1, InstanceCount: 200, FirstArrival: day, LastArrival: day, Version: 1, Attributes: attributes,
		}, imaging.Series{
			UID: yilian.SeriesUID(uid + ".1"), Study: yilian.StudyUID(uid), Modality: modality, Number: 1, InstanceCount: 200, FirstArrival: day, LastArrival: day, Attributes: []byte("{}"),
		}
}

var surnames = [][2]string{
	{"王", "Wang"},
	{"李", "Li"},
	{"张", "Zhang"},
	{"刘", "Liu"},
	{"陈", "Chen"},
	{"杨", "Yang"},
	{"赵", "Zhao"},
	{"黄", "Huang"},
	{"周", "Zhou"},
	{"吴", "Wu"},
	{"徐", "Xu"},
	{"孙", "Sun"},
	{"胡", "Hu"},
	{"朱", "Zhu"},
	{"高", "Gao"},
	{"林", "Lin"},
	{"何", "He"},
	{"郭", "Guo"},
	{"马", "Ma"},
	{"罗", "Luo"},
	{"梁", "Liang"},
	{"宋", "Song"},
	{"郑", "Zheng"},
	{"谢", "Xie"},
	{"韩", "Han"},
	{"唐", "Tang"},
	{"冯", "Feng"},
	{"于", "Yu"},
	{"董", "Dong"},
	{"欧阳", "Ouyang"},
}

var givens = [][2]string{
	{"建", "jian"},
	{"国", "guo"},
	{"秀", "xiu"},
	{"英", "ying"},
	{"华", "hua"},
	{"兰", "lan"},
	{"明", "ming"},
	{"芳", "fang"},
	{"军", "jun"},
	{"丽", "li"},
	{"强", "qiang"},
	{"敏", "min"},
	{"静", "jing"},
	{"伟", "wei"},
	{"勇", "yong"},
	{"艳", "yan"},
	{"杰", "jie"},
	{"娟", "juan"},
	{"涛", "tao"},
	{"超", "chao"},
	{"霞", "xia"},
	{"平", "ping"},
	{"刚", "gang"},
	{"桂", "gui"},
	{"文", "wen"},
	{"玉", "yu"},
	{"梅", "mei"},
	{"春", "chun"},
	{"红", "hong"},
	{"海", "hai"},
}
