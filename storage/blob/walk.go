package blob

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// list walks along the folders in the order of keys, going only into those that can hold a key of the page, and along the packs.
func (f *folder) list(ctx context.Context, prefix, after string, limit int) ([]string, error) {
	w := walk{ctx: ctx, files: f.files, prefix: prefix, after: after, limit: limit}
	if err := w.folder(filepath.Join(f.root, objectsFolder), ""); err != nil {
		return nil, err
	}
	packed, err := f.packs.list(ctx, prefix, after, limit)
	if err != nil {
		return nil, err
	}
	keys := append(w.keys, packed...)
	slices.Sort(keys)
	return keys[:min(limit, len(keys))], nil
}

type walk struct {
	ctx           context.Context
	files         files
	prefix, after string
	limit         int
	keys          []string
}

// folder adds the keys in a folder; above is what all of them begin with.
func (w *walk) folder(dir, above string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	entries, err := w.files.list(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed in the meantime
	}
	if err != nil {
		return err
	}
	// A folder's keys go on with a slash, so that is part of what it is sorted by.
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		switch name := e.Name(); name[0] {
		case '=':
			names = append(names, name[1:])
		case '+':
			names = append(names, name[1:]+"/")
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if len(w.keys) == w.limit {
			return nil
		}
		if err := w.entry(dir, above+name); err != nil {
			return err
		}
	}
	return nil
}

// entry adds one key, or the keys of a folder when it ends with a slash.
func (w *walk) entry(dir, key string) error {
	if !strings.HasSuffix(key, "/") {
		if strings.HasPrefix(key, w.prefix) && key > w.after {
			w.keys = append(w.keys, key)
		}
		return nil
	}
	inside := strings.HasPrefix(key, w.prefix) || strings.HasPrefix(w.prefix, key)
	ahead := key > w.after || strings.HasPrefix(w.after, key)
	if !inside || !ahead {
		return nil
	}
	segment := key[strings.LastIndexByte(key[:len(key)-1], '/')+1 : len(key)-1]
	return w.folder(filepath.Join(dir, "+"+segment), key)
}
