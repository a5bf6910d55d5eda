package imaging

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"yilian"
)

// metadataObjects is the prefix of the metadata of series, each one object: what a viewer asks for first is one read, whatever the
// number of instances.
const metadataObjects = "m/"

// maxVariants is how many forms of one series' metadata are kept: one for each address that the service is reached by.
const maxVariants = 4

// Addresses say how a door writes the addresses of bulk values.
type Addresses struct {
	Base string                // equal bases make equal addresses
	Bulk func(Instance) string // what goes before the path of a value, given Study, Series and UID
}

// SeriesMetadata is the metadata of a series in DICOM JSON, kept as one gzip object.
type SeriesMetadata struct {
	Study yilian.StudyUID
	Revision
	to      Addresses
	archive *Archive
}

// Metadata answers the metadata of a series, or of each series of a study in its order. It errs with NotFound when there is none.
func (a *Archive) Metadata(ctx context.Context, actor yilian.Actor, p Path, to Addresses) ([]SeriesMetadata, error) {
	if err := a.authorise(ctx, actor, p.Study); err != nil {
		return nil, err
	}
	return a.metadata(ctx, p, to)
}

func (a *Archive) metadata(ctx context.Context, p Path, to Addresses) ([]SeriesMetadata, error) {
	revisions, err := a.index.Revisions(ctx, p.Study, p.Series)
	if err != nil {
		return nil, unavailable("look up series", err)
	}
	var all []SeriesMetadata
	for _, r := range revisions {
		if r.Instances > 0 {
			all = append(all, SeriesMetadata{Study: p.Study, Revision: r, to: to, archive: a})
		}
	}
	if len(all) == 0 {
		return nil, notFound()
	}
	return all, nil
}

// PrepareMetadata makes the metadata of a study that is complete, so that the first who looks at it need not wait.
func (a *Archive) PrepareMetadata(ctx context.Context, study yilian.StudyUID, to Addresses) error {
	all, err := a.metadata(ctx, Path{Study: study}, to)
	for _, m := range all {
		r, openErr := m.Open(ctx)
		if openErr != nil {
			return openErr
		}
		_ = r.Close() // nothing was read
	}
	return err
}

// Tag names the content: it is another one after every change of what is in the series.
func (m SeriesMetadata) Tag() string {
	return strconv.FormatInt(m.Revision.Revision, 36) + "." + m.variant()
}

// variant names the addresses.
func (m SeriesMetadata) variant() string {
	sum := sha256.Sum256([]byte(m.to.Base))
	return hex.EncodeToString(sum[:6])
}

// Open reads the array of all instances, in their order, as gzip. It is made first if the series has changed since it was made last;
// of many who wait for it one makes it.
func (m SeriesMetadata) Open(ctx context.Context) (io.ReadCloser, error) {
	for attempt := 0; ; attempt++ {
		r, err := m.archive.blobs.Open(ctx, m.key(), 0, -1)
		switch {
		case err == nil:
			return r, nil
		case yilian.KindOf(err) != yilian.NotFound || attempt == 3:
			return nil, unavailable("open metadata", err)
		}
		err = m.archive.builds.do(ctx, m.key(), func() error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finish)
			defer cancel()
			return m.build(ctx)
		})
		if err != nil {
			return nil, err
		}
	}
}

// build makes the object. What arrives meanwhile may be in it: the series has another revision then, and nobody asks for this one.
func (m SeriesMetadata) build(ctx context.Context) error {
	w, err := m.archive.blobs.Create(ctx)
	if err != nil {
		return unavailable("create metadata", err)
	}
	defer w.Abort()
	zip := gzip.NewWriter(w)
	if err := m.write(ctx, zip); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return unavailable("write metadata", err)
	}
	if err := w.Commit(ctx, m.key()); err != nil {
		return unavailable("commit metadata", err)
	}
	m.tidy(ctx)
	return nil
}

// write writes the array as it is kept.
func (m SeriesMetadata) write(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	separator := byte('[')
	for i, err := range m.archive.instances(ctx, Path{Study: m.Study, Series: m.Series}, m.archive.index.Instances) {
		if err != nil {
			return err
		}
		_ = out.WriteByte(separator) // its error stays and is answered by Flush
		separator = ','
		_, _ = out.Write(ResolveBulk(i.Metadata, m.to.Bulk(i)))
	}
	_ = out.WriteByte(']')
	if err := out.Flush(); err != nil {
		return unavailable("write metadata", err)
	}
	return nil
}

// tidy removes what the series' metadata were before, and forms of it beyond maxVariants.
func (m SeriesMetadata) tidy(ctx context.Context) {
	folder := metadataFolder(m.Study) + string(m.Series)
	keys, err := m.archive.blobs.List(ctx, folder+"~", "", MaxPage)
	if err != nil {
		return // the sweep will find them
	}
	kept := 1
	for _, key := range keys {
		k, ok := parseSeriesKey(key)
		if ok && k.revision == m.Revision.Revision && key != m.key() {
			kept++
		}
		if key != m.key() && (!ok || k.revision < m.Revision.Revision || kept > maxVariants) {
			m.archive.drop(ctx, key)
		}
	}
}

// key is m/SHARD/STUDY/SERIES~REVISION~VARIANT.gz.
func (m SeriesMetadata) key() string {
	return metadataFolder(m.Study) + string(m.Series) + "~" + strconv.FormatInt(m.Revision.Revision, 36) + "~" + m.variant() + ".gz"
}

func metadataFolder(study yilian.StudyUID) string { return metadataObjects + studyFolder(study) }

// seriesKey is what the key of an object says that was made of a series: PREFIX/SHARD/STUDY/SERIES~REVISION~VARIANT.
type seriesKey struct {
	study    yilian.StudyUID
	series   yilian.SeriesUID
	revision int64
}

func parseSeriesKey(key string) (k seriesKey, ok bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 {
		return k, false
	}
	name := strings.Split(parts[3], "~")
	if len(name) != 3 {
		return k, false
	}
	revision, err := strconv.ParseInt(name[1], 36, 64)
	return seriesKey{yilian.StudyUID(parts[2]), yilian.SeriesUID(name[0]), revision}, err == nil
}

// sweepSeries deletes what was made of series, below a prefix, that have changed since, or are gone.
func (a *Archive) sweepSeries(ctx context.Context, prefix string) (removed int, err error) {
	for after := ""; ; {
		keys, err := a.blobs.List(ctx, prefix, after, MaxPage)
		if err != nil {
			return removed, unavailable("list what was made of series", err)
		}
		if len(keys) == 0 {
			return removed, nil
		}
		after = keys[len(keys)-1]
		n, err := a.sweepSeriesPage(ctx, keys)
		removed += n
		if err != nil {
			return removed, err
		}
	}
}

func (a *Archive) sweepSeriesPage(ctx context.Context, keys []string) (removed int, err error) {
	var study yilian.StudyUID
	var now []Revision
	for _, key := range keys {
		k, ok := parseSeriesKey(key)
		if ok && k.study != study {
			if now, err = a.index.Revisions(ctx, k.study, ""); err != nil {
				return removed, unavailable("look up series", err)
			}
			study = k.study
		}
		current := slices.ContainsFunc(now, func(r Revision) bool { return r.Series == k.series && r.Revision <= k.revision })
		if ok && current {
			continue
		}
		if err := a.blobs.Delete(ctx, key); err != nil {
			return removed, unavailable("delete what was made of a series", err)
		}
		removed++
	}
	return removed, nil
}

// flights lets one caller do what several need at the same time.
type flights struct {
	mu    sync.Mutex
	under map[string]*flight // guarded by mu
}

type flight struct {
	done chan struct{}
	err  error // written before done is closed
}

// do runs work, or waits for the one that runs under the same key.
func (f *flights) do(ctx context.Context, key string, work func() error) error {
	f.mu.Lock()
	if one, ok := f.under[key]; ok {
		f.mu.Unlock()
		select {
		case <-one.done:
			return one.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	one := &flight{done: make(chan struct{}), err: fmt.Errorf("imaging: work on %s ended early", key)}
	if f.under == nil {
		f.under = map[string]*flight{}
	}
	f.under[key] = one
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		delete(f.under, key)
		f.mu.Unlock()
		close(one.done)
	}()
	one.err = work()
	return one.err
}
