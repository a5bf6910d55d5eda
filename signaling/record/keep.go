package record

import (
	"bytes"
	"context"
	"fmt"
	"time"
)

// keep stores the pieces. The first that cannot be stored ends the recording.
func (s *Session) keep() {
	ctx := context.Background() // each try is bounded
	for p := range s.queue {
		if s.err != nil {
			continue
		}
		if s.err = s.insist(ctx, p); s.err != nil {
			s.cfg.Log.Error("the recording fails: a piece could not be stored", "recording", s.start.ID, "err", s.err)
			close(s.failing)
		}
	}
}

// How often and how long a piece is tried.
const (
	tries   = 4
	tryFor  = 10 * time.Second
	tryNext = 400 * time.Millisecond // doubled each time
)

func (s *Session) insist(ctx context.Context, p piece) (err error) {
	for i := range tries {
		if i > 0 {
			time.Sleep(tryNext << (i - 1))
		}
		once, cancel := context.WithTimeout(ctx, tryFor)
		err = s.store(once, p)
		cancel()
		if err == nil {
			return nil
		}
	}
	return err
}

func (s *Session) store(ctx context.Context, p piece) error {
	w, err := s.cfg.Store.Create(ctx)
	if err != nil {
		return fmt.Errorf("store a piece of a recording: %w", err)
	}
	var b bytes.Buffer
	if err := writePiece(&b, p.entry, p.clusters); err != nil {
		w.Abort()
		return err
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		w.Abort()
		return fmt.Errorf("store a piece of a recording: %w", err)
	}
	if err := w.Commit(ctx, pieceKey(s.start.ID, p.entry.Number)); err != nil {
		return fmt.Errorf("store a piece of a recording: %w", err)
	}
	return nil
}

func pieceKey(id string, number int) string { return fmt.Sprintf("%s%08d", pieces(id), number) }
