package main

import (
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
	"sync"
	"sync/atomic"
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
	Database string `help:"A PostgreSQL database that is empty; without it an SQLite file is made." placeholder:"URL"`
	Folder   string `help:"Where the SQLite file goes; it is kept there and used again, if it has no more studies than the first size." placeholder:"FOLDER"`
}

// Validate is called by kong.
func (c *benchQueryCmd) Validate() error {
	if len(c.Sizes) == 0 || !slices.IsSorted(c.Sizes) || c.Sizes[0] < 1 || c.Requests < 10 {
		return errors.New("ascending sizes, and at least 10 requests")
	}
	return nil
}

// queryRow is a search. n is the size of the archive, i a number that differs for each request.
type queryRow struct {
	name  string
	query func(n, i int) url.Values
	found int // at least
}

func queryRows() []queryRow {
	return []queryRow{
		{"accession, exact", func(n, i int) url.Values {
			return url.Values{"AccessionNumber": {queryAccession(i % n)}, "limit": {"50"}}
		}, 1},
		{"one day, 50 a page", func(n, i int) url.Values { return url.Values{"StudyDate": {queryDate(i % n)}, "limit": {"50"}} }, 1},
		{"name prefix in Chinese", func(n, i int) url.Values {
			name := []rune(queryName(i % n))
			return url.Values{"PatientName": {string(name[:3]) + "*"}, "limit": {"50"}}
		}, 1},
		{"first page of 50", func(int, int) url.Values { return url.Values{"limit": {"50"}} }, 50},
		{"deep page, offset 100000 or 90 %", func(n, _ int) url.Values {
			return url.Values{"limit": {"50"}, "offset": {fmt.Sprint(min(100_000, n*9/10))}}
		}, 50},
	}
}

// Run fills the index step by step and measures at each.
func (c *benchQueryCmd) Run(ctx context.Context, log *slog.Logger) (err error) {
	dir := c.Folder
	if dir == "" {
		if dir, err = os.MkdirTemp("", "yilian-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	options := sqlstore.Options{Path: filepath.Join(dir, "bench.db"), Logger: log}
	if c.Database != "" {
		options = sqlstore.Options{URL: c.Database, Logger: log}
	}
	db, err := sqlstore.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	door, err := queryDoor(dir, db)
	if err != nil {
		return err
	}
	server := httptest.NewServer(door)
	defer server.Close()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "studies\tp50 ms\tp99 ms\tp50 of the first size\t  \t")
	first := map[string]time.Duration{}
	filled := 0
	for _, size := range c.Sizes {
		began := time.Now()
		if err := fillIndex(ctx, db.Imaging(), filled, size); err != nil {
			return err
		}
		log.Info("index filled", "studies", size, "took", time.Since(began).Round(time.Millisecond))
		filled = size
		for _, r := range queryRows() {
			times, err := c.measure(ctx, server, r, size)
			if err != nil {
				return fmt.Errorf("%s at %d studies: %w", r.name, size, err)
			}
			p50, p99 := times[len(times)/2], times[len(times)*99/100]
			if first[r.name] == 0 {
				first[r.name] = p50
			}
			_, _ = fmt.Fprintf(w, "%d\t%.2f\t%.2f\t× %.2f\t  %s\t\n", size, milliseconds(p50), milliseconds(p99), float64(p50)/float64(first[r.name]), r.name)
		}
	}
	return w.Flush()
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// queryDoor is the web door over an index, for somebody who may see everything.
func queryDoor(dir string, db *sqlstore.DB) (http.Handler, error) {
	blobs, err := blob.Folder(filepath.Join(dir, "objects"))
	if err != nil {
		return nil, err
	}
	archive, err := imaging.New(imaging.Config{Index: db.Imaging(), Blobs: blobs, Access: benchAccess{}})
	if err != nil {
		return nil, err
	}
	return dicomweb.New(dicomweb.Config{Archive: archive, Authenticate: func(*http.Request) (yilian.Actor, error) {
		return yilian.Actor{Person: "bench", Institution: "bench", Session: "bench"}, nil
	}})
}

// measure answers the times of a row's requests, ascending.
func (c *benchQueryCmd) measure(ctx context.Context, server *httptest.Server, r queryRow, size int) ([]time.Duration, error) {
	header := http.Header{"Accept": {"application/dicom+json"}}
	times := make([]time.Duration, 0, c.Requests)
	for i := range c.Requests + 3 {
		began := time.Now()
		// The steps are prime to the sizes, so that the requests go all over the archive.
		answer, err := ask(ctx, server.Client(), "GET", server.URL+"/dicom-web/studies?"+r.query(size, i*7919+13).Encode(), header, nil)
		if err != nil {
			return nil, err
		}
		if i >= 3 { // the first warm up
			times = append(times, time.Since(began))
		}
		if want := r.found * 100; len(answer) < min(want, 1000) {
			return nil, fmt.Errorf("an answer of only %d bytes: %.100s", len(answer), answer)
		}
	}
	slices.Sort(times)
	return times, nil
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

// fillIndex adds studies of one instance to the index alone, many at a time so that they share commits.
func fillIndex(ctx context.Context, index imaging.Index, from, to int) error {
	var next atomic.Int64
	next.Store(int64(from))
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers sync.WaitGroup
	for range 64 {
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

func queryStudy(i int) imaging.Addition {
	study := yilian.StudyUID(fmt.Sprintf("2.25.7500.%d", i))
	series := yilian.SeriesUID(study + ".1")
	return imaging.Addition{
		Study: imaging.Study{
			UID: study, Institution: "bench", PatientID: fmt.Sprintf("P%07d", i/3), PatientIssuer: "bench", Accession: queryAccession(i), AccessionIssuer: "bench",
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
