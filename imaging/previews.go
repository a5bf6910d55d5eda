package imaging

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"yilian"
	"yilian/imaging/dicom"
	"yilian/imaging/pixel"
	"yilian/imaging/preview"
)

// previewObjects is the prefix of the previews of series, each one object of all its pictures.
const previewObjects = "p/"

// previewVariant names the way in which previews are made: another way, another name, and the sweep deletes the old ones.
const previewVariant = "1"

// Previews are the small pictures of a series, numbered from 1 in the order of its instances and their frames.
type Previews struct {
	Study yilian.StudyUID
	Revision
	archive *Archive
}

// Previews answers those of a series. It errs with NotFound when there is no such series, or not for the actor. What has no preview
// (colour, what cannot be decoded here, what is small already) is left out when they are written.
func (a *Archive) Previews(ctx context.Context, actor yilian.Actor, p Path) (Previews, error) {
	if err := a.authorise(ctx, actor, p.Study); err != nil {
		return Previews{}, err
	}
	all, err := a.index.Revisions(ctx, p.Study, p.Series)
	if err != nil {
		return Previews{}, unavailable("look up series", err)
	}
	for _, r := range all {
		if r.Series == p.Series && r.Instances > 0 {
			return Previews{p.Study, r, a}, nil
		}
	}
	return Previews{}, notFound()
}

// PreparePreviews makes the previews of all series of a study that have none yet.
func (a *Archive) PreparePreviews(ctx context.Context, study yilian.StudyUID) error {
	all, err := a.index.Revisions(ctx, study, "")
	if err != nil {
		return unavailable("look up series", err)
	}
	var failed []error
	for _, r := range all {
		if r.Instances > 0 {
			failed = append(failed, Previews{study, r, a}.Prepare(ctx))
		}
	}
	return errors.Join(failed...)
}

// Tag names the content: it is another one after every change of what is in the series.
func (p Previews) Tag() string {
	return strconv.FormatInt(p.Revision.Revision, 36) + "." + previewVariant
}

// Kept tells whether they are made: then Write need not decode anything.
func (p Previews) Kept(ctx context.Context) bool {
	_, err := p.contents(ctx)
	return err == nil
}

// First answers the numbers of the n pictures that show most of the series the soonest.
func (p Previews) First(ctx context.Context, n int) ([]int, error) {
	c, err := p.contents(ctx)
	if err == nil {
		return c.order[:min(n, len(c.order))], nil
	}
	all, err := p.pictures(ctx)
	if err != nil {
		return nil, err
	}
	order, err := p.order(ctx, all)
	if err != nil {
		return nil, err
	}
	return order[:min(n, len(order))], nil
}

// Write hands the records (see preview.Append) of some pictures to give, in the order asked for; none means all, in the order in which
// they show most the soonest. Numbers beyond the last are left out. What is not kept, or damaged, is made at once.
func (p Previews) Write(ctx context.Context, numbers []int, give func(record []byte) error) error {
	rest := numbers
	if kept, err := p.contents(ctx); err == nil {
		if rest, err = p.writeKept(ctx, kept, numbers, give); err == nil || !errors.Is(err, errDamaged) {
			return err
		}
		p.archive.log.WarnContext(ctx, "previews are damaged and made anew", "series", p.Series)
		p.forget(ctx)
	}
	return p.writeMade(ctx, rest, give)
}

// writeMade makes pictures and gives them.
func (p Previews) writeMade(ctx context.Context, numbers []int, give func([]byte) error) error {
	all, err := p.pictures(ctx)
	if err != nil {
		return err
	}
	if len(numbers) == 0 {
		if numbers, err = p.order(ctx, all); err != nil {
			return err
		}
	}
	m := maker{all: all, archive: p.archive}
	for _, n := range numbers {
		record, err := m.record(ctx, n)
		if err != nil {
			return err
		}
		if record == nil {
			continue
		}
		if err := give(record); err != nil {
			return err
		}
	}
	return nil
}

// maxPictures bounds the pictures of a series of which there are previews.
const maxPictures = 20_000

// pictureList are the instances of a series with pixels, and how many pictures come before each.
type pictureList struct {
	instances []Instance
	before    []int
	count     int
}

func (p Previews) pictures(ctx context.Context) (*pictureList, error) {
	l := &pictureList{}
	for i, err := range p.archive.instances(ctx, Path{Study: p.Study, Series: p.Series}, p.archive.index.Outline) {
		if err != nil {
			return nil, err
		}
		if i.Frames == 0 {
			continue
		}
		l.instances, l.before = append(l.instances, i), append(l.before, l.count)
		if l.count += i.Frames; l.count > maxPictures {
			return nil, yilian.Errorf(yilian.TooLarge, CodeTooLarge, "The series has more than %d pictures.", maxPictures)
		}
	}
	return l, nil
}

// at answers the instance and frame of a number.
func (l *pictureList) at(number int) (i Instance, frame int, ok bool) {
	if number < 1 || number > l.count {
		return i, 0, false
	}
	low, high := 0, len(l.before)
	for high-low > 1 {
		if middle := (low + high) / 2; l.before[middle] < number {
			low = middle
		} else {
			high = middle
		}
	}
	return l.instances[low], number - l.before[low], true
}

// least is how many rows and columns the previews keep: more where there are few of them.
func (l *pictureList) least() int {
	switch {
	case l.count <= 4:
		return 3 * preview.Least
	case l.count <= 20:
		return 2 * preview.Least
	}
	return preview.Least
}

// worthWhile is how long a frame has to be, as it is kept, for a preview to save time.
const worthWhile = 32 << 10

// maker makes pictures one after the other. It holds one frame.
type maker struct {
	all     *pictureList
	archive *Archive
	frames  *Frames // of the instance that was asked for last
	memory  []byte
	out     []byte
}

// record makes one picture; nil if there is none. It is overwritten by the next.
func (m *maker) record(ctx context.Context, number int) ([]byte, error) {
	i, frame, ok := m.all.at(number)
	if !ok || !Readable(dicom.Syntax(i.TransferSyntax)) {
		return nil, nil
	}
	if m.frames == nil || m.frames.Instance.UID != i.UID {
		whole, err := m.archive.index.Instance(ctx, i.UID)
		if err != nil {
			return nil, unavailable("look up an instance", err)
		}
		if m.frames, err = m.archive.framesOf(whole); err != nil {
			return nil, m.leaveOut(ctx, i, err)
		}
	}
	if size, err := m.frames.Size(frame); err != nil || size < worthWhile {
		return nil, m.leaveOut(ctx, i, err)
	}
	im, decoded, err := m.frames.decode(ctx, frame, &m.memory)
	if err != nil {
		return nil, m.leaveOut(ctx, i, err)
	}
	if !preview.Fits(im) {
		return nil, nil
	}
	picture, err := preview.Make(im, decoded, preview.Factor(im.Rows, im.Columns, m.all.least()))
	if err != nil {
		return nil, fmt.Errorf("imaging: preview of %s: %w", i.UID, err)
	}
	picture.Instance, picture.Frame, picture.Native = string(i.UID), frame, m.frames.Native()
	m.out = preview.Append(m.out[:0], picture)
	return m.out, nil
}

// leaveOut lets a picture that is damaged, or cannot be decoded here, have no preview; whoever looks at it will be told why.
func (m *maker) leaveOut(ctx context.Context, i Instance, err error) error {
	var unsupported *pixel.UnsupportedError
	if err == nil || errors.As(err, &unsupported) || yilian.KindOf(err) == yilian.Invalid || yilian.KindOf(err) == yilian.NotFound {
		return nil
	}
	if ctx.Err() != nil || yilian.KindOf(err) == yilian.Unavailable {
		return err
	}
	m.archive.log.WarnContext(ctx, "no preview of a picture", "instance", i.UID, "error", err)
	return nil
}

// key is p/SHARD/STUDY/SERIES~REVISION~VARIANT.
func (p Previews) key() string {
	return p.folder() + string(p.Series) + "~" + strconv.FormatInt(p.Revision.Revision, 36) + "~" + previewVariant
}

func (p Previews) folder() string { return previewObjects + studyFolder(p.Study) }

// forget deletes what is kept.
func (p Previews) forget(ctx context.Context) {
	p.archive.contents.forget(p.key())
	p.archive.drop(ctx, p.key())
}

// tidy removes what the series' previews were before.
func (p Previews) tidy(ctx context.Context) {
	keys, err := p.archive.blobs.List(ctx, p.folder()+string(p.Series)+"~", "", MaxPage)
	if err != nil {
		return // the sweep will find them
	}
	for _, key := range keys {
		if k, ok := parseSeriesKey(key); key != p.key() && (!ok || k.revision <= p.Revision.Revision || !strings.HasSuffix(key, "~"+previewVariant)) {
			p.archive.drop(ctx, key)
		}
	}
}
