package imaging

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"

	"yilian"
	"yilian/imaging/pixel"
)

// Picture is one frame made visible.
type Picture struct {
	Image    image.Image
	Instance Instance
	Frame    int // from 1
}

// Render shows one frame of an instance (from 1; 0: the one that represents it). A path without an instance is shown by one in
// the middle of its first series with images. It errs with NotFound when there is nothing to show, and with a
// *pixel.UnsupportedError in the chain when the server cannot decode the transfer syntax.
func (a *Archive) Render(ctx context.Context, actor yilian.Actor, p Path, frame int, o pixel.RenderOptions) (Picture, error) {
	frames, number, err := a.representative(ctx, actor, p, frame)
	if err != nil {
		return Picture{}, err
	}
	return a.render(ctx, frames, number, o)
}

func (a *Archive) render(ctx context.Context, f *Frames, number int, o pixel.RenderOptions) (Picture, error) {
	im, decoded, err := f.Decode(ctx, number)
	if err != nil {
		return Picture{}, err
	}
	picture := Picture{Instance: f.Instance, Frame: number}
	err = a.pixels.pass(ctx, func() error {
		picture.Image, err = im.Render(decoded, o)
		return err
	})
	if err != nil {
		return Picture{}, fmt.Errorf("imaging: show a frame of %s: %w", f.Instance.UID, err)
	}
	return picture, nil
}

// Thumbnail gives a small JPEG of what Render would show. It is made once and kept.
func (a *Archive) Thumbnail(ctx context.Context, actor yilian.Actor, p Path, frame int) (jpeg []byte, of Instance, err error) {
	frames, number, err := a.representative(ctx, actor, p, frame)
	if err != nil {
		return nil, Instance{}, err
	}
	i := frames.Instance
	key := derivedKey(i.Study, fmt.Sprintf("%s.%.16s.%d.jpg", i.UID, i.SHA256, number))
	if kept, err := a.readBlob(ctx, key); err == nil {
		return kept, i, nil
	}
	picture, err := a.render(ctx, frames, number, pixel.RenderOptions{Width: pixel.ThumbnailSize, Height: pixel.ThumbnailSize})
	if err != nil {
		return nil, i, err
	}
	var b bytes.Buffer
	if err := pixel.EncodeJPEG(&b, picture.Image, 80); err != nil {
		return nil, i, fmt.Errorf("imaging: encode a thumbnail: %w", err)
	}
	if err := a.writeBlob(ctx, key, b.Bytes()); err != nil {
		a.log.WarnContext(ctx, "thumbnail not kept", "instance", i.UID, "error", err)
	}
	return b.Bytes(), i, nil
}

func (a *Archive) readBlob(ctx context.Context, key string) ([]byte, error) {
	r, err := a.blobs.Open(ctx, key, 0, -1)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	return io.ReadAll(r)
}

func (a *Archive) writeBlob(ctx context.Context, key string, b []byte) error {
	w, err := a.blobs.Create(ctx)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write(b); err != nil {
		return err
	}
	return w.Commit(ctx, key)
}

// representative finds what stands for a path: the frame asked for, or one in the middle.
func (a *Archive) representative(ctx context.Context, actor yilian.Actor, p Path, frame int) (*Frames, int, error) {
	if err := a.authorise(ctx, actor, p.Study); err != nil {
		return nil, 0, err
	}
	i, err := a.representativeInstance(ctx, p)
	if err != nil {
		return nil, 0, err
	}
	frames, err := a.framesOf(i)
	if err != nil {
		return nil, 0, err
	}
	if frame == 0 {
		frame = (frames.Count() + 1) / 2
	}
	return frames, frame, nil
}

func (a *Archive) representativeInstance(ctx context.Context, p Path) (Instance, error) {
	if p.Instance != "" {
		return a.instance(ctx, p)
	}
	all, err := a.index.Series(ctx, p.Study)
	if err != nil {
		return Instance{}, unavailable("list series", err)
	}
	for _, s := range all {
		if p.Series != "" && s.UID != p.Series {
			continue
		}
		page, err := a.index.Find(ctx, Scope{All: true}, Query{
			Level: InstanceLevel, Study: p.Study, Series: s.UID, Offset: s.InstanceCount / 2, Limit: 1,
		})
		if err != nil {
			return Instance{}, unavailable("search", err)
		}
		if len(page.Instances) == 1 && page.Instances[0].Frames > 0 {
			return a.instance(ctx, Path{p.Study, s.UID, page.Instances[0].UID})
		}
	}
	return Instance{}, notFound()
}
