package imaging

import (
	"context"
	"errors"
	"fmt"
	"io"

	"yilian"
)

// previews checks the objects of previews by their own sums. A damaged one is deleted: whoever looks at the series has it made again.
func (c *check) previews(ctx context.Context) error {
	for after := ""; ; {
		keys, err := c.Blobs.List(ctx, previewObjects, after, MaxPage)
		if err != nil || len(keys) == 0 {
			return err
		}
		after = keys[len(keys)-1]
		c.done.Objects += len(keys)
		for _, key := range keys {
			if err := c.preview(ctx, key); err != nil {
				return err
			}
		}
		c.tell()
	}
}

func (c *check) preview(ctx context.Context, key string) error {
	err := c.readPreviews(ctx, key)
	if err == nil || yilian.KindOf(err) == yilian.NotFound { // deleted meanwhile
		return nil
	}
	if ctx.Err() != nil || !errors.Is(err, errDamaged) {
		return err
	}
	k, _ := parseSeriesKey(key)
	f := Fault{Kind: FaultPreview, Study: k.study, Key: key, Detail: err.Error()}
	if c.Repair {
		if err := c.Blobs.Delete(ctx, key); err != nil {
			return fmt.Errorf("delete %s: %w", key, err)
		}
		f.Repair = "deleted: they are made again"
	}
	c.fault(f)
	return nil
}

// readPreviews reads the table, and unless it is to be quick each record.
func (c *check) readPreviews(ctx context.Context, key string) error {
	all, err := readContents(ctx, c.Blobs, key)
	if err != nil || c.Quick {
		return err
	}
	r, err := c.Blobs.Open(ctx, key, 0, -1)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	counted := &countedReader{r: r}
	defer func() { c.done.Bytes += counted.n }()
	var record []byte
	for _, n := range all.order {
		if record, err = readRecord(counted, record, all.places[n].length); err != nil {
			return err
		}
	}
	return nil
}

type countedReader struct {
	r io.Reader
	n int64
}

func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
