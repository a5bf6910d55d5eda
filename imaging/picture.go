package imaging

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"sync"

	"yilian"
	"yilian/imaging/pixel"
)

// Picture is one frame made visible.
type Picture struct {
	Image    image.Image
	Instance Instance // maybe without its Metadata, and without what corrections say
	Frame    int      // from 1
}

// Render shows one frame of an instance (from 1; 0: the one that represents it). A path without an instance is shown by one in
// the middle of its first series with images. It errs with NotFound when there is nothing to show, and with a
// *pixel.UnsupportedError in the chain when the server cannot decode the transfer syntax.
func (a *Archive) Render(ctx context.Context, actor yilian.Actor, p Path, frame int, o pixel.RenderOptions) (Picture, error) {
	frames, number, err := a.representative(ctx, actor, p, frame)
	if err != nil {
		return Picture{}, err
	}
	return frames.Render(ctx, number, o)
}

// rawMemory is what frames are read into that nobody needs any more once they are shown.
var rawMemory = sync.Pool{New: func() any { return new([]byte) }}

// maxRawMemory bounds what is kept for the next: more than a radiograph has.
const maxRawMemory = 32 << 20

// Render shows one frame (from 1; 0: the one in the middle). See Archive.Render.
func (f *Frames) Render(ctx context.Context, number int, o pixel.RenderOptions) (Picture, error) {
	if number == 0 {
		number = f.middle()
	}
	memory := rawMemory.Get().(*[]byte)
	defer func() {
		if cap(*memory) <= maxRawMemory {
			rawMemory.Put(memory)
		}
	}()
	im, decoded, err := f.decode(ctx, number, memory)
	if err != nil {
		return Picture{}, err
	}
	picture := Picture{Instance: f.Instance, Frame: number}
	err = f.pixels.pass(ctx, func() error {
		picture.Image, err = im.Render(decoded, o)
		return err
	})
	if err != nil {
		return Picture{}, fmt.Errorf("imaging: show a frame of %s: %w", f.Instance.UID, err)
	}
	return picture, nil
}

// middle is the frame that represents the others.
func (f *Frames) middle() int { return (f.Count() + 1) / 2 }

// Thumbnail gives a small JPEG of what Render would show. It is made once and kept.
func (a *Archive) Thumbnail(ctx context.Context, actor yilian.Actor, p Path, frame int) (jpeg []byte, of Instance, err error) {
	frames, number, err := a.representative(ctx, actor, p, frame)
	if err != nil {
		return nil, Instance{}, err
	}
	i := frames.Instance
	key := thumbnailKey(i, number)
	if kept, err := a.readBlob(ctx, key); err == nil {
		return kept, i, nil
	}
	picture, err := frames.Render(ctx, number, pixel.RenderOptions{Width: pixel.ThumbnailSize, Height: pixel.ThumbnailSize})
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

// Shown answers the frames of what stands for a path: those of its instance, or of one in the middle of its first series with images.
func (a *Archive) Shown(ctx context.Context, actor yilian.Actor, p Path) (*Frames, error) {
	if p.Instance != "" {
		return a.Frames(ctx, actor, p)
	}
	if err := a.authorise(ctx, actor, p.Study); err != nil {
		return nil, err
	}
	i, err := a.representativeInstance(ctx, p)
	if err != nil {
		return nil, err
	}
	return a.framesOf(i)
}

// representative finds what stands for a path: the frame asked for, or one in the middle.
func (a *Archive) representative(ctx context.Context, actor yilian.Actor, p Path, frame int) (*Frames, int, error) {
	frames, err := a.Shown(ctx, actor, p)
	if err != nil {
		return nil, 0, err
	}
	if frame == 0 {
		frame = frames.middle()
	}
	return frames, frame, nil
}

// representativeInstance is one in the middle of the first series with images.
func (a *Archive) representativeInstance(ctx context.Context, p Path) (Instance, error) {
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

// CodeThumbnail says that the server makes a thumbnail itself, or that a picture cannot be one (Conflict, Invalid).
const CodeThumbnail = "imaging.thumbnail"

// KeepThumbnail keeps a picture that a reader's browser made of an image whose transfer syntax the server does not decode, so that
// others see it in lists. The first one stays, and the trail tells who gave it. It answers whether it was kept.
func (a *Archive) KeepThumbnail(ctx context.Context, actor yilian.Actor, p Path, frame int, picture image.Image) (kept bool, err error) {
	if size := picture.Bounds().Size(); max(size.X, size.Y) > pixel.ThumbnailSize || min(size.X, size.Y) < 1 {
		return false, yilian.Errorf(yilian.Invalid, CodeThumbnail, "A thumbnail has at most %d by %d pixels.", pixel.ThumbnailSize, pixel.ThumbnailSize)
	}
	frames, number, err := a.representative(ctx, actor, p, frame)
	if err != nil {
		return false, err
	}
	i := frames.Instance
	if number < 1 || number > frames.Count() {
		return false, notFound()
	}
	if Readable(frames.Syntax) {
		return false, yilian.Errorf(yilian.Conflict, CodeThumbnail, "The server makes the thumbnail of this image itself.")
	}
	key := thumbnailKey(i, number)
	if _, err := a.blobs.Stat(ctx, key); err == nil {
		return false, nil
	}
	var b bytes.Buffer
	if err := pixel.EncodeJPEG(&b, picture, 80); err != nil {
		return false, fmt.Errorf("imaging: encode a thumbnail: %w", err)
	}
	study, err := a.index.Study(ctx, i.Study)
	if err != nil {
		return false, unavailable("look up a study", err)
	}
	e := yilian.Event{
		Chain: string(study.Institution), Entity: "study", EntityID: string(i.Study), Version: study.Version,
		Action: "thumbnail.given", Actor: actor, At: a.now().UTC(),
	}
	e.Data, _ = json.Marshal(map[string]any{"instance": i.UID, "frame": number}) // strings and numbers only
	if err := a.index.Audit(ctx, e); err != nil {
		return false, unavailable("write the audit trail", err)
	}
	if err := a.writeBlob(ctx, key, b.Bytes()); err != nil {
		return false, unavailable("keep a thumbnail", err)
	}
	return true, nil
}

func thumbnailKey(i Instance, number int) string {
	return derivedKey(i.Study, fmt.Sprintf("%s.%.16s.%d.jpg", i.UID, i.SHA256, number))
}
