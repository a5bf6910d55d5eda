package imaging_test

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"yilian"
	"yilian/imaging"
	"yilian/imaging/dicom"
)

// slice525 is a CT slice of 512 by 512 pixels, 525 KB, as a bare data set.
func slice525(b *testing.B) func(instance int) (imaging.Incoming, []byte) {
	b.Helper()
	x := thing{study: 1}
	d := x.dataset()
	d.SetInt(dicom.Rows, 512)
	d.SetInt(dicom.Columns, 512)
	d.SetInt(dicom.BitsAllocated, 16)
	d.SetInt(dicom.BitsStored, 16)
	d.SetInt(dicom.HighBit, 15)
	pixels := make([]byte, 512*512*2)
	for i := range pixels {
		pixels[i] = byte(i * i >> 7)
	}
	d.SetBytes(dicom.PixelData, dicom.OW, pixels)
	return func(instance int) (imaging.Incoming, []byte) {
		x := thing{study: 1 + instance/200, series: 1, instance: instance}
		d.SetString(dicom.StudyInstanceUID, string(x.studyUID()))
		d.SetString(dicom.SeriesInstanceUID, string(x.studyUID())+".1")
		d.SetString(dicom.SOPInstanceUID, string(x.uid()))
		raw, err := dicom.AppendDataset(nil, d, dicom.Syntax(dicom.ExplicitVRLittleEndian))
		if err != nil {
			b.Fatal(err)
		}
		return x.incoming(), raw
	}
}

// BenchmarkStore is what one association, and several at a time, can bring in durably.
func BenchmarkStore(b *testing.B) {
	for _, senders := range []int{1, 4, 8} {
		b.Run(fmt.Sprint("senders=", senders), func(b *testing.B) {
			w := newWorld(b)
			make := slice525(b)
			var mu sync.Mutex
			var n atomic.Int64
			_, raw := make(0)
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			b.SetParallelism(senders) // times GOMAXPROCS; see the name for GOMAXPROCS=1
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					mu.Lock()
					in, raw := make(int(n.Add(1)))
					mu.Unlock()
					if _, err := w.archive.Store(b.Context(), actor("north"), in, bytes.NewReader(raw)); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// BenchmarkFrame reads one frame of 525 KB.
func BenchmarkFrame(b *testing.B) {
	w := newWorld(b)
	in, raw := slice525(b)(1)
	s, err := w.archive.Store(b.Context(), actor("north"), in, bytes.NewReader(raw))
	if err != nil {
		b.Fatal(err)
	}
	p := imaging.Path{Study: s.Study, Series: s.Series, Instance: s.Instance}
	b.SetBytes(512 * 512 * 2)
	b.ReportAllocs()
	for b.Loop() {
		f, err := w.archive.Frames(b.Context(), actor("north"), p)
		if err != nil {
			b.Fatal(err)
		}
		r, _, err := f.Open(b.Context(), 1)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
		_ = r.Close()
	}
}

// BenchmarkFind searches archives of 1,000 and more studies. The time must not grow with them.
func BenchmarkFind(b *testing.B) {
	sizes := []int{1_000, 10_000}
	if !testing.Short() {
		sizes = append(sizes, 50_000)
	}
	w := newWorld(b)
	have := 0
	for _, size := range sizes {
		fill(b, w, have, size)
		have = size
		for _, c := range []struct {
			name, field, text string
		}{
			{"newest 50", "", ""},
			{"accession", "AccessionNumber", "A500"},
			{"patient", "PatientID", "P500"},
			{"day", "StudyDate", "20260115"},
			{"name prefix", "PatientName", "name17*"},
			{"name inside", "PatientName", "*三17*"},
			{"frequent name", "PatientName", "*张*"},
			{"modality", "ModalitiesInStudy", "CT"},
			{"rare modality", "ModalitiesInStudy", "PT"},
			{"no such patient", "PatientID", "nobody"},
		} {
			var q imaging.Query
			q.Limit = 50
			if c.field != "" {
				info, _ := imaging.Field(c.field).Info()
				m, _, err := imaging.ParseMatch(info, c.text)
				if err != nil {
					b.Fatal(err)
				}
				q.Match = []imaging.Match{m}
			}
			for _, who := range []yilian.InstitutionID{"region", "i3"} {
				b.Run(fmt.Sprintf("%s/by=%s/studies=%d", c.name, who, size), func(b *testing.B) {
					for b.Loop() {
						if _, err := w.archive.Find(b.Context(), actor(who), q); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// fill adds studies to the index alone, many at a time so that they share commits.
func fill(b *testing.B, w *world, from, to int) {
	b.Helper()
	var next atomic.Int64
	next.Store(int64(from))
	var workers sync.WaitGroup
	for range 64 {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < to; i = int(next.Add(1)) - 1 {
				uid := fmt.Sprint("1.2.", i)
				modality := []string{"CT", "CR", "US", "MR", "ECG"}[i%5]
				if i%997 == 0 {
					modality = "PT"
				}
				_, err := w.index.Add(b.Context(), imaging.Addition{
					Study: imaging.Study{
						UID: yilian.StudyUID(uid), Institution: yilian.InstitutionID(fmt.Sprint("i", i%15)), PatientID: fmt.Sprint("P", i), Accession: fmt.Sprint("A", i),
						PatientName: dicom.ParsePersonName(fmt.Sprintf("Name%d^San=%s^三%d", i, []string{"张", "李", "王"}[i%3], i)),
						Date:        fmt.Sprintf("2026%02d%02d", 1+i%12, 1+i%28), Time: fmt.Sprintf("%06d", i%240000),
					},
					Series:   imaging.Series{UID: yilian.SeriesUID(uid + ".1"), Study: yilian.StudyUID(uid), Modality: modality},
					Instance: imaging.Instance{UID: yilian.InstanceUID(uid + ".1.1"), Study: yilian.StudyUID(uid), Series: yilian.SeriesUID(uid + ".1"), Blob: uid, Metadata: []byte("{}")},
					At:       w.clock(),
				})
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
}
