package dicomweb

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"yilian"
	"yilian/imaging"
)

// metadata is Retrieve Metadata (PS3.18 10.4.1.1.2) in DICOM JSON or XML. Those of a series are an object that is kept compressed,
// and that is what is given to a client that can read it.
func (h *Handler) metadata(w http.ResponseWriter, r *http.Request, actor yilian.Actor) error {
	kind, err := acceptMetadata(r)
	if err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept, Accept-Encoding")
	if kind == typeXML {
		return h.metadataXML(w, r, actor)
	}
	if pathOf(r).Instance != "" {
		return h.instanceMetadata(w, r, actor, kind)
	}
	all, err := h.archive.Metadata(r.Context(), actor, pathOf(r), h.addresses(r))
	if err != nil {
		return err
	}
	h.reached.by(h.base(r))
	zip := acceptsGzip(r)
	if notModified(w, r, metadataTag(all, kind, zip)) {
		return nil
	}
	first, err := all[0].Open(r.Context())
	if err != nil {
		return err
	}
	defer func() { _ = first.Close() }()
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if zip {
		w.Header().Set("Content-Encoding", "gzip")
	}
	if r.Method == http.MethodHead {
		return nil
	}
	if zip && len(all) == 1 {
		_, err := copyTo(w, first)
		return err
	}
	return joinMetadata(r.Context(), w, zip, first, all[1:])
}

// addresses are those of this service as the client reaches it.
func (h *Handler) addresses(r *http.Request) imaging.Addresses {
	base := h.base(r)
	return imaging.Addresses{Base: base, Bulk: func(i imaging.Instance) string { return instanceURL(base, i) + "/bulkdata/" }}
}

// PrepareMetadata makes the metadata of a study that is complete, for the addresses that they are likely to be asked for by: that of
// the settings, or those by which metadata were asked for lately.
func (h *Handler) PrepareMetadata(ctx context.Context, study yilian.StudyUID) error {
	bases := h.reached.lately()
	if h.public != "" {
		bases = []string{h.public + h.prefix}
	}
	for _, base := range bases {
		to := imaging.Addresses{Base: base, Bulk: func(i imaging.Instance) string { return instanceURL(base, i) + "/bulkdata/" }}
		if err := h.archive.PrepareMetadata(ctx, study, to); err != nil {
			return err
		}
	}
	return nil
}

// maxReached bounds the addresses that metadata are prepared for.
const maxReached = 2

// reached are the addresses of the service by which people with rights to a study have asked for its metadata, the latest first.
type reached struct {
	mu    sync.Mutex
	bases []string // guarded by mu
}

func (a *reached) by(base string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.bases) > 0 && a.bases[0] == base {
		return
	}
	others := slices.DeleteFunc(a.bases, func(old string) bool { return old == base })
	a.bases = append([]string{base}, others[:min(len(others), maxReached-1)]...)
}

func (a *reached) lately() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.bases)
}

// metadataTag names the content and its form.
func metadataTag(all []imaging.SeriesMetadata, kind string, zip bool) string {
	sum := sha256.New()
	for _, m := range all {
		_, _ = fmt.Fprintln(sum, m.Series, m.Tag())
	}
	_, _ = fmt.Fprintln(sum, kind, zip)
	return `"m` + hex.EncodeToString(sum.Sum(nil)[:16]) + `"`
}

// notModified answers 304 if the client has what it asks for. What changes is asked for again each time.
func notModified(w http.ResponseWriter, r *http.Request, tag string) bool {
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	if !knows(r, tag) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// joinMetadata makes one array of those of several series, as a stream.
func joinMetadata(ctx context.Context, w io.Writer, zip bool, first io.Reader, rest []imaging.SeriesMetadata) error {
	out := bufio.NewWriterSize(w, 32<<10)
	if zip {
		gz := compressors.Get().(*gzip.Writer)
		defer compressors.Put(gz)
		gz.Reset(w)
		out.Reset(gz)
		defer func() { gz.Reset(io.Discard) }()
		if err := joinSeries(ctx, out, first, rest); err != nil {
			return err
		}
		return gz.Close()
	}
	return joinSeries(ctx, out, first, rest)
}

func joinSeries(ctx context.Context, out *bufio.Writer, first io.Reader, rest []imaging.SeriesMetadata) error {
	_ = out.WriteByte('[') // errors stay and are answered by Flush
	if err := copyElements(out, first); err != nil {
		return err
	}
	for _, m := range rest {
		r, err := m.Open(ctx)
		if err != nil {
			return err
		}
		_ = out.WriteByte(',')
		err = copyElements(out, r)
		_ = r.Close() // it was read
		if err != nil {
			return err
		}
	}
	_ = out.WriteByte(']')
	return out.Flush()
}

// copyElements inflates an array and copies what stands between its brackets.
func copyElements(out *bufio.Writer, compressed io.Reader) error {
	zip, err := gzip.NewReader(compressed)
	if err != nil {
		return fmt.Errorf("dicomweb: kept metadata: %w", err)
	}
	in := bufio.NewReaderSize(zip, 32<<10)
	if b, err := in.ReadByte(); err != nil || b != '[' {
		return fmt.Errorf("dicomweb: kept metadata do not begin as an array: %w", err)
	}
	for {
		chunk, err := in.Peek(in.Size())
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return fmt.Errorf("dicomweb: kept metadata: %w", err)
		}
		n := len(chunk)
		if last {
			if n == 0 || chunk[n-1] != ']' {
				return errors.New("dicomweb: kept metadata do not end as an array")
			}
			_, err = out.Write(chunk[:n-1])
			return err
		}
		n-- // the bracket may be the last of what is there
		if _, err := out.Write(chunk[:n]); err != nil {
			return err
		}
		_, _ = in.Discard(n)
	}
}

// instanceMetadata answers one header, as an array of one.
func (h *Handler) instanceMetadata(w http.ResponseWriter, r *http.Request, actor yilian.Actor, kind string) error {
	i, err := h.archive.Instance(r.Context(), actor, pathOf(r))
	if err != nil {
		return err
	}
	body := imaging.ResolveBulk(i.Metadata, h.addresses(r).Bulk(i))
	sum := sha256.Sum256(body)
	if notModified(w, r, `"i`+hex.EncodeToString(sum[:16])+strings.TrimPrefix(kind, "application")+`"`) {
		return nil
	}
	out := newJSONArray(w, r, kind)
	defer out.close()
	if err := out.add(body); err != nil {
		return err
	}
	return out.end()
}
