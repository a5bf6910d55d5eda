package record

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// Writer receives one object. Nothing is visible before Commit, and what Commit has answered nil for is durable.
type Writer = interface {
	io.Writer
	Commit(ctx context.Context, key string) error
	Abort()
}

// Store keeps objects. It is safe for concurrent use; what is committed under a key is there as a whole.
type Store interface {
	Create(ctx context.Context) (Writer, error)
	Open(ctx context.Context, key string, off, n int64) (io.ReadCloser, error)
	Delete(ctx context.Context, key string) error // an unknown key is no error
	List(ctx context.Context, prefix, after string, limit int) ([]string, error)
}

// Config is what a Recorder needs. Only Store must be set.
type Config struct {
	Store Store
	Log   *slog.Logger     // nil discards
	Now   func() time.Time // nil: time.Now

	PieceEvery time.Duration // 2 s if zero: what a crash may cost
	Hold       time.Duration // 1.2 s if zero: how long frames wait for those of other streams
	Pending    int           // bytes of frames that may wait for the store, of one recording; 32 MiB if zero
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.PieceEvery <= 0 {
		c.PieceEvery = 2 * time.Second
	}
	if c.Hold <= 0 {
		c.Hold = patience + 200*time.Millisecond
	}
	if c.Pending <= 0 {
		c.Pending = 32 << 20
	}
	return c
}

// Recorder makes recordings in a store. It has no state of its own: what it begins and joins is found by its identifier.
type Recorder struct{ cfg Config }

// New makes a Recorder.
func New(c Config) *Recorder { return &Recorder{c.withDefaults()} }

// Start says what a recording is.
type Start struct {
	ID   string    `json:"id"`
	Room string    `json:"room"`
	Zero time.Time `json:"zero"` // filled in by Begin
}

// Folder is where the objects of a recording are.
func Folder(id string) string { return "recordings/" + id + "/" }

func pieces(id string) string { return Folder(id) + "pieces/" }
