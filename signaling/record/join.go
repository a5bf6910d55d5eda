package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Joined is what has become of a recording.
type Joined struct {
	Index  Index
	Object Object // the index itself
}

// Object is a stored object that can be checked.
type Object struct {
	Name   string `json:"name"` // within Folder
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// IndexName is the name of the index within Folder.
const IndexName = "index.json"

// ErrNothing tells that there is nothing to join.
var ErrNothing = errors.New("there are no pieces of this recording")

// Join makes the files of a recording from its pieces, as many as there are: also after a crash. It may be repeated until Clear.
func (r *Recorder) Join(ctx context.Context, id string) (Joined, error) {
	j := &joiner{Recorder: r, id: id, files: map[int]*File{}, chunks: map[int][]placed{}}
	if err := j.read(ctx); err != nil {
		return Joined{}, err
	}
	numbers := make([]int, 0, len(j.files))
	for n := range j.files {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		f, err := j.write(ctx, *j.files[n], j.chunks[n])
		if err != nil {
			return Joined{}, fmt.Errorf("join file %d of recording %s: %w", n, id, err)
		}
		j.index.Files = append(j.index.Files, f)
	}
	return j.finish(ctx)
}

// joiner is one Join under way. What it remembers of a cluster is some bytes.
type joiner struct {
	*Recorder
	id     string
	index  Index
	files  map[int]*File
	chunks map[int][]placed
	keys   []string // of the pieces

	damaged bool // the piece before
}

// placed is a cluster and where it is.
type placed struct {
	at, end      int64
	key          bool
	piece        int // index into joiner.keys
	offset, size int64
}

const listMost = 1000

// read reads the journal.
func (j *joiner) read(ctx context.Context) error {
	j.index = Index{Version: 1, ID: j.id, Reason: "crash", Files: []File{}, Events: []Event{}, Gaps: []Gap{}}
	for after := ""; ; {
		page, err := j.cfg.Store.List(ctx, pieces(j.id), after, listMost)
		if err != nil {
			return fmt.Errorf("list the pieces of a recording: %w", err)
		}
		for _, key := range page {
			if err := j.piece(ctx, key); err != nil {
				return fmt.Errorf("read %s: %w", key, err)
			}
			after = key
		}
		if len(page) < listMost {
			break
		}
	}
	if len(j.keys) == 0 {
		return ErrNothing
	}
	return nil
}

func (j *joiner) piece(ctx context.Context, key string) error {
	body, err := j.cfg.Store.Open(ctx, key, 0, -1)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read
	e, first, err := readEntry(body)
	if err == nil {
		err = whole(body, e)
	}
	if errors.Is(err, errPiece) { // the rest is still worth having
		j.cfg.Log.Error("a piece of a recording is damaged and left out", "piece", key, "err", err)
		j.damaged = true
		return nil
	}
	if err != nil {
		return err
	}
	if j.damaged {
		j.index.Gaps = append(j.index.Gaps, Gap{At: j.index.Duration, Until: e.From, Cause: GapStore, Lost: 1})
		j.damaged = false
	}
	j.keys = append(j.keys, key)
	if e.Start != nil {
		j.index.Room, j.index.Zero = e.Start.Room, e.Start.Zero
	}
	if e.Last {
		j.index.Reason = e.Why
	}
	j.index.Duration = max(j.index.Duration, e.Until)
	j.index.Events, j.index.Gaps = append(j.index.Events, e.Events...), append(j.index.Gaps, e.Gaps...)
	for _, f := range e.Files {
		j.files[f.Number] = &f
	}
	for _, c := range e.Chunks {
		j.chunks[c.File] = append(j.chunks[c.File], placed{at: c.At, end: c.End, key: c.Key, piece: len(j.keys) - 1, offset: first + c.Offset, size: c.Size})
	}
	return nil
}

// whole reads the clusters of a piece and fails if they are not those that were written.
func whole(body io.Reader, e entry) error {
	hash := sha256.New()
	n, err := io.Copy(hash, body)
	if err != nil {
		return err
	}
	if n != e.Size || hex.EncodeToString(hash.Sum(nil)) != e.SHA256 {
		return errPiece
	}
	return nil
}

// write writes one file: its head, and each cluster as it is but for its time.
func (j *joiner) write(ctx context.Context, f File, chunks []placed) (File, error) {
	zero := time.Duration(f.Offset) * time.Millisecond
	l := layout{audio: f.Audio, video: f.Video, began: j.index.Zero.Add(zero)}
	for _, c := range chunks {
		at := time.Duration(c.at)*time.Millisecond - zero
		l.cues = append(l.cues, cue{at: at, offset: l.clusters, key: c.key})
		l.clusters += uint64(c.size)
		l.duration = max(l.duration, time.Duration(c.end)*time.Millisecond-zero)
	}
	f.Name, f.MIME, f.Duration = fileName(f), f.Video.MIME(), l.duration.Milliseconds()
	w, err := j.cfg.Store.Create(ctx)
	if err != nil {
		return f, err
	}
	hash, count := sha256.New(), &counter{}
	out := io.MultiWriter(w, hash, count)
	if _, err = out.Write(l.head()); err == nil {
		err = j.copy(ctx, out, chunks, zero)
	}
	if err != nil {
		w.Abort()
		return f, err
	}
	f.Size, f.SHA256 = count.n, hex.EncodeToString(hash.Sum(nil))
	return f, w.Commit(ctx, Folder(j.id)+f.Name)
}

// copy copies clusters; those that lie one behind another in a piece are read in one go.
func (j *joiner) copy(ctx context.Context, out io.Writer, chunks []placed, zero time.Duration) error {
	for len(chunks) > 0 {
		n, end := 1, chunks[0].offset+chunks[0].size
		for n < len(chunks) && chunks[n].piece == chunks[0].piece && chunks[n].offset == end {
			end += chunks[n].size
			n++
		}
		if err := j.span(ctx, out, chunks[:n], zero, end-chunks[0].offset); err != nil {
			return err
		}
		chunks = chunks[n:]
	}
	return nil
}

func (j *joiner) span(ctx context.Context, out io.Writer, chunks []placed, zero time.Duration, size int64) error {
	body, err := j.cfg.Store.Open(ctx, j.keys[chunks[0].piece], chunks[0].offset, size)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // only read
	head := make([]byte, clusterHead)
	for _, c := range chunks {
		if _, err := io.ReadFull(body, head); err != nil {
			return err
		}
		if err := rebase(head, zero); err != nil {
			return err
		}
		if _, err := out.Write(head); err != nil {
			return err
		}
		if _, err := io.CopyN(out, body, c.size-clusterHead); err != nil {
			return err
		}
	}
	return nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

func fileName(f File) string {
	ending := ".webm"
	if f.Video.Codec == H264 {
		ending = ".mkv"
	}
	return fmt.Sprintf("%03d%s", f.Number, ending)
}

// finish stores the index.
func (j *joiner) finish(ctx context.Context) (Joined, error) {
	for _, f := range j.index.Files {
		j.index.Duration = max(j.index.Duration, f.Offset+f.Duration)
	}
	slices.SortStableFunc(j.index.Gaps, func(a, b Gap) int { return int(a.At - b.At) })
	doc, err := json.Marshal(j.index)
	if err != nil {
		return Joined{}, fmt.Errorf("encode the index of a recording: %w", err)
	}
	w, err := j.cfg.Store.Create(ctx)
	if err != nil {
		return Joined{}, err
	}
	if _, err := w.Write(doc); err != nil {
		w.Abort()
		return Joined{}, err
	}
	sum := sha256.Sum256(doc)
	done := Joined{Index: j.index, Object: Object{Name: IndexName, Size: int64(len(doc)), SHA256: hex.EncodeToString(sum[:])}}
	return done, w.Commit(ctx, Folder(j.id)+IndexName)
}

// Clear deletes the pieces of a recording whose files are stored.
func (r *Recorder) Clear(ctx context.Context, id string) error { return r.drop(ctx, pieces(id)) }

// Delete deletes everything of a recording.
func (r *Recorder) Delete(ctx context.Context, id string) error { return r.drop(ctx, Folder(id)) }

func (r *Recorder) drop(ctx context.Context, prefix string) error {
	for {
		page, err := r.cfg.Store.List(ctx, prefix, "", listMost)
		if err != nil {
			return fmt.Errorf("list objects of a recording: %w", err)
		}
		for _, key := range page {
			if err := r.cfg.Store.Delete(ctx, key); err != nil {
				return fmt.Errorf("delete an object of a recording: %w", err)
			}
		}
		if len(page) < listMost {
			return nil
		}
	}
}

// Newest tells the last piece of a recording after one that was seen; "" for none. A recording that lives stores one every ten seconds.
func (r *Recorder) Newest(ctx context.Context, id, after string) (string, error) {
	for {
		if after != "" && !strings.HasPrefix(after, pieces(id)) {
			return "", nil
		}
		page, err := r.cfg.Store.List(ctx, pieces(id), after, listMost)
		if err != nil || len(page) == 0 {
			return after, err
		}
		after = page[len(page)-1]
		if len(page) < listMost {
			return after, nil
		}
	}
}

// Open reads a part of a file.
func (r *Recorder) Open(ctx context.Context, id, name string, off, n int64) (io.ReadCloser, error) {
	return r.cfg.Store.Open(ctx, Folder(id)+name, off, n)
}
