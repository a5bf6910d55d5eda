package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// pieceMagic begins every piece; the number is the version of the format. The length of the journal entry follows in four bytes, then
// the entry as JSON, then the clusters.
const (
	pieceMagic = "yilian-piece-1\n"
	maxEntry   = 8 << 20
)

// entry is what a piece tells about itself and its seconds. Times are milliseconds since the recording's zero.
type entry struct {
	Number int     `json:"number"`
	Start  *Start  `json:"start,omitempty"` // of the first
	From   int64   `json:"from"`            // where the piece before ends
	Until  int64   `json:"until"`
	Files  []File  `json:"files,omitempty"` // of the chunks, as they are known by now
	Chunks []chunk `json:"chunks,omitempty"`
	Events []Event `json:"events,omitempty"`
	Gaps   []Gap   `json:"gaps,omitempty"`
	Last   bool    `json:"last,omitempty"` // the recording was ended in order
	Why    string  `json:"why,omitempty"`  // with last: the reason
	Size   int64   `json:"size"`           // bytes of the clusters
	SHA256 string  `json:"sha256"`         // of the clusters
}

// chunk is one cluster of one file.
type chunk struct {
	File   int   `json:"file"`
	At     int64 `json:"at"`
	End    int64 `json:"end"`
	Key    bool  `json:"key,omitempty"` // its first video frame is a key frame
	Offset int64 `json:"offset"`        // behind the entry
	Size   int64 `json:"size"`
}

// writePiece writes an entry and its clusters.
func writePiece(w io.Writer, e entry, clusters []byte) error {
	sum := sha256.Sum256(clusters)
	e.Size, e.SHA256 = int64(len(clusters)), hex.EncodeToString(sum[:])
	doc, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode a journal entry: %w", err)
	}
	head := append([]byte(pieceMagic), binary.BigEndian.AppendUint32(nil, uint32(len(doc)))...)
	for _, part := range [][]byte{head, doc, clusters} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

var errPiece = errors.New("not a piece of a recording")

// readEntry reads the journal entry of a piece, and tells where its clusters begin.
func readEntry(r io.Reader) (e entry, clusters int64, err error) {
	head := make([]byte, len(pieceMagic)+4)
	if _, err := io.ReadFull(r, head); err != nil {
		return e, 0, fmt.Errorf("%w: %w", errPiece, err)
	}
	n := binary.BigEndian.Uint32(head[len(pieceMagic):])
	if !bytes.HasPrefix(head, []byte(pieceMagic)) || n > maxEntry {
		return e, 0, errPiece
	}
	doc := make([]byte, n)
	if _, err := io.ReadFull(r, doc); err != nil {
		return e, 0, fmt.Errorf("%w: %w", errPiece, err)
	}
	if err := json.Unmarshal(doc, &e); err != nil {
		return e, 0, fmt.Errorf("%w: %w", errPiece, err)
	}
	for _, c := range e.Chunks {
		if c.Offset < 0 || c.Size < clusterHead || c.Offset+c.Size > e.Size || c.End < c.At || c.At < 0 {
			return e, 0, errPiece
		}
	}
	return e, int64(len(head)) + int64(n), nil
}
