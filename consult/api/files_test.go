package api

import (
	"bytes"
	"context"
	"io"
	"sync"

	"yilian"
	"yilian/consult/request"
)

// files keeps objects in memory.
type files struct {
	mu   sync.Mutex
	data map[string][]byte
}

func newFiles() *files { return &files{data: map[string][]byte{}} }

type fileWriter struct {
	bytes.Buffer
	to *files
}

func (f *files) Create(context.Context) (request.FileWriter, error) { return &fileWriter{to: f}, nil }

func (w *fileWriter) Commit(_ context.Context, key string) error {
	w.to.mu.Lock()
	defer w.to.mu.Unlock()
	w.to.data[key] = w.Bytes()
	return nil
}

func (w *fileWriter) Abort() {}

func (f *files) Open(_ context.Context, key string, _, _ int64) (io.ReadCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, ok := f.data[key]
	if !ok {
		return nil, yilian.Errorf(yilian.NotFound, "blob", "No such object.")
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func (f *files) Delete(_ context.Context, key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.data, key)
	return nil
}
