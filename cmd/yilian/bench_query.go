package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"text/tabwriter"
	"time"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
	"yilian/imaging/dicomweb"
	"yilian/storage/blob"
	"yilian/storage/sqlstore"
)

// benchQueryCmd measures QIDO-RS while the archive grows: nothing of it may grow along.
type benchQueryCmd struct {
	Sizes    []int  `help:"Studies in the archive, ascending." default:"1000,10000,100000,1000000"`
	Requests int    `help:"Requests of each row at each size." default:"300"`
	Database string `help:"A PostgreSQL database for this alone; without it an SQLite file is made for each size." placeholder:"URL"`
	Folder   string `help:"Where the SQLite files go; they are kept there and used again." placeholder:"FOLDER"`
}

// Validate is called by kong.
func (c *benchQueryCmd) Validate() error {
	if len(c.Sizes) == 0 || !slices.IsSorted(c.Sizes) || c.Sizes[0] < 1 || c.Requests < 10 {
		return errors.New("ascending sizes, and at least 10 requests")
	}
	return nil
}

// queryRow is a search. n is the size of what the actor sees of the archive, i a number that differs for each request.
type queryRow struct {
	name  string
	query func(n, i int) url.Values
}

// queryRows are the searches. A prefix of one character is that of a surname, which fills a page at any size; how many have the longer
// ones grows with the archive.
func queryRows() []queryRow {
	prefix := func(characters int) func(n, i int) url.Values {
		return func(n, i int) url.Values {
			name := []rune(queryName(i % n))
			return url.Values{"PatientName": {string(name[:characters]) + "*"}, "limit": {"50"}}
		}
	}
	return []queryRow{
		{"accession, exact", func(n, i int) url.Values {
			return url.Values{"AccessionNumber": {queryAccession(i % n)}, "limit": {"50"}}
		}},
		{"one day", func(n, i int) url.Values { return url.Values{"StudyDate": {queryDate(i % n)}, "limit": {"50"}} }},
		{"name prefix, 1 character", prefix(1)},
		{"name prefix, 2 characters", prefix(2)},
		{"name prefix, 3 characters", prefix(3)},
		{"first page", func(int, int) url.Values { return url.Values{"limit": {"50"}} }},
		{"deep page, offset 100000 or 90 %", func(n, _ int) url.Values {
			return url.Values{"limit": {"50"}, "offset": {fmt.Sprint(min(100_000, n*9/10))}}
		}},
	}
}

// queryActor is somebody who searches.
type queryActor struct {
	name string
	sees int // of the institutions
}

const queryInstitutions = 15

// queryActors see everything; one institution; some institutions, and studies that were shared with them.
var queryActors = []queryActor{{"all", queryInstitutions}, {"one", 1}, {"six", 6}}

func queryInstitution(i int) yilian.InstitutionID {
	return yilian.InstitutionID(fmt.Sprint("bench", i%queryInstitutions))
}

// queryAccess gives an actor's rights by name.
type queryAccess struct {
	benchAccess
	size int
}

func (a queryAccess) Scope(_ context.Context, actor yilian.Actor) (imaging.Scope, error) {
	var s imaging.Scope
	for _, who := range queryActors {
		if who.name != string(actor.Person) || who.sees == queryInstitutions {
			continue
		}
		for i := range who.sees {
			s.Institutions = append(s.Institutions, queryInstitution(i))
		}
		for i := range min(20, a.size) * min(1, who.sees-1) {
			s.Studies = append(s.Studies, queryStudyUID(i*(a.size/20)))
		}
		return s, nil
	}
	return imaging.Scope{All: true}, nil
}

// Run makes an archive of each size and measures in it.
func (c *benchQueryCmd) Run(ctx context.Context, log *slog.Logger) (err error) {
	if c.Folder == "" {
		if c.Folder, err = os.MkdirTemp("", "yilian-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(c.Folder)) }()
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "studies\tseen by\tfound\tp50 ms\tp99 ms\tCPU ms\tp50 of the first size\tCPU of it\t  \t")
	first := map[string]queryTimes{}
	for _, size := range c.Sizes {
		if err := c.at(ctx, log, size, func(row string, who queryActor, t queryTimes) {
			key := row + who.name
			if _, ok := first[key]; !ok {
				first[key] = t
			}
			_, _ = fmt.Fprintf(w, "%d\t%s\t%d\t%.2f\t%.2f\t%.2f\t× %.2f\t× %.2f\t  %s\t\n", size, who.name, t.found, milliseconds(t.p50), milliseconds(t.p99),
				milliseconds(t.cpu), float64(t.p50)/float64(first[key].p50), float64(t.cpu)/float64(first[key].cpu), row)
		}); err != nil {
			return err
		}
	}
	return w.Flush()
}

// at measures in an archive of one size.
func (c *benchQueryCmd) at(ctx context.Context, log *slog.Logger, size int, tell func(row string, who queryActor, t queryTimes)) (err error) {
	options := sqlstore.Options{Path: filepath.Join(c.Folder, fmt.Sprintf("query-%d.db", size)), Logger: log}
	if c.Database != "" {
		options = sqlstore.Options{URL: c.Database, Logger: log}
	}
	db, err := sqlstore.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	began := time.Now()
	if err := fillIndex(ctx, db.Imaging(), size); err != nil {
		return err
	}
	log.Info("index filled", "studies", size, "took", time.Since(began).Round(time.Millisecond))
	for _, who := range queryActors {
		door, err := queryDoor(c.Folder, db, who, size)
		if err != nil {
			return err
		}
		server := httptest.NewServer(door)
		for _, r := range queryRows() {
			t, err := c.measure(ctx, server, r, who, size)
			if err != nil {
				server.Close()
				return fmt.Errorf("%s by %s at %d studies: %w", r.name, who.name, size, err)
			}
			tell(r.name, who, t)
		}
		server.Close()
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// queryDoor is the web door over an index, for one of the actors.
func queryDoor(dir string, db *sqlstore.DB, who queryActor, size int) (http.Handler, error) {
	blobs, err := blob.Folder(filepath.Join(dir, "objects"))
	if err != nil {
		return nil, err
	}
	archive, err := imaging.New(imaging.Config{Index: db.Imaging(), Blobs: blobs, Access: queryAccess{size: size}})
	if err != nil {
		return nil, err
	}
	return dicomweb.New(dicomweb.Config{Archive: archive, Authenticate: func(*http.Request) (yilian.Actor, error) {
		return yilian.Actor{Person: yilian.PersonID(who.name), Institution: "bench", Session: "bench"}, nil
	}})
}

// queryTimes are those of one request: on the clock, and of the processors, the client's part included; and how many studies most
// of the requests found.
type queryTimes struct {
	p50, p99, cpu time.Duration
	found         int
}

// measure asks the requests of a row one after the other.
func (c *benchQueryCmd) measure(ctx context.Context, server *httptest.Server, r queryRow, who queryActor, size int) (t queryTimes, err error) {
	header := http.Header{"Accept": {"application/dicom+json"}}
	times, found := make([]time.Duration, 0, c.Requests), make([]int, 0, c.Requests)
	const warm = 10
	var cpu time.Duration
	for i := range c.Requests + warm {
		if i == warm {
			cpu = processTime()
		}
		at := (i*7919 + 13) % size // the steps are prime to the sizes, so that the requests go all over the archive
		if who.sees < queryInstitutions {
			at -= at % queryInstitutions // a study of the first institution
		}
		query := r.query(size, at)
		if offset, err := strconv.Atoi(query.Get("offset")); err == nil { // as deep in what is seen, and a whole page
			query.Set("offset", fmt.Sprint(max(0, min(offset*who.sees/queryInstitutions, size*who.sees/queryInstitutions-50))))
		}
		began := time.Now()
		answer, err := ask(ctx, server.Client(), "GET", server.URL+"/dicom-web/studies?"+query.Encode(), header, nil)
		if err != nil {
			return t, err
		}
		if i >= warm {
			times = append(times, time.Since(began))
			found = append(found, bytes.Count(answer, []byte(`"0020000D"`)))
		}
	}
	t.cpu = (processTime() - cpu) / time.Duration(c.Requests)
	slices.Sort(times)
	slices.Sort(found)
	t.p50, t.p99, t.found = times[len(times)/2], times[len(times)*99/100], found[len(found)/2]
	if who.sees == queryInstitutions && found[0] == 0 {
		return t, errors.New("nothing is found")
	}
	return t, nil
}

// processTime is what this process has spent on processors.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What the synthetic studies are like. A day has the same number of studies whatever the size, as days have.
const studiesADay = 150

func queryAccession(i int) string { return fmt.Sprintf("ACC%08d", i) }

func queryDate(i int) string {
	return time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -i/studiesADay).Format("20060102")
}

// queryName is a name of three characters, and of so many that a prefix of three is that of a few people.
func queryName(i int) string {
	const surnames, given = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文辉力健志国梅"
	s, g := []rune(surnames), []rune(given)
	j := i * 7919
	return string([]rune{s[j%len(s)], g[j/len(s)%len(g)], g[j/len(s)/len(g)%len(g)], rune(0x4e00 + i%2000)})
}

const fillers = 64 // at a time, so that they share commits

// fillIndex adds the studies that are missing to the index alone.
func fillIndex(ctx context.Context, index imaging.Index, to int) error {
	var failed error
	has := func(i int) bool {
		_, err := index.Study(ctx, queryStudyUID(i))
		if err != nil && yilian.KindOf(err) != yilian.NotFound {
			failed = err
		}
		return err == nil
	}
	if has(to) {
		return fmt.Errorf("there are more than %d studies in it", to)
	}
	from := max(0, sort.Search(to, func(i int) bool { return !has(i) })-2*fillers) // who was broken off has left gaps before its last
	if failed != nil {
		return failed
	}
	var next atomic.Int64
	next.Store(int64(from))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers sync.WaitGroup
	for range fillers {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < to && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if _, err := index.Add(ctx, queryStudy(i)); err != nil {
					cancel(err)
				}
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

func queryStudyUID(i int) yilian.StudyUID { return yilian.StudyUID(fmt.Sprintf("2.25.7500.%d", i)) }

func queryStudy(i int) imaging.Addition {
	study := queryStudyUID(i)
	series := yilian.SeriesUID(study + ".1")
	return imaging.Addition{
		Study: imaging.Study{
			UID: study, Institution: queryInstitution(i), PatientID: fmt.Sprintf("P%07d", i/3), PatientIssuer: "bench", Accession: queryAccession(i), AccessionIssuer: "bench",
			PatientName: dicom.PersonName{Alphabetic: fmt.Sprintf("Ceshi^N%d", i), Ideographic: queryName(i)}, Sex: "F", BirthDate: "19600101",
			Date: queryDate(i), Time: fmt.Sprintf("%02d%02d00", 8+i%10, i%60), Description: "胸部平扫", StudyID: fmt.Sprint(i),
			Attributes: []byte(`{}`),
		},
		Series: imaging.Series{UID: series, Study: study, Modality: []string{"CT", "DX", "US", "MR", "ECG"}[i%5], Number: 1, BodyPart: "CHEST", Attributes: []byte(`{}`)},
		Instance: imaging.Instance{
			UID: yilian.InstanceUID(series + ".1"), Study: study, Series: series, SOPClass: "1.2.840.10008.5.1.4.1.1.2", TransferSyntax: dicom.ExplicitVRLittleEndian,
			Number: 1, Frames: 1, Blob: "bench/" + string(series), SHA256: string(series), Metadata: []byte(`{}`),
		},
		At: time.Now().UTC(),
		// As if it stood in a journal: filling needs no syncs.
		Page: "bench", End: int64(i),
	}
}
